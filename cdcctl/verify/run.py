"""Run a scenario on a running stack: replay, deploy, drain, compare, and cure where asked."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from cdcctl.aws.target import Target
from cdcctl.deploy.deployment import plan_deployment
from cdcctl.local.mysql.base import MySQLServer
from cdcctl.pipeline import Document, Pipeline
from cdcctl.render.source import source_config
from cdcctl.verify import statements
from cdcctl.verify.checks import Checks
from cdcctl.verify.cleanup import remove, require_clean
from cdcctl.verify.counts import row_events
from cdcctl.verify.drain import Drain, NotDrainedError, unhealthy
from cdcctl.verify.findings import Finding
from cdcctl.verify.judgement import Judgement, judge
from cdcctl.verify.kafka import Offsets
from cdcctl.verify.lake import Lake
from cdcctl.verify.replay import Position, Replay
from cdcctl.verify.report import Hop, Report, StepResult
from cdcctl.verify.scenario import Expectations, Scenario, Step
from cdcctl.verify.schemas import read_schemas, table_versions
from cdcctl.verify.table import TableDefinition
from cdcctl.verify.values import Handling

Say = Callable[[str], None]
# Column types that the independent binlog reader cannot decode; tables with such a column are not counted.
_NOT_COUNTED = frozenset({"vector"})


@dataclass(frozen=True)
class Options:
    """How to run.

    :param backfill: cure what an incremental snapshot cures, and compare again.
    :param keep: leave the pipeline as it is afterwards.
    :param again: only drain and compare what an earlier run with ``keep`` left.
    :param patience: seconds without progress after which the pipeline counts as stalled.
    """

    backfill: bool = False
    keep: bool = False
    again: bool = False
    patience: float = 90.0


def run(scenario: Scenario, target: Target, server: MySQLServer, options: Options, say: Say) -> Report:
    """Run one scenario and clean up after it, whatever happens.

    :param server: the MySQL to replay into.
    :raises CdcctlError: the scenario could not be run at all; differences are no errors but part of the report.
    """
    pipeline = scenario.pipeline([Document(target.description, target.overlay)])
    execution = _Run(scenario, pipeline, target, server, options, say)
    if not options.again:
        require_clean(pipeline, target, execution.replay)
    try:
        return execution.run()
    finally:
        execution.offsets.close()
        if not options.keep:
            say("cleaning up")
            remove(pipeline, target, execution.replay, execution.lake)


class _Run:
    def __init__(
        self, scenario: Scenario, pipeline: Pipeline, target: Target, server: MySQLServer, options: Options, say: Say
    ) -> None:
        self._scenario = scenario
        self._pipeline = pipeline
        self._target = target
        self._server = server
        self._options = options
        self._say = say
        self.replay = Replay(server)
        self.offsets = Offsets(pipeline.kafka)
        self.lake = Lake(target)
        self._drain = Drain(pipeline, target, self.replay, self.offsets, self.lake, options.patience)
        handling = Handling.of(source_config(pipeline, target.region))
        self._checks = Checks(pipeline, handling, self.replay, self.offsets, self.lake)
        self._steps: list[StepResult] = []
        self._start: Position | None = None
        # Events that the binlog does not show: rows that a snapshot reads.
        self._snapshot_rows: dict[str, int] = {}

    def run(self) -> Report:
        started = time.monotonic()
        steps = [Step(kind="drain")] if self._options.again else list(self._scenario.steps)
        stopped: tuple[Finding, ...] = ()
        try:
            for step in steps:
                self._timed(step)
        except NotDrainedError as error:
            stopped = error.findings
        findings = stopped or tuple(unhealthy(self._pipeline, self._target))
        comparing = time.monotonic()
        judged, schemas = self._judged(self._scenario.expect, findings), read_schemas(self._pipeline, self._target)
        seconds = {"compare": time.monotonic() - comparing}
        cured: tuple[Finding, ...] = ()
        if self._options.backfill and not findings:
            judged, cured = self._cure(judged)
        seconds["steps"] = sum(step.seconds for step in self._steps)
        seconds["total"] = time.monotonic() - started
        return Report(
            scenario=self._scenario.name,
            ok=judged.ok,
            steps=tuple(self._steps),
            tables=judged.tables,
            schemas=tuple(schemas),
            seconds=seconds,
            findings=judged.findings,
            cured=cured,
            unmet=judged.unmet,
            description=self._scenario.description,
            facts={
                "mysql": f"{self._server.version} ({self._server.provider})",
                "sql_mode": self._server.sql_mode,
                "target": self._target.description,
            },
        )

    def _timed(self, step: Step) -> None:
        self._say(step.words)
        started = time.monotonic()
        hops = self._take(step)
        self._steps.append(StepResult(step.words, time.monotonic() - started, hops=hops))

    def _take(self, step: Step) -> tuple[Hop, ...]:
        if step.kind == "sql":
            path = self._scenario.folder / str(step.argument)
            self.replay.run(statements.read(path), path.name)
        elif step.kind == "deploy":
            self._deploy()
        elif step.kind == "backfill":
            self._backfill([str(step.argument)])
        else:
            return self._drain.run(self._say)
        return ()

    def _deploy(self) -> None:
        self.replay.prepare_signals(self._pipeline.source.signals)
        self._snapshot_rows = {table: self.replay.count(table) for table in self._pipeline.source.tables}
        self._start = self.replay.position()
        plan_deployment(self._pipeline, self._target, self._say).carry_out(self._say)

    def _backfill(self, tables: list[str]) -> None:
        """Send tables again; how many rows they have is how many events their topics grow by."""
        for table in tables:
            topic = self._pipeline.topics[table]
            self._drain.run(self._say)
            rows = self.replay.count(table)
            end = sum(high for _, high in self.offsets.ends([topic]).get(topic, {}).values())
            self._snapshot_rows[table] = self._snapshot_rows.get(table, 0) + rows
            self.replay.signal_snapshot(self._pipeline.source.signals, table)
            self._drain.backfilled({topic: end + rows}, self._say)

    def _judged(self, expect: Expectations, findings: tuple[Finding, ...]) -> Judgement:
        """Compare every table and hold the results against ``expect``."""
        self._say("comparing")
        definitions = self._checks.definitions()
        counts = self._expected_events(definitions)
        tables = [self._checks.table(definition, counts.get(name)) for name, definition in definitions.items()]
        versions = table_versions(self._pipeline, read_schemas(self._pipeline, self._target))
        judged = judge(expect, tables, findings, versions)
        # What an earlier run left may have been cured since: nothing has to be found again.
        return replace(judged, ok=judged.ok or bool(judged.unmet), unmet=()) if self._options.again else judged

    def _expected_events(self, tables: dict[str, TableDefinition]) -> dict[str, int]:
        """Snapshot rows and binlog rows; nothing when this run did not see the beginning."""
        if self._start is None:
            return {}
        keys = {table: [each.names.index(name) for name in each.key] for table, each in tables.items()}
        left_out = [t for t, each in tables.items() if any(c.data_type in _NOT_COUNTED for c in each.columns)]
        streamed = row_events(self._server, self._start, keys, left_out)
        return {table: count + self._snapshot_rows.get(table, 0) for table, count in streamed.items()}

    def _cure(self, before: Judgement) -> tuple[Judgement, tuple[Finding, ...]]:
        """Send every table again that has a finding which that cures; afterwards nothing may differ."""
        ill = [table.table for table in before.tables if any(_is_curable(finding) for finding in table.findings)]
        started = time.monotonic()
        if ill:
            self._backfill(ill)
            hops = self._drain.run(self._say)
            self._steps.append(StepResult(f"backfill: {', '.join(ill)}", time.monotonic() - started, hops=hops))
        after = self._judged(Expectations(), tuple(unhealthy(self._pipeline, self._target)))
        left = {(each.code, each.table, each.column) for each in _of_tables(after)}
        cured = tuple(each for each in _of_tables(before) if (each.code, each.table, each.column) not in left)
        return replace(after, ok=before.ok and after.ok, unmet=before.unmet), cured


def _of_tables(judged: Judgement) -> list[Finding]:
    return [finding for table in judged.tables for finding in table.findings]


def _is_curable(finding: Finding) -> bool:
    """Whether sending the table's rows again removes a finding."""
    return finding.rule.slug in {"unbackfilled-column", "column-split", "unit-changed", "row-missing"}
