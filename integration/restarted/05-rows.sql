USE restarted;

INSERT INTO things VALUES ('2024-02-29', 3, 'killed');
DELETE FROM things WHERE id = 2;
