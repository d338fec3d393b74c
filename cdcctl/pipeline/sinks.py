"""The sinks: what is written to S3, in which files and how often."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from cdcctl.documents import as_text
from cdcctl.pipeline.base import (
    Bucket,
    Capacity,
    ClassName,
    Model,
    Name,
    RawProperties,
    RoleArn,
    S3Url,
    Table,
    Text,
    TopicName,
)

ICEBERG, CONFLUENT_S3, AIVEN_S3 = "iceberg", "confluent-s3", "aiven-s3"


class DeadLetters(Model):
    """Where a record goes that converter or transforms cannot take. Without this, such a record stops the sink."""

    topic: TopicName
    replication: int = Field(-1, ge=-1, description="-1: the broker's default")
    headers: bool = Field(True, description="tell topic, offset and exception in the record's headers")


class Encryption(Model):
    """Server-side encryption of the objects."""

    algorithm: Literal["AES256", "aws:kms"] = "AES256"
    kms_key: str | None = Field(None, min_length=1, description="ARN or id of the KMS key; default: the account's")

    @model_validator(mode="after")
    def _key_is_for_kms(self) -> Encryption:
        if self.kms_key and self.algorithm != "aws:kms":
            raise ValueError("kms_key needs algorithm: aws:kms")
        return self


class _Sink(Model):
    name: Name = Field("sink", description="the connector is PIPELINE-NAME")
    tables: list[Table] | None = Field(None, min_length=1, description="of the captured tables, these; default: all")
    tasks: int = Field(1, ge=1)
    capacity: Capacity | None = Field(None, description="of this connector; default: connect.capacity")
    plugin: Path | None = Field(None, description="ZIP of the connector to use instead of the one that cdcctl fetches")
    start: Literal["earliest", "latest"] = Field("earliest", description="where the sink begins in a topic")
    dead_letters: DeadLetters | None = None
    properties: RawProperties = Field(
        default_factory=dict, description="raw sink properties, laid over what is rendered; null: not that one"
    )


class IcebergSink(_Sink):
    """The Apache Iceberg sink, writing Parquet through the Glue Data Catalog."""

    type: Literal["iceberg"] = "iceberg"
    version: Annotated[Literal["1.12"], BeforeValidator(as_text)] = "1.12"
    warehouse: S3Url
    database: str | None = Field(
        None, pattern=r"^[a-z0-9_]{1,255}$", description="Glue database of all tables; default: that of each in MySQL"
    )
    commit_interval_ms: int = Field(60_000, ge=100, description="how often files become part of the tables")
    commit_timeout_ms: int | None = Field(None, ge=100, description="how long a commit waits for all tasks")
    create_tables: bool = Field(True, description="false: the tables are there already")
    evolve_schema: bool = Field(True, description="add new columns, widen types, drop NOT NULL")
    partition_by: dict[Table, list[str]] = Field(
        default_factory=dict, description="database.table: partition transforms, such as day(created) or bucket(id, 16)"
    )
    format: Literal["parquet", "orc", "avro"] = "parquet"
    compression: Literal["zstd", "snappy", "gzip", "lz4", "none"] | None = Field(None, description="default: zstd")
    file_size_mb: int | None = Field(None, ge=1, description="size at which a new file begins; default: 512")

    def table_of(self, table: str) -> str:
        """The table of the Glue Data Catalog that takes a MySQL table; Glue folds names to lower case."""
        database, name = table.split(".")
        return f"{self.database or database}.{name}".lower()


class Rotation(Model):
    """When a file is finished. Whatever comes first."""

    records: int = Field(50_000, ge=1, description="after this many records")
    interval_ms: int | None = Field(
        None, ge=1, description="after this much time by the records' own timestamps; needs partitioning by time"
    )
    schedule_ms: int | None = Field(
        300_000,
        ge=1,
        description="after this much time by the clock; without, the last rows of an idle topic stay unwritten",
    )


class Partitioning(Model):
    """Folders below a topic's."""

    by: Literal["partition", "time", "daily", "hourly", "fields"] = "partition"
    fields: list[str] = Field(default_factory=list, description="by fields: their names, in order")
    path_format: str | None = Field(None, description="by time: pattern of the folders, such as 'year'=YYYY/'month'=MM")
    duration_ms: int | None = Field(None, ge=1, description="by time: how long a folder's span is")
    timestamp: Literal["wallclock", "record", "field"] = Field("record", description="by time: which time")
    timestamp_field: str | None = None
    locale: str = Field("en-US", pattern=r"^[A-Za-z]{2,3}([-_][A-Za-z]{2})?$")

    @model_validator(mode="after")
    def _complete(self) -> Partitioning:
        if (self.by == "fields") != bool(self.fields):
            raise ValueError("fields and by: fields go together")
        if self.by == "time" and not (self.path_format and self.duration_ms):
            raise ValueError("by: time needs path_format and duration_ms")
        if self.by != "time" and (self.path_format or self.duration_ms):
            raise ValueError("path_format and duration_ms are for by: time")
        if (self.timestamp == "field") != (self.timestamp_field is not None):
            raise ValueError("timestamp_field and timestamp: field go together")
        return self


