"""What rules judge: one configuration, and all that belong together with what is known beside them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from cdcctl.lint.columns import Column
from cdcctl.plugins.inspection import Inspection

Kind = Literal["debezium-mysql", "iceberg", "confluent-s3", "aiven-s3", "other-source", "other-sink", "worker"]

DEBEZIUM: Kind = "debezium-mysql"
ICEBERG: Kind = "iceberg"
CONFLUENT_S3: Kind = "confluent-s3"
AIVEN_S3: Kind = "aiven-s3"
WORKER: Kind = "worker"
S3_SINKS: tuple[Kind, ...] = (CONFLUENT_S3, AIVEN_S3)
PARQUET_SINKS: tuple[Kind, ...] = (ICEBERG, *S3_SINKS)
SINKS: tuple[Kind, ...] = (*PARQUET_SINKS, "other-sink")
SOURCES: tuple[Kind, ...] = (DEBEZIUM, "other-source")
CONNECTORS: tuple[Kind, ...] = (*SOURCES, *SINKS)
ALL: tuple[Kind, ...] = (*CONNECTORS, WORKER)

CLASSES: dict[str, Kind] = {
    "io.debezium.connector.mysql.MySqlConnector": DEBEZIUM,
    "org.apache.iceberg.connect.IcebergSinkConnector": ICEBERG,
    "io.confluent.connect.s3.S3SinkConnector": CONFLUENT_S3,
    "io.aiven.kafka.connect.s3.AivenKafkaConnectS3SinkConnector": AIVEN_S3,
}
_WORKERS_OWN = ("offset.", "config.providers", "config.storage.", "plugin.", "group.id", "key.conv", "value.conv")


@dataclass(frozen=True)
class Location:
    """A place in a file; line and column count from 1 and are None where only the file is known.

    :param key: what to call the place: a property, or the path in a pipeline file.
    """

    file: str
    line: int | None = None
    column: int | None = None
    key: str | None = None

    def __str__(self) -> str:
        return ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)


@dataclass(frozen=True)
class Deployment:
    """How a connector is run, where that is known: a pipeline file says, and so does a create-connector request.

    :param connect: the version of Kafka Connect.
    :param mcu: MCUs of each worker.
    :param unfilled: the keys of the pipeline file that are still to be filled in; None where there is no such file.
    """

    connect: tuple[int, ...] | None = None
    log_delivery: bool | None = None
    workers: int | None = None
    mcu: int | None = None
    autoscaled: bool | None = None
    worker_configuration: bool | None = None
    encrypted: bool | None = None
    unfilled: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Configuration:
    """One configuration.

    :param name: of the connector; empty where the file does not say.
    :param repeated: properties that the file gives more than once; the last one counts.
    :param locate: the place of a property, or of the configuration as a whole for None or one that is not there.
    """

    kind: Kind
    values: Mapping[str, str]
    name: str = ""
    deployment: Deployment = Deployment()
    repeated: tuple[str, ...] = ()
    locate: Callable[[str | None], Location] = field(default=lambda _: Location("-"), compare=False)

    def get(self, key: str, default: str = "") -> str:
        """The value without blanks around it."""
        return self.values.get(key, default).strip()

    def number(self, key: str, default: int | None = None) -> int | None:
        """The value as a whole number; the default where it is not there or none."""
        try:
            return int(self.get(key))
        except ValueError:
            return default

    def flag(self, key: str, default: bool = False) -> bool:
        """The value as a boolean, as ConfigDef parses it; the default where it is neither true nor false."""
        return {"true": True, "false": False}.get(self.get(key).lower(), default)

    def entries(self, key: str) -> list[str]:
        """The parts of a comma-separated value."""
        return [entry.strip() for entry in self.get(key).split(",") if entry.strip()]

    def below(self, prefix: str) -> dict[str, str]:
        """The properties with this prefix, named without it."""
        return {key.removeprefix(prefix): self.get(key) for key in self.values if key.startswith(prefix)}


@dataclass(frozen=True)
class Setup:
    """Configurations that are judged together, and what is known beside them.

    :param versions: component (debezium, glue-avro-converter, iceberg, confluent-s3, aiven-s3) → version.
    :param columns: of the captured tables, where their definitions were given.
    """

    configurations: tuple[Configuration, ...]
    versions: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    plugins: tuple[Inspection, ...] = ()
    columns: tuple[Column, ...] = ()

    def of(self, *kinds: Kind) -> list[Configuration]:
        """The configurations of these kinds."""
        return [each for each in self.configurations if each.kind in kinds]

    @property
    def worker(self) -> Configuration | None:
        """The worker configuration, if there is exactly one."""
        workers = self.of(WORKER)
        return workers[0] if len(workers) == 1 else None


def kind_of(values: Mapping[str, str]) -> Kind | None:
    """What a configuration is for; None where nothing tells.

    Connect takes a connector's class by its full name, its simple name or that without ``Connector`` (PluginUtils).
    """
    name = values.get("connector.class", "").strip()
    for full, kind in CLASSES.items():
        simple = full.rpartition(".")[2]
        if name in (full, simple, simple.removesuffix("Connector")):
            return kind
    if name:
        return "other-sink" if "topics" in values or "topics.regex" in values else "other-source"
    return WORKER if any(key.startswith(_WORKERS_OWN) for key in values) else None
