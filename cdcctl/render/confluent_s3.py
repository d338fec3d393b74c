"""The Confluent S3 sink's configuration (10.5 to 12.1: what is written here is the same in all of them)."""

from __future__ import annotations

from cdcctl.pipeline import ConfluentS3Sink, Pipeline
from cdcctl.render.converter import glue_converters
from cdcctl.render.sink import common

CONNECTOR_CLASS = "io.confluent.connect.s3.S3SinkConnector"
_FORMATS = {
    "parquet": "io.confluent.connect.s3.format.parquet.ParquetFormat",
    "avro": "io.confluent.connect.s3.format.avro.AvroFormat",
    "json": "io.confluent.connect.s3.format.json.JsonFormat",
    "bytes": "io.confluent.connect.s3.format.bytearray.ByteArrayFormat",
}
_PARTITIONERS = {
    "partition": "DefaultPartitioner",
    "fields": "FieldPartitioner",
    "time": "TimeBasedPartitioner",
    "daily": "DailyPartitioner",
    "hourly": "HourlyPartitioner",
}
_EXTRACTORS = {"wallclock": "Wallclock", "record": "Record", "field": "RecordField"}


def confluent_s3_config(pipeline: Pipeline, sink: ConfluentS3Sink, region: str) -> dict[str, str]:
    """Return the connector configuration, keys sorted.

    :param region: AWS region of the registries and the bucket.
    """
    config = {
        "connector.class": CONNECTOR_CLASS,
        **common(pipeline, sink),
        "storage.class": "io.confluent.connect.s3.storage.S3Storage",
        "s3.bucket.name": sink.bucket,
        "s3.region": region,
        "topics.dir": sink.prefix,
        "format.class": _FORMATS[sink.format],
        # Everything else needs schema versions, which the Glue converter does not give (StorageSchemaCompatibility).
        "schema.compatibility": "NONE",
        **_compression(sink),
        **_rotation(sink),
        **_partitioner(sink),
        **_nulls(sink),
        **_storage(sink),
        **glue_converters(pipeline, region),
    }
    config.update(sink.properties)
    return dict(sorted(config.items()))


def _compression(sink: ConfluentS3Sink) -> dict[str, str]:
    """Each format has a setting of its own for it."""
    if sink.format == "parquet":
        return {"parquet.codec": sink.compression or "snappy"}
    if sink.format == "avro":
        codec = sink.compression or "snappy"
        return {"avro.codec": "null" if codec == "none" else codec}
    return {"s3.compression.type": sink.compression or "none"}


def _rotation(sink: ConfluentS3Sink) -> dict[str, str]:
    rotation = sink.rotation
    config = {"flush.size": str(rotation.records)}
    if rotation.interval_ms is not None:
        config["rotate.interval.ms"] = str(rotation.interval_ms)
    if rotation.schedule_ms is not None:
        config["rotate.schedule.interval.ms"] = str(rotation.schedule_ms)
        # Without one the sink takes the schedule, and then fails.
        config["timezone"] = sink.timezone
    return config


def _partitioner(sink: ConfluentS3Sink) -> dict[str, str]:
    chosen = sink.partitioning
    config = {"partitioner.class": f"io.confluent.connect.storage.partitioner.{_PARTITIONERS[chosen.by]}"}
    if chosen.by == "fields":
        config["partition.field.name"] = ",".join(chosen.fields)
    if chosen.by in ("time", "daily", "hourly"):
        config |= {
            "locale": chosen.locale,
            "timezone": sink.timezone,
            "timestamp.extractor": _EXTRACTORS[chosen.timestamp],
        }
    if chosen.by == "time":
        config["path.format"] = chosen.path_format or ""
        config["partition.duration.ms"] = str(chosen.duration_ms)
    if chosen.timestamp_field:
        config["timestamp.field"] = chosen.timestamp_field
    return config


def _nulls(sink: ConfluentS3Sink) -> dict[str, str]:
    config: dict[str, str] = {"behavior.on.null.values": sink.null_values}
    if sink.null_values == "write":
        # A tombstone has nothing but its key.
        config |= {"store.kafka.keys": "true", "keys.format.class": _FORMATS[sink.format]}
    return config


def _storage(sink: ConfluentS3Sink) -> dict[str, str]:
    config: dict[str, str] = {}
    if sink.part_size_mb:
        config["s3.part.size"] = str(sink.part_size_mb * 1024 * 1024)
    if sink.encryption:
        config["s3.ssea.name"] = sink.encryption.algorithm
        if sink.encryption.kms_key:
            config["s3.sse.kms.key.id"] = sink.encryption.kms_key
    if sink.credentials_class:
        config["s3.credentials.provider.class"] = sink.credentials_class
    return config
