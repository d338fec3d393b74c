CREATE DATABASE IF NOT EXISTS laterdb;
USE laterdb;

CREATE TABLE first (id INT NOT NULL PRIMARY KEY, name VARCHAR(20));
INSERT INTO first VALUES (1, 'there from the start');
