"""What a migration meets: the captured tables, the registered schemas and the signal table, as they are now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from cdcctl.aws.target import Target
from cdcctl.evolve.report import Report
from cdcctl.evolve.settings import Settings
from cdcctl.evolve.tables import Tables
from cdcctl.mysql.server import Server, quoted
from cdcctl.pipeline import Pipeline
from cdcctl.render import names


@dataclass(frozen=True)
class Registered:
    """A schema as the registry has it.

    :ivar latest: id of the version with the highest number, whatever its status; None when there is none.
    """

    mode: str
    checkpoint: int | None
    latest: str | None
    available: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()


@dataclass(frozen=True)
class World:
    """The look.

    :ivar created: table → CREATE TABLE as the server shows it.
    :ivar filled: the tables that have rows, of those asked for.
    :ivar keyed: the tables that have a primary key, of those asked for.
    :ivar schemas: (registry, schema) → what is registered; those that there are.
    :ivar signals: whether the signal table is there.
    :ivar sinks: the sinks' connectors that are running.
    """

    created: Mapping[str, str] = field(default_factory=dict)
    filled: frozenset[str] = frozenset()
    keyed: frozenset[str] = frozenset()
    schemas: Mapping[tuple[str, str], Registered] = field(default_factory=dict)
    signals: bool = True
    sinks: tuple[str, ...] = ()


def look(
    pipeline: Pipeline, settings: Settings, target: Target, server: Server, tables: Tables, report: Report
) -> World:
    """Ask the server and the registries for what the migration's effects are about.

    :raises RemoteError: one of them does not answer.
    """
    named = {name for effect in report.effects for name in (effect.table, effect.renamed_from) if name}
    created = shown(tables)
    there = [name for name in sorted(named) if name in created]
    filled, keyed = _rows_and_keys(server, there)
    schemas = {}
    for effect in report.effects:
        for registry, side in ((settings.key_registry, effect.key), (settings.value_registry, effect.value)):
            if side.schema and (found := registered(target, registry, settings.schema_name or side.schema)):
                schemas[registry, settings.schema_name or side.schema] = found
    connectors = [names.sink_connector(pipeline, sink) for sink in pipeline.sinks.values()]
    signals = pipeline.source.signals
    return World(
        created=created,
        filled=filled,
        keyed=keyed,
        schemas=schemas,
        signals=signals is not None and server.has_table(signals),
        sinks=tuple(name for name in connectors if _runs(target, name)),
    )


def shown(tables: Tables) -> dict[str, str]:
    """Table → CREATE TABLE, of tables read from a server."""
    # The place of such a statement is ``host:port database.table``.
    return {each.file.partition(" ")[2]: each.sql for each in tables.statements}


def registered(target: Target, registry: str, name: str) -> Registered | None:
    """A schema with its versions; None when there is none."""
    found = target.registry.find_schema(registry, name)
    if found is None:
        return None
    versions = target.registry.versions(registry, name)
    return Registered(
        found.compatibility,
        found.checkpoint,
        versions[-1].id if versions else None,
        tuple(each.definition for each in versions if each.status == "AVAILABLE"),
        tuple(each.definition for each in versions if each.status == "FAILURE"),
    )


def _rows_and_keys(server: Server, tables: Iterable[str]) -> tuple[frozenset[str], frozenset[str]]:
    filled, keyed = set(), set()
    with server.connected() as connection, connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"SELECT 1 FROM {quoted(table)} LIMIT 1")  # noqa: S608 - the name is quoted
            if cursor.fetchone():
                filled.add(table)
            cursor.execute(
                "SELECT 1 FROM information_schema.table_constraints WHERE constraint_type = 'PRIMARY KEY' "
                "AND table_schema = %s AND table_name = %s",
                table.split(".", 1),
            )
            if cursor.fetchone():
                keyed.add(table)
    return frozenset(filled), frozenset(keyed)


def _runs(target: Target, name: str) -> bool:
    found = target.msk_connect.find_connector(name)
    return found is not None and found.state == "RUNNING"
