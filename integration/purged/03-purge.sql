USE purged;

-- What has been read may go.
PURGE BINARY LOGS BEFORE NOW() + INTERVAL 1 DAY;
UPDATE things SET name = 'after the purge' WHERE id = 1;
