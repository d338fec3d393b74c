-- Found by random scenarios (seed 91006): MySQL takes x'' for '', and Debezium's parser knows no such literal.
CREATE TABLE e1 (id INT PRIMARY KEY, b VARBINARY(9));
ALTER TABLE e1 ALTER COLUMN b SET DEFAULT '';
ALTER TABLE e1 ALTER COLUMN b SET DEFAULT x'';
