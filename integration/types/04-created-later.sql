USE typesdb;
SET SESSION sql_mode = '', time_zone = '+00:00', NAMES utf8mb4;

-- Debezium reads these statements as they are written, not as SHOW CREATE TABLE prints them: the other names of types,
-- and those that mean something else then (BOOLEAN, REAL, FLOAT4, CHAR … CHARACTER SET binary).
CREATE TABLE later_numbers (
  id INT NOT NULL PRIMARY KEY,
  bo BOOLEAN, bl BOOL, i1 INT1, i2 INT2, i3 INT3, mi MIDDLEINT, i4 INT4, ig INTEGER, i8 INT8, z INTEGER(5) ZEROFILL,
  bu BIGINT UNSIGNED, se SERIAL, bi BIT, b9 BIT(9), y YEAR,
  r REAL, f4 FLOAT4, f8 FLOAT8, dp DOUBLE PRECISION, f FLOAT, f24 FLOAT(24), f25 FLOAT(25), fmd FLOAT(7, 3),
  nu NUMERIC(6, 2), de DEC(6, 2), fi FIXED(6, 2), n DECIMAL, n380 DECIMAL(38, 0)
);
INSERT INTO later_numbers VALUES
  (1, TRUE, FALSE, -128, -32768, -8388608, -8388608, -2147483648, -2147483648, -9223372036854775808, 0, 0, 1,
   b'0', b'0', 1901, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
  (2, FALSE, TRUE, 127, 32767, 8388607, 8388607, 2147483647, 2147483647, 9223372036854775807, 99999,
   18446744073709551615, 9223372036854775808, b'1', b'111111111', 2155, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.125,
   9999.99, -9999.99, 0.01, -9999999999, -99999999999999999999999999999999999999),
  -- What a boolean cannot hold.
  (3, 2, -1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, b'1', b'100000000', 0, 1.5, 3.4028234e38, 1.7976931348623157e308,
   5e-324, 3.4028234e38, -1.5, 1e300, 9999.999, 1, 1, 1, 1, 1),
  (4, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 3, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
   NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);

CREATE TABLE later_texts (
  id INT NOT NULL PRIMARY KEY,
  nc NATIONAL CHAR(5), nv NATIONAL VARCHAR(20), cv CHARACTER VARYING(20), lv LONG VARCHAR, lb LONG VARBINARY,
  cb CHAR(4) CHARACTER SET binary, jp VARCHAR(20) CHARACTER SET sjis, j JSON,
  e ENUM('', 'x', 'it''s'), st SET('a', 'b'), b BINARY(3), vb VARBINARY(10)
);
INSERT INTO later_texts VALUES
  (1, '', '', '', '', '', '', '', '{}', '', '', '', ''),
  (2, 'ñandú', '한국어 😀', 'Ελλάδα', REPEAT('長', 30000), REPEAT(x'00FF', 40000), 'abcd', '日本語', '{"k": [1.5, "é"]}',
   'it''s', 'b,a', x'FF0001', x'C328'),
  (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);

CREATE TABLE later_times (
  id INT NOT NULL PRIMARY KEY,
  d DATE NOT NULL, t TIME(2) NOT NULL, dt DATETIME(4) NOT NULL, ts TIMESTAMP(6) NULL DEFAULT CURRENT_TIMESTAMP(6)
);
INSERT INTO later_times VALUES
  (1, '1000-01-01', '-838:59:58.99', '1000-01-01 00:00:00.0001', '1970-01-01 00:00:01'),
  (2, '9999-12-31', '-00:00:00.01', '9999-12-31 23:59:59.9999', '2038-01-19 03:14:07.999999'),
  (3, '1582-10-10', '24:00:00', '1582-10-10 00:00:00', NULL);

-- No VECTOR here: /*!90000 … */ in a statement that Debezium reads from the binlog is a comment to it and a column to
-- MySQL, and the source stops: "DebeziumException: Error processing row in later_shapes, internal schema size 9, but
-- row size 10, restart connector with schema recovery mode".
CREATE TABLE later_shapes (
  id INT NOT NULL PRIMARY KEY,
  p POINT NOT NULL SRID 4326, g GEOMETRY NOT NULL, gc GEOMCOLLECTION, l LINESTRING, po POLYGON, mp MULTIPOINT,
  ml MULTILINESTRING, mpo MULTIPOLYGON
);
INSERT INTO later_shapes (id, p, g, gc, l, po, mp, ml, mpo) 
  SELECT id, pn, p, gc, l, po, mp, ml, mpo FROM shapes WHERE p IS NOT NULL;
