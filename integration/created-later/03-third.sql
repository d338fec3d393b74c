USE laterdb;

UPDATE second SET done = TRUE, name = 'finished' WHERE id = 2;
DELETE FROM second WHERE id = 1;
INSERT INTO second (name) VALUES ('last');
