CREATE DATABASE IF NOT EXISTS keyupdates;
USE keyupdates;

CREATE TABLE accounts (id INT NOT NULL PRIMARY KEY, owner VARCHAR(40) NOT NULL);
-- The key's columns are not in the table's order.
CREATE TABLE memberships (
  since DATE NOT NULL,
  person INT NOT NULL,
  team VARCHAR(20) NOT NULL,
  PRIMARY KEY (team, person)
);
-- No primary key: Debezium takes the first unique index without a nullable column.
CREATE TABLE codes (code VARCHAR(10) NOT NULL, meaning VARCHAR(40), UNIQUE KEY by_code (code));

INSERT INTO accounts VALUES (1, 'one'), (2, 'two'), (3, 'three'), (4, 'four');
INSERT INTO memberships VALUES ('2020-02-29', 1, 'red'), ('2021-01-01', 1, 'blue'), ('2022-12-31', 2, 'red');
INSERT INTO codes VALUES ('a', 'first'), ('b', NULL);
