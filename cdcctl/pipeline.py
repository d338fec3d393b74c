"""The pipeline file: models, defaults and loading.

A pipeline is one or more YAML documents merged in order (later ones win, mappings key by key). What depends on where it
runs, such as the brokers or the role, may come from a later document: that is how one file serves AWS and a laptop.
Loading reports every problem at once, each with its file, line and column.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    field_validator,
    model_validator,
)

from cdcctl.documents import Document, as_text, descriptions, merge, position, read_document, refusal
from cdcctl.errors import InputError
from cdcctl.secrets import is_plain_secret

CompatibilityMode = Literal[
    "NONE", "DISABLED", "BACKWARD", "BACKWARD_ALL", "FORWARD", "FORWARD_ALL", "FULL", "FULL_ALL"
]

# Connector, plugin and topic names are built from it; Kafka allows 249 characters of [a-zA-Z0-9._-].
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,62}$")]
# CommonConnectorConfig.validateTopicName of Debezium allows alphanumerics, hyphen, dot and underscore.
TopicPrefix = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")]
# The name pattern of a Glue registry (API_CreateRegistry).
RegistryName = Annotated[str, StringConstraints(pattern=r"^[a-zA-Z0-9_$#.-]{1,255}$")]
S3Url = Annotated[str, StringConstraints(pattern=r"^s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/.*)?$")]


Properties = dict[str, Annotated[str, BeforeValidator(as_text, json_schema_input_type=str | bool | int | float)]]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class Credentials(_Model):
    """Where user and password are: a Secrets Manager secret with the keys ``username`` and ``password``."""

    secret: str = Field(
        pattern=r"^[A-Za-z0-9/_+=.@-]{1,512}$", description="name (not ARN) of the secret in AWS Secrets Manager"
    )


class Source(_Model):
    """The MySQL server and what is captured of it."""

    host: str = Field(min_length=1, description="host name of the writer (Aurora: the cluster endpoint)")
    port: int = Field(3306, ge=1, le=65535)
    credentials: Credentials
    server_id: int = Field(5400, ge=1, le=2**32 - 1, description="unique among all replicas of the server")
    tables: list[str] = Field(min_length=1, description="database.table, each spelled out")
    signal_table: str | None = Field(
        None, description="database.table that takes Debezium's signals; default: cdcctl_signal in the first database"
    )
    snapshot_mode: Literal["initial", "no_data", "when_needed", "always", "recovery"] = "initial"
    properties: Properties = Field(
        default_factory=dict, description="raw Debezium properties, laid over what is rendered"
    )

    @field_validator("tables")
    @classmethod
    def _spelled_out(cls, tables: list[str]) -> list[str]:
        problems = _table_problems(tables)
        if problems:
            raise ValueError("; ".join(problems))
        return tables

    @field_validator("signal_table")
    @classmethod
    def _signal_spelled_out(cls, table: str | None) -> str | None:
        if table is not None:
            _require_table(table)
        return table

    @property
    def databases(self) -> list[str]:
        """The databases of the captured tables, in order of first appearance."""
        return list(dict.fromkeys(table.split(".")[0] for table in self.tables))

    @property
    def signals(self) -> str:
        """The signal table, ``database.table``."""
        return self.signal_table or f"{self.databases[0]}.cdcctl_signal"


class Registries(_Model):
    """The Glue registries. Keys and values need one each: in one registry both would be versions of one schema."""

    keys: RegistryName
    values: RegistryName
    compatibility: CompatibilityMode = "FORWARD"

    @model_validator(mode="after")
    def _two(self) -> Registries:
        if self.keys == self.values:
            raise ValueError(
                "keys and values name the same registry: the converter gives key and value of a topic the same schema "
                "name there, and the second is refused; name two registries"
            )
        return self


class IcebergSink(_Model):
    """The Apache Iceberg sink, writing Parquet through the Glue Data Catalog."""

    type: Literal["iceberg"] = "iceberg"
    warehouse: S3Url
    commit_interval_ms: int = Field(60_000, ge=100, description="how often files become part of the tables")
    tasks: int = Field(1, ge=1)
    properties: Properties = Field(default_factory=dict, description="raw sink properties, laid over what is rendered")


class Kafka(_Model):
    """The MSK cluster."""

    bootstrap_servers: str = Field(min_length=3, description="host:port, comma-separated")
    authentication: Literal["IAM", "NONE"] = "IAM"
    encryption: Literal["TLS", "PLAINTEXT"] = "TLS"
    subnets: list[str] = Field(min_length=1)
    security_groups: list[str] = Field(default_factory=list)

    @field_validator("bootstrap_servers")
    @classmethod
    def _host_and_port(cls, servers: str) -> str:
        for server in servers.split(","):
            if not re.fullmatch(r"[A-Za-z0-9_.\-\[\]:]+:\d{1,5}", server.strip()):
                raise ValueError(f"{server.strip()!r} is not host:port")
        return ",".join(server.strip() for server in servers.split(","))

    @model_validator(mode="after")
    def _iam_needs_tls(self) -> Kafka:
        if self.authentication == "IAM" and self.encryption != "TLS":
            raise ValueError("IAM authentication needs encryption: TLS")
        return self


class Capacity(_Model):
    """Provisioned capacity of each connector: one MCU is 1 vCPU and 4 GiB."""

    mcu: Literal[1, 2, 4, 8] = 1
    workers: int = Field(default=1, ge=1, le=10)


class Connect(_Model):
    """What MSK Connect needs beside the connectors' own configurations."""

    role_arn: str = Field(pattern=r"^arn:aws[a-z-]*:iam::\d{12}:role/.+$", description="service execution role")
    version: str = "3.7.x"
    capacity: Capacity = Capacity()
    log_group: str | None = Field(None, description="CloudWatch log group; default: /cdcctl/<name>")
    plugin_bucket: str = Field(min_length=3, description="bucket that takes the plugin ZIPs")
    secrets_provider: Path | None = Field(
        None, description="ZIP or JAR with the config provider for Secrets Manager, added to the plugins"
    )


