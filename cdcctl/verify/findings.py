"""Everything verify can find, each with a stable code, why it happens and what cures it.

A code never changes its meaning and is never used again. Severity says how to read a finding:

- ``difference``: what is in Parquet is not what is in MySQL, and no component is known to work that way.
- ``known``: a component changes the value on purpose or by a known limitation; it is still not what MySQL holds.
- ``note``: the value is the same, only its form or its way here is unusual. A note never fails a run.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Any, Literal

from cdcctl.errors import InputError

Severity = Literal["difference", "known", "note"]


@dataclass(frozen=True)
class Rule:
    """What a code means."""

    code: str
    slug: str
    severity: Severity
    title: str
    why: str
    cure: str


@dataclass(frozen=True)
class Example:
    """One place where a finding shows: the row's key, and the value on either side."""

    key: str
    mysql: str | None = None
    parquet: str | None = None


@dataclass(frozen=True)
class Finding:
    """Something found, with the number of rows it concerns and a few of them.

    :param detail: what this one is about, beside what its code says.
    :param expected: whether the scenario says that it must be there.
    """

    code: str
    table: str | None = None
    column: str | None = None
    rows: int = 0
    detail: str | None = None
    examples: tuple[Example, ...] = ()
    expected: bool = False

    @property
    def rule(self) -> Rule:
        """What the code means."""
        return rule(self.code)

    def to_dict(self) -> dict[str, Any]:
        """Return the finding as JSON, with its meaning in words."""
        meaning = self.rule
        data: dict[str, Any] = {
            "code": self.code,
            "slug": meaning.slug,
            "severity": meaning.severity,
            "table": self.table,
            "column": self.column,
            "rows": self.rows,
            "expected": self.expected,
            "title": meaning.title,
            "detail": self.detail,
            "why": meaning.why,
            "cure": meaning.cure,
            "examples": [{"key": e.key, "mysql": e.mysql, "parquet": e.parquet} for e in self.examples],
        }
        return {key: value for key, value in data.items() if value is not None}


def rule(code: str) -> Rule:
    """Return the rule of a code.

    :raises InputError: there is no such code.
    """
    try:
        return RULES[code]
    except KeyError:
        raise InputError(f"{code} is no code of verify", hint=f"known: {', '.join(RULES)}") from None


