"""The shape of events: flat rows, deletes, what orders them, and how values are represented."""

from __future__ import annotations

from collections.abc import Iterator

from cdcctl.lint.behaviour import UNWRAP, debezium, deletes, has_position, knows_binlog_position, sinks_of, unwrap
from cdcctl.lint.configuration import AIVEN_S3, CONFLUENT_S3, DEBEZIUM, Configuration, Setup
from cdcctl.lint.renames import delete_option
from cdcctl.lint.rule import Edit, Problem, put, rule

_ONLY = (DEBEZIUM,)
# What the envelope offers to add.fields, beside before.COLUMN; any other name is skipped without a word.
_ROOT = {"op", "ts_ms", "ts_us", "ts_ns"}
_SOURCE = {
    *("version", "connector", "name", "ts_ms", "ts_us", "ts_ns", "snapshot", "db", "sequence", "table", "server_id"),
    *("gtid", "file", "pos", "row", "thread", "query"),
}
_TRANSACTION = {"id", "total_order", "data_collection_order"}


@rule(
    "CDC060",
    "note",
    _ONLY,
    title="envelopes instead of rows",
    why="Without the unwrap transform each event is a structure of before, after, source and op. Parquet then has "
    "nested columns, and the current rows must be dug out of them.",
    source="ExtractNewRecordState of Debezium; Avro-to-Parquet mapping of both S3 sinks",
    cure="Add io.debezium.transforms.ExtractNewRecordState with delete.tombstone.handling.mode=rewrite.",
)
def no_unwrap(source: Configuration, setup: Setup) -> Iterator[Problem]:
    sinks = sinks_of(source, setup)
    flat = [sink for sink in sinks if any("Debezium" in each or each == UNWRAP for each in _types(sink))]
    if unwrap(source) is None and sinks and len(flat) < len(sinks):
        yield Problem(f"neither this source nor {sinks[0].name or 'its sink'} unwraps events", "transforms")


def _types(config: Configuration) -> list[str]:
    return [config.get(f"transforms.{alias}.type") for alias in config.entries("transforms")]


@rule(
    "CDC061",
    "error",
    _ONLY,
    title="deletes do not reach Parquet as rows",
    why="With drop nothing at all arrives. With tombstone (the default since Debezium 3.2) a null arrives: the "
    "Iceberg sink passes it over, Confluent's S3 sink fails at it or ignores it, Aiven's fails. Deleted rows live on.",
    source="DefaultDeleteHandlingStrategy of Debezium; IcebergWriter.write; S3SinkTask.maybeSkipOnNullValue; measured",
    cure="Set delete.tombstone.handling.mode to rewrite (before Debezium 2.5: delete.handling.mode=rewrite and "
    "drop.tombstones=true): a delete is then the old row with __deleted=true.",
)
def deletes_lost(source: Configuration, setup: Setup) -> Iterator[Problem]:
    transform = unwrap(source)
    if transform is None:
        return
    version = debezium(source, setup)
    mode = deletes(transform, version)
    if mode in ("rewrite", "rewrite-with-tombstone") or _writes_tombstones(source, setup):
        return
    stem = f"transforms.{transform.alias}."
    new = version >= (2, 5)
    option = stem + ("delete.tombstone.handling.mode" if new else "delete.handling.mode")
    stated = "" if option in source.values else ", by default"
    effect = "are dropped" if mode == "drop" else "arrive as null values"
    yield Problem(f"deletes {effect}{stated}", option, put(option, "rewrite"))


def _writes_tombstones(source: Configuration, setup: Setup) -> bool:
    """Whether every sink is Confluent's, told to keep the keys of tombstones."""
    sinks = sinks_of(source, setup)
    return bool(sinks) and all(sink.get("behavior.on.null.values").lower() == "write" for sink in sinks)


