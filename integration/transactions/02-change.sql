USE transactions;

-- 200,000 rows in one transaction, and a second change of some of them in the same one.
SET SESSION cte_max_recursion_depth = 200000;
START TRANSACTION;
INSERT INTO many
  WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 200000)
  SELECT i, CONCAT('row ', i), TIMESTAMP('2024-01-01') + INTERVAL i MICROSECOND FROM n;
UPDATE many SET what = 'seven' WHERE id MOD 7000 = 0;
DELETE FROM many WHERE id MOD 11000 = 1;
COMMIT;

XA START 'one';
INSERT INTO xa VALUES (1, 'committed');
UPDATE xa SET what = 'changed' WHERE id = 0;
XA END 'one';
XA PREPARE 'one';
XA COMMIT 'one';
XA START 'two';
INSERT INTO xa VALUES (2, 'rolled back');
XA END 'two';
XA PREPARE 'two';
XA ROLLBACK 'two';
XA START 'three';
INSERT INTO xa VALUES (3, 'in one phase');
XA END 'three';
XA COMMIT 'three' ONE PHASE;

-- What was undone within a transaction is as if it had never been.
START TRANSACTION;
INSERT INTO parts VALUES (1, 'kept');
SAVEPOINT here;
INSERT INTO parts VALUES (2, 'undone');
UPDATE parts SET what = 'undone' WHERE id = 0;
ROLLBACK TO SAVEPOINT here;
INSERT INTO parts VALUES (3, 'kept');
COMMIT;

-- The log goes on in another file, twice.
FLUSH BINARY LOGS;
INSERT INTO parts VALUES (4, 'next file');
FLUSH BINARY LOGS;
UPDATE parts SET what = 'file after' WHERE id = 4;
