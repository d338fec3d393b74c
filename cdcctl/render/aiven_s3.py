"""The Aiven S3 sink's configuration (2.15 to 3.4)."""

from __future__ import annotations

from collections.abc import Mapping

from cdcctl.pipeline import AivenS3Sink, Pipeline
from cdcctl.render import sink as every_sink
from cdcctl.render.converter import glue_converter, glue_converters
from cdcctl.render.settings import FLAG, MEGABYTES, NAMES, NUMBER, DefaultOf, Found, Setting, laid_over, read, written

CONNECTOR_CLASS = "io.aiven.kafka.connect.s3.AivenKafkaConnectS3SinkConnector"
_SUFFIXES = {"gzip": ".gz", "snappy": ".snappy", "zstd": ".zst", "none": ""}
SETTINGS = (
    Setting("bucket", "aws.s3.bucket.name"),
    Setting("format", "format.output.type"),
    # Without an envelope the fields have to be named, even the default one (OutputFormatFragment.validate).
    Setting("fields", "format.output.fields", NAMES),
    Setting("envelope", "format.output.envelope", FLAG),
    Setting("timezone", "file.name.timestamp.timezone"),
    Setting("timestamp", "file.name.timestamp.source"),
    Setting("max_records", "file.max.records", NUMBER),
    Setting("part_size_mb", "aws.s3.part.size.bytes", MEGABYTES, omit=None),
    Setting("encryption", "aws.s3.sse.algorithm", omit=None),
    Setting("credentials_class", "aws.credentials.provider", omit=None),
    Setting("role_arn", "aws.sts.role.arn", omit=None),
    Setting("external_id", "aws.sts.role.external.id", omit=None),
)
# Old names, which the sink takes until today (S3SinkConfig).
RENAMED = {
    "aws_access_key_id": "aws.access.key.id",
    "aws_secret_access_key": "aws.secret.access.key",
    "aws_s3_bucket": "aws.s3.bucket.name",
    "aws_s3_endpoint": "aws.s3.endpoint",
    "aws_s3_prefix": "aws.s3.prefix",
    "aws_s3_region": "aws.s3.region",
    "output_compression": "file.compression.type",
    "output_fields": "format.output.fields",
    "timestamp.source": "file.name.timestamp.source",
    "timestamp.timezone": "file.name.timestamp.timezone",
}


def aiven_s3_config(pipeline: Pipeline, sink: AivenS3Sink, region: str) -> dict[str, str]:
    """Return the connector configuration, keys sorted.

    :param region: AWS region of the registries and the bucket.
    """
    config = {
        "connector.class": CONNECTOR_CLASS,
        **every_sink.common(pipeline, sink),
        "aws.s3.region": region,
        **written(SETTINGS, sink),
        # The sink says gzip by default, but its Parquet writer then compresses nothing.
        "file.compression.type": _compression(sink),
        # aws.s3.prefix would make the sink ignore the template.
        "file.name.template": sink.prefix + (sink.file_name or _file_name(sink.format, _compression(sink))),
        **({"aws.sts.role.session.name": "cdcctl"} if sink.role_arn else {}),
        **_converters(pipeline, sink, region),
    }
    return laid_over(config, sink.properties)


def aiven_s3_of(config: Mapping[str, str], default_of: DefaultOf) -> Found:
    """What a configuration says, by path below the sink."""
    found = {**every_sink.common_of(config, default_of), **read(SETTINGS, config, default_of)}
    codec = compression_of(config)
    template = config.get("file.name.template") or default_template(codec)
    ours = _file_name(str(found.get(("format",), "csv")), codec)
    if template.endswith(ours):
        found[("prefix",)] = template.removesuffix(ours)
    else:
        found[("file_name",)] = template
    return found if codec == "snappy" else {**found, ("compression",): codec}


def compression_of(config: Mapping[str, str]) -> str:
    """The codec in effect: gzip by default, but none for Parquet (ParquetConfig.compressionCodecName)."""
    default = "none" if config.get("format.output.type", "csv") == "parquet" else "gzip"
    return config.get("file.compression.type") or default


def default_template(codec: str) -> str:
    """The names of files where no template is set (FileNameFragment)."""
    return "{{topic}}-{{partition}}-{{start_offset}}" + _SUFFIXES.get(codec, "")


def _compression(sink: AivenS3Sink) -> str:
    return sink.compression or "snappy"


def _file_name(chosen: str, codec: str) -> str:
    """The layout of Confluent's sink, so that one reader and one table definition read both."""
    suffix = _SUFFIXES.get(codec, "")
    ending = f"{suffix}.{chosen}" if chosen in ("parquet", "avro") else f".{chosen}{suffix}"
    return "{{topic}}/partition={{partition}}/{{topic}}+{{partition}}+{{start_offset:padding=true}}" + ending


def _converters(pipeline: Pipeline, sink: AivenS3Sink, region: str) -> dict[str, str]:
    """A key that is not written need not be read; and the sink fails where Glue's converter gives a key no schema."""
    if "key" in sink.fields:
        return glue_converters(pipeline, region)
    values = glue_converter("value", pipeline.registries, pipeline.registries.values, region)
    return {"key.converter": every_sink.BYTES_CONVERTER, **values}
