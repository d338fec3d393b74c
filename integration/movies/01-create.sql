CREATE DATABASE IF NOT EXISTS sampledatabase;
USE sampledatabase;

CREATE TABLE movies (
  MOVIE_ID INT NOT NULL,
  TITLE VARCHAR(128) NOT NULL,
  RELEASED DATE,
  RATING DECIMAL(3, 1),
  ADDED DATETIME NOT NULL,
  PRIMARY KEY (MOVIE_ID)
);

INSERT INTO movies VALUES
  (1, 'Metropolis', '1927-01-10', 8.3, '2024-01-01 08:00:00'),
  (2, 'Modern Times', '1936-02-05', 8.5, '2024-01-01 08:00:00'),
  (3, 'Rashomon', '1950-08-26', 8.2, '2024-01-02 09:30:00'),
  (4, 'Les Quatre Cents Coups', '1959-05-04', 8.1, '2024-01-02 09:30:00'),
  (5, '8½', '1963-02-14', 8.0, '2024-01-03 10:15:00'),
  (6, 'Сталкер', '1979-05-25', 8.0, '2024-01-03 10:15:00');
