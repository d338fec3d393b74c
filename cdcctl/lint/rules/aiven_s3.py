"""Aiven's S3 sink: file format, names, and what it holds in memory."""

from __future__ import annotations

from collections.abc import Iterator

from cdcctl.lint.behaviour import has_position, offset_flush_ms
from cdcctl.lint.configuration import AIVEN_S3, Configuration, Setup
from cdcctl.lint.rule import Edit, Problem, drop, put, rule

_ONLY = (AIVEN_S3,)
_SHORTEST_FLUSH_MS = 10_000
# Old names → those of today (S3SinkConfigDef and OutputFieldsFragment).
_OLD_NAMES = {
    "aws_access_key_id": "aws.access.key.id",
    "aws_secret_access_key": "aws.secret.access.key",
    "aws_s3_bucket": "aws.s3.bucket.name",
    "aws_s3_endpoint": "aws.s3.endpoint",
    "aws_s3_region": "aws.s3.region",
    "aws_s3_prefix": "aws.s3.prefix",
    "output_compression": "file.compression.type",
    "output_fields": "format.output.fields",
}


def _is_parquet(sink: Configuration) -> bool:
    return sink.get("format.output.type").lower() == "parquet"


@rule(
    "CDC170",
    "warning",
    _ONLY,
    title="files are CSV",
    why="That is the default of format.output.type: bytes in Base64, no types, no names of columns.",
    source="OutputFormatFragment of Aiven's commons",
    cure="Set format.output.type to parquet; or to csv, if that is meant.",
)
def csv_by_default(sink: Configuration, _: Setup) -> Iterator[Problem]:
    if not sink.get("format.output.type"):
        yield Problem("format.output.type is not set")


@rule(
    "CDC171",
    "error",
    _ONLY,
    title="no envelope, but not exactly one field",
    why="The connector refuses it: format.output.envelope=false needs format.output.fields to name one field. Left "
    "out it counts as none, although its default is value.",
    source="OutputFormatFragment.validate of Aiven's commons",
    cure="Set format.output.fields to value.",
)
def envelope_fields(sink: Configuration, _: Setup) -> Iterator[Problem]:
    fields = sink.entries("format.output.fields")
    if sink.get("format.output.envelope").lower() == "false" and len(fields) != 1:
        fix = () if fields else put("format.output.fields", "value")
        yield Problem(f"format.output.fields names {len(fields) or 'none'}", "format.output.envelope", fix)


@rule(
    "CDC172",
    "note",
    _ONLY,
    title="columns are nested in a column called value",
    why="format.output.envelope is true by default: each file has one required column for each output field, and the "
    "row is a structure inside value.",
    source="OutputFormatFragment and the Parquet schema builder of Aiven's commons",
    cure="Set format.output.envelope to false and format.output.fields to value.",
)
def nested_columns(sink: Configuration, _: Setup) -> Iterator[Problem]:
    # Several fields need the envelope: whoever names them wants it.
    key, wanted = "format.output.envelope", len(sink.entries("format.output.fields")) > 1
    if _is_parquet(sink) and sink.flag(key, True) and not wanted:
        yield Problem(f"{key} is {sink.get(key) or 'not set'}", key)


@rule(
    "CDC173",
    "warning",
    _ONLY,
    title="Parquet without compression",
    why="The connector's documented default is gzip, but the Parquet writer reads the property as it stands and takes "
    "none where it is not set.",
    source="ParquetConfig.compressionCodecName of Aiven's commons",
    cure="Set file.compression.type, such as snappy or zstd.",
)
def uncompressed(sink: Configuration, _: Setup) -> Iterator[Problem]:
    if _is_parquet(sink) and not sink.get("file.compression.type") and not sink.get("output_compression"):
        yield Problem("file.compression.type is not set", None, put("file.compression.type", "snappy"))


@rule(
    "CDC174",
    "warning",
    _ONLY,
    title="the prefix puts the template out of force",
    why="With aws.s3.prefix the object's name is prefix, topic, partition and offset; file.name.template is ignored.",
    source="S3SinkTask.newStreamFor of Aiven's sink; derived",
    cure="Put the prefix into file.name.template and remove aws.s3.prefix.",
)
def prefix_beats_template(sink: Configuration, _: Setup) -> Iterator[Problem]:
    for key in ("aws.s3.prefix", "aws_s3_prefix"):
        if sink.get(key) and sink.get("file.name.template"):
            yield Problem("file.name.template is set as well", key)


