-- Another application's database, in another sql_mode: names in double quotes. The pipeline captures nothing of it.
USE unparseable_skipped_other;
SET SESSION sql_mode = CONCAT(@@sql_mode, ',ANSI_QUOTES');
CREATE TABLE IF NOT EXISTS "aq" ("id" INT PRIMARY KEY);
USE unparseable_skipped;
INSERT INTO kept VALUES (2, 'after');
DROP DATABASE unparseable_skipped_other;
