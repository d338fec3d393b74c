USE load_db;

-- Twenty transactions of 1,000 rows and more, with changes of them in between, and two of the table.
SET SESSION cte_max_recursion_depth = 100000;
INSERT INTO orders (id, customer, amount, note)
  WITH RECURSIVE n AS (SELECT 1001 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
  SELECT i, i MOD 97, i / 7, CONCAT('order ', i) FROM n;
UPDATE orders SET amount = amount + 1, note = 'changed 0' WHERE id MOD 10 = 0 AND id > -1999;
INSERT INTO payments (id, order_id, paid)
  WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 500)
  SELECT i, i, TIMESTAMP('2024-01-01') + INTERVAL i SECOND FROM n;
INSERT INTO orders (id, customer, amount, note)
  WITH RECURSIVE n AS (SELECT 2001 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
  SELECT i, i MOD 97, i / 7, CONCAT('order ', i) FROM n;
INSERT INTO payments (id, order_id, paid)
  WITH RECURSIVE n AS (SELECT 501 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
  SELECT i, i, TIMESTAMP('2024-01-01') + INTERVAL i SECOND FROM n;
INSERT INTO orders (id, customer, amount, note)
  WITH RECURSIVE n AS (SELECT 3001 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 4000)
  SELECT i, i MOD 97, i / 7, CONCAT('order ', i) FROM n;
UPDATE orders SET amount = amount + 1, note = 'changed 2' WHERE id MOD 10 = 2 AND id > 1;
INSERT INTO payments (id, order_id, paid)
  WITH RECURSIVE n AS (SELECT 1001 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 1500)
  SELECT i, i, TIMESTAMP('2024-01-01') + INTERVAL i SECOND FROM n;
INSERT INTO orders (id, customer, amount, note)
  WITH RECURSIVE n AS (SELECT 4001 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
  SELECT i, i MOD 97, i / 7, CONCAT('order ', i) FROM n;
INSERT INTO payments (id, order_id, paid)
  WITH RECURSIVE n AS (SELECT 1501 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
  SELECT i, i, TIMESTAMP('2024-01-01') + INTERVAL i SECOND FROM n;
INSERT INTO orders (id, customer, amount, note)
  WITH RECURSIVE n AS (SELECT 5001 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 6000)
  SELECT i, i MOD 97, i / 7, CONCAT('order ', i) FROM n;
UPDATE orders SET amount = amount + 1, note = 'changed 4' WHERE id MOD 10 = 4 AND id > 2001;
DELETE FROM orders WHERE id MOD 50 = 4;
INSERT INTO payments (id, order_id, paid)
  WITH RECURSIVE n AS (SELECT 2001 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 2500)
  SELECT i, i, TIMESTAMP('2024-01-01') + INTERVAL i SECOND FROM n;
INSERT INTO orders (id, customer, amount, note)
  WITH RECURSIVE n AS (SELECT 6001 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 7000)
  SELECT i, i MOD 97, i / 7, CONCAT('order ', i) FROM n;
INSERT INTO payments (id, order_id, paid)
  WITH RECURSIVE n AS (SELECT 2501 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
  SELECT i, i, TIMESTAMP('2024-01-01') + INTERVAL i SECOND FROM n;
INSERT INTO orders (id, customer, amount, note)
  WITH RECURSIVE n AS (SELECT 7001 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 8000)
  SELECT i, i MOD 97, i / 7, CONCAT('order ', i) FROM n;
UPDATE orders SET amount = amount + 1, note = 'changed 6' WHERE id MOD 10 = 6 AND id > 4001;
INSERT INTO payments (id, order_id, paid)
  WITH RECURSIVE n AS (SELECT 3001 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 3500)
  SELECT i, i, TIMESTAMP('2024-01-01') + INTERVAL i SECOND FROM n;
INSERT INTO orders (id, customer, amount, note)
  WITH RECURSIVE n AS (SELECT 8001 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 9000)
  SELECT i, i MOD 97, i / 7, CONCAT('order ', i) FROM n;
INSERT INTO payments (id, order_id, paid)
  WITH RECURSIVE n AS (SELECT 3501 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 4000)
  SELECT i, i, TIMESTAMP('2024-01-01') + INTERVAL i SECOND FROM n;
INSERT INTO orders (id, customer, amount, note)
  WITH RECURSIVE n AS (SELECT 9001 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 10000)
  SELECT i, i MOD 97, i / 7, CONCAT('order ', i) FROM n;
UPDATE orders SET amount = amount + 1, note = 'changed 8' WHERE id MOD 10 = 8 AND id > 6001;
INSERT INTO payments (id, order_id, paid)
  WITH RECURSIVE n AS (SELECT 4001 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 4500)
  SELECT i, i, TIMESTAMP('2024-01-01') + INTERVAL i SECOND FROM n;
INSERT INTO orders (id, customer, amount, note)
  WITH RECURSIVE n AS (SELECT 10001 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 11000)
  SELECT i, i MOD 97, i / 7, CONCAT('order ', i) FROM n;
DELETE FROM orders WHERE id MOD 50 = 9;
INSERT INTO payments (id, order_id, paid)
  WITH RECURSIVE n AS (SELECT 4501 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
  SELECT i, i, TIMESTAMP('2024-01-01') + INTERVAL i SECOND FROM n;
ALTER TABLE orders ADD COLUMN channel VARCHAR(10) NULL;
INSERT INTO orders (id, customer, amount, note)
  WITH RECURSIVE n AS (SELECT 11001 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 12000)
  SELECT i, i MOD 97, i / 7, CONCAT('order ', i) FROM n;
UPDATE orders SET amount = amount + 1, note = 'changed 10' WHERE id MOD 10 = 0 AND id > 8001;
INSERT INTO payments (id, order_id, paid)
  WITH RECURSIVE n AS (SELECT 5001 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 5500)
  SELECT i, i, TIMESTAMP('2024-01-01') + INTERVAL i SECOND FROM n;
INSERT INTO orders (id, customer, amount, note)
  WITH RECURSIVE n AS (SELECT 12001 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 13000)
  SELECT i, i MOD 97, i / 7, CONCAT('order ', i) FROM n;
INSERT INTO payments (id, order_id, paid)
  WITH RECURSIVE n AS (SELECT 5501 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 6000)
  SELECT i, i, TIMESTAMP('2024-01-01') + INTERVAL i SECOND FROM n;
INSERT INTO orders (id, customer, amount, note)
  WITH RECURSIVE n AS (SELECT 13001 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 14000)
  SELECT i, i MOD 97, i / 7, CONCAT('order ', i) FROM n;
UPDATE orders SET amount = amount + 1, note = 'changed 12' WHERE id MOD 10 = 2 AND id > 10001;
INSERT INTO payments (id, order_id, paid)
  WITH RECURSIVE n AS (SELECT 6001 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 6500)
  SELECT i, i, TIMESTAMP('2024-01-01') + INTERVAL i SECOND FROM n;
UPDATE orders SET channel = 'web' WHERE id MOD 40 = 12;
UPDATE payments SET paid = paid + INTERVAL 1 DAY WHERE id MOD 20 = 12;
INSERT INTO orders (id, customer, amount, note)
  WITH RECURSIVE n AS (SELECT 14001 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 15000)
  SELECT i, i MOD 97, i / 7, CONCAT('order ', i) FROM n;
INSERT INTO payments (id, order_id, paid)
  WITH RECURSIVE n AS (SELECT 6501 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 7000)
  SELECT i, i, TIMESTAMP('2024-01-01') + INTERVAL i SECOND FROM n;
INSERT INTO orders (id, customer, amount, note)
  WITH RECURSIVE n AS (SELECT 15001 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 16000)
  SELECT i, i MOD 97, i / 7, CONCAT('order ', i) FROM n;
UPDATE orders SET amount = amount + 1, note = 'changed 14' WHERE id MOD 10 = 4 AND id > 12001;
DELETE FROM orders WHERE id MOD 50 = 14;
INSERT INTO payments (id, order_id, paid)
  WITH RECURSIVE n AS (SELECT 7001 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 7500)
  SELECT i, i, TIMESTAMP('2024-01-01') + INTERVAL i SECOND FROM n;
ALTER TABLE payments ADD COLUMN refunded BOOLEAN NULL;
INSERT INTO orders (id, customer, amount, note)
  WITH RECURSIVE n AS (SELECT 16001 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 17000)
  SELECT i, i MOD 97, i / 7, CONCAT('order ', i) FROM n;
INSERT INTO payments (id, order_id, paid)
  WITH RECURSIVE n AS (SELECT 7501 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 8000)
  SELECT i, i, TIMESTAMP('2024-01-01') + INTERVAL i SECOND FROM n;
INSERT INTO orders (id, customer, amount, note)
  WITH RECURSIVE n AS (SELECT 17001 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 18000)
  SELECT i, i MOD 97, i / 7, CONCAT('order ', i) FROM n;
UPDATE orders SET amount = amount + 1, note = 'changed 16' WHERE id MOD 10 = 6 AND id > 14001;
INSERT INTO payments (id, order_id, paid)
  WITH RECURSIVE n AS (SELECT 8001 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 8500)
  SELECT i, i, TIMESTAMP('2024-01-01') + INTERVAL i SECOND FROM n;
INSERT INTO orders (id, customer, amount, note)
  WITH RECURSIVE n AS (SELECT 18001 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 19000)
  SELECT i, i MOD 97, i / 7, CONCAT('order ', i) FROM n;
INSERT INTO payments (id, order_id, paid)
  WITH RECURSIVE n AS (SELECT 8501 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 9000)
  SELECT i, i, TIMESTAMP('2024-01-01') + INTERVAL i SECOND FROM n;
UPDATE orders SET channel = 'web' WHERE id MOD 40 = 17;
UPDATE payments SET paid = paid + INTERVAL 1 DAY WHERE id MOD 20 = 17;
INSERT INTO orders (id, customer, amount, note)
  WITH RECURSIVE n AS (SELECT 19001 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
  SELECT i, i MOD 97, i / 7, CONCAT('order ', i) FROM n;
UPDATE orders SET amount = amount + 1, note = 'changed 18' WHERE id MOD 10 = 8 AND id > 16001;
INSERT INTO payments (id, order_id, paid)
  WITH RECURSIVE n AS (SELECT 9001 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 9500)
  SELECT i, i, TIMESTAMP('2024-01-01') + INTERVAL i SECOND FROM n;
INSERT INTO orders (id, customer, amount, note)
  WITH RECURSIVE n AS (SELECT 20001 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 21000)
  SELECT i, i MOD 97, i / 7, CONCAT('order ', i) FROM n;
DELETE FROM orders WHERE id MOD 50 = 19;
INSERT INTO payments (id, order_id, paid)
  WITH RECURSIVE n AS (SELECT 9501 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 10000)
  SELECT i, i, TIMESTAMP('2024-01-01') + INTERVAL i SECOND FROM n;
