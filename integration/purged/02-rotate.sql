USE purged;

INSERT INTO things VALUES (2, 'in an old file');
FLUSH BINARY LOGS;
INSERT INTO things VALUES (3, 'in the next one');
FLUSH BINARY LOGS;