class ConfluentS3Sink(_Sink):
    """Confluent's S3 sink. Its ZIP comes from Confluent's hub, under their license."""

    type: Literal["confluent-s3"]
    version: Annotated[Literal["10.5", "10.6", "11.0", "12.0", "12.1"], BeforeValidator(as_text)] = "12.1"
    bucket: Bucket
    prefix: str = Field(
        "topics", min_length=1, pattern=r"^[^/].*[^/]$|^[^/]$", description="first part of object names"
    )
    format: Literal["parquet", "avro", "json", "bytes"] = "parquet"
    compression: Literal["snappy", "gzip", "zstd", "deflate", "bzip2", "none"] | None = Field(
        None, description="default: snappy for Parquet and Avro, none for the rest"
    )
    rotation: Rotation = Rotation()
    partitioning: Partitioning = Partitioning()
    timezone: str = Field("UTC", description="of rotation by the clock and of partitioning by time")
    part_size_mb: int | None = Field(None, ge=5, le=2047, description="of a multipart upload; held in memory per file")
    null_values: Literal["fail", "ignore", "write"] = Field(
        "fail", description="tombstones; ignore loses deletes, write keeps their keys in files of their own"
    )
    encryption: Encryption | None = None
    credentials_class: ClassName | None = Field(None, description="AWSCredentialsProvider; default: that of the role")

    @model_validator(mode="after")
    def _consistent(self) -> ConfluentS3Sink:
        known = _CODECS[self.format]
        if self.compression not in (None, *known):
            raise ValueError(f"compression of {self.format} is one of {', '.join(known)} (found {self.compression!r})")
        by_time = self.partitioning.by in ("time", "daily", "hourly")
        if self.rotation.interval_ms is not None and not by_time:
            raise ValueError("rotation.interval_ms does nothing unless partitioning is by time, daily or hourly")
        return self


# Codecs of each format (ParquetCodecRecommender, AVRO_SUPPORTED_CODECS and CompressionType of the sink).
_CODECS = {
    "parquet": ("snappy", "gzip", "zstd", "none"),
    "avro": ("snappy", "deflate", "bzip2", "none"),
    "json": ("gzip", "none"),
    "bytes": ("gzip", "none"),
}

RecordPart = Literal["key", "value", "offset", "timestamp", "headers"]


class AivenS3Sink(_Sink):
    """Aiven's S3 sink (Apache 2.0). Everything not yet flushed is held in memory."""

    type: Literal["aiven-s3"]
    version: Annotated[Literal["2.15", "3.0", "3.1", "3.2", "3.3", "3.4"], BeforeValidator(as_text)] = "3.4"
    bucket: Bucket
    prefix: str = Field("", description="first part of object names, as in file_name")
    format: Literal["parquet", "avro", "json", "jsonl", "csv"] = "parquet"
    compression: Literal["snappy", "gzip", "zstd", "none"] | None = Field(None, description="default: snappy")
    fields: list[RecordPart] = Field(["value"], min_length=1, description="what of a record is written")
    envelope: bool = Field(False, description="wrap the field in a record of its name; must be where there are several")
    file_name: str | None = Field(
        None, min_length=1, description="template; default: topic/partition=…/topic+partition+offset with a suffix"
    )
    max_records: int = Field(0, ge=0, description="records a file; 0: all of one flush")
    timezone: str = Field("UTC", description="of timestamps in file names")
    timestamp: Literal["wallclock", "event"] = Field("wallclock", description="which time file names show")
    part_size_mb: int | None = Field(None, ge=5, le=2047)
    encryption: Literal["AES256", "aws:kms"] | None = Field(None, description="with the account's own key (3.0)")
    credentials_class: ClassName | None = Field(
        None, description="AWSCredentialsProvider (3.0); default: that of the role"
    )
    role_arn: RoleArn | None = Field(None, description="role that the sink assumes")
    external_id: Text | None = None

    @model_validator(mode="after")
    def _consistent(self) -> AivenS3Sink:
        for name in ("credentials_class", "encryption"):
            if getattr(self, name) and self.version == "2.15":
                raise ValueError(f"{name} needs version 3.0 or newer")
        if not self.envelope and len(self.fields) != 1:
            raise ValueError("several fields need envelope: true")
        if self.external_id and not self.role_arn:
            raise ValueError("external_id is for role_arn")
        return self


Sink = Annotated[IcebergSink | ConfluentS3Sink | AivenS3Sink, Field(discriminator="type")]
S3Sink = ConfluentS3Sink | AivenS3Sink
