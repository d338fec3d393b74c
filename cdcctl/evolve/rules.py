"""Everything ``evolve check`` can find, each with a stable code, why it happens and what cures it.

A code never changes its meaning and is never used again. Severity says how to read a finding:

- ``error``: the pipeline stops, or the registry refuses the change.
- ``warning``: it goes on, and somebody downstream gets other or fewer data than they expect.
- ``note``: worth knowing; nothing is lost.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from cdcctl.errors import InputError

Severity = Literal["error", "warning", "note"]


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
class Finding:
    """Something found about one statement and one table.

    :param message: what it is about here, one sentence.
    :param column: the column it is about, if it is one.
    :param rewrite: SQL that avoids it and was itself predicted to pass; None when there is none.
    :param rewritable: a rewrite was looked for; with ``rewrite`` None, none exists that passes.
    """

    code: str
    message: str
    column: str | None = None
    rewrite: str | None = None
    rewritable: bool = False

    @property
    def rule(self) -> Rule:
        """What the code means."""
        return RULES[self.code]

    @property
    def severity(self) -> Severity:
        """How to read it."""
        return self.rule.severity

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "code": self.code,
            "severity": self.severity,
            "title": self.rule.title,
            "message": self.message,
            "column": self.column,
            "why": self.rule.why,
            "cure": self.rule.cure,
            "rewrite": self.rewrite,
            "rewrite_sought": self.rewritable,
        }


def rule(code: str) -> Rule:
    """Return the rule of a code.

    :raises InputError: there is no such code.
    """
    try:
        return RULES[code]
    except KeyError:
        raise InputError(f"{code} is no code of evolve", hint=f"known: {', '.join(RULES)}") from None


def finding(slug: str, message: str, column: str | None = None) -> Finding:
    """A finding by its rule's slug; the code base names rules by slug, users by code."""
    return Finding(BY_SLUG[slug].code, message, column)


_SKIP = "schema.history.internal.skip.unparseable.ddl"

