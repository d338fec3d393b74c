"""One place of the binlog at which both sides are compared, while both go on changing.

MySQL is read in a consistent snapshot. Where in the binlog that snapshot stands is bracketed, without any lock: what
was committed before a position ``low`` was read is in it, what was written after a position ``high`` was read is not.
On a server with GTIDs that is idle for a moment the two are the same place, and the cut is exact. Otherwise the few
rows that have events between them tell where the snapshot stands (:func:`settled`): InnoDB commits in the binlog's
order, so it stands at one of these events' places, and only at that one all of these rows are equal.

The events up to the cut are those before its place in the binlog (``__source_file``, ``__source_pos``), and those
that were in Kafka before the bracket began: their positions may be of a server or a binlog that is gone.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cdcctl.errors import InputError
from cdcctl.kafka.cluster import Ends
from cdcctl.mysql.position import Position
from cdcctl.render.iceberg import OFFSET_COLUMN, PARTITION_COLUMN
from cdcctl.verify.data.snapshot import Snapshot

if TYPE_CHECKING:
    import pyarrow as pa

FILE_COLUMN, POS_COLUMN = "__source_file", "__source_pos"
_TRIES = 15
_PAUSE = 0.05


@dataclass(frozen=True)
class Bracket:
    """Where the snapshot stands: all before ``low`` is in it, nothing from ``high`` on.

    :ivar begun: topic → partition → end of the topic, before ``low`` was read.
    """

    low: Position
    high: Position
    begun: Mapping[str, Ends]

    @property
    def exact(self) -> bool:
        """Whether nothing was committed in between."""
        return self.low == self.high

    @property
    def words(self) -> str:
        """For people."""
        if self.exact:
            return f"{self.high}, exact"
        return f"between {self.low} and {self.high}, settled by the rows changed there"

    def first_new(self, topic: str) -> dict[int, int]:
        """Partition → the first offset whose event may be after the cut."""
        return {partition: end for partition, (_, end) in self.begun.get(topic, {}).items()}


def open_snapshot(
    source: Snapshot, ends: Callable[[], Mapping[str, Ends]], sleep: Callable[[float], None] = time.sleep
) -> Bracket:
    """Open a snapshot, and bracket it as narrowly as the load allows.

    :param ends: asks for the ends of the tables' topics.
    """
    begun, first = ends(), source.position()
    for _ in range(_TRIES):
        low, unclear = source.position(), source.uncommitted()
        source.begin()
        high = source.position()
        if low == high and not unclear:
            return Bracket(low, high, begun)
        sleep(_PAUSE)
    # What was in the binlog when this began is visible by now, GTIDs or not.
    return Bracket(first, high, begun)


def up_to(events: pa.Table, bracket: Bracket, topic: str) -> pa.Table:
    """The events before the end of the bracket.

    :raises InputError: they do not tell their place in the binlog.
    """
    needed = (PARTITION_COLUMN, OFFSET_COLUMN, FILE_COLUMN, POS_COLUMN)
    if absent := [name for name in needed if name not in events.column_names]:
        raise InputError(
            f"the lake has no column {', '.join(absent)} of {topic}",
            hint="source.file and source.pos (source.events.add_fields), partition and offset must be in each row",
        )
    first = bracket.first_new(topic)
    places = zip(*(events[name].to_pylist() for name in needed), strict=True)
    return events.filter(
        [
            offset < first.get(partition, 0) or not file or Position.of(file, pos or 0) < bracket.high
            for partition, offset, file, pos in places
        ]
    )
