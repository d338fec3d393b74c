"""Confluent's S3 sink: when a file is finished, and what it cannot do with Glue's schemas or with nulls."""

from __future__ import annotations

from collections.abc import Iterator

from cdcctl.lint.behaviour import (
    OFFSET_FLUSH_MS,
    debezium,
    deletes,
    glue_sides,
    has_position,
    knows_binlog_position,
    offset_flush_ms,
    source_of,
    unwrap,
)
from cdcctl.lint.configuration import CONFLUENT_S3, Configuration, Setup
from cdcctl.lint.rule import Edit, Problem, drop, put, rule

_ONLY = (CONFLUENT_S3,)
_SCHEDULE = "rotate.schedule.interval.ms"
_TIME_PARTITIONERS = ("TimeBasedPartitioner", "HourlyPartitioner", "DailyPartitioner")
_FEW_RECORDS = 1000


def _partitioner(sink: Configuration) -> str:
    return sink.get("partitioner.class", "DefaultPartitioner").rpartition(".")[2]


def _zone(sink: Configuration) -> tuple[Edit, ...]:
    return () if sink.get("timezone") else put("timezone", "UTC")


@rule(
    "CDC150",
    "error",
    _ONLY,
    title="a schema compatibility that cannot work with Glue",
    why="BACKWARD, FORWARD and FULL compare the versions of two schemas. The Glue converter gives none, so the task "
    "fails (Schema version required) and no file is written.",
    source="measured (10.5 and 12.1); StorageSchemaCompatibility.validateAndCheck",
    cure="Set schema.compatibility to NONE: a changed schema then begins a new file. The registry keeps compatibility.",
)
def schema_compatibility(sink: Configuration, _: Setup) -> Iterator[Problem]:
    mode = sink.get("schema.compatibility", "NONE").upper()
    if mode != "NONE" and "value" in glue_sides(sink):
        yield Problem(f"schema.compatibility is {mode}", "schema.compatibility", put("schema.compatibility", "NONE"))


@rule(
    "CDC151",
    "error",
    _ONLY,
    title="the last rows are never written",
    why="A file is finished when flush.size is reached or a later record says that time has passed. On a quiet topic "
    "nothing comes, and its last rows stay in memory: 9 rows for as long as was watched.",
    source="measured; TopicPartitionWriter.commitOnTimeIfNoData",
    cure="Set rotate.schedule.interval.ms, such as 60000, and timezone.",
)
def no_schedule(sink: Configuration, _: Setup) -> Iterator[Problem]:
    if (sink.number(_SCHEDULE) or -1) <= 0 and sink.number("flush.size") != 1:
        yield Problem(f"{_SCHEDULE} is not set", _SCHEDULE, (*put(_SCHEDULE, "60000"), *_zone(sink)))


@rule(
    "CDC152",
    "warning",
    _ONLY,
    title="rotation by record time has no effect",
    why="rotate.interval.ms needs the time of a record, which only partitioners by time extract; with others it is "
    "ignored.",
    source="TopicPartitionWriter: This property is ignored; measured with DefaultPartitioner",
    cure="Use rotate.schedule.interval.ms, or partition by time.",
)
def no_record_time(sink: Configuration, _: Setup) -> Iterator[Problem]:
    timeless = _partitioner(sink) in ("DefaultPartitioner", "FieldPartitioner")
    if timeless and (sink.number("rotate.interval.ms") or -1) > 0:
        yield Problem(f"the partitioner is {_partitioner(sink)}", "rotate.interval.ms", drop("rotate.interval.ms"))


@rule(
    "CDC153",
    "error",
    _ONLY,
    title="scheduled rotation without a time zone",
    why="The configuration is accepted, then the connector fails: the schedule is aligned to a time zone and none is "
    "set.",
    source="measured; S3SinkConnectorConfig.validateTimezone",
    cure="Set timezone, such as UTC.",
)
def no_timezone(sink: Configuration, _: Setup) -> Iterator[Problem]:
    if (sink.number(_SCHEDULE) or -1) > 0 and not sink.get("timezone"):
        yield Problem("timezone is not set", _SCHEDULE, put("timezone", "UTC"))


