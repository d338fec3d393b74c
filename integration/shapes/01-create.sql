CREATE DATABASE IF NOT EXISTS shapes;
USE shapes;

-- 300 columns: c1 INT, c2 VARCHAR(20), c3 DECIMAL(10,2), c4 INT, …
SET SESSION group_concat_max_len = 1000000;
SET @columns = (
  WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 299)
  SELECT GROUP_CONCAT('c', i, ' ', ELT(i MOD 3 + 1, 'DECIMAL(10,2)', 'INT', 'VARCHAR(20)') ORDER BY i) FROM n
);
SET @create = CONCAT('CREATE TABLE wide (id INT NOT NULL PRIMARY KEY, ', @columns, ')');
PREPARE make FROM @create;
EXECUTE make;
DEALLOCATE PREPARE make;
INSERT INTO wide (id, c1, c2, c3, c299) VALUES (1, 1, 'two', 3.33, 'last'), (2, NULL, NULL, NULL, NULL);

-- A key of three columns, one of them text whose letters' case does not matter to MySQL.
CREATE TABLE composite (
  tenant VARCHAR(20) NOT NULL,
  day DATE NOT NULL,
  number SMALLINT UNSIGNED NOT NULL,
  note VARCHAR(50),
  PRIMARY KEY (tenant, day, number)
);
INSERT INTO composite VALUES ('Ärger', '2024-02-29', 1, 'a'), ('ärger', '2024-02-29', 2, 'b'), ('', '1970-01-01', 0, NULL);

CREATE TABLE computed (
  id INT NOT NULL PRIMARY KEY,
  net DECIMAL(10, 2) NOT NULL,
  gross DECIMAL(12, 2) GENERATED ALWAYS AS (net * 1.19) STORED,
  label VARCHAR(30) GENERATED ALWAYS AS (CONCAT('#', id)) VIRTUAL
);
INSERT INTO computed (id, net) VALUES (1, 100), (2, 0.01);

CREATE TABLE partitioned (
  id INT NOT NULL,
  at DATETIME NOT NULL,
  what VARCHAR(20),
  PRIMARY KEY (id, at)
) PARTITION BY RANGE (YEAR(at)) (
  PARTITION p2023 VALUES LESS THAN (2024),
  PARTITION later VALUES LESS THAN MAXVALUE
);
INSERT INTO partitioned VALUES (1, '2023-06-01 00:00:00', 'old'), (2, '2024-06-01 00:00:00', 'new');

CREATE TABLE parents (id INT NOT NULL PRIMARY KEY, name VARCHAR(20));
CREATE TABLE children (
  id INT NOT NULL PRIMARY KEY,
  parent INT,
  CONSTRAINT of_parent FOREIGN KEY (parent) REFERENCES parents (id) ON DELETE CASCADE ON UPDATE CASCADE
);
INSERT INTO parents VALUES (1, 'one'), (2, 'two'), (3, 'three');
INSERT INTO children VALUES (11, 1), (12, 1), (21, 2), (31, 3);

CREATE TABLE emptied (id INT NOT NULL PRIMARY KEY, what VARCHAR(20));
INSERT INTO emptied VALUES (1, 'gone'), (2, 'gone too');

-- A view is no table: nothing of it may arrive, and nothing may be in its way.
CREATE VIEW totals AS SELECT tenant, COUNT(*) AS notes FROM composite GROUP BY tenant;
