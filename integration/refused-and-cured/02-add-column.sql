USE refused_cured;

ALTER TABLE products ADD maker VARCHAR(40) NOT NULL;
INSERT INTO products VALUES (3, 'ruler', 'Acme');
UPDATE products SET maker = 'Acme' WHERE id < 3;
