"""The Aiven S3 sink's configuration (2.15 to 3.4)."""

from __future__ import annotations

from cdcctl.pipeline import AivenS3Sink, Pipeline
from cdcctl.render.converter import glue_converter, glue_converters
from cdcctl.render.sink import BYTES_CONVERTER, common

CONNECTOR_CLASS = "io.aiven.kafka.connect.s3.AivenKafkaConnectS3SinkConnector"
_SUFFIXES = {"gzip": ".gz", "snappy": ".snappy", "zstd": ".zst", "none": ""}


def aiven_s3_config(pipeline: Pipeline, sink: AivenS3Sink, region: str) -> dict[str, str]:
    """Return the connector configuration, keys sorted.

    :param region: AWS region of the registries and the bucket.
    """
    config = {
        "connector.class": CONNECTOR_CLASS,
        **common(pipeline, sink),
        "aws.s3.bucket.name": sink.bucket,
        "aws.s3.region": region,
        "format.output.type": sink.format,
        # Without an envelope the fields have to be named, even the default one (OutputFormatFragment.validate).
        "format.output.fields": ",".join(sink.fields),
        "format.output.envelope": "true" if sink.envelope else "false",
        # The sink says gzip by default, but its Parquet writer then compresses nothing.
        "file.compression.type": _compression(sink),
        # aws.s3.prefix would make the sink ignore the template.
        "file.name.template": sink.prefix + (sink.file_name or _file_name(sink)),
        "file.name.timestamp.timezone": sink.timezone,
        "file.name.timestamp.source": sink.timestamp,
        "file.max.records": str(sink.max_records),
        **_storage(sink),
        **_converters(pipeline, sink, region),
    }
    config.update(sink.properties)
    return dict(sorted(config.items()))


def _compression(sink: AivenS3Sink) -> str:
    return sink.compression or "snappy"


def _file_name(sink: AivenS3Sink) -> str:
    """The layout of Confluent's sink, so that one reader and one table definition read both."""
    suffix = _SUFFIXES[_compression(sink)]
    ending = f"{suffix}.{sink.format}" if sink.format in ("parquet", "avro") else f".{sink.format}{suffix}"
    return "{{topic}}/partition={{partition}}/{{topic}}+{{partition}}+{{start_offset:padding=true}}" + ending


def _converters(pipeline: Pipeline, sink: AivenS3Sink, region: str) -> dict[str, str]:
    """A key that is not written need not be read; and the sink fails where Glue's converter gives a key no schema."""
    if "key" in sink.fields:
        return glue_converters(pipeline, region)
    values = glue_converter("value", pipeline.registries, pipeline.registries.values, region)
    return {"key.converter": BYTES_CONVERTER, **values}


def _storage(sink: AivenS3Sink) -> dict[str, str]:
    config: dict[str, str] = {}
    if sink.part_size_mb:
        config["aws.s3.part.size.bytes"] = str(sink.part_size_mb * 1024 * 1024)
    if sink.encryption:
        config["aws.s3.sse.algorithm"] = sink.encryption
    if sink.credentials_class:
        config["aws.credentials.provider"] = sink.credentials_class
    if sink.role_arn:
        config["aws.sts.role.arn"] = sink.role_arn
        config["aws.sts.role.session.name"] = "cdcctl"
    if sink.external_id:
        config["aws.sts.role.external.id"] = sink.external_id
    return config
