USE load_db;

SET SESSION cte_max_recursion_depth = 100000;
INSERT INTO orders (id, customer, amount, note)
  WITH RECURSIVE n AS (SELECT 100001 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 100100)
  SELECT i, i MOD 97, i / 7, CONCAT('order ', i) FROM n;
DO SLEEP(0.05);
INSERT INTO orders (id, customer, amount, note)
  WITH RECURSIVE n AS (SELECT 100101 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 100200)
  SELECT i, i MOD 97, i / 7, CONCAT('order ', i) FROM n;
DO SLEEP(0.05);
INSERT INTO orders (id, customer, amount, note)
  WITH RECURSIVE n AS (SELECT 100201 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 100300)
  SELECT i, i MOD 97, i / 7, CONCAT('order ', i) FROM n;
DO SLEEP(0.05);
UPDATE orders SET note = CONCAT(note, '!') WHERE id BETWEEN 100151 AND 100251;
INSERT INTO orders (id, customer, amount, note)
  WITH RECURSIVE n AS (SELECT 100301 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 100400)
  SELECT i, i MOD 97, i / 7, CONCAT('order ', i) FROM n;
DO SLEEP(0.05);
INSERT INTO orders (id, customer, amount, note)
  WITH RECURSIVE n AS (SELECT 100401 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 100500)
  SELECT i, i MOD 97, i / 7, CONCAT('order ', i) FROM n;
DO SLEEP(0.05);
INSERT INTO orders (id, customer, amount, note)
  WITH RECURSIVE n AS (SELECT 100501 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 100600)
  SELECT i, i MOD 97, i / 7, CONCAT('order ', i) FROM n;
DO SLEEP(0.05);
UPDATE orders SET note = CONCAT(note, '!') WHERE id BETWEEN 100451 AND 100551;
INSERT INTO orders (id, customer, amount, note)
  WITH RECURSIVE n AS (SELECT 100601 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 100700)
  SELECT i, i MOD 97, i / 7, CONCAT('order ', i) FROM n;
DO SLEEP(0.05);
INSERT INTO orders (id, customer, amount, note)
  WITH RECURSIVE n AS (SELECT 100701 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 100800)
  SELECT i, i MOD 97, i / 7, CONCAT('order ', i) FROM n;
DO SLEEP(0.05);
INSERT INTO orders (id, customer, amount, note)
  WITH RECURSIVE n AS (SELECT 100801 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 100900)
  SELECT i, i MOD 97, i / 7, CONCAT('order ', i) FROM n;
DO SLEEP(0.05);
UPDATE orders SET note = CONCAT(note, '!') WHERE id BETWEEN 100751 AND 100851;
INSERT INTO orders (id, customer, amount, note)
  WITH RECURSIVE n AS (SELECT 100901 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 101000)
  SELECT i, i MOD 97, i / 7, CONCAT('order ', i) FROM n;
DO SLEEP(0.05);
INSERT INTO orders (id, customer, amount, note)
  WITH RECURSIVE n AS (SELECT 101001 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 101100)
  SELECT i, i MOD 97, i / 7, CONCAT('order ', i) FROM n;
DO SLEEP(0.05);
INSERT INTO orders (id, customer, amount, note)
  WITH RECURSIVE n AS (SELECT 101101 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 101200)
  SELECT i, i MOD 97, i / 7, CONCAT('order ', i) FROM n;
DO SLEEP(0.05);
UPDATE orders SET note = CONCAT(note, '!') WHERE id BETWEEN 101051 AND 101151;
