USE nokey;

INSERT INTO log VALUES ('2024-05-01 00:00:02.000000', 'same line twice'), ('2024-05-01 00:00:03.000000', 'stopped');
-- One of two equal rows.
DELETE FROM log WHERE line = 'same line twice' LIMIT 1;

DELETE FROM readings WHERE sensor = 2;
INSERT INTO readings VALUES (2, 1e300), (NULL, 0);

-- The event has the new row only: which row it replaced cannot be told from Parquet.
UPDATE notes SET text = 'second, corrected' WHERE text = 'second';
UPDATE notes SET author = 'Grace' WHERE author = 'grace' LIMIT 1;
