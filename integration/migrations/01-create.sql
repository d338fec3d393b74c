CREATE DATABASE IF NOT EXISTS migrations;
USE migrations;

CREATE TABLE ghost (id INT NOT NULL PRIMARY KEY, name VARCHAR(20) NOT NULL);
INSERT INTO ghost VALUES (1, 'one'), (2, 'two'), (3, 'three');

CREATE TABLE trigger_copy (id INT NOT NULL PRIMARY KEY, amount INT NOT NULL);
INSERT INTO trigger_copy VALUES (1, 10), (2, 20), (3, 30);

CREATE TABLE renamed (id INT NOT NULL PRIMARY KEY, what VARCHAR(20));
INSERT INTO renamed VALUES (1, 'first'), (2, 'second');
