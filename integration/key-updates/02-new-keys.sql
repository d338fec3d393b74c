USE keyupdates;

-- An update of the key is a delete of the old and a creation of the new key.
UPDATE accounts SET id = 10 WHERE id = 1;
-- There and back: the row is as it was, after four events.
UPDATE accounts SET id = 20 WHERE id = 2;
UPDATE accounts SET id = 2 WHERE id = 20;
-- A key that is given away and taken by another row.
DELETE FROM accounts WHERE id = 3;
UPDATE accounts SET id = 3, owner = 'four, now three' WHERE id = 4;
-- All keys at once.
UPDATE accounts SET id = id + 100 ORDER BY id DESC;

UPDATE memberships SET team = 'green' WHERE team = 'red' AND person = 1;
UPDATE memberships SET person = 3 WHERE team = 'red' AND person = 2;
-- Equal to MySQL's collation, another key to Kafka.
UPDATE codes SET code = 'A' WHERE code = 'a';
