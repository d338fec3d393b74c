USE restarted;

INSERT INTO things VALUES (2, 'after the restart', 2);
UPDATE things SET size = 1 WHERE id = 1;
