"""Compare every table of a pipeline with its Parquet, and look for what was lost on the way."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import replace

from cdcctl.errors import InputError, NotFoundError
from cdcctl.kafka.cluster import Ends
from cdcctl.mysql.server import Server
from cdcctl.pipeline import Pipeline
from cdcctl.verify.compare import compare
from cdcctl.verify.events import LIMIT, EventReader, UndecodableEventError, changed_by_sink, located, summary
from cdcctl.verify.findings import Finding, code_of
from cdcctl.verify.kafka import Offsets
from cdcctl.verify.lake.contents import Contents, Lake
from cdcctl.verify.offsets import findings as lost_findings
from cdcctl.verify.offsets import gaps
from cdcctl.verify.results import TableResult
from cdcctl.verify.set_aside import SetAside
from cdcctl.verify.table import TableDefinition, read_definition, read_rows
from cdcctl.verify.values import Handling


class Checks:
    """Comparison of a drained pipeline."""

    def __init__(
        self, pipeline: Pipeline, handling: Handling, server: Server, offsets: Offsets, lake: Lake, events: EventReader
    ) -> None:
        self._pipeline = pipeline
        self._handling = handling
        self._server = server
        self._offsets = offsets
        self._lake = lake
        self._events = events

    def definitions(self, *, stopped: bool = False) -> dict[str, TableDefinition]:
        """The captured tables as they are now.

        :param stopped: the steps were not all taken, so that a table may not have been created yet; it is left out.
        :raises InputError: MySQL has no such table.
        """
        found = {}
        with self._server.connected() as connection:
            for table in self._pipeline.source.tables:
                with contextlib.suppress(InputError) if stopped else contextlib.nullcontext():
                    found[table] = read_definition(connection, table)
        return found

    def table(
        self,
        definition: TableDefinition,
        expected_events: int | None,
        aside: SetAside | None = None,
        ends: Mapping[str, Ends] | None = None,
    ) -> TableResult:
        """Compare one table; events are counted against ``expected_events`` where it is known.

        :param aside: what the sinks have set aside.
        :param ends: of all topics, where nothing is written any more: asking for each costs a look at all of them.
        """
        name = definition.full_name
        with self._server.connected() as connection:
            rows = list(read_rows(connection, definition))
        aside = aside or SetAside()
        topic = self._pipeline.topics[name]
        parts = (self._offsets.ends([topic]) if ends is None else ends).get(topic, {})
        in_topic = sum(high - low for low, high in parts.values()) - aside.again.get(topic, 0)
        try:
            contents = self._lake.read(name)
        except NotFoundError:
            missing = [] if not rows and not in_topic else [Finding(code_of("table-missing"), name, rows=len(rows))]
            found = [*_counted(name, in_topic, expected_events), *missing]
            return TableResult(name, len(rows), 0, 0, sum(each.rows for each in found), tuple(found))
        result = compare(definition, rows, contents.rows, self._handling)
        # Where a file is gone, so are its offsets.
        gone = contents.missing or contents.unreadable
        lost = [] if gone else lost_findings(name, gaps(contents.rows, parts, aside.offsets.get(topic, frozenset())))
        result = with_files(result, contents)
        # What the source has sent again is a note of its own; the rest must be each change once.
        again = sum(each.rows for each in result.findings if each.rule.slug == "event-replayed")
        counted = _counted(name, in_topic - again, expected_events)
        result = replace(result, findings=(*counted, *lost, *result.findings))
        return result if in_topic > LIMIT else self._held_against_kafka(result, contents, parts)

    def _held_against_kafka(
        self, result: TableResult, contents: Contents, parts: Mapping[int, tuple[int, int]]
    ) -> TableResult:
        """Say of each different column on which side of Kafka it became so."""
        try:
            events = list(self._events.read(self._pipeline.topics[result.table], parts))
        except UndecodableEventError:
            # It is no row of Parquet either, which is found there.
            return result
        counted = summary(events)
        findings = located(result.findings, changed_by_sink(events, contents.rows))
        return replace(result, findings=findings, operations=counted.by_operation, versions=counted.by_version)


def with_partial_updates(
    result: TableResult, tables: Mapping[str, TableDefinition], partial: Mapping[str, int]
) -> TableResult:
    """The result with the name of what made documents differ, where the binlog held parts of documents only."""
    count = partial.get(result.table, 0)
    if not count:
        return result
    documents = {column.name for column in tables[result.table].columns if column.data_type == "json"}
    lost, code = code_of("value-different"), code_of("json-partial")
    detail = f"{count} event(s) of the binlog hold a part of a document only"
    named = [
        replace(each, code=code, detail=detail) if each.code == lost and each.column in documents else each
        for each in result.findings
    ]
    return replace(result, findings=tuple(named))


def with_files(result: TableResult, contents: Contents) -> TableResult:
    """The result with what is wrong with the files that the rows came from."""
    table = result.table
    lost = [(rows, f"{file} is gone") for file, rows in contents.missing.items()]
    lost += [(0, f"{file} cannot be read: {why}") for file, why in contents.unreadable.items()]
    found = [Finding(code_of("parquet-file-missing"), table, rows=rows, detail=detail) for rows, detail in lost]
    for column, types in contents.disagreements.items():
        detail = f"its files hold it as {', '.join(types)}"
        found.append(Finding(code_of("files-disagree"), table, column, detail=detail))
    return replace(result, findings=(*found, *(_doubled(finding, contents) for finding in result.findings)))


def _doubled(finding: Finding, contents: Contents) -> Finding:
    """Where offsets are doubled, the objects that hold them."""
    if finding.rule.slug != "offset-doubled" or not contents.overlaps:
        return finding
    return replace(finding, detail="; ".join(contents.overlaps))


def _counted(table: str, in_topic: int, expected: int | None) -> list[Finding]:
    if expected is None or in_topic == expected:
        return []
    detail = f"MySQL made {expected} row changes, the topic holds {in_topic} events"
    return [Finding(code_of("event-count"), table, rows=abs(in_topic - expected), detail=detail)]
