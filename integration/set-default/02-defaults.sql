USE set_default;
ALTER TABLE things
  ALTER COLUMN price SET DEFAULT 1.50,
  ALTER COLUMN flag SET DEFAULT b'1',
  ALTER COLUMN bits SET DEFAULT b'101',
  ALTER COLUMN raw SET DEFAULT x'616263',
  ALTER COLUMN big SET DEFAULT 18446744073709551615;
INSERT INTO things VALUES (2, NULL, NULL, NULL, NULL, NULL);
ALTER TABLE things ALTER COLUMN price SET DEFAULT -2.50;
INSERT INTO things VALUES (3, NULL, NULL, NULL, NULL, NULL);
-- Older rows have the DEFAULT of the time at which the column came.
ALTER TABLE things ADD COLUMN later INT DEFAULT 7;
INSERT INTO things VALUES (4, 1, b'0', b'1', x'01', 1, 1);
ALTER TABLE things ALTER COLUMN later SET DEFAULT 9;
INSERT INTO things VALUES (5, 1, b'0', b'1', x'01', 1, 1);
-- Debezium takes the digits for the bytes.
ALTER TABLE things ADD COLUMN digits VARBINARY(9) DEFAULT x'ff';
INSERT INTO things VALUES (6, 1, b'0', b'1', x'01', 1, 1, NULL);
ALTER TABLE things ALTER COLUMN digits SET DEFAULT x'00';
INSERT INTO things VALUES (7, 1, b'0', b'1', x'01', 1, 1, x'01');
-- No row is written while 3 is the DEFAULT: no schema version has it.
ALTER TABLE things ADD COLUMN brief INT DEFAULT 3;
ALTER TABLE things ALTER COLUMN brief SET DEFAULT 4;
INSERT INTO things VALUES (8, 1, b'0', b'1', x'01', 1, 1, x'01', 1);
