USE load_db;

SET SESSION cte_max_recursion_depth = 100000;
INSERT INTO orders (id, customer, amount, note)
  WITH RECURSIVE n AS (SELECT 200001 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 200100)
  SELECT i, i MOD 97, i / 7, CONCAT('order ', i) FROM n;
DO SLEEP(0.05);
INSERT INTO orders (id, customer, amount, note)
  WITH RECURSIVE n AS (SELECT 200101 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 200200)
  SELECT i, i MOD 97, i / 7, CONCAT('order ', i) FROM n;
DO SLEEP(0.05);
INSERT INTO orders (id, customer, amount, note)
  WITH RECURSIVE n AS (SELECT 200201 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 200300)
  SELECT i, i MOD 97, i / 7, CONCAT('order ', i) FROM n;
DO SLEEP(0.05);
UPDATE orders SET note = CONCAT(note, '!') WHERE id BETWEEN 200151 AND 200251;
INSERT INTO orders (id, customer, amount, note)
  WITH RECURSIVE n AS (SELECT 200301 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 200400)
  SELECT i, i MOD 97, i / 7, CONCAT('order ', i) FROM n;
DO SLEEP(0.05);
INSERT INTO orders (id, customer, amount, note)
  WITH RECURSIVE n AS (SELECT 200401 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 200500)
  SELECT i, i MOD 97, i / 7, CONCAT('order ', i) FROM n;
DO SLEEP(0.05);
INSERT INTO orders (id, customer, amount, note)
  WITH RECURSIVE n AS (SELECT 200501 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 200600)
  SELECT i, i MOD 97, i / 7, CONCAT('order ', i) FROM n;
DO SLEEP(0.05);
UPDATE orders SET note = CONCAT(note, '!') WHERE id BETWEEN 200451 AND 200551;
INSERT INTO orders (id, customer, amount, note)
  WITH RECURSIVE n AS (SELECT 200601 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 200700)
  SELECT i, i MOD 97, i / 7, CONCAT('order ', i) FROM n;
DO SLEEP(0.05);
INSERT INTO orders (id, customer, amount, note)
  WITH RECURSIVE n AS (SELECT 200701 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 200800)
  SELECT i, i MOD 97, i / 7, CONCAT('order ', i) FROM n;
DO SLEEP(0.05);
INSERT INTO orders (id, customer, amount, note)
  WITH RECURSIVE n AS (SELECT 200801 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 200900)
  SELECT i, i MOD 97, i / 7, CONCAT('order ', i) FROM n;
DO SLEEP(0.05);
UPDATE orders SET note = CONCAT(note, '!') WHERE id BETWEEN 200751 AND 200851;
INSERT INTO orders (id, customer, amount, note)
  WITH RECURSIVE n AS (SELECT 200901 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 201000)
  SELECT i, i MOD 97, i / 7, CONCAT('order ', i) FROM n;
DO SLEEP(0.05);
INSERT INTO orders (id, customer, amount, note)
  WITH RECURSIVE n AS (SELECT 201001 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 201100)
  SELECT i, i MOD 97, i / 7, CONCAT('order ', i) FROM n;
DO SLEEP(0.05);
INSERT INTO orders (id, customer, amount, note)
  WITH RECURSIVE n AS (SELECT 201101 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 201200)
  SELECT i, i MOD 97, i / 7, CONCAT('order ', i) FROM n;
DO SLEEP(0.05);
UPDATE orders SET note = CONCAT(note, '!') WHERE id BETWEEN 201051 AND 201151;
