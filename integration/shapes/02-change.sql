USE shapes;

UPDATE wide SET c1 = 2, c150 = 150, c299 = REPEAT('x', 20) WHERE id = 1;
INSERT INTO wide (id, c298) VALUES (3, -1);

UPDATE composite SET note = 'changed' WHERE tenant = 'ÄRGER' AND number = 2;
UPDATE composite SET number = 65535 WHERE tenant = '';
DELETE FROM composite WHERE number = 1;

UPDATE computed SET net = 200 WHERE id = 1;
INSERT INTO computed (id, net) VALUES (3, 12345678.90);

-- A row that moves to another partition, and a partition that goes with its rows.
UPDATE partitioned SET at = '2025-01-01 00:00:00' WHERE id = 2;
INSERT INTO partitioned VALUES (3, '2023-01-01 00:00:00', 'dropped');
ALTER TABLE partitioned REORGANIZE PARTITION later INTO (
  PARTITION p2024 VALUES LESS THAN (2025), PARTITION later VALUES LESS THAN MAXVALUE);
DELETE FROM partitioned WHERE id = 3;

-- The children's rows are changed by InnoDB.
DELETE FROM parents WHERE id = 1;
UPDATE parents SET id = 20 WHERE id = 2;

TRUNCATE TABLE emptied;
INSERT INTO emptied VALUES (3, 'new');

CREATE OR REPLACE VIEW totals AS SELECT tenant FROM composite;
