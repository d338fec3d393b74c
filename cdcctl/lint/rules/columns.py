"""The captured tables' columns, where their definitions are given (``--tables``): what becomes of their values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from cdcctl.lint.behaviour import glue_sides, sinks_of, tables, transforms, unwrap
from cdcctl.lint.columns import Column
from cdcctl.lint.configuration import AIVEN_S3, DEBEZIUM, ICEBERG, Configuration, Setup
from cdcctl.lint.rule import Problem, put, rule

_ONLY = (DEBEZIUM,)
_SHOWN = 5


def _captured(source: Configuration, setup: Setup) -> list[Column]:
    """The columns of the captured tables; of all given tables where the list is not spelled out."""
    names = {table.lower() for table in tables(source)}
    return [column for column in setup.columns if not names or column.table.lower() in names]


def _named(columns: Iterable[object]) -> str:
    names = [str(column) for column in columns]
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"{', '.join(names[:_SHOWN])}{more}"


@rule(
    "CDC270",
    "warning",
    _ONLY,
    title="NULL arrives as the DEFAULT",
    why="A nullable column with a DEFAULT: Connect's Struct.get answers a null with the default of its schema, in the "
    "unwrap transform and again in the Glue converter. No setting of source or sink brings the NULL back.",
    source="Struct.get of Connect, AvroData of the converter; measured",
    cure="Drop the DEFAULT (the application sets the value), or make the column NOT NULL.",
)
def null_becomes_default(source: Configuration, setup: Setup) -> Iterator[Problem]:
    # Of a TIMESTAMP's CURRENT_TIMESTAMP no default reaches the schema.
    found = [
        column
        for column in _captured(source, setup)
        if column.nullable
        and column.default
        and not column.default.startswith("(")
        and not (column.type.startswith("timestamp") and "CURRENT" in column.default.upper())
    ]
    if found and "value" in glue_sides(source):
        yield Problem(f"{_named(found)}: nullable with a DEFAULT", "table.include.list")


@rule(
    "CDC271",
    "warning",
    _ONLY,
    title="large unsigned numbers arrive negative",
    why="Avro's long is signed; bigint.unsigned.handling.mode=long, the default, writes the 64 bits of a BIGINT "
    "UNSIGNED as they are, so what is above 9223372036854775807 becomes negative.",
    source="BinlogValueConverters of Debezium; measured",
    cure="Set bigint.unsigned.handling.mode to precise (a decimal of 20 digits), unless no such value can occur.",
)
def unsigned_wraps(source: Configuration, setup: Setup) -> Iterator[Problem]:
    key = "bigint.unsigned.handling.mode"
    found = [column for column in _captured(source, setup) if re.match(r"bigint(\(\d+\))? unsigned", column.type)]
    if found and source.get(key, "long") == "long":
        yield Problem(f"{_named(found)}: BIGINT UNSIGNED", key)


@rule(
    "CDC272",
    "warning",
    _ONLY,
    title="zero dates become 1970-01-01 or NULL",
    why="0000-00-00 is a date to MySQL only. Debezium writes the epoch for a NOT NULL column and NULL for a nullable "
    "one.",
    source="JdbcValueConverters of Debezium; measured",
    cure="Store NULL instead; or choose what is written with Debezium's ZeroDateFallbackConverter (3.6).",
)
def zero_dates(source: Configuration, setup: Setup) -> Iterator[Problem]:
    found = [column for column in _captured(source, setup) if (column.default or "").startswith("'0000-00-00")]
    chosen = any("ZeroDate" in source.get(f"{name}.type") for name in source.entries("converters"))
    if found and not chosen:
        yield Problem(f"{_named(found)}: DEFAULT '0000-00-00…'", "table.include.list")


@rule(
    "CDC273",
    "warning",
    _ONLY,
    title="a table without a key",
    why="Its events have no key: which row an update or delete concerns is not in the data, a repeated event cannot "
    "be told from a second row, and Aiven's sink fails at a record without a key schema.",
    source="TableSchemaBuilder of Debezium; SchemaBasedTopicPartitionRecordGrouper of Aiven's commons; measured",
    cure="Give the table a primary key, or name columns that identify a row in message.key.columns.",
)
def keyless(source: Configuration, setup: Setup) -> Iterator[Problem]:
    columns = _captured(source, setup)
    keyed = {column.table for column in columns if column.in_key}
    own = source.get("message.key.columns")
    found = [table for table in dict.fromkeys(column.table for column in columns) if table not in keyed]
    found = [table for table in found if table.lower() not in own.replace("\\", "").lower()]
    if found:
        fails = any(sink.kind == AIVEN_S3 and "key" in glue_sides(sink) for sink in sinks_of(source, setup))
        yield Problem(f"{_named(found)}{': the Aiven sink will fail' if fails else ''}", "table.include.list")


@rule(
    "CDC274",
    "error",
    _ONLY,
    title="columns whose names are not legal in Avro",
    why="The task fails at the first row with SchemaParseException: Illegal character. Debezium replaces such "
    "characters by itself for Confluent's and Apicurio's converters only.",
    source="CommonConnectorConfig.isUsingAvroConverter of Debezium; executed",
    cure="Set field.name.adjustment.mode to avro; two names that become one then stop the task as well.",
)
def illegal_columns(source: Configuration, setup: Setup) -> Iterator[Problem]:
    key = "field.name.adjustment.mode"
    names = [column for column in _captured(source, setup) if not re.fullmatch(r"[A-Za-z_]\w*", column.name, re.ASCII)]
    if names and glue_sides(source) and source.get(key, "none") == "none":
        yield Problem(_named(names), key, put(key, "avro"))


@rule(
    "CDC275",
    "error",
    _ONLY,
    title="a column with the name of an added field",
    why="The unwrap transform then builds a schema with one field twice and throws; the task fails.",
    source="ExtractNewRecordState of Debezium; executed",
    cure="Give the field another name (FIELD:NAME in add.fields) or another add.fields.prefix.",
)
def clashing_field(source: Configuration, setup: Setup) -> Iterator[Problem]:
    transform = unwrap(source)
    if transform is None:
        return
    prefix = transform.options.get("add.fields.prefix", "__")
    added = {"__deleted"}
    for name in transform.options.get("add.fields", "").split(","):
        field, _, own = name.strip().partition(":")
        added.add(prefix + (own or field.replace(".", "_")))
    found = [column for column in _captured(source, setup) if column.name in added]
    if found:
        yield Problem(_named(found), f"transforms.{transform.alias}.add.fields")


@rule(
    "CDC276",
    "error",
    _ONLY,
    title="a column with the name of one that the sink adds",
    why="InsertField then builds a schema with one field twice and throws; the sink's task fails.",
    source="InsertField.makeUpdatedSchema of Kafka; measured: Cannot create field because of field name duplication",
    cure="Choose other names for topic.field, partition.field and offset.field.",
)
def doubled_column(source: Configuration, setup: Setup) -> Iterator[Problem]:
    added = {
        value
        for sink in sinks_of(source, setup)
        for each in transforms(sink)
        for option, value in each.options.items()
        if each.type.endswith("InsertField$Value") and option.endswith(".field")
    }
    found = [column for column in _captured(source, setup) if column.name in added]
    if found:
        yield Problem(_named(found), "table.include.list")


@rule(
    "CDC277",
    "error",
    _ONLY,
    title="decimals that Parquet cannot hold",
    why="Iceberg's decimals have 38 digits, MySQL's up to 65. The sink's task fails at the first value that needs "
    "more: Cannot write value as decimal(38,30), too large.",
    source="measured with the types scenario",
    cure="Set decimal.handling.mode to string, or narrow the column.",
)
def wide_decimals(source: Configuration, setup: Setup) -> Iterator[Problem]:
    key = "decimal.handling.mode"
    found = [column for column in _captured(source, setup) if _digits(column) > 38]
    sinks = [sink for sink in sinks_of(source, setup) if sink.kind == ICEBERG]
    if found and sinks and source.get(key, "precise") == "precise":
        yield Problem(_named(found), key)


def _digits(column: Column) -> int:
    match = re.match(r"decimal\((\d+)", column.type)
    return int(match[1]) if match else 0


@rule(
    "CDC278",
    "note",
    _ONLY,
    title="FLOAT loses digits in the snapshot",
    why="MySQL prints a FLOAT with six digits, and the snapshot reads what it prints; the binlog has all bits. The "
    "same row arrives with two values, depending on its way.",
    source="measured with the types scenario",
    cure="Use DOUBLE or DECIMAL where digits count.",
)
def floats(source: Configuration, setup: Setup) -> Iterator[Problem]:
    found = [column for column in _captured(source, setup) if re.match(r"float\b", column.type)]
    if found:
        yield Problem(_named(found), "table.include.list")


@rule(
    "CDC279",
    "note",
    _ONLY,
    title="times in two units",
    why="By default DATETIME up to three digits is a number of milliseconds, with more digits one of microseconds. "
    "The number alone does not tell, and an ALTER from the one to the other changes the unit without anything "
    "refusing it.",
    source="TemporalPrecisionMode of Debezium; measured: DATETIME(3) to DATETIME(6)",
    cure="Set time.precision.mode to microseconds (Debezium 3.1) from the start, or convert by the column's type.",
)
def two_units(source: Configuration, setup: Setup) -> Iterator[Problem]:
    key = "time.precision.mode"
    times = [column for column in _captured(source, setup) if column.type.startswith("datetime")]
    fine = [column for column in times if re.match(r"datetime\([456]\)", column.type)]
    if fine and len(fine) < len(times) and source.get(key, "adaptive").startswith("adaptive"):
        rest = [column for column in times if column not in fine]
        yield Problem(f"{_named(rest)} in milliseconds, {_named(fine)} in microseconds", key)


@rule(
    "CDC280",
    "note",
    _ONLY,
    title="booleans are numbers until an ALTER names them so",
    why="MySQL keeps BOOLEAN as TINYINT(1), and that is what the snapshot reads: a number. A statement of the binlog "
    "that says BOOLEAN or BOOL makes the column a boolean. The two are not compatible in Avro, in either direction, "
    "and values other than 0 and 1 become true.",
    source="MySqlAntlrDdlParser of Debezium; measured with the types scenario",
    cure="Take TINYINT(1) as boolean from the start (TinyIntOneToBooleanConverter), or write TINYINT(1) in statements.",
)
def booleans(source: Configuration, setup: Setup) -> Iterator[Problem]:
    found = [column for column in _captured(source, setup) if re.fullmatch(r"tinyint\(1\)", column.type)]
    chosen = any(
        re.search(r"TinyIntOneToBoolean|JdbcSinkDataTypes", source.get(f"{name}.type"))
        for name in source.entries("converters")
    )
    if found and not chosen:
        yield Problem(f"{_named(found)}: TINYINT(1)", "converters")


@rule(
    "CDC281",
    "note",
    _ONLY,
    title="every new value of an ENUM or SET is a new schema version",
    why="The allowed values are a parameter of the field's schema. They arrive as text, never as an Avro enum, so "
    "nothing breaks; but a registry keeps every list there ever was.",
    source="EnumSet and Enum of Debezium; AvroData of the converter: connect.parameters; executed",
    cure="Leave it; or set value.converter.connect.meta.data to false, which loses the names of all types.",
)
def enumerations(source: Configuration, setup: Setup) -> Iterator[Problem]:
    found = [column for column in _captured(source, setup) if re.match(r"(enum|set)\(", column.type)]
    if found and "value" in glue_sides(source) and source.flag("value.converter.connect.meta.data", default=True):
        yield Problem(f"{_named(found)}: ENUM or SET", "table.include.list")


@rule(
    "CDC282",
    "note",
    _ONLY,
    title="shapes arrive as structures of bytes",
    why="A spatial value is a structure: wkb (well-known binary) and srid, for a POINT also x and y. In Parquet that "
    "is a group, which no engine takes for a geometry by itself; and all but POINT are nullable, NOT NULL or not.",
    source="Geometry and Point of Debezium; SchemaBuilder of Geometry is always optional; executed",
    cure="Read wkb with ST_GeomFromWKB, or leave the column out with column.exclude.list.",
)
def shapes(source: Configuration, setup: Setup) -> Iterator[Problem]:
    kinds = "(multi)?(point|linestring|polygon)|geometry|geom(etry)?collection"
    found = [column for column in _captured(source, setup) if re.match(rf"({kinds})\b", column.type)]
    if found:
        yield Problem(f"{_named(found)}: spatial", "table.include.list")


@rule(
    "CDC283",
    "note",
    _ONLY,
    title="dates and times are plain numbers or text",
    why="Only time.precision.mode=connect gives Parquet dates, times and timestamps, in milliseconds. Otherwise DATE "
    "is a number of days, TIME and DATETIME are numbers of milli- or microseconds, read as if they were UTC; "
    "TIMESTAMP is text in any mode.",
    source="TemporalPrecisionMode and BinlogValueConverters of Debezium; executed",
    cure="Convert where the files are read; or set time.precision.mode to connect where milliseconds are enough.",
)
def plain_times(source: Configuration, setup: Setup) -> Iterator[Problem]:
    key = "time.precision.mode"
    found = [column for column in _captured(source, setup) if re.match(r"(date|time|datetime)\b", column.type)]
    if found and source.get(key, "adaptive_time_microseconds") != "connect":
        yield Problem(_named(found), key)
