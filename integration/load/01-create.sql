CREATE DATABASE IF NOT EXISTS load_db;
USE load_db;

CREATE TABLE orders (
  id INT NOT NULL PRIMARY KEY,
  customer INT NOT NULL,
  amount DECIMAL(12, 4) NOT NULL,
  note VARCHAR(40)
);
CREATE TABLE payments (id INT NOT NULL PRIMARY KEY, order_id INT NOT NULL, paid DATETIME NOT NULL);
SET SESSION cte_max_recursion_depth = 100000;
INSERT INTO orders (id, customer, amount, note)
  WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
  SELECT i, i MOD 97, i / 7, CONCAT('order ', i) FROM n;
