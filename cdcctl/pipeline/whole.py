"""The pipeline as a whole."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from cdcctl.pipeline.base import Capacity, Model, Name, Text
from cdcctl.pipeline.cluster import Connect, Kafka, Worker
from cdcctl.pipeline.linting import Lint
from cdcctl.pipeline.registries import Registries
from cdcctl.pipeline.sinks import IcebergSink, Sink
from cdcctl.pipeline.source import Source, topic_of

# CommonConnectorConfig.validateTopicName of Debezium allows alphanumerics, hyphen, dot and underscore.
TopicPrefix = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")]


def _not_reserved(key: str) -> str:
    if key.lower().startswith("aws:"):
        raise ValueError(f"{key!r}: tags beginning with aws: are the service's own")
    return key


# API_TagResource.
TagKey = Annotated[str, StringConstraints(min_length=1, max_length=128), AfterValidator(_not_reserved)]
TagValue = Annotated[Text, Field(max_length=256)]
VariableName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]


class Pipeline(Model):
    """One pipeline: MySQL tables through Debezium, Glue-registered Avro and Kafka to Parquet on S3."""

    name: Name = Field(description="everything that is created is called after it")
    topic_prefix: TopicPrefix = Field(description="topics are called PREFIX.database.table")
    source: Source
    registries: Registries
    sinks: dict[Name, Sink] = Field(min_length=1, description="by name; a single one may be written as sink:")
    kafka: Kafka
    connect: Connect
    worker: Worker = Worker()
    variables: dict[VariableName, Text] = Field(
        default_factory=dict, description="what ${var.NAME} stands for unless --var or CDCCTL_VAR_NAME says otherwise"
    )
    lint: Lint = Lint()
    tags: dict[TagKey, TagValue] = Field(default_factory=dict, description="on everything that is created")

    @property
    def sink(self) -> Sink:
        """The first Iceberg sink, else the first sink: the one that is compared with MySQL."""
        iceberg = (sink for sink in self.sinks.values() if isinstance(sink, IcebergSink))
        return next(iceberg, next(iter(self.sinks.values())))

    @property
    def topics(self) -> dict[str, str]:
        """Table (``database.table``) → topic, as DefaultTopicNamingStrategy of Debezium names it; spelled-out ones."""
        return {table: self.topic_of(table) for table in self.source.tables}

    def topic_of(self, table: str) -> str:
        """The topic of one table."""
        return topic_of(self.topic_prefix, table)

    def schema_name(self, table: str) -> str:
        """Name of a table's key and value schemas, unless a naming class of the user's own says otherwise."""
        return self.registries.schema_name or self.topic_of(table)

    @property
    def log_group(self) -> str:
        """The CloudWatch log group of all connectors."""
        return self.connect.log_group or f"/cdcctl/{self.name}"

    def tables_of(self, sink: Sink) -> list[str]:
        """The spelled-out tables that a sink takes."""
        return self.source.tables if sink.tables is None else sink.tables

    def capacity_of(self, part: Source | Sink) -> Capacity:
        """Capacity of one connector."""
        return part.capacity or self.connect.capacity
