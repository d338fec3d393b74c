"""What a check assumes about the pipeline: the connectors' configurations, the registries and their mode."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from cdcctl.documents import Document, read_document
from cdcctl.errors import InputError
from cdcctl.pipeline import IcebergSink, Pipeline, parse
from cdcctl.render.iceberg import iceberg_config
from cdcctl.render.source import source_config
from cdcctl.schema.compatibility import Mode

# A check needs no brokers, role or bucket; a file that leaves them to where it runs is complete with these.
_ELSEWHERE = Document(
    "defaults",
    {
        "name": "check",
        "topic_prefix": "cdc",
        "source": {"host": "mysql", "credentials": {"secret": "check"}},
        "registries": {"keys": "keys", "values": "values"},
        "kafka": {"bootstrap_servers": "kafka:9092", "subnets": ["subnet-0"]},
        "connect": {"role_arn": "arn:aws:iam::000000000000:role/check", "plugin_bucket": "plugins"},
    },
)
_ICEBERG = Document("defaults", {"sink": {"type": "iceberg", "warehouse": "s3://lake/warehouse"}})
# A sink must name its tables; what a check looks at is no sink's business, so the lists are taken out again.
_EVERYTHING = Document("defaults", {"source": {"tables": ["everything.everything"]}})
_LISTS = ("database.include.list", "table.include.list", "signal.data.collection")
_REGION = "us-east-1"
_SKIP = "schema.history.internal.skip.unparseable.ddl"
_DEFAULT_DATABASE = "db"
SINKS = ("iceberg", "confluent-s3", "aiven-s3")


@dataclass(frozen=True)
class Settings:
    """The pipeline as far as schemas depend on it.

    :param source: the Debezium connector's configuration.
    :param iceberg: the configuration of its Iceberg sink, or of one as it would be rendered.
    :param sinks: the types of its sinks; all there are when no pipeline is given.
    :param debezium: the connector's version, such as ``3.6``.
    :param database: where names without a database belong; None when the pipeline has several.
    :param databases: those it captures, as far as they are named; None for all.
    :param modes: tables with a mode of their own.
    :param schema_name: of the schemas, where it is not the topic's.
    """

    source: Mapping[str, str]
    iceberg: Mapping[str, str]
    sinks: tuple[str, ...]
    mode: Mode
    key_registry: str
    value_registry: str
    debezium: str
    database: str | None
    databases: tuple[str, ...] | None = None
    modes: Mapping[str, Mode] = field(default_factory=dict)
    schema_name: str | None = None

    def mode_of(self, table: str) -> Mode:
        """The compatibility mode that a table's schemas are created with."""
        return self.modes.get(table, self.mode)

    @property
    def skips_unparseable(self) -> bool:
        """Whether Debezium passes over statements that it cannot parse."""
        return self.source.get(_SKIP, "false").lower() == "true"

    def with_source(self, properties: Mapping[str, str]) -> Settings:
        """The same with other properties of the source connector."""
        return replace(self, source={**self.source, **properties})


def settings(
    files: Sequence[Path],
    overlays: Sequence[Document] = (),
    database: str | None = None,
    variables: Mapping[str, str] | None = None,
) -> Settings:
    """The settings of a pipeline file, or of a default pipeline that captures everything when there is none.

    :param overlays: laid over the files, such as what the place dictates where the pipeline runs.
    :param variables: values of ``${var.NAME}`` in the files.
    :raises InputError: every problem of the files.
    """
    if not files:
        everything = parse([_ELSEWHERE, _ICEBERG, _EVERYTHING, *overlays])
        found = of_pipeline(everything, _REGION, database or _DEFAULT_DATABASE)
        source = {key: value for key, value in found.source.items() if key not in _LISTS}
        return replace(found, source=source, sinks=SINKS, databases=None)
    documents = [read_document(path) for path in files]
    sinks = [] if any("sink" in each.data or "sinks" in each.data for each in documents) else [_ICEBERG]
    return of_pipeline(parse([_ELSEWHERE, *sinks, *documents, *overlays], variables), _REGION, database)


def of_pipeline(pipeline: Pipeline, region: str, database: str | None = None) -> Settings:
    """The settings of a pipeline as it is rendered for a region."""
    source = pipeline.source
    databases = source.captured_databases
    sinks = list(pipeline.sinks.values())
    iceberg = next((sink for sink in sinks if isinstance(sink, IcebergSink)), None)
    like = pipeline if iceberg else parse([_ELSEWHERE, _ICEBERG, _EVERYTHING])
    sink = iceberg or next(sink for sink in like.sinks.values() if isinstance(sink, IcebergSink))
    return Settings(
        source=source_config(pipeline, region),
        iceberg=iceberg_config(like, sink, region),
        sinks=tuple(dict.fromkeys(sink.type for sink in sinks)),
        mode=Mode(pipeline.registries.compatibility),
        key_registry=pipeline.registries.keys,
        value_registry=pipeline.registries.values,
        debezium=source.debezium,
        database=database or (databases[0] if len(databases) == 1 else None),
        databases=tuple(databases) if source.is_spelled_out else None,
        modes={table: Mode(mode) for table, mode in pipeline.registries.compatibility_by_table.items()},
        schema_name=pipeline.registries.schema_name,
    )


def properties(assignments: Sequence[str]) -> dict[str, str]:
    """``key=value`` texts as a mapping.

    :raises InputError: one is not of that form.
    """
    found: dict[str, str] = {}
    for each in assignments:
        key, mark, value = each.partition("=")
        if not mark or not key.strip():
            raise InputError(f"{each!r} is not key=value", hint="write it as time.precision.mode=connect, say")
        found[key.strip()] = value.strip()
    return found
