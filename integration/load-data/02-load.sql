USE load_data;
SET GLOBAL local_infile = ON;

LOAD DATA LOCAL INFILE 'cities.tsv' REPLACE INTO TABLE cities CHARACTER SET utf8mb4;
LOAD DATA LOCAL INFILE 'cities.tsv' IGNORE INTO TABLE cities CHARACTER SET utf8mb4 (@id, name, people, founded)
  SET id = @id + 100;
SET GLOBAL local_infile = OFF;
