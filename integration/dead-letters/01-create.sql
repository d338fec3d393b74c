CREATE DATABASE IF NOT EXISTS dead_letters;
USE dead_letters;

CREATE TABLE things (id INT NOT NULL PRIMARY KEY, what VARCHAR(20));
INSERT INTO things VALUES (1, 'one'), (2, 'two'), (3, 'three');
