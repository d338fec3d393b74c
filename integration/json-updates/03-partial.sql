USE json_updates;

-- Only the changed part goes to the binlog, and Debezium passes over such an event without a word.
SET SESSION binlog_row_value_options = 'PARTIAL_JSON';
UPDATE documents SET body = JSON_SET(body, '$.a', 3) WHERE id = 1;
