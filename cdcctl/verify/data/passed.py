"""Whether the source has passed a place of the binlog, where its own offset does not say so.

Debezium's offset moves with its events only, and stays at the beginning of the last transaction it has sent. Without a
heartbeat it never reaches the end of the binlog. So the last change of each table is looked up in the binlog itself,
and the last event of each topic must be that one or a later one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import suppress

from cdcctl.errors import RemoteError
from cdcctl.kafka.cluster import Ends
from cdcctl.mysql.position import Position
from cdcctl.mysql.server import Server
from cdcctl.verify.counts import Change, last_changes
from cdcctl.verify.data.cut import FILE_COLUMN, POS_COLUMN
from cdcctl.verify.events import Event, EventReader

_ROW_COLUMN = "__source_row"
# A source that moves on is not asked about.
_STILL_SECONDS = 3.0
# So many messages at the end of a partition: the last may be a tombstone, or an old row that is sent again.
_LAST = 50


class Passed:
    """Asked with the position of the source's offset, again and again.

    :param topics: table → topic.
    :param ends: asks for the ends of topics.
    """

    def __init__(
        self,
        server: Server,
        place: Position,
        topics: Mapping[str, str],
        ends: Callable[[list[str]], Mapping[str, Ends]],
        reader: EventReader,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._server = server
        self._place = place
        self._topics = topics
        self._ends = ends
        self._reader = reader
        self._clock = clock
        self._reached: Position | None = None
        self._again = 0.0

    def __call__(self, reached: Position) -> bool:
        """Whether every change before the place is in Kafka; False when that cannot be told."""
        now = self._clock()
        if reached != self._reached:
            self._reached, self._again = reached, now + _STILL_SECONDS
        if now < self._again:
            return False
        found = False
        # An account that may not read the binlog: then the offset has to tell.
        with suppress(RemoteError):
            changes = last_changes(self._server, reached, self._place, list(self._topics))
            found = all(self._newest(table) >= change for table, change in changes.items())
        self._again = self._clock() + _STILL_SECONDS
        return found

    def _newest(self, table: str) -> Change:
        topic = self._topics[table]
        parts = {part: (max(low, high - _LAST), high) for part, (low, high) in self._ends([topic])[topic].items()}
        return max((_change(event) for event in self._reader.read(topic, parts)), default=Change(Position(0, 0), -1))


def _change(event: Event) -> Change:
    value = event.value or {}
    file, pos, row = (value.get(name) for name in (FILE_COLUMN, POS_COLUMN, _ROW_COLUMN))
    if not file:
        return Change(Position(0, 0), -1)
    return Change(Position.of(str(file), int(pos or 0)), int(row or 0))