@rule(
    "CDC062",
    "error",
    _ONLY,
    title="tombstones reach a sink that fails at them",
    why="A null value after each delete stops the task of Confluent's S3 sink, with default settings, and of Aiven's "
    "in any case; what it had buffered is not in S3.",
    source="measured (Confluent 10.5 and 12.1); SchemaBasedTopicPartitionRecordGrouper of Aiven's commons",
    cure="Send none: delete.tombstone.handling.mode=rewrite with the unwrap transform, tombstones.on.delete=false "
    "without.",
)
def tombstones(source: Configuration, setup: Setup) -> Iterator[Problem]:
    transform = unwrap(source)
    if transform is None:
        sends = source.flag("tombstones.on.delete", True)
        fix = put("tombstones.on.delete", "false")
    else:
        version = debezium(source, setup)
        sends = deletes(transform, version) == "rewrite-with-tombstone"
        new = "delete.tombstone.handling.mode" in transform.options
        stem = f"transforms.{transform.alias}."
        fix = put(f"{stem}delete.tombstone.handling.mode", "rewrite") if new else put(f"{stem}drop.tombstones", "true")
    for sink in sinks_of(source, setup) if sends else ():
        fails = sink.get("behavior.on.null.values", "fail").lower() == "fail"
        if sink.kind == AIVEN_S3 or (sink.kind == CONFLUENT_S3 and fails):
            yield Problem(f"{sink.name or sink.kind} cannot take the null value that follows a delete", fix[0].key, fix)
            return


@rule(
    "CDC063",
    "error",
    _ONLY,
    title="the old options for deletes, which are no longer read",
    why="delete.handling.mode and drop.tombstones went with Debezium 3.2; they are ignored, and the default tombstone "
    "applies: deletes arrive as nulls.",
    source="ExtractNewRecordStateConfigDefinition of Debezium 3.1 and 3.2",
    cure="Set delete.tombstone.handling.mode, which knows both: rewrite, rewrite-with-tombstone, tombstone or drop.",
)
def old_delete_options(source: Configuration, setup: Setup) -> Iterator[Problem]:
    transform = unwrap(source)
    if transform is None or debezium(source, setup) < (3, 2):
        return
    old = [name for name in ("delete.handling.mode", "drop.tombstones") if name in transform.options]
    if not old:
        return
    stem = f"transforms.{transform.alias}."
    new, is_set = delete_option(transform), "delete.tombstone.handling.mode" in transform.options
    removed = tuple(Edit(stem + name) for name in old)
    fix = removed if is_set else (*put(f"{stem}delete.tombstone.handling.mode", new), *removed) if new else ()
    yield Problem(f"{' and '.join(old)} went with Debezium 3.2", stem + old[0], fix)


@rule(
    "CDC064",
    "warning",
    _ONLY,
    title="nothing in a row tells which of two changes came last",
    why="Several changes of a key fall into one millisecond, so __ts_ms and __source_ts_ms do not order them. The "
    "place in the binlog does (file, pos, row), and so does the Kafka offset if the sink writes it.",
    source="derived: source.ts_ms is the time of the binlog event, which many changes share",
    cure="Add source.file, source.pos and source.row to add.fields, or write the offset: InsertField$Value with "
    "offset.field on the sink.",
)
def no_order(source: Configuration, setup: Setup) -> Iterator[Problem]:
    transform = unwrap(source)
    sinks = sinks_of(source, setup)
    if transform is None or knows_binlog_position(source) or (sinks and all(map(has_position, sinks))):
        return
    key = f"transforms.{transform.alias}.add.fields"
    added = [name.strip() for name in transform.options.get("add.fields", "").split(",") if name.strip()]
    wanted = [name for name in ("source.file", "source.pos", "source.row") if name not in added]
    fields = f"{', '.join(added)} are added" if added else "nothing is added"
    yield Problem(f"{fields}: no place in the binlog among them", key, put(key, ",".join([*added, *wanted])))


@rule(
    "CDC065",
    "warning",
    _ONLY,
    title="a field to be added that no event has",
    why="The transform passes over names it does not find: the column is never there, without a word.",
    source="AbstractExtractNewRecordState.FieldReference of Debezium; executed",
    cure="Use a field of MySQL's envelope: op, ts_ms, source.ts_ms, source.file, source.pos, source.row, source.gtid "
    "and the like.",
)
def unknown_added_field(source: Configuration, _: Setup) -> Iterator[Problem]:
    for option, name in _added(source):
        struct, _dot, field = name.partition(".") if "." in name else ("", "", name)
        known = {"source": _SOURCE, "transaction": _TRANSACTION, "": _ROOT | _SOURCE | _TRANSACTION}.get(struct)
        if struct not in ("before", "after") and (known is None or field not in known) and name not in _STRUCTS:
            yield Problem(f"{name} is no field of a MySQL event", option)