@rule(
    "CDC154",
    "warning",
    _ONLY,
    title="files are later than the schedule says",
    why="The worker calls an idle sink only when it flushes offsets. With a schedule of 3 s the last rows were in S3 "
    "after 51 to 60 s at the worker's default of 60 s, after 9 to 10 s at 10 s.",
    source="measured; WorkerSinkTask of Connect, offset.flush.interval.ms",
    cure="Set offset.flush.interval.ms of the worker to no more than the schedule.",
)
def late_schedule(sink: Configuration, setup: Setup) -> Iterator[Problem]:
    schedule, flush = sink.number(_SCHEDULE) or -1, offset_flush_ms(setup)
    if 0 < schedule < flush:
        known = "" if setup.worker else f" by default ({OFFSET_FLUSH_MS})"
        yield Problem(f"{_SCHEDULE} is {schedule}, the worker flushes every {flush} ms{known}", _SCHEDULE)


@rule(
    "CDC155",
    "warning",
    _ONLY,
    title="rows that are written twice cannot be told apart",
    why="With scheduled rotation, files after a crash begin elsewhere than before it: 74,929 of 443,030 rows were "
    "there twice after two kills. Without it names repeat and nothing doubles, but the last rows stay unwritten "
    "(CDC151).",
    source="measured (kill -9 twice)",
    cure="Have each row carry its place: source.file, source.pos and source.row in add.fields of the source, or "
    "InsertField$Value with offset.field here; and take each once when reading.",
)
def doubled_rows(sink: Configuration, setup: Setup) -> Iterator[Problem]:
    source = source_of(sink, setup)
    if source is None or has_position(sink) or knows_binlog_position(source):
        return
    if (sink.number(_SCHEDULE) or -1) > 0:
        yield Problem("neither the source nor this sink writes a row's place", _SCHEDULE)


@rule(
    "CDC156",
    "warning",
    _ONLY,
    title="small files",
    why="flush.size is records a file. At 10 the sink wrote 56 objects and 570 rows a second: 300,000 rows are 30,000 "
    "objects of 3 KB. At 50,000 they were 7 objects after 13 s.",
    source="measured",
    cure="Set flush.size to 50000 or so; rotate.schedule.interval.ms bounds how long rows wait.",
)
def small_files(sink: Configuration, _: Setup) -> Iterator[Problem]:
    size = sink.number("flush.size")
    if size is not None and size < _FEW_RECORDS:
        yield Problem(f"flush.size is {size}", "flush.size", put("flush.size", "50000"))


@rule(
    "CDC157",
    "warning",
    _ONLY,
    title="deletes are ignored",
    why="behavior.on.null.values=ignore passes over null values, and a null value is how a delete arrives here. The "
    "row lives on in S3.",
    source="measured; S3SinkTask.maybeSkipOnNullValue",
    cure="Have deletes arrive as rows: delete.tombstone.handling.mode=rewrite on the source.",
)
def deletes_ignored(sink: Configuration, setup: Setup) -> Iterator[Problem]:
    source = source_of(sink, setup)
    transform = unwrap(source) if source else None
    if source and transform and deletes(transform, debezium(source, setup)).startswith("rewrite"):
        return
    if sink.get("behavior.on.null.values").lower() == "ignore":
        yield Problem("behavior.on.null.values is ignore", "behavior.on.null.values")


@rule(
    "CDC158",
    "error",
    _ONLY,
    title="tombstones cannot be written without their keys",
    why="The connector refuses behavior.on.null.values=write unless keys are stored as well: there is nothing else to "
    "write.",
    source="S3SinkConnectorValidator.validateTombstoneWriter; measured",
    cure="Set store.kafka.keys to true and keys.format.class, or have deletes arrive as rows.",
)
def tombstones_without_keys(sink: Configuration, _: Setup) -> Iterator[Problem]:
    if sink.get("behavior.on.null.values").lower() == "write" and not sink.flag("store.kafka.keys"):
        yield Problem("store.kafka.keys is not true", "behavior.on.null.values", put("store.kafka.keys", "true"))


