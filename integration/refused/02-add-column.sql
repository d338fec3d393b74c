USE refuseddb;

-- A field without a default, which readers of the new version cannot fill for old rows: BACKWARD forbids it.
ALTER TABLE products ADD maker VARCHAR(40) NOT NULL;
-- The ALTER itself registers nothing; the first row after it does.
INSERT INTO products VALUES (3, 'ruler', 'Acme');
