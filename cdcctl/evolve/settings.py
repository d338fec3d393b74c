"""What a check assumes about the pipeline: the connectors' configurations, the registries and their mode."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cdcctl.documents import Document, read_document
from cdcctl.errors import InputError
from cdcctl.pipeline import Pipeline, parse
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
        "sink": {"type": "iceberg", "warehouse": "s3://lake/warehouse"},
        "kafka": {"bootstrap_servers": "kafka:9092", "subnets": ["subnet-0"]},
        "connect": {"role_arn": "arn:aws:iam::000000000000:role/check", "plugin_bucket": "plugins"},
    },
)
_EVERYTHING = Document("defaults", {"source": {"tables": ["everything.everything"]}})
_REGION = "us-east-1"
_SKIP = "schema.history.internal.skip.unparseable.ddl"
_DEFAULT_DATABASE = "db"


@dataclass(frozen=True)
class Settings:
    """The pipeline as far as schemas depend on it.

    :param source: the Debezium connector's configuration.
    :param sink: the Iceberg sink's configuration.
    :param database: where names without a database belong.
    :param captured: the captured tables, ``database.table``; None when everything is.
    """

    source: Mapping[str, str]
    sink: Mapping[str, str]
    mode: Mode
    key_registry: str
    value_registry: str
    database: str | None
    captured: tuple[str, ...] | None = None

    @property
    def skips_unparseable(self) -> bool:
        """Whether Debezium passes over statements that it cannot parse."""
        return self.source.get(_SKIP, "false").lower() == "true"

    def with_source(self, properties: Mapping[str, str]) -> Settings:
        """The same with other properties of the source connector."""
        return replace(self, source={**self.source, **properties})


def settings(files: Sequence[Path], overlay: Document | None, database: str | None) -> Settings:
    """The settings of a pipeline file, or of a default pipeline that captures everything when there is none.

    :param overlay: what the place dictates where the pipeline runs, if it is known.
    :raises InputError: every problem of the files.
    """
    if not files:
        everything = parse([_ELSEWHERE, _EVERYTHING])
        found = of_pipeline(everything, _REGION, database or _DEFAULT_DATABASE)
        lists = ("database.include.list", "table.include.list", "signal.data.collection")
        source = {key: value for key, value in found.source.items() if key not in lists}
        return replace(found, source=source, captured=None)
    documents = [_ELSEWHERE, *(read_document(path) for path in files)]
    return of_pipeline(parse([*documents, overlay] if overlay else documents), _REGION, database)


def of_pipeline(pipeline: Pipeline, region: str, database: str | None = None) -> Settings:
    """The settings of a pipeline as it is rendered for a region."""
    databases = pipeline.source.databases
    return Settings(
        source=source_config(pipeline, region),
        sink=iceberg_config(pipeline, region),
        mode=Mode(pipeline.registries.compatibility),
        key_registry=pipeline.registries.keys,
        value_registry=pipeline.registries.values,
        database=database or (databases[0] if len(databases) == 1 else None),
        captured=tuple(pipeline.source.tables),
    )


def properties(assignments: Sequence[str]) -> dict[str, str]:
    """``key=value`` texts as a mapping.

    :raises InputError: one is not of that form.
    """
    found: dict[str, Any] = {}
    for each in assignments:
        key, mark, value = each.partition("=")
        if not mark or not key.strip():
            raise InputError(f"{each!r} is not key=value", hint="write it as time.precision.mode=connect, say")
        found[key.strip()] = value.strip()
    return found