_ALL = (
    # Rows.
    Rule(
        "VER001", "row-missing", "difference", "rows of MySQL that are not in Parquet",
        "The change that wrote the row never arrived, or a later delete of the same key did.",
        "Look for gaps in the Kafka offsets (VER012), a stopped connector (VER013, VER015) or dead letters (VER017); "
        "then send the table again: cdcctl verify --backfill, or an execute-snapshot signal.",
    ),
    Rule(
        "VER002", "row-extra", "difference", "rows of Parquet that are no longer in MySQL",
        "The delete never arrived. TRUNCATE and a dropped partition write no row events, and Debezium skips truncate "
        "events by default (skipped.operations=t); nor does a row deleted with sql_log_bin=0, nor one that a foreign "
        "key's ON DELETE CASCADE takes along before MySQL 9.6. Or the row never was: what XA PREPARE wrote is sent; "
        "XA ROLLBACK takes nothing back.",
        "Use DELETE instead of TRUNCATE on captured tables; delete what is already there from the sink's table.",
    ),
    Rule(
        "VER003", "row-doubled", "difference", "rows that are more often in Parquet than in MySQL",
        "A table without a key was sent again, by a repeated snapshot or a restarted connector: without a key a "
        "repetition cannot be told from a second row.",
        "Give the table a primary key.",
    ),
    Rule(
        "VER004", "value-different", "difference", "values that are different in Parquet",
        "No known behaviour of a component explains it: an update was lost, or the value was changed on its way.",
        "Compare the examples; read the row's events in Kafka by its key to see where the value changes.",
    ),
    # The way: events, files, connectors, schemas.
    Rule(
        "VER010", "event-count", "difference", "not as many events as MySQL wrote row changes",
        "Each changed row is one event. Fewer: some were lost or filtered. More: a connector was restarted and sent "
        "some twice (at-least-once delivery), or a snapshot ran again.",
        "With fewer, read the source connector's log; with more, nothing: the latest event of each key decides.",
    ),
    Rule(
        "VER012", "parquet-file-missing", "difference", "Kafka offsets that are in no Parquet file",
        "Every event has an offset and every offset should be in one row. A run of missing ones inside the table "
        "means that a data file was lost, or a commit that named it.",
        "Restore the object from a bucket version, or set the sink's consumer group back to before the gap.",
    ),
    Rule(
        "VER013", "sink-stopped", "difference", "the sink connector does not run",
        "Its task has failed or was stopped; events wait in Kafka until it runs again or the topic's retention ends.",
        "The state description and its last log lines name the reason; restart it once that is cured.",
    ),
    Rule(
        "VER014", "sink-stalled", "difference", "the sink has not written the newest events",
        "It runs, but its consumer group stands before the end of the topic or its last commit is not done.",
        "Look for repeated errors in its log and for a coordinator that waits for a commit (control topic).",
    ),
    Rule(
        "VER015", "source-stopped", "difference", "the source connector does not run",
        "Its task has failed or was stopped; changes wait in MySQL's binlog until that is purged.",
        "The state description and its last log lines name the reason; restart it before the binlog is purged.",
    ),
    Rule(
        "VER016", "schema-refused", "difference", "the registry refused a schema version",
        "A change of the table made a schema that the registry's compatibility mode does not allow. The converter "
        "cannot write the event, and the source connector stops there.",
        "Undo or rewrite the change (give a new column a DEFAULT), or choose a mode that allows it; "
        "cdcctl evolve check says so before the change is made.",
    ),
    Rule(
        "VER017", "dead-letters", "difference", "events that went to the dead letter queue",
        "The sink could not convert or write them and was told to set them aside (errors.tolerance=all).",
        "Read their headers (__connect.errors.exception.message), cure the reason and send them again.",
    ),
    Rule(
        "VER018", "schema-versions", "difference", "other schema versions than expected",
        "Each change of a table's structure should register exactly one version with its first event.",
        "Compare the versions' definitions in the registry with the table's history.",
    ),
    Rule(
        "VER019", "table-missing", "difference", "a table that never arrived",
        "No event of the table was written: it is empty, it is not captured, or its connector stopped before.",
        "Name it under source.tables, and look at the connectors' state.",
    ),
    # Values that a component changes.
    Rule(
        "VER020", "unbackfilled-column", "known", "a new column is empty for rows written before it was added",
        "ALTER TABLE … ADD COLUMN gives every old row the column's default inside MySQL, without one row event. "
        "Rows that were not written since are NULL in Parquet.",
        "Send the table again by an incremental snapshot: cdcctl verify --backfill, or a row in the signal table.",
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
        "VER025", "zero-date", "known", "a zero date became NULL or 1970-01-01",
        "0000-00-00 is a date to MySQL only. Debezium writes NULL for a nullable column, the epoch for a NOT NULL one.",
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
    # What the events themselves can prove.
    Rule(
        "VER040", "offset-doubled", "note", "events that were written to Parquet more than once",
        "The sink was killed between writing and committing and wrote the same offsets again. S3 sinks do when they "
        "finish files by the clock (rotate.schedule.interval.ms): the next run begins other files at the same offsets.",
        "Nothing: the fold takes each offset once. Counting rows without the fold would count them twice.",
    ),
    Rule(
        "VER041", "event-replayed", "note", "events that the source sent more than once",
        "The source connector was restarted before its position was stored (at-least-once delivery).",
        "Nothing: the fold takes the latest event of a key, and each binlog position once for tables without one.",
    ),
    Rule(
        "VER042", "updates-without-key", "known", "current rows cannot be told from Parquet alone",
        "An update of a table without a key arrives as the new row only; which row it replaced is not in the data. "
        "Proved: each row of MySQL is in Parquet, and as many others as there were updates. Not proved: which.",
        "Give the table a primary key.",
    ),
    Rule(
        "VER043", "key-in-partitions", "known", "one key is in several partitions",
        "Kafka keeps order within a partition only. The number of partitions was raised, or a transform changed the "
        "key; the latest event was chosen by its place in the binlog instead.",
        "Keep one number of partitions for the life of a topic.",
    ),
    # More values that a component changes.
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
        "which MySQL shows as 0x…, as the text of these digits without the last. In ALTER COLUMN … SET DEFAULT it "
        "takes b'1' of a BIT(1) for false, and x'…' of a BINARY or VARBINARY for the word null.",
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
    # Predictions.
    Rule(
        "VER060", "schema-unpredicted", "difference", "a schema version that was not predicted",
        "The tables at the start and the statements of the binlog went through the same Debezium, transformations and "
        "converter as in the pipeline, and none of it gave the definition that is registered.",
        "If the connector runs other versions or settings than the pipeline says, deploy it again. Otherwise this is a "
        "mistake of the prediction: report it with the statement.",
    ),
    # Plain objects, which no table format holds together.
    Rule(
        "VER070", "files-disagree", "known", "the files of one table hold a column in different types",
        "The column's type was changed, and an S3 sink writes each schema version into files of its own. Query engines "
        "that take one type for the table refuse the other files or misread them.",
        "Write the table again under a new prefix, or read the files by their own schemas.",
    ),
    Rule(
        "VER071", "tail-lost", "difference", "the last events that the sink has passed are in no Parquet file",
        "The sink's consumer group and its commits stand behind these Kafka offsets, so it will not write them any "
        "more; but no row has them. A file was cut short or replaced, or an object was deleted.",
        "Restore the object from a bucket version, or set the sink's consumer group back to before the gap, or send "
        "the rows again by an incremental snapshot.",
    ),
    # Where a component gives up by design, and what it needs then.
    Rule(
        "VER080", "connector-gave-up", "known", "a connector gave up during a fault, and went on after a restart",
        "Kafka Connect does not start a failed task again, and MSK Connect leaves such a connector FAILED. What it "
        "had not finished waits in the binlog or in Kafka.",
        "Restart the connector once the reason in its log is cured; an alarm on its state says when.",
    ),
    Rule(
        "VER081", "registry-gave-up", "known", "the converter gave up on the registry",
        "A request to the Glue Schema Registry was throttled, failed or found nobody for longer than the client "
        "repeats it. The task fails then: of a converter's errors Kafka Connect repeats none, for they are no "
        "RetriableException.",
        "Restart the connector; nothing is lost. With dead_letters (errors.tolerance=all and a queue) a sink goes "
        "on, and cdcctl dlq replay sends again what was set aside. A longer registries.cache_ttl_ms asks more "
        "rarely.",
    ),
    Rule(
        "VER082", "storage-gave-up", "known", "the sink gave up on S3 or the catalog",
        "Requests failed for longer than the client repeats them, and the sink's task fails. Files of its that no "
        "commit names are written again by the next one.",
        "Restart the connector; nothing is lost. sink.properties iceberg.catalog.s3.retry.num-retries makes the "
        "Iceberg sink more patient.",
    ),
    Rule(
        "VER083", "statement-unparseable", "known", "a statement that Debezium cannot parse",
        "Debezium parses every statement of the server's binlog, of whatever database it is, and fails at the "
        "first one that its grammar does not know; so it does again after each restart.",
        "If the statement is of no captured table, set source.schema_history.skip_unparseable: true and restart; "
        "cdcctl evolve check tells before a statement runs.",
    ),
    Rule(
        "VER084", "binlog-purged", "known", "the binlog that the source would go on from is gone",
        "MySQL has purged the file in which the connector's offset lies. Changes since then cannot be read any "
        "more.",
        "Read the tables again: cdcctl offsets reset --part source --part history; source.snapshot_mode: "
        "when_needed does so by itself. Keep binlogs longer than a connector may stand still.",
    ),
    Rule(
        "VER085", "database-gave-up", "known", "the source gave up on MySQL",
        "After an error that it takes for passing, Debezium connects again by itself, for ever unless "
        "errors.max.retries says otherwise; one that it does not take for passing fails the task.",
        "Restart the connector; nothing is lost as long as the binlog is kept.",
    ),
    Rule(
        "VER086", "brokers-gave-up", "known", "a connector gave up on Kafka",
        "A record was not taken within delivery.timeout.ms (two minutes), or a transaction or a commit failed "
        "while the brokers were away.",
        "Restart the connector; nothing is lost. producer.override.delivery.timeout.ms makes the source more "
        "patient.",
    ),
    Rule(
        "VER087", "type-refused", "known", "the sink cannot write a value in the type that its column has",
        "The Iceberg sink keeps the type that a column had first. Later values had another: the column was changed, "
        "or dropped and made again, or a table with a BOOLEAN was, which the snapshot reads as TINYINT(1), a number, "
        "and a statement of the binlog as a boolean. The task fails, and again at the same event after each restart.",
        "Rename or drop the column in the sink's table and restart the connector; cdcctl evolve check tells before a "
        "statement runs (EVO040, EVO041).",
    ),
)  # fmt: skip

RULES: dict[str, Rule] = {each.code: each for each in _ALL}
BY_SLUG: dict[str, Rule] = {each.slug: each for each in _ALL}


def code_by_name(name: Any) -> str:
    """The code that a file means, which may name it by its slug.

    :raises ValueError: there is no such code.
    """
    if isinstance(name, str) and name in BY_SLUG:
        return BY_SLUG[name].code
    if name not in RULES:
        near = difflib.get_close_matches(str(name), [*RULES, *BY_SLUG], 1)
        raise ValueError(f"no such code: {name!r}" + (f"; did you mean {near[0]!r}?" if near else ""))
    return str(name)


def code_of(slug: str) -> str:
    """Return the code of a slug; the code base names findings by slug, users and files by code."""
    return BY_SLUG[slug].code
