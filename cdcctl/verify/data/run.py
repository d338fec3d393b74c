"""The whole of it: a cut, the wait until the lake has passed it, and every table at that cut."""

from __future__ import annotations

import contextlib
import difflib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cdcctl.aws.credentials import read_credentials
from cdcctl.aws.target import Target
from cdcctl.errors import InputError, NotFoundError, RemoteError, UsageError
from cdcctl.kafka.connection import client_settings, unreachable
from cdcctl.mysql.server import Server
from cdcctl.mysql.signals import snapshot_statement
from cdcctl.pipeline import Pipeline
from cdcctl.render.source import source_config
from cdcctl.verify.compare import compare
from cdcctl.verify.data.cut import Bracket, open_snapshot, up_to
from cdcctl.verify.data.healing import Healing
from cdcctl.verify.data.parts import Question
from cdcctl.verify.data.passed import Passed
from cdcctl.verify.data.rows import Side
from cdcctl.verify.data.snapshot import Pace, Snapshot, snapshot
from cdcctl.verify.data.staging import Staging, in_words, open_database
from cdcctl.verify.data.state import State
from cdcctl.verify.data.tables import Compared, TableComparison, of_rows, step
from cdcctl.verify.data.work_folder import work_folder
from cdcctl.verify.drain import Drain, NotDrainedError
from cdcctl.verify.events import EventReader
from cdcctl.verify.findings import Finding, code_of
from cdcctl.verify.health import dead_letter_queue, unhealthy
from cdcctl.verify.kafka import Offsets
from cdcctl.verify.lake.choice import lake_of
from cdcctl.verify.lake.skipped import SkippedRecords
from cdcctl.verify.registered import registered, with_registered_defaults
from cdcctl.verify.report import Hop, Report, StepResult
from cdcctl.verify.results import TableResult
from cdcctl.verify.set_aside import set_aside
from cdcctl.verify.sinks import compared_sink, signal_table
from cdcctl.verify.table import TableDefinition, read_definition, read_rows
from cdcctl.verify.values import Handling

Say = Callable[[str], None]
# Without a key whole tables are compared in memory.
_MOST_WITHOUT_KEY = 500_000
_SHOWN = 5


@dataclass(frozen=True)
class Options:
    """How to compare.

    :ivar tables: of the pipeline's, these; none: all.
    :ivar rows_per_second: that MySQL is asked for at most.
    :ivar memory_mb: that DuckDB takes at most.
    :ivar patience: seconds without progress after which the pipeline counts as stalled.
    :ivar state: file that says what is finished already.
    :ivar work: folder for the files of one table at a time; default: the system's for temporary files.
    """

    tables: tuple[str, ...] = ()
    question: Question = field(default_factory=Question)
    rows_per_second: int | None = None
    memory_mb: int = 400
    patience: float = 120.0
    state: Path | None = None
    work: Path | None = None


@dataclass(frozen=True)
class Outcome:
    """A report, and what would heal what it shows.

    :ivar errors: why tables could not be compared; the report is about the others.
    """

    report: Report
    healings: tuple[Healing, ...] = ()
    errors: tuple[InputError, ...] = ()

    def require(self) -> None:
        """Raise what kept tables from being compared, if anything did."""
        if len(self.errors) == 1:
            raise self.errors[0]
        if self.errors:
            lines = [f"{error.message}; {error.hint}" if error.hint else error.message for error in self.errors]
            raise InputError(f"{len(self.errors)} tables could not be compared", details=lines)


def reconcile(pipeline: Pipeline, target: Target, options: Options, say: Say) -> Outcome:
    """Compare the tables of a pipeline that runs. Nothing is written but files in the work folder.

    :raises CdcctlError: it could not be compared; differences are no errors but part of the report.
    """
    chosen = chosen_tables(pipeline, options.tables)
    if reason := unreachable(pipeline.kafka):
        target.check()
        raise RemoteError(
            f"the brokers cannot be reached from here ({reason})",
            hint="run this where the VPC of the cluster is reachable, such as on an instance in it",
        )
    offsets = Offsets(client_settings(pipeline.kafka, target.session, target.region), target.check)
    user, password = read_credentials(target, pipeline.source.credentials)
    server = Server(pipeline.source.host, pipeline.source.port, user, password)
    try:
        with snapshot(server, Pace(options.rows_per_second)) as source:
            return _Reconciliation(pipeline, target, options, offsets, server, source, say).run(chosen)
    finally:
        offsets.close()


