"""The Confluent S3 sink's configuration (10.5 to 12.1: what is written here is the same in all of them)."""

from __future__ import annotations

from collections.abc import Mapping

from cdcctl.pipeline import ConfluentS3Sink, Pipeline
from cdcctl.render import sink as every_sink
from cdcctl.render.converter import glue_converters
from cdcctl.render.settings import MEGABYTES, NAMES, NUMBER, SPAN, DefaultOf, Found, Setting, laid_over, read, written
from cdcctl.render.settings import words as one_of

CONNECTOR_CLASS = "io.confluent.connect.s3.S3SinkConnector"
_FORMATS = {
    "parquet": "io.confluent.connect.s3.format.parquet.ParquetFormat",
    "avro": "io.confluent.connect.s3.format.avro.AvroFormat",
    "json": "io.confluent.connect.s3.format.json.JsonFormat",
    "bytes": "io.confluent.connect.s3.format.bytearray.ByteArrayFormat",
}
_PARTITIONERS = {
    by: f"io.confluent.connect.storage.partitioner.{name}Partitioner"
    for by, name in {
        "partition": "Default",
        "fields": "Field",
        "time": "TimeBased",
        "daily": "Daily",
        "hourly": "Hourly",
    }.items()
}
# Way of partitioning → what has no effect with it.
_SPAN, _TIME = ("path_format", "duration_ms"), ("timestamp", "timestamp_field", "locale")
_IDLE = {
    "partition": ("fields", *_SPAN, *_TIME),
    "fields": (*_SPAN, *_TIME),
    "time": ("fields",),
    "daily": ("fields", *_SPAN),
    "hourly": ("fields", *_SPAN),
}
_EXTRACTORS = {"wallclock": "Wallclock", "record": "Record", "field": "RecordField"}
# What the sink takes though its definitions do not say so (PartitionerConfig computes them).
DEFAULTS = {"partitioner.class": _PARTITIONERS["partition"]}
# Format → the property for compression and the codec that is in effect unless one is chosen here.
_CODECS = {
    "parquet": ("parquet.codec", "snappy"),
    "avro": ("avro.codec", "snappy"),
    "json": ("s3.compression.type", "none"),
    "bytes": ("s3.compression.type", "none"),
}


def _by_time(sink: ConfluentS3Sink) -> bool:
    return sink.partitioning.by in ("time", "daily", "hourly")


def _needs_timezone(sink: ConfluentS3Sink) -> bool:
    """Without one the sink takes a schedule, and then fails."""
    return _by_time(sink) or sink.rotation.schedule_ms is not None


SETTINGS = (
    Setting("bucket", "s3.bucket.name"),
    Setting("prefix", "topics.dir"),
    Setting("format", "format.class", one_of(_FORMATS)),
    Setting("rotation.records", "flush.size", NUMBER),
    Setting("rotation.interval_ms", "rotate.interval.ms", SPAN),
    Setting("rotation.schedule_ms", "rotate.schedule.interval.ms", SPAN),
    Setting("timezone", "timezone", when=_needs_timezone),
    Setting("partitioning.by", "partitioner.class", one_of(_PARTITIONERS)),
    Setting("partitioning.fields", "partition.field.name", NAMES, when=lambda sink: sink.partitioning.by == "fields"),
    Setting("partitioning.path_format", "path.format", omit=None),
    Setting("partitioning.duration_ms", "partition.duration.ms", NUMBER, omit=None),
    Setting("partitioning.timestamp", "timestamp.extractor", one_of(_EXTRACTORS), when=_by_time),
    Setting("partitioning.timestamp_field", "timestamp.field", omit=None),
    Setting("partitioning.locale", "locale", when=_by_time),
    Setting("part_size_mb", "s3.part.size", MEGABYTES, omit=None),
    Setting("null_values", "behavior.on.null.values"),
    Setting("encryption.algorithm", "s3.ssea.name", omit=None),
    Setting("encryption.kms_key", "s3.sse.kms.key.id", omit=None),
    Setting("credentials_class", "s3.credentials.provider.class", omit=None),
)


def confluent_s3_config(pipeline: Pipeline, sink: ConfluentS3Sink, region: str) -> dict[str, str]:
    """Return the connector configuration, keys sorted.

    :param region: AWS region of the registries and the bucket.
    """
    config = {
        "connector.class": CONNECTOR_CLASS,
        **every_sink.common(pipeline, sink),
        "storage.class": "io.confluent.connect.s3.storage.S3Storage",
        "s3.region": region,
        # Everything else needs schema versions, which the Glue converter does not give (StorageSchemaCompatibility).
        "schema.compatibility": "NONE",
        **written(SETTINGS, sink),
        **_compression(sink),
        **_keys(sink),
        **glue_converters(pipeline, region),
    }
    return laid_over(config, sink.properties)


def confluent_s3_of(config: Mapping[str, str], default_of: DefaultOf) -> Found:
    """What a configuration says, by path below the sink."""
    found = {**every_sink.common_of(config, default_of), **read(SETTINGS, config, default_of)}
    by = found.get(("partitioning", "by"), "partition")
    idle = _IDLE[str(by)]
    found = {path: value for path, value in found.items() if path[0] != "partitioning" or path[1] not in idle}
    if found.get(("partitioning", "timestamp")) == "field":
        found.setdefault(("partitioning", "timestamp_field"), default_of("timestamp.field"))
    else:
        found.pop(("partitioning", "timestamp_field"), None)
    return {**found, **_compression_of(config, str(found.get(("format",), "parquet")), default_of)}


def _compression(sink: ConfluentS3Sink) -> dict[str, str]:
    """Each format has a setting of its own for it."""
    key, default = _CODECS[sink.format]
    codec = sink.compression or default
    return {key: "null" if sink.format == "avro" and codec == "none" else codec}


def _compression_of(config: Mapping[str, str], chosen: str, default_of: DefaultOf) -> Found:
    key, default = _CODECS[chosen]
    codec = config.get(key) or default_of(key) or default
    codec = "none" if chosen == "avro" and codec == "null" else codec
    return {} if codec == default else {("compression",): codec}


def _keys(sink: ConfluentS3Sink) -> dict[str, str]:
    """A tombstone has nothing but its key."""
    if sink.null_values != "write":
        return {}
    return {"store.kafka.keys": "true", "keys.format.class": _FORMATS[sink.format]}
