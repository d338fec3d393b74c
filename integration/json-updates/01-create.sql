CREATE DATABASE IF NOT EXISTS json_updates;
USE json_updates;

CREATE TABLE documents (id INT NOT NULL PRIMARY KEY, body JSON, name VARCHAR(20));
INSERT INTO documents VALUES
  (1, '{"a": 1, "b": {"c": [1, 2, 3]}, "text": "first"}', 'one'),
  (2, '{"big": 12345678901234567890, "float": 1.5e10, "null": null}', 'two'),
  (3, NULL, 'three'),
  (4, JSON_OBJECT('long', REPEAT('x', 40000)), 'four');