_STRUCTS = ("source", "before", "after", "transaction")


@rule(
    "CDC066",
    "error",
    _ONLY,
    title="a whole structure as a field to be added",
    why="The transform copies single values. For a structure it throws: Struct schemas do not match, and the task "
    "fails.",
    source="ExtractNewRecordState of Debezium; executed",
    cure="Name its fields, such as source.ts_ms and source.file.",
)
def added_structure(source: Configuration, _: Setup) -> Iterator[Problem]:
    for option, name in _added(source):
        if name in _STRUCTS:
            yield Problem(f"{name} is a structure", option)


def _added(source: Configuration) -> Iterator[tuple[str, str]]:
    """Property and field of everything that the unwrap transform adds."""
    transform = unwrap(source)
    for option in ("add.fields", "add.headers") if transform else ():
        for name in (transform.options.get(option, "") if transform else "").split(","):
            if transform and name.strip():
                yield f"transforms.{transform.alias}.{option}", name.strip().partition(":")[0]


@rule(
    "CDC067",
    "warning",
    _ONLY,
    title="decimals as floating point numbers",
    why="decimal.handling.mode=double rounds to 53 bits: 0.1 is not 0.1, and more than 15 digits are lost.",
    source="JdbcValueConverters of Debezium; Debezium MySQL documentation, decimal.handling.mode",
    cure="Set decimal.handling.mode to precise (a Parquet decimal) or string.",
)
def decimals_as_double(source: Configuration, _: Setup) -> Iterator[Problem]:
    if source.get("decimal.handling.mode") == "double":
        yield Problem("decimal.handling.mode is double", "decimal.handling.mode")


@rule(
    "CDC068",
    "warning",
    _ONLY,
    title="times are cut to milliseconds",
    why="time.precision.mode=connect has no finer unit: DATETIME(6) and TIME(6) lose three digits, and TIME beyond "
    "one day cannot be held. It is the only mode that gives Parquet dates and timestamps instead of numbers.",
    source="TemporalPrecisionMode and JdbcValueConverters of Debezium; executed",
    cure="Use adaptive_time_microseconds, its default, or microseconds, and convert when reading; or keep it, "
    "knowingly.",
)
def times_cut(source: Configuration, _: Setup) -> Iterator[Problem]:
    if source.get("time.precision.mode") == "connect":
        yield Problem("time.precision.mode is connect", "time.precision.mode")


@rule(
    "CDC069",
    "warning",
    _ONLY,
    title="columns with an underscore are renamed",
    why="avro_unicode takes the underscore itself as its escape sign: order_id becomes order_u005fid, and so does "
    "nearly every column written with underscores.",
    source="SchemaNameAdjuster and ReplacementFunction of Debezium; executed",
    cure="Set field.name.adjustment.mode to avro, or to none where all names are legal in Avro.",
)
def underscores_renamed(source: Configuration, _: Setup) -> Iterator[Problem]:
    key = "field.name.adjustment.mode"
    if source.get(key) == "avro_unicode":
        yield Problem(f"{key} is avro_unicode", key)


@rule(
    "CDC070",
    "note",
    _ONLY,
    title="every change of a type's name or length is a new schema version",
    why="The source's type, length and scale become parameters of the field: VARCHAR(10) to VARCHAR(20), which "
    "changes no value, is a new version in the registry, and a new file in the S3 sinks.",
    source="SchemaBuilderSupport of Debezium's column mappers; executed: the schema text differs by its parameters",
    cure="Remove it, or name only the columns of which a consumer reads the parameters.",
)
def source_types(source: Configuration, _: Setup) -> Iterator[Problem]:
    for key in ("column.propagate.source.type", "datatype.propagate.source.type"):
        if source.get(key):
            yield Problem(f"{key} is set", key)


@rule(
    "CDC071",
    "note",
    _ONLY,
    title="every edit of a comment is a new schema version",
    why="Comments of columns become part of the schema, as connect.doc: an ALTER that changes only a comment "
    "registers a new version, and the S3 sinks begin a new file.",
    source="TableSchemaBuilder of Debezium; AvroData of the converter; executed",
    cure="Set include.schema.comments to false, its default.",
)
def comments(source: Configuration, _: Setup) -> Iterator[Problem]:
    key = "include.schema.comments"
    if source.flag(key):
        yield Problem(f"{key} is true", key, put(key, "false"))
