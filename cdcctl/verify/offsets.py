"""Is every event of a topic in the Parquet table? By its offset, which has no gaps in a topic that is not compacted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from cdcctl.render.iceberg import OFFSET_COLUMN, PARTITION_COLUMN
from cdcctl.verify.findings import Example, Finding, code_of


@dataclass(frozen=True)
class Gap:
    """Offsets ``first`` to ``last`` of a partition that no row has; ``at_end``: up to the end of the topic."""

    partition: int
    first: int
    last: int
    at_end: bool

    @property
    def offsets(self) -> int:
        """How many offsets are missing."""
        return self.last - self.first + 1


def gaps(
    table: pa.Table | None,
    topic: Mapping[int, tuple[int, int]],
    set_aside: frozenset[tuple[int, int]] = frozenset(),
) -> list[Gap]:
    """The offsets of the topic that the table lacks.

    :param table: all rows of the Parquet table; None when there is none.
    :param topic: partition → first offset, and the offset after the last one (what Kafka calls beginning and end).
    :param set_aside: partition and offset of dead letters, which are not looked for.
    """
    return [
        gap
        for partition, (begin, end) in sorted(topic.items())
        for gap in _gaps([*_offsets(table, partition), *_of(partition, set_aside)], partition, begin, end)
    ]


def findings(table: str, missing: list[Gap]) -> list[Finding]:
    """A gap inside the table is a lost file; one up to the topic's end is a sink that is behind."""
    found = []
    for slug, at_end in (("parquet-file-missing", False), ("sink-stalled", True)):
        some = [gap for gap in missing if gap.at_end is at_end]
        if some:
            examples = tuple(Example(f"partition {g.partition}, offsets {g.first} to {g.last}") for g in some[:5])
            rows = sum(gap.offsets for gap in some)
            found.append(Finding(code_of(slug), table, rows=rows, detail=examples[0].key, examples=examples))
    return found


def _of(partition: int, places: frozenset[tuple[int, int]]) -> list[int]:
    return [offset for each, offset in places if each == partition]


def _gaps(there: list[int], partition: int, begin: int, end: int) -> Iterator[Gap]:
    expected = begin
    for offset in sorted(there):
        if offset > expected:
            yield Gap(partition, expected, offset - 1, at_end=False)
        expected = max(expected, offset + 1)
    if expected < end:
        yield Gap(partition, expected, end - 1, at_end=True)


def _offsets(table: pa.Table | None, partition: int) -> list[int]:
    if table is None:
        return []
    mine = table[OFFSET_COLUMN].filter(pc.equal(table[PARTITION_COLUMN], partition))
    return list(pc.unique(mine).to_pylist())