_ALL = (
    # The connector.
    Rule(
        "EVO001", "statement-unparseable", "error", "Debezium cannot parse the statement, and the connector stops",
        "Debezium parses every DDL statement in the binlog, of every database on the server, whatever it captures. The "
        "task fails with the exception shown, and a restart fails at the same binlog position.",
        "Write the statement in a form that Debezium parses. If it is in the binlog already: set "
        f"{_SKIP}=true, restart, and give captured tables that it changed a new snapshot of their schema "
        "(snapshot.mode=recovery once), then take the setting out again.",
    ),
    Rule(
        "EVO002", "model-broken", "error", "Debezium cannot build the table's schema, and the connector stops",
        "The statement parses, but what Debezium makes of it has no valid schema: a column twice (a known bug of "
        "MODIFY and CHANGE with AFTER when the name has capitals), or two names that become one.",
        "Write the statement in a form that avoids it. If it is in the binlog already: stop the connector, delete its "
        "schema history topic, and start it with snapshot.mode=recovery, which reads SHOW CREATE TABLE.",
    ),
    Rule(
        "EVO003", "row-stops-task", "error", "the first row after the statement stops the connector",
        "A transformation or the converter refuses the new schema. Nothing happens at the statement; the task fails at "
        "the next insert, update or delete of the table, and at every restart again.",
        "Give the column another name or type. To get on when it is in the binlog: change the transformation's "
        "configuration so that it takes the schema, and restart.",
    ),
    Rule(
        "EVO004", "statement-skipped", "error", "Debezium skips the statement and goes on with an outdated table",
        f"{_SKIP} is true. The next row with another number of columns stops the task; with the same number, values "
        "land in the wrong columns without a word.",
        "Write the statement in a form that Debezium parses, or run snapshot.mode=recovery right after it.",
    ),
    Rule(
        "EVO005", "create-select", "warning", "the columns of CREATE TABLE … SELECT are not in the statement",
        "MySQL writes another statement into the binlog, with the columns spelled out; which they are depends on the "
        "tables selected from. Debezium sees that one, this check does not.",
        "Create the table with its columns, then INSERT … SELECT.",
    ),
    Rule(
        "EVO006", "hidden-statement", "note", "what this runs cannot be seen here",
        "Statements that a stored program or EXECUTE runs reach the binlog one by one, as do those of a file that the "
        "client reads (SOURCE). Only they could be checked.",
        "Check the DDL that it runs by itself.",
    ),
    Rule(
        "EVO007", "not-mysql", "error", "this is no statement that MySQL takes",
        "It ends too early, is another database's SQL, names a column that the table does not have, or makes a column "
        "or table that is there already. MySQL refuses it, so it never reaches the binlog, and what follows is checked "
        "as if it had not been there.",
        "Correct the statement; where it is the table that is otherwise, give it as it is now.",
    ),
    Rule(
        "EVO008", "table-unknown", "error", "the table is not known here, so nothing can be said",
        "What a statement does depends on the table as it is. (A connector that does not know the table ignores the "
        "statement.)",
        "Give the table as it is now: --tables with a dump or its CREATE TABLE, --mysql-url, or --local.",
    ),
    Rule(
        "EVO009", "model-loses-column", "error", "Debezium loses a column, and the connector stops at the next row",
        "One statement gives a column the name that another one has until then, as in a swap. MySQL renames all at "
        "once, Debezium one after the other, and one column overwrites the other in its model. The next row has more "
        "columns than the model.",
        "Rename through a third name, one statement each. If it is in the binlog already: snapshot.mode=recovery.",
    ),
    Rule(
        "EVO038", "model-misorders", "error", "Debezium has the columns in another order, and values change places",
        "A clause places a column AFTER one that only a later clause gives that name. MySQL renames before it places, "
        "Debezium goes from clause to clause and puts the column in front. The binlog has values by position: they "
        "land in the wrong columns without a word, or stop the task where the types do not fit.",
        "Rename in a statement of its own, first. If it is in the binlog already: snapshot.mode=recovery, and send the "
        "table again.",
    ),
    # The registry.
    Rule(
        "EVO010", "value-refused", "error", "the registry refuses the new value schema",
        "The converter registers the schema at the first row after the statement. Under the compatibility mode set the "
        "registry refuses it, the task fails there, and the refused version stays behind as FAILURE: it has to be "
        "deleted before the same definition can ever be registered.",
        "Use the rewrite if there is one. Otherwise carry the change out with cdcctl evolve apply, which relaxes the "
        "mode for one version and sets it back.",
    ),
    Rule(
        "EVO011", "key-refused", "error", "the registry refuses the new key schema",
        "Keys have a registry of their own and are checked like values. A key that changes also changes the partition "
        "and the identity of every row.",
        "Keep the key as it is; give a new key a new table. Otherwise as for EVO010.",
    ),
    Rule(
        "EVO012", "other-modes", "note", "the registry's mode takes it, others would not",
        "Compatibility modes protect readers: BACKWARD those with the new schema reading old records, FORWARD those "
        "with the old schema reading new ones.",
        "Nothing, if all consumers follow the registry's mode. The rewrite passes under every mode.",
    ),
    Rule(
        "EVO013", "older-versions", "warning", "it passes against the last version and fails against an older one",
        "The *_ALL modes compare with every version. Somebody who reads a topic from its start with the new schema, or "
        "still has an old schema, meets those versions.",
        "Use other names for columns that come back with another type, and keep defaults that older rows need.",
    ),
    Rule(
        "EVO014", "definition-too-long", "error", "the definition is longer than Glue allows",
        "A definition may have 170,000 characters (RegisterSchemaVersion). The task fails at the first row.",
        "Exclude columns (column.exclude.list), or split the table.",
    ),
    Rule(
        "EVO015", "snapshot-differs", "warning", "the next snapshot gives the table another schema",
        "Streaming reads the statement as it was written, a snapshot reads SHOW CREATE TABLE. For some spellings "
        "Debezium makes different types of the two, so a recovery or a new snapshot registers another version.",
        "Spell the types as MySQL shows them: TINYINT(1), DOUBLE, FLOAT, BINARY.",
    ),
    Rule(
        "EVO016", "registry-differs", "warning", "the registry's latest version is not what the table would give",
        "The table was changed past the connector, has not been written since a change, or was registered by another "
        "version or configuration.",
        "Compare the two texts; verify shows who wrote which version.",
    ),
    Rule(
        "EVO017", "new-schema", "warning", "the table gets a new topic and a new schema",
        "Topic, schema name and record namespace follow the table's name. Nothing is checked against the old schema; "
        "the old topic ends, sinks must be told of the new one, and its table begins empty.",
        "Add the new name to the pipeline before the rename, and backfill its table by an incremental snapshot.",
    ),
    Rule(
        "EVO018", "table-gone", "warning", "no more events come from this table",
        "Topic, schema and the sink's table stay as they are. A table of the same name created later continues them.",
        "Remove the table from the pipeline when nobody needs it.",
    ),
    Rule(
        "EVO019", "old-version-again", "note", "the definition is an earlier version's",
        "Glue finds the earlier version by its text and registers nothing; no compatibility check takes place.",
        "Nothing.",
    ),
    Rule(
        "EVO037", "steps-unregistered", "error", "the registry takes it in steps, one of which may never be there",
        "The converter registers a schema at the first row that has it, not at the statement. When no row is written "
        "between two statements of a migration, the version between them never exists, and the last one is held "
        "against what was there before both. Under the compatibility mode set it is refused then, and the task fails.",
        "Run the statements as migrations of their own, and see that the first one's version is registered (a row, or "
        "cdcctl schemas register) before the next; or have cdcctl evolve apply do it.",
    ),
    # What passes every check.
    Rule(
        "EVO020", "unit-changes", "warning", "the same number means another time unit",
        "DATETIME with up to three digits is milliseconds, with more it is microseconds; both are a long to Avro and "
        "to Parquet. Old and new rows stand side by side and differ by a factor of 1000.",
        "Add a new column and backfill it, or set time.precision.mode (microseconds, or isostring) for all columns.",
    ),
    Rule(
        "EVO021", "scale-changes", "warning", "the same bytes mean another decimal",
        "Avro compares decimals as bytes and ignores the scale. A reader with the old schema is off by a power of ten; "
        "Iceberg keeps the old column's scale and rounds.",
        "Add a new column and backfill it, or set decimal.handling.mode=string.",
    ),
    Rule(
        "EVO022", "rename-splits", "warning", "the renamed column is another column downstream",
        "A rename is a drop and an add to everybody who reads by name. With a default or NULL it passes every mode, "
        "and the data are split: old rows have the old column, new rows the new one.",
        "Add the new column, copy, let readers move, then drop the old one.",
    ),
    Rule(
        "EVO023", "null-becomes-default", "warning", "NULL arrives as the column's default",
        "The transformation and the converter read a field that is NULL through Connect's Struct.get, which answers "
        "with the schema's default. No setting of the Glue converter or of a sink brings the NULL back.",
        "Give a nullable column no default, or make it NOT NULL.",
    ),
    Rule(
        "EVO024", "rows-not-rewritten", "warning", "rows that are there already keep NULL in the new column",
        "MySQL gives existing rows the default (or '' and 0, or the generated value) without a single row event, so "
        "Parquet has NULL there until a row is written again.",
        "Send the table again after the statement: an incremental snapshot (cdcctl evolve apply does it, or a row in "
        "the signal table).",
    ),
    Rule(
        "EVO025", "options-changed", "warning", "an option of an ENUM or SET is gone or has moved",
        "Each edit of the options makes a new version, and every mode takes it. Rows that hold an option that is gone "
        "are changed in MySQL without an event; an option that moved sorts and casts to a number otherwise.",
        "Add options at the end only, and empty an option's rows before it goes.",
    ),
    Rule(
        "EVO026", "unsigned-wraps", "warning", "large unsigned values arrive negative",
        "BIGINT UNSIGNED is a signed long (bigint.unsigned.handling.mode=long): from 9223372036854775808 on the value "
        "arrives minus 2^64. Signed and unsigned give the same text, so nobody is told.",
        "Set bigint.unsigned.handling.mode=precise before the values get there, or use DECIMAL(20,0).",
    ),
    Rule(
        "EVO027", "days-become-instants", "warning", "days become milliseconds in the same column",
        "DATE is the number of days, DATETIME the number of milliseconds since 1970. Avro widens int to long, BACKWARD "
        "takes it, and so does Iceberg.",
        "Add a new column and backfill it.",
    ),
    Rule(
        "EVO028", "text-becomes-bytes", "warning", "text and bytes change places",
        "Avro reads string as bytes and the other way, so every mode takes it; Parquet and sinks do not.",
        "Add a new column and backfill it.",
    ),
    Rule(
        "EVO029", "meaning-changes", "warning", "the same Avro type gets another meaning",
        "Only a property of the type says how a value is to be read, and Avro's rules ignore properties.",
        "Add a new column and backfill it.",
    ),
    Rule(
        "EVO030", "key-changes", "warning", "the key of the table changes",
        "Rows written before have the old key, in the topic and in every table that is folded or merged by key; log "
        "compaction keeps both. Rows move to other partitions.",
        "Send the table again after the change, and rebuild what is merged by key.",
    ),
    Rule(
        "EVO031", "key-optional", "warning", "Debezium takes the primary key for nullable",
        "MODIFY or CHANGE of a key column without NOT NULL: MySQL keeps it NOT NULL, Debezium's model does not, until "
        "the next snapshot puts it right and makes another version.",
        "Repeat NOT NULL in the statement.",
    ),
    Rule(
        "EVO032", "case-changes", "warning", "two columns that differ in case only",
        "Kafka, Avro and Parquet tell them apart, Glue, Athena and DuckDB do not: they refuse the table or mix them.",
        "Keep the spelling.",
    ),
    Rule(
        "EVO033", "default-misread", "warning", "the default that is registered is not MySQL's",
        "Debezium reads this form of default wrongly when it streams: SET DEFAULT NULL on text becomes the text "
        "'null', hexadecimal literals become their own digits.",
        "Write the default as a quoted literal; drop it by DROP DEFAULT.",
    ),
    Rule(
        "EVO034", "column-dropped", "note", "the column stays in the lake and is NULL from now on",
        "Sinks never drop a column. Rows written before keep their values.",
        "Nothing; drop it from views when nobody reads it.",
    ),
    Rule(
        "EVO035", "default-lost", "note", "a default that is an expression is not registered",
        "Debezium cannot evaluate DEFAULT (…), so the field has no default and a required column is just required.",
        "Use a literal default, or NULL.",
    ),
    Rule(
        "EVO036", "rows-converted", "warning", "MySQL converts the rows that are there, and nobody hears of it",
        "ALTER rewrites stored values (rounds, cuts, converts) without row events. Parquet keeps what was sent before.",
        "Send the table again after the statement.",
    ),
    # The sink.
    Rule(
        "EVO040", "iceberg-fails", "error", "the Iceberg sink's task fails",
        "The sink widens int to long and float to double, and nothing else. What it cannot convert to the column's "
        "type is an exception; the task stops at the first such record and at every restart.",
        "Add a new column instead of changing the type of one.",
    ),
    Rule(
        "EVO041", "iceberg-fails-by-value", "error", "the Iceberg sink's task fails at some values",
        "The column keeps its type; each value is converted to it, and the first one that cannot be stops the task.",
        "Add a new column instead of changing the type of one.",
    ),
    Rule(
        "EVO042", "iceberg-loses", "warning", "the Iceberg sink stores another value than it gets",
        "The column keeps its type, and what does not fit is rounded or cut without a word.",
        "Add a new column instead of changing the type of one.",
    ),
    Rule(
        "EVO043", "keyless", "warning", "the table has no key any more",
        "Rows cannot be told apart: no fold, no merge, no compaction, and a snapshot that is repeated doubles them. "
        "The Aiven S3 sink fails on records whose key has no schema.",
        "Keep a primary key.",
    ),
    # Queries.
    Rule(
        "EVO050", "query-stops", "warning", "queries over old and new Parquet files stop",
        "S3 sinks start a new file at each schema; files of both types lie under one prefix, and no column type reads "
        "both.",
        "Add a new column instead, or write to a new prefix.",
    ),
    Rule(
        "EVO051", "query-needs-ddl", "note", "the query engine's table must be changed first",
        "Files with the wider type cannot be read into the narrower column.",
        "Change the column in the Glue table before the first such file; in DuckDB read with union_by_name.",
    ),
)  # fmt: skip

RULES: dict[str, Rule] = {each.code: each for each in _ALL}
BY_SLUG: dict[str, Rule] = {each.slug: each for each in _ALL}