def chosen_tables(pipeline: Pipeline, tables: Sequence[str]) -> list[str]:
    """The tables that are asked for, all when none is named, in the pipeline's order.

    :raises UsageError: the pipeline has no such table.
    :raises InputError: the pipeline cannot be compared table by table.
    """
    compared_sink(pipeline)
    known = pipeline.source.tables
    if unknown := [table for table in tables if table not in known]:
        near = difflib.get_close_matches(unknown[0], known, 1)
        some = ", ".join(known[:_SHOWN]) + (" …" if len(known) > _SHOWN else "")
        hint = f"did you mean {near[0]}?" if near else f"it has {some}"
        raise UsageError(f"the pipeline has no table {unknown[0]}", hint=hint)
    return [table for table in known if not tables or table in tables]


class _Reconciliation:
    def __init__(
        self,
        pipeline: Pipeline,
        target: Target,
        options: Options,
        offsets: Offsets,
        server: Server,
        source: Snapshot,
        say: Say,
    ) -> None:
        self._pipeline = pipeline
        self._target = target
        self._options = options
        self._offsets = offsets
        self._server = server
        self._source = source
        self._say = say
        self._sink = compared_sink(pipeline)
        self._lake = lake_of(pipeline, self._sink, target, offsets)
        self._handling = Handling.of(source_config(pipeline, target.region))
        self._steps: list[StepResult] = []

    def run(self, tables: Sequence[str]) -> Outcome:
        started = time.monotonic()
        state = State(self._options.state, self._asked(tables))
        # A file that cannot be written is told of now, not after an hour.
        state.keep(at_once=True)
        facts = self._source.facts()
        topics = [self._pipeline.topics[table] for table in tables]
        bracket = open_snapshot(self._source, lambda: self._offsets.ends(topics))
        facts["cut"] = bracket.words
        compared: list[Compared] = []
        errors: list[InputError] = []
        try:
            ends = self._arrived(bracket, topics)
            found = (*unhealthy(self._pipeline, self._target), *set_aside(self._pipeline, self._target).findings)
            for table in tables:
                try:
                    compared.append(self._table(table, bracket, ends.get(self._pipeline.topics[table], {}), state))
                except InputError as error:
                    # That one table cannot be compared is no reason to say nothing of the others.
                    errors.append(error)
        except NotDrainedError as error:
            found = error.findings
        else:
            if not compared:
                raise errors[0]
            state.forget()
        facts["read from MySQL"] = f"{self._source.pace.rows} rows"
        results = tuple(each.result for each in compared)
        healings = tuple(each.healing for each in compared if each.healing)
        signals = signal_table(self._pipeline)
        report = Report(
            scenario=self._pipeline.name,
            ok=not errors and not any(result.mismatches for result in results) and not _wrong(found),
            steps=tuple(self._steps),
            tables=results,
            findings=found,
            heals=tuple(snapshot_statement(signals, each.signal()) for each in healings),
            seconds={"total": time.monotonic() - started},
            description=f"tables at {self._target.description}, compared at binlog position {bracket.high}",
            facts={**facts, "target": self._target.description},
        )
        return Outcome(report, healings, tuple(errors))

    def _asked(self, tables: Sequence[str]) -> dict[str, object]:
        return {
            "pipeline": self._pipeline.name,
            "target": self._target.description,
            "tables": list(tables),
            "sample": self._options.question.share,
        }

    def _arrived(self, bracket: Bracket, topics: Sequence[str]) -> Mapping[str, dict[int, tuple[int, int]]]:
        """Wait until the lake has every event of the cut; the topics' ends that it has passed then."""
        started = time.monotonic()
        drain = Drain(
            self._pipeline, self._target, self._server, None, self._offsets, self._lake, self._options.patience
        )
        reader = EventReader(self._offsets.settings, self._target.registry)
        passed = Passed(self._server, bracket.high, self._pipeline.topics, self._offsets.ends, reader)
        hops: list[Hop] = [*drain.captured(bracket.high, self._say, passed)]
        ends = self._offsets.ends(topics)
        hops += drain.arrived(self._say)
        took = time.monotonic() - started
        self._steps.append(StepResult("wait for the lake", took, f"it has all up to {bracket.high}", tuple(hops)))
        return ends

    def _table(self, table: str, bracket: Bracket, ends: dict[int, tuple[int, int]], state: State) -> Compared:
        started = time.monotonic()
        definition = read_definition(self._source.connection, table)
        try:
            if definition.key:
                compared = self._keyed(definition, bracket, ends, state)
            else:
                compared = of_rows(self._keyless(definition, bracket))
        except NotFoundError:
            compared = self._nothing(definition, ends)
        self._steps.append(step(compared, time.monotonic() - started))
        return compared

    def _keyed(
        self, definition: TableDefinition, bracket: Bracket, ends: dict[int, tuple[int, int]], state: State
    ) -> Compared:
        table = definition.full_name
        topic = self._pipeline.topics[table]
        with (
            work_folder(self._options.work) as folder,
            in_words(folder),
            contextlib.closing(open_database(folder, self._options.memory_mb)) as database,
        ):
            staging = Staging(database, definition, self._handling, folder)
            side = Side(self._source, staging, schemas=lambda: registered(self._pipeline, self._target, table))
            comparison = TableComparison(side, self._options.question, bracket, topic, state.table(table), state.keep)
            return comparison.run(self._lake, self._target.client("s3"), ends, self._skipped(topic), self._say)

    def _skipped(self, topic: str) -> Mapping[int, frozenset[int]]:
        queue = dead_letter_queue(self._pipeline)
        if queue is None and not self._pipeline.source.events.tombstones:
            return {}
        return SkippedRecords(self._offsets, queue)(topic)

    def _keyless(self, definition: TableDefinition, bracket: Bracket) -> Compared:
        """Rows without a key are no more than a multiset, and that is compared in memory."""
        if not bracket.exact:
            raise InputError(
                f"{definition.full_name} has no key, and MySQL was not idle for a moment: its rows cannot tell the cut",
                hint="compare the others with --table, or this one while nothing is written",
            )
        rows = list(read_rows(self._source.connection, definition))
        self._source.pace.read(len(rows))
        contents = self._lake.read(definition.full_name)
        if max(len(rows), contents.rows.num_rows) > _MOST_WITHOUT_KEY:
            raise InputError(
                f"{definition.full_name} has no key and more than {_MOST_WITHOUT_KEY} rows: it cannot be compared",
                hint="give it a primary key, or leave it out with --table",
            )
        events = up_to(contents.rows, bracket, self._pipeline.topics[definition.full_name])
        known = with_registered_defaults(definition, registered(self._pipeline, self._target, definition.full_name))
        return Compared(compare(known, rows, events, self._handling), "as a multiset: it has no key")

    def _nothing(self, definition: TableDefinition, ends: Mapping[int, tuple[int, int]]) -> Compared:
        (count,) = self._source.run(f"SELECT COUNT(*) FROM `{definition.database}`.`{definition.name}`")[0]
        rows, table = int(count), definition.full_name
        if not rows and not any(end > begin for begin, end in ends.values()):
            return Compared(TableResult(table, 0, 0, 0, 0), "it is empty, and no event of it was written")
        finding = Finding(code_of("table-missing"), table, rows=rows)
        return Compared(TableResult(table, rows, 0, 0, max(1, rows), (finding,)), "nothing in the lake")


def _wrong(findings: Sequence[Finding]) -> bool:
    return any(finding.rule.severity != "note" for finding in findings)
