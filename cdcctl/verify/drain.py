"""Wait until everything that MySQL has written is in the tables. Exact: by positions, never by sleeping.

1. MySQL's binlog ends at P; a marker row in the signal table makes the source's offset pass P.
2. The source has committed an offset ≥ P: all events before P are acknowledged by Kafka.
3. The topics now end at their final offsets; the sink's group has committed them: all records are in data files.
4. Where the sink commits files to tables: the tables' snapshots hold as many records, up to the last offset.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from cdcctl.aws.target import Target
from cdcctl.kafka.source_offsets import binlog_position, snapshot_under_way
from cdcctl.mysql.position import Position
from cdcctl.mysql.server import Server
from cdcctl.mysql.signals import Signals
from cdcctl.pipeline import Pipeline
from cdcctl.render import names
from cdcctl.verify.findings import Finding
from cdcctl.verify.health import dead_letter_queue, stalled, unhealthy
from cdcctl.verify.kafka import Offsets
from cdcctl.verify.lake.contents import Lake
from cdcctl.verify.report import Hop
from cdcctl.verify.sinks import compared_sink

Say = Callable[[str], None]
# Name of a hop, what it means that it is done, and how to wait for it.
Wait = tuple[str, str, Callable[[], None]]
_LOOK_SECONDS = 0.1
_HEALTH_SECONDS = 0.5


class NotDrainedError(Exception):
    """The pipeline stopped before everything was through; ``findings`` say where and why."""

    def __init__(self, *findings: Finding) -> None:
        super().__init__(", ".join(finding.code for finding in findings))
        self.findings = findings


class Drain:
    """Draining of one pipeline.

    :param signals: the signal table; None where there is none, so that only heartbeats move the source on.
    :param patience: seconds without any progress after which a hop counts as stalled.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        target: Target,
        server: Server,
        signals: Signals | None,
        offsets: Offsets,
        lake: Lake,
        patience: float = 90.0,
    ) -> None:
        self._pipeline = pipeline
        self._compared = compared_sink(pipeline)
        self._target = target
        self._server = server
        self._signals = signals
        self._offsets = offsets
        self._lake = lake
        self._patience = patience

    def use(self, signals: Signals) -> None:
        """Write markers into this table from now on."""
        self._signals = signals

    def run(self, say: Say) -> tuple[Hop, ...]:
        """Drain, and return how long each hop took.

        :raises NotDrainedError: a connector failed, the registry refused a schema, or nothing moves any more.
        """
        position = self._marked()
        return (*self.captured(position, say), *self.arrived(say))

    def captured(
        self, position: Position, say: Say, passed: Callable[[Position], bool] | None = None
    ) -> tuple[Hop, ...]:
        """Wait until the source has read the binlog up to a position. It only looks.

        :param passed: tells of an offset that does not reach it whether it is passed all the same.
        :raises NotDrainedError: as :meth:`run`.
        """
        detail = f"Debezium has read MySQL's log up to {position}"
        return _waited([("MySQL → Kafka", detail, lambda: self._source(position, passed=passed))], say)

    def arrived(self, say: Say) -> tuple[Hop, ...]:
        """Wait until all that is in the topics now is in the lake. It only looks.

        :raises NotDrainedError: as :meth:`run`.
        """
        hops: list[Wait] = [("Kafka → S3", "the sink has written every event to a file", self._sink)]
        if self._lake.commits:
            hops.append(("S3 → table", "the tables have taken up every file", self._commit))
        return _waited(hops, say)

    def source(self, say: Say) -> Position:
        """Wait until the source, whatever the sinks do, has read all that was written so far; returns where that ended.

        :raises NotDrainedError: as :meth:`run`.
        """
        position = self._marked()
        say(f"waiting until Debezium has read MySQL's log up to {position}")
        self._source(position, [names.source_connector(self._pipeline)])
        return position

    def backfilled(self, say: Say) -> None:
        """Wait until no incremental snapshot that was asked for before is under way any more.

        Debezium keeps in its offset what it still has to send. A signal is taken before the marker that is written
        here after it, so an offset past the marker that names no snapshot tells that it is over.

        :raises NotDrainedError: as :meth:`run`.
        """
        position = self._marked()
        say("waiting for the incremental snapshot")

        def look() -> tuple[bool, Any]:
            offset = self._offset()
            reached = binlog_position(offset)
            over = reached is not None and reached >= position and not snapshot_under_way(offset)
            return over, (offset, self._offsets.ends(list(self._pipeline.topics.values())))

        source = names.source_connector(self._pipeline)
        self._until(look, source, "source-stopped", [source])

    def snapshot(self) -> str | None:
        """Id of the signal whose incremental snapshot is under way, as far as the source has written it down."""
        return snapshot_under_way(self._offset())

    def _marked(self) -> Position:
        position = self._server.position()
        if self._signals:
            self._signals.mark()
        return position

    def _offset(self) -> dict[str, Any] | None:
        pipeline = self._pipeline
        topic, connector = names.offset_topic(pipeline), names.source_connector(pipeline)
        return self._offsets.source(topic, connector, pipeline.topic_prefix)

    def _source(
        self,
        position: Position,
        watched: Sequence[str] | None = None,
        passed: Callable[[Position], bool] | None = None,
    ) -> None:
        snapshot_topics = [names.schema_history_topic(self._pipeline), *self._pipeline.topics.values()]

        def look() -> tuple[bool, Any]:
            offset = self._offset()
            reached = binlog_position(offset)
            if reached is None:
                return False, offset
            return reached >= position or (passed is not None and passed(reached)), offset

        def written() -> Any:
            # A snapshot's offset stays what it was, and of a thousand tables it takes minutes.
            return self._offsets.ends(snapshot_topics) if binlog_position(self._offset()) is None else None

        self._until(look, names.source_connector(self._pipeline), "source-stopped", watched, written)

    def _sink(self) -> None:
        topics = list(self._pipeline.topics.values())
        ends = self._offsets.ends(topics)
        wanted = {(topic, p): high for topic, parts in ends.items() for p, (_, high) in parts.items() if high}

        def look() -> tuple[bool, Any]:
            group = self._offsets.group(names.sink_group(self._pipeline, self._compared))
            behind = sum(max(0, end - group.get(place, 0)) for place, end in wanted.items())
            return behind == 0 or behind <= self._dead(), group

        self._until(look, names.sink_connector(self._pipeline, self._compared), "sink-stopped")

    def _commit(self) -> None:
        ends = self._offsets.ends(list(self._pipeline.topics.values()))
        # What a table has it keeps, so that each is looked at until it has all of its events, and no longer.
        parts = {table: ends[topic] for table, topic in self._pipeline.topics.items() if topic in ends}

        def look() -> tuple[bool, Any]:
            progress = {table: self._lake.progress(table) for table in parts}
            for table in [table for table in parts if _holds(progress[table], parts[table])]:
                del parts[table]
            missing = sum(max(0, _events(parts[table]) - progress[table][0]) for table in parts)
            return not parts or 0 < missing <= self._dead(), (len(parts), progress)

        self._until(look, names.sink_connector(self._pipeline, self._compared), "sink-stalled")

    def _dead(self) -> int:
        """Events that were set aside. They are in no table, and the sink's group does not count the last of them."""
        queue = dead_letter_queue(self._pipeline)
        return sum(map(_events, self._offsets.ends([queue]).values())) if queue else 0

    def _until(
        self,
        look: Callable[[], tuple[bool, Any]],
        connector: str,
        stopped: str,
        watched: Sequence[str] | None = None,
        beside: Callable[[], Any] | None = None,
    ) -> None:
        """Look until done; give up when a connector has failed, or when what is seen no longer changes.

        :param watched: the connectors that must run; all if None.
        :param beside: tells what else changes while something is done; it may cost too much for every look.
        """
        last: Any = object()
        seen_beside: Any = None
        since = health = time.monotonic()
        while True:
            done, seen = look()
            if done:
                return
            now = time.monotonic()
            if now - health > _HEALTH_SECONDS:
                health = now
                self._target.check()
                self._require_running(watched)
                seen_beside = beside() if beside else None
            if (seen, seen_beside) != last:
                last, since = (seen, seen_beside), now
            elif now - since > self._patience:
                slug = "sink-stalled" if connector == names.sink_connector(self._pipeline, self._compared) else stopped
                raise NotDrainedError(stalled(self._pipeline, self._target, connector, slug, self._patience))
            time.sleep(_LOOK_SECONDS)

    def _require_running(self, watched: Sequence[str] | None) -> None:
        findings = unhealthy(self._pipeline, self._target, watched)
        if findings:
            raise NotDrainedError(*findings)


def _waited(hops: Sequence[Wait], say: Say) -> tuple[Hop, ...]:
    """Wait for one hop after the other, and tell how long each took."""
    taken = []
    for name, detail, wait in hops:
        say(f"draining: {name}")
        started = time.monotonic()
        wait()
        taken.append(Hop(name, time.monotonic() - started, detail))
    return tuple(taken)


def _end(parts: Mapping[int, tuple[int, int]]) -> int:
    return sum(high for _, high in parts.values())


def _events(parts: Mapping[int, tuple[int, int]]) -> int:
    return sum(high - low for low, high in parts.values())


def _holds(progress: tuple[int, int], parts: Mapping[int, tuple[int, int]]) -> bool:
    """Whether a table's snapshot has the records of a topic."""
    records, highest = progress
    expected = _events(parts)
    if expected == 0:
        return True
    # Between partitions the highest offset says nothing about the others.
    return records >= expected and (len(parts) > 1 or highest >= _end(parts) - 1)
