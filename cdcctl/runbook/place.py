"""Where a migration is carried out: the running pipeline, narrowed to the tables that change, and its connections."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from cdcctl.aws.target import Target
from cdcctl.deploy.brokers import open_cluster
from cdcctl.deploy.operations import Operations
from cdcctl.deploy.run import Run
from cdcctl.evolve.settings import Settings, of_pipeline
from cdcctl.mysql.server import Server
from cdcctl.mysql.signals import Signals
from cdcctl.pipeline import IcebergSink, Pipeline
from cdcctl.runbook.plan import Plan
from cdcctl.runbook.record import Record
from cdcctl.verify.drain import Drain
from cdcctl.verify.kafka import Offsets
from cdcctl.verify.lake.choice import lake_of

Say = Callable[[str], None]
# Without any progress for so long, beside what the pipeline's own intervals take.
_PATIENCE = 90.0


@dataclass(frozen=True)
class Accounts:
    """The MySQL server, by two accounts.

    :ivar source: the pipeline's own: it reads tables and writes signals.
    :ivar owner: one that may change tables; None where a tool of the user's does that.
    """

    source: Server
    owner: Server | None = None

    @property
    def writer(self) -> Server:
        """Who writes signals: whoever may do more."""
        return self.owner or self.source


@dataclass(frozen=True)
class Place:
    """What steps act on.

    :ivar command: the user's own tool, where one runs the statements.
    """

    pipeline: Pipeline
    settings: Settings
    target: Target
    accounts: Accounts
    run: Run
    record: Record
    operations: Operations
    drain: Drain
    signals: Signals | None
    command: str | None = None

    @property
    def plan(self) -> Plan:
        """What is carried out."""
        return self.record.plan

    @property
    def say(self) -> Say:
        """Tell what is being done."""
        return self.run.say


@contextmanager
def opened(
    pipeline: Pipeline, target: Target, accounts: Accounts, run: Run, record: Record, command: str | None = None
) -> Iterator[Place]:
    """The place with its connections open.

    :raises RemoteError: brokers cannot be reached.
    """
    narrow = narrowed(pipeline, [each.name for each in record.plan.tables if each.captured])
    offsets = Offsets(open_cluster(pipeline, target).settings, target.check)
    try:
        lake = lake_of(narrow, narrow.sink, target, offsets)
        signals = Signals(accounts.writer, pipeline.source.signals) if pipeline.source.signals else None
        usable = signals if signals and signals.exists() else None
        drain = Drain(narrow, target, accounts.source, usable, offsets, lake, patience(pipeline))
        yield Place(
            pipeline=narrow,
            settings=of_pipeline(pipeline, target.region),
            target=target,
            accounts=accounts,
            run=run,
            record=record,
            operations=Operations(run, pipeline.log_group),
            drain=drain,
            signals=signals,
            command=command,
        )
    finally:
        offsets.close()


def narrowed(pipeline: Pipeline, tables: Sequence[str]) -> Pipeline:
    """The same pipeline, looking at those of the tables that its sink takes; nothing of it is ever deployed."""
    source = pipeline.source
    taken = pipeline.sink.tables
    own: dict[str, object] = {
        "tables": [each for each in tables if taken is None or each in taken],
        "signal_table": source.signals,
        "databases": [],
        "tables_matching": [],
        "exclude_tables": [],
        "exclude_databases": [],
    }
    sinks = {name: sink.model_copy(update={"tables": None}) for name, sink in pipeline.sinks.items()}
    return pipeline.model_copy(update={"source": source.model_copy(update=own), "sinks": sinks})


def patience(pipeline: Pipeline) -> float:
    """Seconds without progress after which the pipeline counts as stalled: its own intervals come on top."""
    commits = [sink.commit_interval_ms for sink in pipeline.sinks.values() if isinstance(sink, IcebergSink)]
    heartbeat = pipeline.source.heartbeat.interval_ms if pipeline.source.heartbeat else 0
    return _PATIENCE + (2 * max(commits, default=0) + heartbeat) / 1000
