CREATE DATABASE IF NOT EXISTS refuseddb;
USE refuseddb;

CREATE TABLE products (id INT NOT NULL PRIMARY KEY, name VARCHAR(40) NOT NULL);
INSERT INTO products VALUES (1, 'pencil'), (2, 'eraser');
