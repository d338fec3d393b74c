USE laterdb;

-- Known to the pipeline by name only until now: its topic and its Parquet table are made by its first event.
CREATE TABLE second (
  id INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  -- A boolean here; in a table read by a snapshot MySQL calls it tinyint(1), a small integer.
  done BOOLEAN NOT NULL DEFAULT FALSE,
  name VARCHAR(20),
  first_id INT
);
INSERT INTO second (done, name, first_id) VALUES (TRUE, 'created later', 1), (FALSE, NULL, NULL);
INSERT INTO first VALUES (2, 'later');
