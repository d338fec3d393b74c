/*M!999999\- enable the sandbox mode */
-- MySQL dump 10.13  Distrib 8.0.36, for Linux (x86_64)
/*!40101 SET @OLD_CHARACTER_SET_CLIENT=@@CHARACTER_SET_CLIENT */;
/*!50503 SET NAMES utf8mb4 */;
/*!40103 SET @OLD_TIME_ZONE=@@TIME_ZONE */;
/*!40103 SET TIME_ZONE='+00:00' */;
/*!40014 SET @OLD_FOREIGN_KEY_CHECKS=@@FOREIGN_KEY_CHECKS, FOREIGN_KEY_CHECKS=0 */;
DROP TABLE IF EXISTS `actor`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!50503 SET character_set_client = utf8mb4 */;
CREATE TABLE `actor` (
  `actor_id` smallint unsigned NOT NULL AUTO_INCREMENT,
  `first_name` varchar(45) COLLATE utf8mb4_unicode_ci NOT NULL,
  `location` /*!50705 geometry */ /*!80003 SRID 0 */ /*!50705 NOT NULL */,
  `note` text COMMENT 'a; "b" `c`\\\'',
  `hidden` int DEFAULT NULL /*!80023 INVISIBLE */,
  `last_update` timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
  PRIMARY KEY (`actor_id`),
  /*!50705 SPATIAL KEY `idx_location` (`location`), */
  KEY `idx_actor_last_name` (`first_name`(10)) /*!80000 INVISIBLE */
) ENGINE=InnoDB AUTO_INCREMENT=201 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_ai_ci;
/*!40101 SET character_set_client = @saved_cs_client */;
DROP TABLE IF EXISTS `film`;
CREATE TABLE `film` (
  `film_id` smallint unsigned NOT NULL AUTO_INCREMENT,
  `rating` enum('G','PG','PG-13','R','NC-17') DEFAULT 'G',
  `special_features` set('Trailers','Commentaries','Deleted Scenes') DEFAULT NULL,
  `rental_rate` decimal(4,2) NOT NULL DEFAULT '4.99',
  `release_year` year DEFAULT NULL,
  `place` /*!50705 point */ /*!80003 SRID 4326 */ /*!50705 NOT NULL */,
  PRIMARY KEY (`film_id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE `parts` (
  `id` int NOT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB
/*!50100 PARTITION BY HASH (`id`)
PARTITIONS 2 */;
LOCK TABLES `film` WRITE;
/*!40000 ALTER TABLE `film` DISABLE KEYS */;
INSERT INTO `film` VALUES (1,'G',NULL,4.99,2006,ST_GeomFromText('POINT(1 1)',4326));
/*!40000 ALTER TABLE `film` ENABLE KEYS */;
UNLOCK TABLES;
/*!50003 SET sql_mode              = 'STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION' */ ;
DELIMITER ;;
/*!50003 CREATE*/ /*!50017 DEFINER=CURRENT_USER*/ /*!50003 TRIGGER `film_ins` BEFORE INSERT ON `film` FOR EACH ROW BEGIN
    IF NEW.rental_rate < 0 THEN SET NEW.rental_rate = 0; END IF;
  END */;;
DELIMITER ;
/*!50001 DROP VIEW IF EXISTS `film_list`*/;
/*!50001 CREATE ALGORITHM=UNDEFINED */
/*!50013 DEFINER=CURRENT_USER SQL SECURITY DEFINER */
/*!50001 VIEW `film_list` AS select `film`.`film_id` AS `FID` from `film` */;
/*!50106 SET @save_time_zone= @@TIME_ZONE */ ;
DELIMITER ;;
CREATE DEFINER=CURRENT_USER PROCEDURE `counts`(OUT n INT)
BEGIN
  DECLARE done INT DEFAULT 0;
  SELECT COUNT(*) INTO n FROM film; -- ; here
END ;;
DELIMITER ;
ALTER TABLE film ADD COLUMN length SMALLINT UNSIGNED DEFAULT NULL AFTER rental_rate, ADD COLUMN `description` TEXT, DROP COLUMN place;
ALTER TABLE film /*!50000 ADD COLUMN (x INT, y INT NOT NULL DEFAULT 7), */ ADD z INT;
