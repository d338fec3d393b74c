"""What several parts of a pipeline have to agree on. Each problem names the key that it is about."""

from __future__ import annotations

from collections.abc import Iterator

from cdcctl.documents import Steps
from cdcctl.pipeline.needs import unmet
from cdcctl.pipeline.sinks import IcebergSink
from cdcctl.pipeline.whole import Pipeline

Problem = tuple[Steps, str]


def contradictions(pipeline: Pipeline) -> list[Problem]:
    """Path in the file and message of each contradiction."""
    return [*unmet(pipeline.source), *_captured(pipeline), *_sinks(pipeline), *_registries(pipeline)]


def _captured(pipeline: Pipeline) -> Iterator[Problem]:
    source = pipeline.source
    if not source.is_spelled_out:
        return
    named = {"keys": source.keys, "columns": source.columns.tables}
    for key, tables in named.items():
        for table in tables:
            if table not in source.tables:
                yield ("source", key), f"{table} is not among source.tables"


def _sinks(pipeline: Pipeline) -> Iterator[Problem]:
    takers: dict[str, str] = {}
    for name, sink in pipeline.sinks.items():
        if name == "source":
            yield ("sinks", name), "no sink can be called source: connectors are named after them"
        if pipeline.source.is_spelled_out:
            for table in sink.tables or ():
                if table not in pipeline.source.tables:
                    yield ("sinks", name, "tables"), f"{table} is not among source.tables"
        if isinstance(sink, IcebergSink):
            yield from _iceberg(pipeline, name, sink, takers)


def _iceberg(pipeline: Pipeline, name: str, sink: IcebergSink, takers: dict[str, str]) -> Iterator[Problem]:
    by_hand = sink.properties.keys() & {"iceberg.tables", "iceberg.tables.dynamic-enabled"}
    if not (pipeline.source.is_spelled_out or sink.tables or by_hand):
        yield ("sinks", name, "tables"), "an Iceberg sink needs its tables spelled out: each is routed by its topic"
    for table in pipeline.tables_of(sink):
        place = sink.table_of(table)
        if place in takers:
            yield ("sinks", name), f"{table} would go into the table {place} of {takers[place]}, too; set database"
        takers[place] = f"sink {name}" if takers.get(place) is None else takers[place]
    for table in sink.partition_by:
        if table not in pipeline.tables_of(sink):
            yield ("sinks", name, "partition_by"), f"{table} is not among the tables of this sink"


def _registries(pipeline: Pipeline) -> Iterator[Problem]:
    registries, source = pipeline.registries, pipeline.source
    if registries.schema_name and not (source.is_spelled_out and len(source.tables) == 1):
        yield ("registries", "schema_name"), "one name for several tables would make them versions of one schema"
    if source.is_spelled_out:
        for table in registries.compatibility_by_table:
            if table not in source.tables:
                yield ("registries", "compatibility_by_table"), f"{table} is not among source.tables"
