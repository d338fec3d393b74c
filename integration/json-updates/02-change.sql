USE json_updates;

-- MySQL may write such changes to the binlog as what has changed only; whatever it writes, the whole must arrive.
SET SESSION binlog_row_value_options = '';
UPDATE documents SET body = JSON_SET(body, '$.a', 2) WHERE id = 1;
UPDATE documents SET body = JSON_REPLACE(body, '$.b.c[1]', 'replaced', '$.text', 'second') WHERE id = 1;
UPDATE documents SET body = JSON_REMOVE(body, '$.b') WHERE id = 1;
UPDATE documents SET body = JSON_ARRAY_APPEND(body, '$.list', 1) WHERE id = 2;
UPDATE documents SET body = JSON_SET(COALESCE(body, '{}'), '$.made', CAST('2024-01-01' AS DATE)) WHERE id = 3;
UPDATE documents SET body = JSON_SET(body, '$.long', REPEAT('y', 20)) WHERE id = 4;
INSERT INTO documents VALUES (5, '[]', 'five'), (6, '"text"', 'six'), (7, 'null', 'seven'), (8, '0', 'eight');
-- Old rows get JSON's null, kept as no bytes at all; a new one gets it as it is.
ALTER TABLE documents ADD COLUMN extra JSON NOT NULL;
UPDATE documents SET name = 'uno' WHERE id = 1;
INSERT INTO documents VALUES (9, '[]', 'nine', 'null');
