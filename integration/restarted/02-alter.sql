USE restarted;

ALTER TABLE things ADD COLUMN size INT NULL, RENAME COLUMN name TO title;
