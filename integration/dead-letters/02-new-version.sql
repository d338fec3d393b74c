USE dead_letters;

-- The next row has a new schema version, which the sink cannot get while the registry refuses it.
ALTER TABLE things ADD COLUMN size INT NULL;
INSERT INTO things VALUES (4, 'set aside', 4), (5, 'set aside, too', 5);
UPDATE things SET size = 1 WHERE id = 1;
DELETE FROM things WHERE id = 2;
