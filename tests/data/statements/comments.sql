/* a block */ CREATE /* inside */ TABLE c1 ( -- a line
  id INT NOT NULL, # another
  a VARCHAR(10) COMMENT 'has -- and # and /* in it', /* trailing */
  PRIMARY KEY (id) -- end
);
/*!40101 SET @saved = @@character_set_client */;
/*!50503 ALTER TABLE c1 ADD COLUMN v INT */;
/*!99999 ALTER TABLE c1 ADD COLUMN never INT */;
CREATE TABLE c2 (id INT PRIMARY KEY, a INT) /*!50100 PARTITION BY KEY (id) PARTITIONS 2 */;
CREATE TABLE `c3` (`id` int NOT NULL, `b` varchar(5) /*!80023 INVISIBLE */, `g` int /*!50606 STORAGE MEMORY */, PRIMARY KEY (`id`)) /*!50100 TABLESPACE `innodb_file_per_table` */ ENGINE=InnoDB;
CREATE TABLE IF NOT EXISTS c4(`id`INT(11)NOT NULL,`a`VARCHAR(5)DEFAULT'x',PRIMARY KEY(`id`))ENGINE=InnoDB;
ALTER TABLE`c4`ADD`b`INT,ADD`c_d`INT;
alter table c4 add column Camel_Case int, add column `select` int, add `ключ` varchar(5);
ALTER TABLE c4 ADD COLUMN key_ INT, ADD COLUMN date DATE, ADD COLUMN timestamp TIMESTAMP NULL, ADD COLUMN status INT, ADD COLUMN type INT, ADD COLUMN name TEXT, ADD COLUMN value INT, ADD COLUMN comment INT, ADD COLUMN level INT, ADD COLUMN user INT, ADD COLUMN role INT, ADD COLUMN enabled BOOL, ADD COLUMN `rank` INT, ADD COLUMN language INT, ADD COLUMN action INT, ADD COLUMN position INT, ADD COLUMN text TEXT, ADD COLUMN data JSON, ADD COLUMN version INT, ADD COLUMN hash INT, ADD COLUMN locked INT, ADD COLUMN active INT, ADD COLUMN account INT, ADD COLUMN member INT, ADD COLUMN private INT;
ALTER TABLE c4 ADD COLUMN year YEAR, ADD COLUMN month INT, ADD COLUMN json JSON, ADD COLUMN bit BIT, ADD COLUMN offset INT, ADD COLUMN session INT, ADD COLUMN state INT, ADD COLUMN source INT, ADD COLUMN password INT, ADD COLUMN owner INT, ADD COLUMN `order` INT, ADD COLUMN `group` INT, ADD COLUMN visible INT, ADD COLUMN `default` INT, ADD COLUMN until INT, ADD COLUMN url INT, ADD COLUMN host INT, ADD COLUMN port INT, ADD COLUMN path INT, ADD COLUMN reference INT, ADD COLUMN reason INT, ADD COLUMN random INT, ADD COLUMN replicas INT, ADD COLUMN tag INT, ADD COLUMN quick INT, ADD COLUMN thread INT, ADD COLUMN zone INT;
CREATE TABLE `order-items` (`id` INT PRIMARY KEY, `a_b` INT);
CREATE TABLE `Mixed_Case` (Id INT PRIMARY KEY, Name VARCHAR(5));
ALTER TABLE Mixed_Case MODIFY name VARCHAR(50) NOT NULL, ADD other INT;
ALTER TABLE Mixed_Case CHANGE NAME name VARCHAR(60);
ALTER TABLE `Mixed_Case` DROP ID, ADD id2 INT;
