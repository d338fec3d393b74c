"""Run a scenario on a running stack: replay, deploy, drain, compare, and cure where asked."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from cdcctl.aws.target import Target
from cdcctl.documents import Document
from cdcctl.errors import CdcctlError, RemoteError
from cdcctl.kafka.connection import client_settings
from cdcctl.local.mysql.base import MySQLServer
from cdcctl.local.parts import Parts
from cdcctl.mysql.signals import Signals
from cdcctl.pipeline import Pipeline
from cdcctl.render.source import source_config
from cdcctl.verify.checks import Checks, with_partial_updates
from cdcctl.verify.cleanup import remove, require_clean
from cdcctl.verify.counts import BinlogGoneError, partial_updates, row_events
from cdcctl.verify.drain import Drain, NotDrainedError
from cdcctl.verify.events import EventReader
from cdcctl.verify.faults.striking import Striker
from cdcctl.verify.findings import Finding, code_of
from cdcctl.verify.health import unhealthy
from cdcctl.verify.judgement import Judgement, judge
from cdcctl.verify.kafka import Offsets
from cdcctl.verify.lake.choice import lake_of
from cdcctl.verify.prediction import Predicted, Predictor, statements_since, unpredicted
from cdcctl.verify.registered import with_registered_defaults
from cdcctl.verify.replay import Replay
from cdcctl.verify.report import Report, StepResult
from cdcctl.verify.results import TableResult
from cdcctl.verify.scenario import CURED, Expectations, Scenario
from cdcctl.verify.schemas import SchemaResult, read_schemas, table_versions
from cdcctl.verify.set_aside import set_aside
from cdcctl.verify.sinks import compared_sink, signal_table
from cdcctl.verify.steps import Step
from cdcctl.verify.table import TableDefinition
from cdcctl.verify.values import Handling
from cdcctl.verify.walk import Walk

Say = Callable[[str], None]
# Column types that the independent binlog reader cannot decode; tables with such a column are not counted.
_NOT_COUNTED = frozenset({"vector"})
_CURABLE = CURED | {code_of("row-missing")}


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


def run(
    scenario: Scenario,
    target: Target,
    server: MySQLServer,
    options: Options,
    say: Say,
    predictor: Predictor | None = None,
    parts: Parts | None = None,
) -> Report:
    """Run one scenario and clean up after it, whatever happens.

    :param server: the MySQL to replay into.
    :param predictor: predicts the schema versions; one for several runs saves each the start of a JVM.
    :param parts: what faults strike; without, a scenario with faults is refused.
    :raises CdcctlError: the scenario could not be run at all; differences are no errors but part of the report.
    """
    with contextlib.ExitStack() as ending:
        predictor = predictor or ending.enter_context(Predictor())
        execution = ending.enter_context(_Run(scenario, target, server, options, say, predictor, parts))
        if not options.again:
            execution.require_clean()
        try:
            report = execution.run()
        except BaseException as error:
            if not options.keep:
                # What went wrong is worth more than what could not be cleaned up because of it.
                with contextlib.suppress(CdcctlError):
                    target.check()
                    execution.remove()
            if isinstance(error, RemoteError):
                # That a part has died says more than that it does not answer.
                target.check()
            raise
        if not options.keep:
            execution.remove()
        return report


def clean(scenario: Scenario, target: Target, server: MySQLServer, say: Say) -> None:
    """Remove what a run that was told to keep its pipeline, or that was killed, has left of this scenario."""
    with Predictor() as predictor, _Run(scenario, target, server, Options(), say, predictor) as execution:
        execution.remove()


class _Run:
    def __init__(
        self,
        scenario: Scenario,
        target: Target,
        server: MySQLServer,
        options: Options,
        say: Say,
        predictor: Predictor,
        parts: Parts | None = None,
    ) -> None:
        self._predictor = predictor
        self._scenario = scenario
        self._pipeline: Pipeline = scenario.pipeline([Document(target.description, target.overlay)])
        self._target = target
        self._server = server
        self._options = options
        self._say = say
        self._replay = Replay(server)
        self._offsets = Offsets(client_settings(self._pipeline.kafka, target.session, target.region), target.check)
        self._lake = lake_of(self._pipeline, compared_sink(self._pipeline), target, self._offsets)
        self._signals = Signals(server.admin, signal_table(self._pipeline))
        self._drain = Drain(
            self._pipeline, target, server.admin, self._signals, self._offsets, self._lake, options.patience
        )
        handling = Handling.of(source_config(self._pipeline, target.region))
        events = EventReader(self._offsets.settings, target.registry)
        self._checks = Checks(self._pipeline, handling, server.admin, self._offsets, self._lake, events)
        striker = Striker(self._pipeline, parts, self._replay) if parts else None
        self._walk = Walk(
            scenario, self._pipeline, target, server, self._replay, self._signals, self._drain, striker, say
        )
        self._walked = self._walk.walked
        self._uncounted: list[str] = []

    def __enter__(self) -> _Run:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        self._offsets.close()
        if isinstance(error, RemoteError):
            # A service that does not answer because its process is gone: the process is what to tell of.
            self._target.check()

    def require_clean(self) -> None:
        require_clean(self._pipeline, self._target, self._replay, self._scenario.name)

    def remove(self) -> None:
        self._say("cleaning up")
        remove(self._pipeline, self._target, self._replay, self._lake)

    def run(self) -> Report:
        started = time.monotonic()
        again = self._options.again
        expect = self._scenario.expect.again() if again else self._scenario.expect
        stopped = self._stopped([Step(kind="drain")] if again else self._scenario.steps)
        judged, schemas = self._judged(expect, stopped, optional=again)
        cured: tuple[Finding, ...] = ()
        if self._options.backfill and not stopped:
            judged, schemas, cured = self._cured(expect, judged, schemas)
        self._walked.seconds["total"] = time.monotonic() - started
        return Report(
            scenario=self._scenario.name,
            ok=judged.ok and not self._walked.unmet,
            steps=tuple(self._walked.steps),
            tables=judged.tables,
            schemas=schemas,
            seconds=dict(self._walked.seconds),
            findings=(*self._walked.findings, *judged.findings),
            cured=cured,
            unmet=(*self._walked.unmet, *judged.unmet),
            description=self._scenario.description,
            facts=self._facts(),
        )

    def _facts(self) -> dict[str, str]:
        facts = {
            "mysql": f"{self._server.version} ({self._server.provider})",
            "sql_mode": self._server.sql_mode,
            "target": self._target.description,
        }
        return {**facts, "events not counted": ", ".join(self._uncounted)} if self._uncounted else facts

    def _stopped(self, steps: Sequence[Step]) -> tuple[Finding, ...]:
        """Take the steps; what stopped the pipeline on the way, or is wrong with it in the end."""
        try:
            self._walk.take(steps)
        except NotDrainedError as error:
            return error.findings
        return self._ended()

    def _ended(self) -> tuple[Finding, ...]:
        return (*unhealthy(self._pipeline, self._target), *set_aside(self._pipeline, self._target).findings)

    def _judged(
        self, expect: Expectations, findings: tuple[Finding, ...], *, optional: bool
    ) -> tuple[Judgement, tuple[SchemaResult, ...]]:
        """Compare every table and hold the results against ``expect``, all of which must be found unless optional."""
        self._say("comparing")
        with self._walked.timed("compare"):
            predicted = self._predicted()
            schemas = read_schemas(self._pipeline, self._target)
            if predicted is not None:
                schemas = [predicted.compared(each) for each in schemas]
            definitions = self._definitions(schemas, predicted, stopped=bool(findings))
            counts = self._expected_events(definitions)
            aside = set_aside(self._pipeline, self._target)
            ends = self._offsets.ends(list(self._pipeline.topics.values()))
            tables = [self._checks.table(each, counts.get(name), aside, ends) for name, each in definitions.items()]
            partial = self._partial_updates(definitions)
            tables = [with_partial_updates(table, definitions, partial) for table in tables]
            if findings:
                tables = [_without_stall(table) for table in tables]
            versions = table_versions(self._pipeline, schemas)
            wrong = unpredicted(self._pipeline, schemas)
            judged = judge(expect, tables, (*findings, *wrong), versions, optional=optional)
        return judged, tuple(schemas)

    def _definitions(
        self, schemas: Sequence[SchemaResult], predicted: Predicted | None, *, stopped: bool
    ) -> dict[str, TableDefinition]:
        """The captured tables, with the DEFAULTs that their columns had.

        Also of versions that no row brought to the registry: MySQL gave old rows what was the DEFAULT in between.
        """
        values = self._pipeline.registries.values
        texts = {each.name: [v.definition for v in each.versions] for each in schemas if each.registry == values}
        found = {}
        for table, definition in self._checks.definitions(stopped=stopped).items():
            name = self._pipeline.schema_name(table)
            between = predicted.definitions.get((values, name), ()) if predicted else ()
            known = [*texts.get(name, ()), *between]
            found[table] = with_registered_defaults(definition, known)
        return found

    def _predicted(self) -> Predicted | None:
        """What was predicted for this run; None when it did not see the beginning."""
        if self._walked.start is None:
            return None
        try:
            statements = statements_since(self._server.admin, self._walked.start.position)
        except BinlogGoneError:
            # Told with the events that cannot be counted.
            return None
        return self._predictor.predict(self._pipeline, self._target.region, self._walked.start, statements)

    def _expected_events(self, tables: dict[str, TableDefinition]) -> dict[str, int]:
        """Snapshot rows and binlog rows; nothing when this run did not see the beginning."""
        if self._walked.start is None:
            return {}
        keys = {table: [each.names.index(name) for name in each.key] for table, each in tables.items()}
        left_out = [t for t, each in tables.items() if any(c.data_type in _NOT_COUNTED for c in each.columns)]
        try:
            streamed = row_events(self._server.admin, self._walked.start.position, keys, left_out)
        except BinlogGoneError:
            self._uncounted = ["all, and no schema version predicted: the scenario has purged the binlog"]
            return {}
        self._uncounted = [table for table in tables if table not in streamed]
        return {table: count + self._walked.snapshot_rows.get(table, 0) for table, count in streamed.items()}

    def _partial_updates(self, tables: dict[str, TableDefinition]) -> Mapping[str, int]:
        """Events that Debezium passes over; nothing is read where no table has a JSON column."""
        with_json = [name for name, each in tables.items() if any(c.data_type == "json" for c in each.columns)]
        if self._walked.start is None or not with_json or self._uncounted:
            return {}
        return partial_updates(self._server.admin, self._walked.start.position, with_json)

    def _cured(
        self, expect: Expectations, before: Judgement, schemas: tuple[SchemaResult, ...]
    ) -> tuple[Judgement, tuple[SchemaResult, ...], tuple[Finding, ...]]:
        """Send every table again that has a finding which that cures; what is then still there must be expected."""
        curable = [finding for finding in _of_tables(before) if finding.code in _CURABLE]
        ill = list(dict.fromkeys(str(finding.table) for finding in curable))
        if not ill:
            return before, schemas, ()
        started = time.monotonic()
        with self._walked.timed("backfill"):
            self._walk.backfill(ill)
            hops = self._drain.run(self._say)
        meaning = "every row was sent again"
        self._walked.steps.append(StepResult(f"backfill: {', '.join(ill)}", time.monotonic() - started, meaning, hops))
        after, schemas = self._judged(expect.after_backfill(ill, curable), self._ended(), optional=True)
        left = {(each.code, each.table, each.column) for each in _of_tables(after)}
        cured = tuple(each for each in _of_tables(before) if (each.code, each.table, each.column) not in left)
        return replace(after, ok=after.ok and not before.unmet, unmet=before.unmet), schemas, cured


def _without_stall(table: TableResult) -> TableResult:
    """Behind a connector that has stopped, a table that is behind is no news of its own."""
    kept = tuple(finding for finding in table.findings if finding.rule.slug != "sink-stalled")
    return replace(table, findings=kept)


def _of_tables(judged: Judgement) -> list[Finding]:
    return [finding for table in judged.tables for finding in table.findings]
