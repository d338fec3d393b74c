USE altereddb;

-- Milliseconds become microseconds, days milliseconds, and microseconds milliseconds, in one and the same number column.
ALTER TABLE times MODIFY finer DATETIME(6), MODIFY longer DATETIME, MODIFY coarser DATETIME(3);
INSERT INTO times VALUES (4, '2024-02-29 12:34:56.789012', '2024-02-29 12:34:56', '2024-02-29 12:34:56.789');

-- More digits after the point than the sink's column has; an integer that becomes a decimal; a text, an integer.
ALTER TABLE scales MODIFY price DECIMAL(10, 4), MODIFY pieces DECIMAL(8, 2), MODIFY word INT;
INSERT INTO scales VALUES (3, 2.1234, 7.25, 7), (4, 3.2500, 7.00, NULL);

-- A renamed column is two columns; a dropped one stays.
ALTER TABLE columns RENAME COLUMN old_name TO new_name, DROP COLUMN gone;
INSERT INTO columns VALUES (4, 'after');

-- Columns that old rows get a value for, without an event: by DEFAULT, and the zero of the type.
ALTER TABLE defaults ADD named VARCHAR(10) DEFAULT 'word', ADD number INT NOT NULL, ADD nothing INT;
INSERT INTO defaults VALUES (3, 'other', 3, 3), (4, NULL, 4, NULL);
