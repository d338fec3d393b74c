"""Compare every table of a pipeline with its Parquet, and look for what was lost on the way."""

from __future__ import annotations

from dataclasses import replace

from cdcctl.errors import NotFoundError
from cdcctl.pipeline import Pipeline
from cdcctl.render import names
from cdcctl.verify.compare import compare
from cdcctl.verify.findings import Finding, code_of
from cdcctl.verify.kafka import Offsets
from cdcctl.verify.lake import Lake, ParquetFileMissingError
from cdcctl.verify.offsets import findings as lost_findings
from cdcctl.verify.offsets import gaps
from cdcctl.verify.replay import Replay
from cdcctl.verify.results import TableResult
from cdcctl.verify.table import TableDefinition, read_definition, read_rows
from cdcctl.verify.values import Handling


class Checks:
    """Comparison of a drained pipeline."""

    def __init__(self, pipeline: Pipeline, handling: Handling, replay: Replay, offsets: Offsets, lake: Lake) -> None:
        self._pipeline = pipeline
        self._handling = handling
        self._replay = replay
        self._offsets = offsets
        self._lake = lake

    def definitions(self) -> dict[str, TableDefinition]:
        """The captured tables as they are now."""
        with self._replay.session() as connection:
            return {table: read_definition(connection, table) for table in self._pipeline.source.tables}

    def table(self, definition: TableDefinition, expected_events: int | None) -> TableResult:
        """Compare one table; events are counted against ``expected_events`` where it is known."""
        name = definition.full_name
        with self._replay.session() as connection:
            rows = list(read_rows(connection, definition))
        parts = self._offsets.ends([self._pipeline.topics[name]]).get(self._pipeline.topics[name], {})
        in_topic = sum(high - low for low, high in parts.values())
        counted = _counted(name, in_topic, expected_events)
        try:
            parquet = self._lake.read(names.iceberg_table(name))
        except NotFoundError:
            missing = [] if not rows and not in_topic else [Finding(code_of("table-missing"), name, rows=len(rows))]
            return _without_parquet(name, len(rows), [*counted, *missing])
        except ParquetFileMissingError as error:
            return _without_parquet(
                name, len(rows), [*counted, Finding(code_of("parquet-file-missing"), name, detail=error.message)]
            )
        result = compare(definition, rows, parquet, self._handling)
        return replace(result, findings=(*counted, *lost_findings(name, gaps(parquet, parts)), *result.findings))


def _counted(table: str, in_topic: int, expected: int | None) -> list[Finding]:
    if expected is None or in_topic == expected:
        return []
    detail = f"MySQL made {expected} row changes, the topic holds {in_topic} events"
    return [Finding(code_of("event-count"), table, rows=abs(in_topic - expected), detail=detail)]


def _without_parquet(table: str, rows: int, findings: list[Finding]) -> TableResult:
    return TableResult(table, rows, 0, 0, len(findings), tuple(findings))
