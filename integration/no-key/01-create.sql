CREATE DATABASE IF NOT EXISTS nokey;
USE nokey;

CREATE TABLE log (at DATETIME(6) NOT NULL, line VARCHAR(100));
-- A unique index that allows NULL is no key.
CREATE TABLE readings (sensor INT NULL, value DOUBLE, UNIQUE KEY by_sensor (sensor));
CREATE TABLE notes (author VARCHAR(20), text TEXT);

INSERT INTO log VALUES
  ('2024-05-01 00:00:00.000001', 'started'),
  ('2024-05-01 00:00:00.000002', 'same line twice'),
  ('2024-05-01 00:00:00.000002', 'same line twice'),
  ('2024-05-01 00:00:01.000000', NULL);
INSERT INTO readings VALUES (1, 20.5), (2, -3.25), (NULL, 0), (NULL, 0);
INSERT INTO notes VALUES ('ada', 'first'), ('ada', 'second'), ('grace', 'third');