@rule(
    "CDC175",
    "warning",
    _ONLY,
    title="a prefix that the sink never reads",
    why="file.prefix.template is defined for Aiven's other connectors; this one does not use it.",
    source="S3SinkTask of Aiven's sink",
    cure="Put the prefix into file.name.template.",
)
def unread_prefix(sink: Configuration, _: Setup) -> Iterator[Problem]:
    if "file.prefix.template" in sink.values:
        yield Problem("file.prefix.template has no effect", "file.prefix.template", drop("file.prefix.template"))


@rule(
    "CDC176",
    "warning",
    _ONLY,
    title="an old name with underscores",
    why="These names are deprecated, and where both are set the other one counts.",
    source="S3SinkConfigDef of Aiven's sink",
    cure="Use the name with dots.",
)
def old_name(sink: Configuration, _: Setup) -> Iterator[Problem]:
    for old, new in _OLD_NAMES.items():
        if old in sink.values:
            fix = drop(old) if new in sink.values else (Edit(old, rename=new),)
            yield Problem(f"{old} is called {new}", old, fix)


@rule(
    "CDC177",
    "error",
    _ONLY,
    title="only the last change of a key is written",
    why="With {{key}} in the file name the sink keeps one record a key and flush; changes in between are lost, and so "
    "is their order.",
    source="KeyRecordGrouper of Aiven's commons",
    cure="Name files by topic, partition and start_offset.",
)
def last_per_key(sink: Configuration, _: Setup) -> Iterator[Problem]:
    if "{{key}}" in sink.get("file.name.template").replace(" ", ""):
        yield Problem("file.name.template has {{key}}", "file.name.template")


@rule(
    "CDC178",
    "note",
    _ONLY,
    title="dead letters do not catch what cannot be written",
    why="The dead letter queue takes what converter and transforms refuse. What the sink itself cannot group or "
    "write, such as a record without a key schema, still stops the task.",
    source="RetryWithToleranceOperator of Connect; S3SinkTask of Aiven's sink has no ErrantRecordReporter",
    cure="Nothing can be set; know that the task may stop in spite of errors.tolerance=all.",
)
def narrow_dead_letters(sink: Configuration, _: Setup) -> Iterator[Problem]:
    if sink.get("errors.deadletterqueue.topic.name") and sink.get("errors.tolerance").lower() == "all":
        yield Problem("writing is not covered", "errors.deadletterqueue.topic.name")


@rule(
    "CDC179",
    "warning",
    _ONLY,
    title="small files",
    why="The sink writes what it has at every flush of offsets, whatever it is: a file a partition each time.",
    source="S3SinkTask.flush of Aiven's sink; WorkerSinkTask of Connect, offset.flush.interval.ms",
    cure="Raise offset.flush.interval.ms of the worker, to 60000 or so; all rows of that time are held in memory.",
)
def small_files(_sink: Configuration, setup: Setup) -> Iterator[Problem]:
    flush = offset_flush_ms(setup)
    if flush < _SHORTEST_FLUSH_MS:
        yield Problem(f"the worker flushes every {flush} ms")


@rule(
    "CDC180",
    "warning",
    _ONLY,
    title="a file's name does not tell its offsets",
    why="With {{timestamp}} in the name a batch is split into files where the time changes, and each of them carries "
    "the start offset of the first. The rows' order, and which of them are there twice, cannot be told from the "
    "files.",
    source="TopicPartitionRecordGrouper of Aiven's commons",
    cure="Take {{timestamp}} out of file.name.template; or write the offset as well: "
    "format.output.fields=value,offset with format.output.envelope=true.",
)
def name_without_offset(sink: Configuration, _: Setup) -> Iterator[Problem]:
    timed = "{{timestamp" in sink.get("file.name.template").replace(" ", "")
    if timed and "offset" not in sink.entries("format.output.fields") and not has_position(sink):
        yield Problem("file.name.template has {{timestamp}}", "file.name.template")
