"""Whether a source without a heartbeat has passed a place: the last change in the binlog against the last event."""

from __future__ import annotations

import pytest

from cdcctl.errors import RemoteError
from cdcctl.mysql.position import Position
from cdcctl.verify.counts import Change
from cdcctl.verify.data import passed
from cdcctl.verify.events import Event

AT = Position.of("binlog.000003", 1000)
TABLE, TOPIC = "db.t", "p.db.t"


def event(pos: int, row: int, offset: int) -> Event:
    return Event(0, offset, 1, {"__source_file": "binlog.000003", "__source_pos": pos, "__source_row": row})


class World:
    """One table; what its binlog and its topic end with can be set. Time passes when it is told to."""

    def __init__(self, monkeypatch) -> None:
        self.now = 0.0
        self.asked = 0
        self.changes: dict[str, Change] | RemoteError = {}
        self.events: list[Event] = []
        monkeypatch.setattr(passed, "last_changes", self._changes)
        self.passed = passed.Passed(
            None, AT, {TABLE: TOPIC}, lambda _: {TOPIC: {0: (0, len(self.events))}}, self, lambda: self.now
        )  # type: ignore[arg-type]

    def _changes(self, *_):
        self.asked += 1
        if isinstance(self.changes, RemoteError):
            raise self.changes
        return self.changes

    def read(self, _, parts):
        low, high = parts[0]
        return iter(self.events[low:high])

    def after(self, seconds: float, reached: int) -> bool:
        self.now += seconds
        return self.passed(Position.of("binlog.000003", reached))


@pytest.fixture
def world(monkeypatch):
    return World(monkeypatch)


def test_while_the_offset_moves_nothing_is_asked(world):
    assert [world.after(2, reached) for reached in (1, 2, 3)] == [False, False, False]
    assert world.asked == 0


def test_without_a_change_behind_the_offset_it_is_passed(world):
    world.after(0, 900)
    assert world.after(4, 900)


@pytest.mark.parametrize(("pos", "row", "there"), [(910, 4, True), (910, 3, False), (800, 9, False), (950, 0, True)])
def test_the_last_event_must_be_the_last_change_or_later(world, pos, row, there):
    world.changes = {TABLE: Change(Position.of("binlog.000003", 910), 4)}
    world.events = [event(100, 0, 0), event(pos, row, 1), Event(0, 2, None, None)]
    world.after(0, 900)
    assert world.after(4, 900) is there


def test_a_topic_without_an_event_and_a_binlog_that_may_not_be_read_tell_nothing(world):
    world.changes = {TABLE: Change(Position.of("binlog.000003", 910), 0)}
    world.after(0, 900)
    assert not world.after(4, 900)
    world.changes = RemoteError("REPLICATION SLAVE is needed")
    assert not world.after(4, 900)
    assert world.asked == 2
