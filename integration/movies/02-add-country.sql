USE sampledatabase;

-- MySQL gives the six rows above the COUNTRY '' at once, without one event in the binlog.
ALTER TABLE movies ADD COUNTRY VARCHAR(64) NOT NULL;

INSERT INTO movies VALUES
  (7, 'Spirited Away', '2001-07-20', 8.6, '2024-02-01 12:00:00', 'Japan'),
  (8, 'Roma', '2018-08-30', 7.7, '2024-02-01 12:00:00', 'México'),
  (9, 'Parasite', '2019-05-21', NULL, '2024-02-01 12:00:00', '대한민국');

-- Rows of before that are written again carry their COUNTRY from here on.
UPDATE movies SET RATING = 8.4, COUNTRY = 'Deutschland' WHERE MOVIE_ID = 1;
UPDATE movies SET RATING = 8.6 WHERE MOVIE_ID = 2;
DELETE FROM movies WHERE MOVIE_ID = 3;
