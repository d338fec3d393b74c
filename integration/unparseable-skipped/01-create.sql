CREATE DATABASE IF NOT EXISTS unparseable_skipped;
CREATE DATABASE IF NOT EXISTS unparseable_skipped_other;
USE unparseable_skipped;

CREATE TABLE kept (id INT NOT NULL PRIMARY KEY, what VARCHAR(20));
INSERT INTO kept VALUES (1, 'before');