@rule(
    "CDC159",
    "error",
    _ONLY,
    title="compression of a kind that Parquet does not take",
    why="s3.compression.type is for JSON and bytes; the connector refuses it with Parquet.",
    source="S3SinkConnectorValidator.validateCompression",
    cure="Remove it; parquet.codec chooses Parquet's own compression, snappy by default.",
)
def other_compression(sink: Configuration, _: Setup) -> Iterator[Problem]:
    kind = sink.get("s3.compression.type", "none").lower()
    if kind != "none" and sink.get("format.class").endswith(("ParquetFormat", "AvroFormat")):
        yield Problem(f"s3.compression.type is {kind}", "s3.compression.type", drop("s3.compression.type"))


@rule(
    "CDC160",
    "error",
    _ONLY,
    title="partitioning by time lacks an option",
    why="The task fails when it starts: path.format (except for Hourly and Daily), locale and timezone must not be "
    "empty, partition.duration.ms must be positive.",
    source="TimeBasedPartitioner.configure",
    cure="Set the options that the message names.",
)
def incomplete_time_partitioner(sink: Configuration, _: Setup) -> Iterator[Problem]:
    kind = _partitioner(sink)
    if kind not in _TIME_PARTITIONERS:
        return
    own = ("path.format", "partition.duration.ms") if kind == "TimeBasedPartitioner" else ()
    missing = [key for key in ("locale", "timezone", *own) if not sink.get(key)]
    if missing:
        yield Problem(f"{', '.join(missing)} must be set", "partitioner.class")


@rule(
    "CDC161",
    "warning",
    _ONLY,
    title="folders by the clock of the worker",
    why="The default extractor takes the time at which a record is written. After a restart the same records go into "
    "another folder: rows are doubled, and a day's folder does not hold that day's changes.",
    source="TimeBasedPartitioner.WallclockTimestampExtractor; Confluent documentation, exactly-once delivery needs a "
    "deterministic partitioner",
    cure="Set timestamp.extractor to Record, or to RecordField with timestamp.field.",
)
def wallclock_folders(sink: Configuration, _: Setup) -> Iterator[Problem]:
    if _partitioner(sink) in _TIME_PARTITIONERS and sink.get("timestamp.extractor", "Wallclock").lower() == "wallclock":
        key = "timestamp.extractor" if "timestamp.extractor" in sink.values else "partitioner.class"
        yield Problem("timestamp.extractor is Wallclock", key)


@rule(
    "CDC162",
    "warning",
    _ONLY,
    title="the bucket is looked for in us-west-2",
    why="That is the default of s3.region; a bucket elsewhere is answered with a redirect, and the task fails.",
    source="S3SinkConnectorConfig.REGION_DEFAULT",
    cure="Set s3.region.",
)
def default_region(sink: Configuration, _: Setup) -> Iterator[Problem]:
    if not sink.get("s3.region") and not sink.get("store.url"):
        yield Problem("s3.region is not set")


@rule(
    "CDC163",
    "note",
    _ONLY,
    title="more tasks than partitions",
    why="A partition is read by one task; the others run idle and cost their memory. Three tasks on one partition "
    "were no faster than one.",
    source="measured; consumer groups of Kafka",
    cure="Set tasks.max to the number of partitions of all topics together, or less.",
)
def idle_tasks(sink: Configuration, setup: Setup) -> Iterator[Problem]:
    source = source_of(sink, setup)
    partitions = source.number("topic.creation.default.partitions", 1) if source else None
    tasks, topics = sink.number("tasks.max", 1), len(sink.entries("topics"))
    if partitions and topics and tasks and tasks > partitions * topics:
        yield Problem(f"{tasks} tasks for {partitions * topics} partitions", "tasks.max")
