"""From events to current rows: the latest event of each key, deletes applied.

The sink only appends: inserts, updates and deletes are all rows of the Parquet table. Their Kafka offset is the only
order per key that survives snapshots and binlog resets (a snapshot's rows all have one binlog position), so it decides.
The order in which the rows are read never matters.

Without a key only multisets can be compared. Inserts and deletes carry the whole row, so without updates
``inserted - deleted`` is exactly the table. An update carries the new row only (ExtractNewRecordState drops the old
one), so each update leaves one row among the candidates that is no longer in MySQL, and nothing in the data says which:
what can be proved then is that MySQL's rows are among the candidates, and that as many are left over as there were
updates.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from cdcctl.errors import InputError
from cdcctl.pipeline import ADDED_FIELDS
from cdcctl.render.iceberg import OFFSET_COLUMN, PARTITION_COLUMN, TOPIC_COLUMN

DELETED_COLUMN = "__deleted"
OP_COLUMN = "__op"
# A binlog position; the row counts within an event of several rows.
_PLACE = ("__source_file", "__source_pos", "__source_row")
_BINLOG_ORDER = ("__source_ts_ms", *_PLACE)
# Columns of the Parquet table that are not of the MySQL table.
METADATA = frozenset(
    {TOPIC_COLUMN, PARTITION_COLUMN, OFFSET_COLUMN, DELETED_COLUMN, *(f"__{f.replace('.', '_')}" for f in ADDED_FIELDS)}
)


@dataclass(frozen=True)
class Fold:
    """The outcome of a fold.

    :param events: all events, each offset once, by partition and offset.
    :param rows: the current rows; without a key the candidates, inserted and updated minus deleted.
    :param doubled: rows of the Parquet table that repeat an offset.
    :param replayed: events of the binlog that were sent before.
    :param updates: without a key: how many of ``rows`` are left over from updates, at most.
    :param unmatched_deletes: without a key: deletes of a row that no event inserted.
    :param in_partitions: keys with events in more than one partition.
    """

    events: pa.Table
    rows: pa.Table
    doubled: int = 0
    replayed: int = 0
    updates: int = 0
    unmatched_deletes: int = 0
    in_partitions: int = 0


def fold(table: pa.Table, key: Sequence[str]) -> Fold:
    """Fold the rows of a Parquet table.

    :param key: the key columns; none for a table without a key.
    :raises InputError: the table lacks the columns that say where a row stood in Kafka, or a key column.
    """
    missing = [name for name in (PARTITION_COLUMN, OFFSET_COLUMN, *key) if name not in table.column_names]
    if missing:
        raise InputError(
            f"the Parquet table has no column {', '.join(missing)}",
            hint="the sink must add topic, partition and offset (InsertField) and keep the key's columns",
        )
    events = _each_offset_once(table)
    doubled = table.num_rows - events.num_rows
    replayed = _replays(events)
    if key:
        rows, several = _latest(events, list(key))
        return Fold(events, rows, doubled, len(replayed), in_partitions=several)
    kept = _without(events, replayed)
    rows, updates, unmatched = _candidates(kept)
    return Fold(events, rows, doubled, len(replayed), updates, unmatched)


def _each_offset_once(table: pa.Table) -> pa.Table:
    """Sort by partition and offset and drop repetitions of an offset; they are the same event."""
    order = [(PARTITION_COLUMN, "ascending"), (OFFSET_COLUMN, "ascending")]
    return _firsts(table.sort_by(order).combine_chunks(), [PARTITION_COLUMN, OFFSET_COLUMN], "min")


def _firsts(table: pa.Table, columns: list[str], which: str) -> pa.Table:
    """Keep one row for each combination of ``columns``: the first (``min``) or the last (``max``), in their order."""
    numbered = table.select(columns).append_column("#", pa.array(range(table.num_rows), pa.int64()))
    chosen = numbered.group_by(columns, use_threads=False).aggregate([("#", which)])[f"#_{which}"]
    return table if len(chosen) == table.num_rows else table.take(chosen.sort())


def _latest(events: pa.Table, key: list[str]) -> tuple[pa.Table, int]:
    several = _keys_in_partitions(events, key)
    if several:
        events = _by_binlog(events, key, several)
    return _alive(_firsts(events, key, "max")), len(several)


def _keys_in_partitions(events: pa.Table, key: list[str]) -> set[tuple[Any, ...]]:
    if pc.count_distinct(events[PARTITION_COLUMN]).as_py() < 2:
        return set()
    counted = events.group_by(key).aggregate([(PARTITION_COLUMN, "count_distinct")])
    several = counted.filter(pc.greater(counted[f"{PARTITION_COLUMN}_count_distinct"], 1))
    return set(zip(*(several[name].to_pylist() for name in key), strict=True))


def _by_binlog(events: pa.Table, key: list[str], several: set[tuple[Any, ...]]) -> pa.Table:
    """Move the events of these keys behind all others, in binlog order; between partitions offsets say nothing."""
    keys = zip(*(events[name].to_pylist() for name in key), strict=True)
    moved = {index for index, each in enumerate(keys) if each in several}
    columns = [events[name].to_pylist() for name in (*_BINLOG_ORDER, OFFSET_COLUMN) if name in events.column_names]
    order = [index for index in range(events.num_rows) if index not in moved]
    order += sorted(moved, key=lambda index: [_sortable(column[index]) for column in columns])
    return events.take(pa.array(order, pa.int64()))


def _sortable(value: Any) -> tuple[str, int]:
    """Parts of a binlog place are text, number or missing; missing first."""
    return (value, 0) if isinstance(value, str) else ("", -1 if value is None else value)


def _alive(rows: pa.Table) -> pa.Table:
    if DELETED_COLUMN not in rows.column_names:
        return rows
    return rows.filter(pc.fill_null(pc.not_equal(rows[DELETED_COLUMN], "true"), True))


def _replays(events: pa.Table) -> set[int]:
    """Indexes of events that repeat a binlog position and operation.

    Snapshot rows (op ``r``) all carry the position the snapshot was taken at, so among them nothing can be told.
    """
    if not {OP_COLUMN, *_PLACE} <= set(events.column_names):
        return set()
    seen: set[tuple[Any, ...]] = set()
    repeated = set()
    columns = [events[name].to_pylist() for name in (OP_COLUMN, *_PLACE)]
    for index, place in enumerate(zip(*columns, strict=True)):
        if place[0] in {"r", None}:
            continue
        if place in seen:
            repeated.add(index)
        seen.add(place)
    return repeated


def _without(events: pa.Table, indexes: set[int]) -> pa.Table:
    if not indexes:
        return events
    return events.take(pa.array([i for i in range(events.num_rows) if i not in indexes]))


def _candidates(events: pa.Table) -> tuple[pa.Table, int, int]:
    """Inserted and updated rows minus deleted ones; how many updates; deletes of a row that is not there."""
    images = [name for name in events.column_names if name not in METADATA]
    deleted = events[DELETED_COLUMN].to_pylist() if DELETED_COLUMN in events.column_names else [None] * len(events)
    ops = events[OP_COLUMN].to_pylist() if OP_COLUMN in events.column_names else [None] * len(events)
    present: dict[Any, list[int]] = {}
    unmatched = 0
    values = zip(*(events[name].to_pylist() for name in images), strict=True) if images else iter(())
    for index, image in enumerate(values):
        same = present.setdefault(hashable(image), [])
        if deleted[index] != "true":
            same.append(index)
        elif same:
            same.pop(0)
        else:
            unmatched += 1
    kept = sorted(index for indexes in present.values() for index in indexes)
    return events.take(pa.array(kept, pa.int64())), sum(op == "u" for op in ops), unmatched


def hashable(value: Any) -> Any:
    """A value that can be a dictionary's key: lists and structs as tuples."""
    if isinstance(value, (list, tuple)):
        return tuple(map(hashable, value))
    if isinstance(value, dict):
        return tuple((name, hashable(each)) for name, each in value.items())
    return value
