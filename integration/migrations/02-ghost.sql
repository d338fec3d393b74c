USE migrations;

-- The shape of gh-ost: a ghost table is altered, filled in chunks while the table is written to, and takes its place.
CREATE TABLE _ghost_gho LIKE ghost;
ALTER TABLE _ghost_gho ADD COLUMN state VARCHAR(10) NOT NULL DEFAULT 'new';
INSERT IGNORE INTO _ghost_gho (id, name) SELECT id, name FROM ghost WHERE id <= 2 LOCK IN SHARE MODE;
UPDATE ghost SET name = 'TWO' WHERE id = 2;
REPLACE INTO _ghost_gho (id, name) VALUES (2, 'TWO');
INSERT IGNORE INTO _ghost_gho (id, name) SELECT id, name FROM ghost WHERE id > 2 LOCK IN SHARE MODE;
CREATE TABLE _ghost_del (id INT PRIMARY KEY) COMMENT = 'ghost-cut-over-sentry';
DROP TABLE _ghost_del;
RENAME TABLE ghost TO _ghost_del, _ghost_gho TO ghost;
INSERT INTO ghost VALUES (4, 'four', 'used');
DROP TABLE _ghost_del;

-- The shape of pt-online-schema-change: triggers keep the copy in step.
CREATE TABLE _trigger_copy_new LIKE trigger_copy;
ALTER TABLE _trigger_copy_new MODIFY amount BIGINT NOT NULL;
CREATE TRIGGER copy_ins AFTER INSERT ON trigger_copy FOR EACH ROW
  REPLACE INTO _trigger_copy_new (id, amount) VALUES (NEW.id, NEW.amount);
CREATE TRIGGER copy_upd AFTER UPDATE ON trigger_copy FOR EACH ROW
  REPLACE INTO _trigger_copy_new (id, amount) VALUES (NEW.id, NEW.amount);
CREATE TRIGGER copy_del AFTER DELETE ON trigger_copy FOR EACH ROW
  DELETE IGNORE FROM _trigger_copy_new WHERE id = OLD.id;
INSERT LOW_PRIORITY IGNORE INTO _trigger_copy_new (id, amount) SELECT id, amount FROM trigger_copy;
UPDATE trigger_copy SET amount = 21 WHERE id = 2;
DELETE FROM trigger_copy WHERE id = 3;
INSERT INTO trigger_copy VALUES (4, 40);
RENAME TABLE trigger_copy TO _trigger_copy_old, _trigger_copy_new TO trigger_copy;
DROP TABLE IF EXISTS _trigger_copy_old;
DROP TRIGGER IF EXISTS copy_ins;
DROP TRIGGER IF EXISTS copy_upd;
DROP TRIGGER IF EXISTS copy_del;
INSERT INTO trigger_copy VALUES (5, 5000000000);

-- Away and back under the old name.
RENAME TABLE renamed TO elsewhere;
RENAME TABLE elsewhere TO renamed;
INSERT INTO renamed VALUES (3, 'third');
UPDATE renamed SET what = 'FIRST' WHERE id = 1;
