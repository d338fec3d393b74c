"""Takes the steps of a scenario, one after the other, and remembers what they took and what came of them."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from cdcctl.aws.target import Target
from cdcctl.deploy.deployment import deploy
from cdcctl.dlq.plan import Choice
from cdcctl.dlq.replay import replay
from cdcctl.errors import InputError
from cdcctl.local.mysql.base import MySQLServer
from cdcctl.mysql.signals import Signals
from cdcctl.pipeline import Pipeline
from cdcctl.render import names
from cdcctl.sql import statements
from cdcctl.verify.drain import Drain, NotDrainedError
from cdcctl.verify.faults.recovery import Recovery
from cdcctl.verify.faults.striking import Striker
from cdcctl.verify.findings import Finding
from cdcctl.verify.health import unhealthy
from cdcctl.verify.prediction import Start, look
from cdcctl.verify.registry import allow
from cdcctl.verify.replay import Replay
from cdcctl.verify.report import Hop, StepResult
from cdcctl.verify.scenario import Scenario
from cdcctl.verify.sinks import compared_sink
from cdcctl.verify.steps import Fault, Step

Say = Callable[[str], None]
_MEANINGS = {"drain": "all that was written so far has arrived", "deploy": "both connectors are running"}


@dataclass
class Walked:
    """What the steps have come to.

    :ivar start: the tables at the deploy; None when this run has not deployed.
    :ivar snapshot_rows: events that the binlog does not show: rows that a snapshot reads, by table.
    :ivar findings: what stopped on the way and was to be expected there.
    :ivar unmet: what should have stopped, and did not, as sentences.
    """

    steps: list[StepResult] = field(default_factory=list)
    seconds: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    start: Start | None = None
    snapshot_rows: dict[str, int] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    unmet: list[str] = field(default_factory=list)

    @contextmanager
    def timed(self, what: str) -> Iterator[None]:
        """Count what is done inside."""
        started = time.monotonic()
        try:
            yield
        finally:
            self.seconds[what] += time.monotonic() - started


@dataclass
class Walk:
    """What the steps act on.

    :ivar striker: strikes the stack; None where the pipeline runs on nothing that may be struck.
    """

    scenario: Scenario
    pipeline: Pipeline
    target: Target
    server: MySQLServer
    replay: Replay
    signals: Signals
    drain: Drain
    striker: Striker | None
    say: Say
    walked: Walked = field(default_factory=Walked)

    def __post_init__(self) -> None:
        self._recovery = Recovery(self.pipeline, self.target, self.say)
        self._struck = False
        self._told: list[Finding] = []

    def take(self, steps: Sequence[Step]) -> None:
        """Take the steps.

        :raises NotDrainedError: the pipeline stopped where nothing says that it should.
        """
        for step in steps:
            self.say(step.words)
            started = time.monotonic()
            try:
                with self.walked.timed(step.kind):
                    meaning, hops = self._take(step)
            except NotDrainedError as error:
                titles = dict.fromkeys(finding.rule.title for finding in error.findings)
                self._done(step, started, "; ".join(titles))
                raise
            self._done(step, started, meaning or _MEANINGS.get(step.kind, ""), hops)

    def _done(self, step: Step, started: float, meaning: str, hops: tuple[Hop, ...] = ()) -> None:
        codes = tuple(each.code for each in self._told)
        self.walked.steps.append(StepResult(step.words, time.monotonic() - started, meaning, hops, codes))
        self._told = []

    def _take(self, step: Step) -> tuple[str, tuple[Hop, ...]]:
        """What came of the step, in words, and the stretches of a drain."""
        argument = str(step.argument)
        if step.kind == "drain":
            return self._drained()
        if step.kind == "sql":
            self._sql([argument, *step.beside])
        elif step.kind == "deploy":
            self._deploy()
        elif step.kind == "backfill":
            self.backfill([argument])
        elif step.kind == "stops":
            return self._stops(argument), ()
        elif step.kind == "restart":
            self._recovery.restart(self._connector(argument))
        elif step.kind == "replay":
            return self._replay_dead_letters(), ()
        elif step.kind == "compatibility":
            return allow(self.pipeline, self.target, argument), ()
        elif step.fault:
            return self._strike(step.fault), ()
        return "", ()

    def _sql(self, files: Sequence[str]) -> None:
        """Run one file, or several at once, each in a session of its own."""
        read = [(statements.read(self.scenario.folder / file), file) for file in files]
        if len(read) == 1:
            self.replay.run(*read[0], self.scenario.folder)
            return
        with ThreadPoolExecutor(len(read)) as pool:
            for running in [pool.submit(self.replay.run, *each, self.scenario.folder) for each in read]:
                running.result()

    def _deploy(self) -> None:
        self.signals.create(self.server.debezium_user)
        self.walked.snapshot_rows = {table: self.server.admin.count(table) for table in self.pipeline.source.tables}
        self.walked.start = look(self.server.admin)
        deploy(self.pipeline, self.target, self.say)

    def backfill(self, tables: Sequence[str]) -> None:
        """Send tables again; how many rows they have is how many events their topics grow by."""
        for table in tables:
            self.drain.run(self.say)
            rows = self.server.admin.count(table)
            self.walked.snapshot_rows[table] = self.walked.snapshot_rows.get(table, 0) + rows
            self.signals.snapshot(table)
            self.drain.backfilled(self.say)

    def _drained(self) -> tuple[str, tuple[Hop, ...]]:
        """Drain; what a fault has stopped on the way is restarted, and told."""
        known = len(self._recovery.findings)
        self._recovery.begin()
        while True:
            try:
                hops = self.drain.run(self.say)
                self._require_running()
                break
            except NotDrainedError as error:
                if not self._struck or not self._recovery.goes_on(error.findings):
                    raise
        self._told = self._recovery.findings[known:]
        self.walked.findings += self._told
        if not self._told:
            return "", hops
        return "; ".join((*(each.rule.title for each in self._told), "restarted, and all has arrived")), hops

    def _require_running(self) -> None:
        """A fault may stop a connector that had nothing left to do.

        :raises NotDrainedError: it has.
        """
        stopped = unhealthy(self.pipeline, self.target) if self._struck else []
        if stopped:
            raise NotDrainedError(*stopped)

    def _stops(self, code: str) -> str:
        """Wait until the pipeline stops for this reason; what else it stopped for counts as found."""
        try:
            self.drain.run(self.say)
        except NotDrainedError as error:
            wanted = [each for each in error.findings if each.code == code]
            if not wanted:
                raise
            self.walked.findings += [replace(each, expected=True) for each in wanted]
            return wanted[0].rule.title
        self.walked.unmet.append(f"{code} should have stopped the pipeline, and did not")
        return ""

    def _strike(self, fault: Fault) -> str:
        if self.striker is None:
            raise InputError(
                f"{self.scenario.name} has the fault {fault.strike}, and nothing here may be struck",
                hint="faults strike the local stack only",
            )
        self._struck = True
        sql = [fault.sql] if fault.sql else []
        return self.striker.strike(fault, lambda: self._sql(sql) if sql else None)

    def _replay_dead_letters(self) -> str:
        plan = replay(self.pipeline, self.target, Choice(), self.say, lambda _plan: None)
        return f"{len(plan.replays)} dead letter(s) sent again"

    def _connector(self, word: str) -> str:
        if word == "source":
            return names.source_connector(self.pipeline)
        return names.sink_connector(self.pipeline, compared_sink(self.pipeline))