class Worker(_Model):
    """The worker configuration."""

    properties: Properties = Field(default_factory=dict, description="worker properties, laid over the defaults")


class Pipeline(_Model):
    """One pipeline: MySQL tables through Debezium, Glue-registered Avro and Kafka to Parquet on S3."""

    name: Name
    topic_prefix: TopicPrefix
    source: Source
    registries: Registries
    sink: IcebergSink
    kafka: Kafka
    connect: Connect
    worker: Worker = Worker()
    tags: dict[str, str] = Field(default_factory=dict)

    @property
    def topics(self) -> dict[str, str]:
        """Table (``database.table``) → topic, as DefaultTopicNamingStrategy of Debezium names it."""
        return {table: topic_of(self.topic_prefix, table) for table in self.source.tables}

    @property
    def log_group(self) -> str:
        """The CloudWatch log group of both connectors."""
        return self.connect.log_group or f"/cdcctl/{self.name}"


def topic_of(prefix: str, table: str) -> str:
    """The topic of a table: illegal characters become underscores (AbstractTopicNamingStrategy.sanitizedTopicName)."""
    return re.sub(r"[^A-Za-z0-9._-]", "_", f"{prefix}.{table}")


def _require_table(table: str) -> None:
    if not re.fullmatch(r"[^.\s,]+\.[^.\s,]+", table):
        raise ValueError(f"{table!r} is not database.table (names with dots, commas or spaces cannot be captured)")
    if any(ord(char) > 0xFFFF for char in table):
        raise ValueError(f"{table!r} has a character that MySQL does not allow in names")


def _table_problems(tables: list[str]) -> list[str]:
    found = []
    for table in dict.fromkeys(tables):
        try:
            _require_table(table)
        except ValueError as error:
            found.append(str(error))
    found += [f"{table} is listed twice" for table in dict.fromkeys(tables) if tables.count(table) > 1]
    for first, second in itertools.combinations(dict.fromkeys(tables), 2):
        if topic_of("", first) == topic_of("", second):
            found.append(f"{first} and {second} would share the topic …{topic_of('', first)}")
        elif first.lower() == second.lower():
            found.append(f"{first} and {second} would share the table {first.lower()} of the Glue Data Catalog")
    return found


def load(paths: Sequence[Path], overlays: Iterable[Document] = ()) -> Pipeline:
    """Read, merge and validate pipeline files.

    :param overlays: documents merged last, such as what the local stack dictates.
    :raises InputError: every problem found, one a line of ``details``.
    """
    if not paths:
        raise InputError("no pipeline file given", hint="name it with -f pipeline.yaml")
    return parse([*(read_document(path) for path in paths), *overlays])


def parse(documents: Sequence[Document]) -> Pipeline:
    """Merge and validate documents.

    :raises InputError: every problem found, one a line of ``details``.
    """
    merged: dict[str, Any] = {}
    for document in documents:
        merge(merged, document.data)
    secrets = [position(path, documents) + _plain(path) for path in _plain_secrets(merged)]
    try:
        pipeline = Pipeline.model_validate(merged)
    except ValidationError as error:
        raise refusal([*secrets, *descriptions(error, documents, Pipeline)], documents) from None
    if secrets:
        raise refusal(secrets, documents)
    return pipeline


def _plain_secrets(merged: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """Paths of the properties that hold a secret in plain text."""
    found: list[tuple[str, ...]] = []
    for section in ("source", "sink", "worker"):
        part = merged.get(section)
        properties = part.get("properties") if isinstance(part, Mapping) else None
        for key, value in properties.items() if isinstance(properties, Mapping) else ():
            if isinstance(key, str) and is_plain_secret(key, str(value)):
                found.append((section, "properties", key))
    return found


def _plain(path: tuple[str, ...]) -> str:
    key = ".".join(path)
    return f"{key}: is a secret in plain text; write a reference such as ${{secretsmanager:NAME:key}}"
