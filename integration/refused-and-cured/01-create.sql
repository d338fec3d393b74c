CREATE DATABASE IF NOT EXISTS refused_cured;
USE refused_cured;

CREATE TABLE products (id INT NOT NULL PRIMARY KEY, name VARCHAR(40) NOT NULL);
INSERT INTO products VALUES (1, 'pencil'), (2, 'eraser');
