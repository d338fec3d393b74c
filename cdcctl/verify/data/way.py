"""What the events of a table say about their way: written twice, sent twice, lost, in several partitions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cdcctl.kafka.cluster import Ends
from cdcctl.verify.data.staging import Staging
from cdcctl.verify.findings import Example, Finding, code_of
from cdcctl.verify.offsets import Gap

_SHOWN = 5


def way(staging: Staging, ends: Ends, skipped: Mapping[int, frozenset[int]]) -> list[Finding]:
    """Findings about all events of a table that were read, before any of them was left out.

    :param ends: of the topic; the sink has passed them.
    :param skipped: partition → offsets that are rightly in no file: tombstones, dead letters.
    """
    table = staging.definition.full_name
    present = _present(staging)
    found = [*_files(staging), *_counts(staging, present)]
    missing = gaps(staging, present, ends)
    lost = [gap for gap in missing if not _explained(gap, skipped.get(gap.partition, frozenset()))]
    for slug, at_end in (("parquet-file-missing", False), ("tail-lost", True)):
        some = [gap for gap in lost if gap.at_end is at_end]
        if some and not staging.missing and not staging.unreadable:
            examples = tuple(Example(f"partition {g.partition}, offsets {g.first} to {g.last}") for g in some[:_SHOWN])
            rows = sum(gap.offsets for gap in some)
            found.append(Finding(code_of(slug), table, rows=rows, detail=examples[0].key, examples=examples))
    return found


@dataclass(frozen=True)
class Present:
    """The events of a partition: their lowest and highest offset, how many there are, and of how many offsets."""

    low: int
    high: int
    events: int
    offsets: int


def _present(staging: Staging) -> dict[int, Present]:
    rows = staging.database.execute(
        "SELECT part, min(off), max(off), count(*), count(DISTINCT off) FROM events GROUP BY part"
    ).fetchall()
    return {int(part): Present(*map(int, rest)) for part, *rest in rows}


def gaps(staging: Staging, present: Mapping[int, Present], ends: Ends) -> Iterator[Gap]:
    """Runs of offsets up to the topic's end that no row has."""
    for partition, (begin, end) in sorted(ends.items()):
        if partition not in present:
            if end > begin:
                yield Gap(partition, begin, end - 1, at_end=True)
            continue
        low, high, count = present[partition].low, present[partition].high, present[partition].offsets
        if low > begin:
            yield Gap(partition, begin, low - 1, at_end=False)
        if count < high - low + 1:
            yield from _inside(staging, partition, end)
        if high < end - 1:
            yield Gap(partition, max(begin, high + 1), end - 1, at_end=True)


def _inside(staging: Staging, partition: int, end: int) -> Iterator[Gap]:
    events = f"SELECT DISTINCT off FROM events WHERE part = {partition} AND off < {end}"
    found = staging.database.execute(
        f"SELECT off, next FROM (SELECT off, lead(off) OVER (ORDER BY off) AS next FROM ({events})) "
        "WHERE next > off + 1 ORDER BY off"
    ).fetchall()
    for off, following in found:
        yield Gap(partition, int(off) + 1, int(following) - 1, at_end=False)


def _explained(gap: Gap, skipped: frozenset[int]) -> bool:
    return gap.offsets <= len(skipped) and all(each in skipped for each in range(gap.first, gap.last + 1))


def _files(staging: Staging) -> list[Finding]:
    table, code = staging.definition.full_name, code_of("parquet-file-missing")
    gone = [Finding(code, table, rows=rows, detail=f"{file} is gone") for file, rows in staging.missing.items()]
    return gone + [
        Finding(code, table, detail=f"{file} cannot be read: {why}") for file, why in staging.unreadable.items()
    ]


def _counts(staging: Staging, present: Mapping[int, Present]) -> Iterator[Finding]:
    doubled = sum(each.events - each.offsets for each in present.values())
    # Rows that a snapshot reads all have one place, so among them nothing can be told.
    once = "SELECT DISTINCT part, off, op, number, pos, row FROM events WHERE op <> 'r'" if doubled else "FROM events"
    counts = {
        "offset-doubled": doubled,
        "event-replayed": staging.count(
            f"SELECT count(*) - count(DISTINCT hash(op, number, pos, row)) FROM ({once}) WHERE op <> 'r'"
        ),
    }
    if len(present) > 1:
        keys = staging.key.joined
        counts["key-in-partitions"] = staging.count(
            f"SELECT count(*) FROM (SELECT {keys} FROM events GROUP BY ALL HAVING count(DISTINCT part) > 1)"
        )
    for slug, rows in counts.items():
        if rows:
            yield Finding(code_of(slug), staging.definition.full_name, rows=rows)
