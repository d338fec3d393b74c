"""Values that a component changes, each by a behaviour of its own."""

from __future__ import annotations

from cdcctl.verify.findings.rule import Rule

RULES = (
    Rule(
        "VER020", "unbackfilled-column", "known", "a new column is empty for rows written before it was added",
        "ALTER TABLE … ADD COLUMN gives every old row the column's default inside MySQL, without one row event. "
        "Rows that were not written since are NULL in Parquet. A DEFAULT that was changed again before any row was "
        "written is in no schema version: verify data tells rows that have it as VER004.",
        "Send the table again by an incremental snapshot: cdcctl verify data --repair (of a scenario, cdcctl verify "
        "--backfill), or a row in the signal table.",
    ),
    Rule(
        "VER021", "null-became-default", "known", "NULL arrived as the column's DEFAULT",
        "Connect's Struct.get answers a null with the default of its schema, the one that the event was written with. "
        "The unwrap transform and the Glue converter both read fields so, and no setting turns both off.",
        "Drop the DEFAULT of the nullable column (the application sets it), or make the column NOT NULL.",
    ),
    Rule(
        "VER022", "unit-changed", "known", "one column holds two units of time",
        "Debezium writes DATETIME(0-3) in milliseconds, DATETIME(4-6) in microseconds, DATE in days. The column's type "
        "was changed, and rows written before keep the old unit in the same number column.",
        "Send the table again, or set time.precision.mode=microseconds from the start.",
    ),
    Rule(
        "VER023", "unsigned-wrapped", "known", "an UNSIGNED integer above the largest signed one arrived negative",
        "Avro's long is signed, and bigint.unsigned.handling.mode=long (the default) writes the same 64 bits of "
        "BIGINT UNSIGNED. Debezium writes shorter ones in the next longer type: something after it has cut their bits.",
        "Of BIGINT, set bigint.unsigned.handling.mode: precise (a decimal), or add 2^64 when reading.",
    ),
    Rule(
        "VER024", "fraction-lost", "known", "digits after the decimal point were cut off",
        "The sink keeps the scale or the integer type the column had first; a later type with more digits after the "
        "point is cut to it.",
        "Make a new column instead of widening the scale, or rebuild the sink's table.",
    ),
    Rule(
        "VER025", "zero-date", "known", "a zero date became NULL, the column's DEFAULT or 1970-01-01",
        "0000-00-00 is a date to MySQL only. Debezium writes NULL for a nullable column, which its DEFAULT answers "
        "where it has one (VER021), and the epoch for a NOT NULL one.",
        "Store NULL instead of a zero date, or choose the value with Debezium's ZeroDateFallbackConverter.",
    ),
    Rule(
        "VER026", "float-rounded", "known", "a floating point number lost digits",
        "A snapshot reads FLOAT as MySQL prints it, with six digits; REAL in a streamed ALTER or CREATE is taken as "
        "four bytes, although MySQL stores eight.",
        "Use DOUBLE (spelled so) or DECIMAL where digits count.",
    ),
    Rule(
        "VER027", "text-damaged", "known", "text or bytes were cut or lost characters",
        "The value in Parquet is the beginning of MySQL's, or has ? where MySQL has another character: a column "
        "truncation or masking setting, or a conversion through a character set without these characters, "
        "or is UTF-8 that was read as another one.",
        "Look for column.truncate.to.* in source.properties and for the column's character set.",
    ),
    Rule(
        "VER028", "enum-as-index", "known", "an ENUM or SET arrived as its number",
        "The connector knows an older list of the column's options and could not translate the stored number.",
        "Let the connector learn the table again: snapshot.mode=recovery, then send the table again.",
    ),
    Rule(
        "VER029", "geometry-srid", "known", "a geometry arrived with another SRID",
        "The shape is the same, the number of its spatial reference system is not.",
        "Take the SRID from the column's definition (SRID attribute) when reading.",
    ),
    Rule(
        "VER030", "time-out-of-range", "known", "a TIME outside of one day was changed",
        "MySQL's TIME goes from -838:59:59 to 838:59:59; time-of-day types of Connect and Parquet hold 0 to 24 hours.",
        "Use time.precision.mode=adaptive_time_microseconds (the default), which writes plain microseconds.",
    ),
    Rule(
        "VER031", "json-text", "note", "JSON that is equal in value but written differently",
        "MySQL prints JSON one way and Debezium another (blanks, the form of numbers). The values are equal.",
        "Nothing, as long as readers parse it. Text comparison or hashing would see a difference.",
    ),
    Rule(
        "VER032", "column-kept", "known", "a dropped column lives on in Parquet",
        "The sink never removes a column; rows written since are NULL in it.",
        "Drop it in the sink's table as well, once no reader needs the old values.",
    ),
    Rule(
        "VER033", "column-split", "known", "a renamed column is two columns in Parquet",
        "A rename looks like a dropped and an added column. Older rows have the value under the old name only.",
        "Send the table again, or read coalesce(new, old).",
    ),
    Rule(
        "VER034", "boolean-narrowed", "known", "a TINYINT became true or false",
        "BOOLEAN in a streamed statement is a boolean to Debezium, while MySQL stores any TINYINT in it.",
        "Keep to 0 and 1, or spell the type TINYINT(1).",
    ),
    Rule(
        "VER035", "time-fraction-lost", "known", "fractions of a second were cut off",
        "time.precision.mode=connect holds milliseconds, whatever the column's precision.",
        "Use time.precision.mode=adaptive_time_microseconds or microseconds.",
    ),
    Rule(
        "VER036", "other-type", "note", "a column keeps its old type in Parquet",
        "The column's type was changed, and the sink writes the new values in the type the column had first "
        "(a number as text, an integer as a boolean). The values are equal.",
        "Cast when reading, or rebuild the sink's table.",
    ),
    Rule(
        "VER037", "time-shifted", "difference", "times are off by a whole number of quarter hours",
        "Some part read a local time as UTC, or the reverse.",
        "Set the connector's database.connectionTimeZone, and compare @@session.time_zone of writer and reader.",
    ),
    Rule(
        "VER044", "year-zero", "known", "YEAR 0000 became 2000 or 1900",
        "MySQL's YEAR has a value 0000 below 1901. A snapshot reads it through JDBC as 2000, the binlog reader takes "
        "the stored 0 for 1900.",
        "Store NULL instead of year 0000.",
    ),
    Rule(
        "VER045", "enum-comma", "known", "a comma inside an ENUM option arrived with a backslash",
        "Debezium writes the options as one list with \\, for a comma inside one. Values from the binlog are looked "
        "up in that list and keep the backslash; a snapshot's do not.",
        "Use options without a comma, or replace \\, by a comma when reading.",
    ),
    Rule(
        "VER046", "json-time", "known", "a negative TIME inside JSON arrived as another text",
        "MySQL's JSON can hold a TIME. Debezium decodes a negative one from the binlog field by field and writes a "
        "text that lost its sign, or like 13:0-35:0-57 is no time at all.",
        "Store the time as text or as a number of seconds in the document.",
    ),
    Rule(
        "VER047", "calendar-gap", "known", "a date between 5 and 14 October 1582 moved by ten days",
        "Java's old calendar, through which a snapshot reads DATETIME, goes from the Julian to the Gregorian calendar "
        "there and has no such days; MySQL has them, and so has the binlog.",
        "Nothing, unless these ten days matter: then store them as text.",
    ),
    Rule(
        "VER048", "value-unconverted", "known", "values that Debezium could not convert and left out",
        "FLOAT4 in a streamed statement is eight bytes to Debezium, which then refuses the four-byte values: it warns "
        "in its log (Failed to properly convert data value) and writes NULL.",
        "Spell the type FLOAT or DOUBLE; or set event.converting.failure.handling.mode: fail to stop instead.",
    ),
    Rule(
        "VER049", "padding-lost", "known", "binary data arrived as text without its padding",
        "CHAR … CHARACTER SET binary in a streamed statement is text to Debezium, while MySQL makes it BINARY and pads "
        "it with zero bytes.",
        "Spell the type BINARY.",
    ),
    Rule(
        "VER050", "year-adjusted", "known", "a year before 100 moved into our time",
        "enable.time.adjuster (true by default) takes years below 100 for two digits: 0050 becomes 2050, 0070 becomes "
        "1970. MySQL itself keeps what was stored.",
        "Set source.properties enable.time.adjuster: false, then send the table again.",
    ),
    Rule(
        "VER051", "json-partial", "known", "a JSON document lacks what was changed in part of it",
        "With binlog_row_value_options=PARTIAL_JSON MySQL writes only the changed part of a document to the binlog. "
        "Debezium passes over such events without a word: the update is in no topic.",
        "Set binlog_row_value_options to '' for the server and every session, then send the table again; cdcctl doctor "
        "looks at the server's setting.",
    ),
    Rule(
        "VER052", "default-damaged", "known", "NULL arrived as a damaged DEFAULT",
        "A null is answered with the DEFAULT of the schema (VER021), and Debezium has read that wrongly: that of a "
        "BIGINT as a double, beyond 2^53 without its last digits; one with characters outside Unicode's basic plane, "
        "which MySQL shows as 0x…, as the text of these digits without the last. Of a BINARY or VARBINARY, it "
        "takes the digits in ADD COLUMN … DEFAULT x'…' for the bytes, and in ALTER COLUMN … SET DEFAULT x'…' the word "
        "null; there it takes b'1' of a BIT(1) for false.",
        "Drop the DEFAULT of the nullable column. A smaller number, or a text without such characters, is read well; "
        "so are bits in MODIFY COLUMN … DEFAULT instead of SET DEFAULT.",
    ),
    Rule(
        "VER053", "key-change-torn", "difference", "a row whose key was changed lies under its old key, or not at all",
        "Debezium writes an UPDATE of the key as two events: a delete under the old key, then an insert under the new "
        "one. One of them is missing: the delete, where a sink ignores or drops deletes, or the insert. The pattern "
        "shows it: the same values under another key.",
        "Delete the row under the old key from the sink's table and look at how the sink takes deletes; a row that is "
        "missing under its new key is sent again by an incremental snapshot.",
    ),
    Rule(
        "VER054", "point-moved", "difference", "a decimal has the right digits and the point elsewhere",
        "The unscaled number was read with another scale than it was written with.",
        "Read DECIMAL with the scale of the schema version it was written with; send again what is kept wrong.",
    ),
    Rule(
        "VER055", "decimal-rounded", "known", "a DECIMAL lost digits in a double",
        "decimal.handling.mode=double writes the nearest double, and a double has room for 15 digits; longer numbers "
        "are rounded.",
        "Set source.types.decimal to precise or string, then send the table again.",
    ),
    Rule(
        "VER056", "json-null-empty", "known", "JSON null of a NOT NULL column arrived as {}",
        "ADD COLUMN … JSON NOT NULL gives old rows the JSON value null, which MySQL keeps as no bytes at all. When "
        "such a row changes, Debezium finds an empty document in the binlog and writes {} for it.",
        "Give the rows a document after the column was added (UPDATE … SET it), or make "
        "the new column nullable.",
    ),
)  # fmt: skip
