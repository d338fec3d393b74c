USE dead_letters;

-- What was set aside of this row is old by now: sending it again would undo this.
UPDATE things SET what = 'newer', size = 50 WHERE id = 5;
INSERT INTO things VALUES (6, 'fine', 6);
