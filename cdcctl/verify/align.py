"""Pair MySQL's rows with the current rows of Parquet: by key, or as multisets where there is none."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pyarrow as pa

from cdcctl.verify import temporal
from cdcctl.verify.columns import encoded, plain
from cdcctl.verify.fold import Fold, hashable
from cdcctl.verify.table import Column, Row, TableDefinition
from cdcctl.verify.values import Encoder, Handling, decoded, encoder

_LABEL_COLUMNS = 3


@dataclass(frozen=True)
class Alignment:
    """Which row is which.

    :param mysql_rows: how many rows MySQL has.
    :param parquet_rows: how many rows Parquet amounts to.
    :param paired: MySQL's rows that Parquet has, and ``indexes`` of ``rows`` where.
    :param missing: MySQL's rows that Parquet lacks; ``uncovered`` more are missing that cannot be named.
    :param extra: indexes of rows that MySQL lacks; ``doubled`` of rows it has less often.
    """

    definition: TableDefinition
    handling: Handling
    rows: pa.Table
    mysql_rows: int
    parquet_rows: int
    paired: Sequence[Row]
    indexes: Sequence[int]
    missing: Sequence[Row] = ()
    uncovered: int = 0
    extra: Sequence[int] = ()
    doubled: Sequence[int] = ()

    @cached_property
    def aligned(self) -> pa.Table:
        """Parquet's rows in the order of ``paired``."""
        return self.rows.take(pa.array(self.indexes, pa.int64())).combine_chunks()

    def column(self, name: str) -> pa.Array | None:
        """Parquet's column in the order of ``paired``; None when there is no such column."""
        if name not in self.rows.column_names:
            return None
        return self.aligned[name].combine_chunks()

    def encoder(self, column: Column) -> Encoder:
        """The function from a MySQL value of the column to what Parquet must hold."""
        return encoder(column, self.handling) or _unchanged

    def label(self, row: Row) -> str:
        """A row of MySQL in words: its key, or its first columns."""
        names = self.definition.key or self.definition.names[:_LABEL_COLUMNS]
        return _label((name, row[self.definition.names.index(name)]) for name in names)

    def parquet_label(self, index: int) -> str:
        """A row of Parquet in words."""
        names = self.definition.key or self.definition.names[:_LABEL_COLUMNS]
        return _label((name, self.rows[name][index].as_py()) for name in names if name in self.rows.column_names)


def align(definition: TableDefinition, mysql: Sequence[Row], folded: Fold, handling: Handling) -> Alignment:
    """Pair the rows."""
    if definition.key:
        return _by_key(definition, mysql, folded, handling)
    return _as_multisets(definition, mysql, folded, handling)


def _by_key(definition: TableDefinition, mysql: Sequence[Row], folded: Fold, handling: Handling) -> Alignment:
    columns = [definition.column(name) for name in definition.key]
    theirs = [plain(folded.rows[column.name].combine_chunks()) for column in columns]
    normal = [_joinable(column, array) for column, array in zip(columns, theirs, strict=True)]
    parquet = _tuples([map(f, array.to_pylist()) for f, array in zip(normal, theirs, strict=True)])
    places = {key: index for index, key in enumerate(parquet)}
    ours = _tuples([map(f, _values(definition, column, mysql, handling))
                    for f, column in zip(normal, columns, strict=True)])  # fmt: skip
    paired, indexes, missing = [], [], []
    for row, key in zip(mysql, ours, strict=True):
        index = places.pop(key, None)
        if index is None:
            missing.append(row)
        else:
            paired.append(row)
            indexes.append(index)
    return Alignment(
        definition,
        handling,
        folded.rows,
        len(mysql),
        folded.rows.num_rows,
        paired,
        indexes,
        missing,
        extra=sorted(places.values()),
    )


def _joinable(column: Column, array: pa.Array) -> Callable[[Any], Any]:
    """Bring both sides of a key column to one form, so that a changed form of the key does not lose the row."""
    if column.data_type == "timestamp":
        return lambda value: temporal.iso_instant(value) if isinstance(value, str) else value
    if column.data_type == "bigint" and column.unsigned:
        return lambda value: value % 2**64 if isinstance(value, int) else value
    if pa.types.is_string(array.type):
        return lambda value: value if value is None else str(value)
    return lambda value: value


def _values(definition: TableDefinition, column: Column, rows: Sequence[Row], handling: Handling) -> Sequence[Any]:
    place = definition.names.index(column.name)
    return encoded(column, [row[place] for row in rows], handling)


def _tuples(columns: Sequence[Iterable[Any]]) -> Iterable[tuple[Any, ...]]:
    return zip(*columns, strict=True)


def _as_multisets(definition: TableDefinition, mysql: Sequence[Row], folded: Fold, handling: Handling) -> Alignment:
    ours = [list(map(hashable, _values(definition, column, mysql, handling))) for column in definition.columns]
    theirs = [_parquet_values(column, folded.rows) for column in definition.columns]
    pairs = _matched(ours, theirs, range(len(mysql)), range(folded.rows.num_rows))
    left_ours, left_theirs = _rest(len(mysql), pairs.keys()), _rest(folded.rows.num_rows, pairs.values())
    # The others may differ only where a component changed a value: pair them by the columns that none did.
    telling = _telling(ours, theirs, left_ours, left_theirs)
    if telling:
        some_ours, some_theirs = [ours[i] for i in telling], [theirs[i] for i in telling]
        pairs.update(_matched(some_ours, some_theirs, left_ours, left_theirs))
    missing = _rest(len(mysql), pairs.keys())
    left = _rest(folded.rows.num_rows, pairs.values())
    # Each update, and each delete whose row no event wrote in this form, leaves one candidate behind.
    explained = folded.updates + folded.unmatched_deletes
    known = set(zip(*ours, strict=True))
    surplus = left[explained:] if len(left) > explained else []
    doubled = [index for index in surplus if tuple(column[index] for column in theirs) in known]
    paired = sorted(pairs)
    return Alignment(
        definition,
        handling,
        folded.rows,
        len(mysql),
        folded.rows.num_rows - min(explained, len(left)),
        [mysql[row] for row in paired],
        [pairs[row] for row in paired],
        [mysql[row] for row in missing],
        uncovered=max(0, explained - len(left) - len(missing)),
        extra=sorted(set(surplus) - set(doubled)),
        doubled=doubled,
    )


def _parquet_values(column: Column, rows: pa.Table) -> list[Any]:
    if column.name not in rows.column_names:
        return [None] * rows.num_rows
    return [hashable(decoded(column, value)) for value in plain(rows[column.name].combine_chunks()).to_pylist()]


def _matched(
    ours: Sequence[Sequence[Any]], theirs: Sequence[Sequence[Any]], rows: Iterable[int], candidates: Iterable[int]
) -> dict[int, int]:
    """Pair equal rows, each candidate once."""
    waiting: dict[tuple[Any, ...], list[int]] = {}
    for index in candidates:
        waiting.setdefault(tuple(column[index] for column in theirs), []).append(index)
    pairs = {}
    for row in rows:
        same = waiting.get(tuple(column[row] for column in ours))
        if same:
            pairs[row] = same.pop()
    return pairs


def _rest(count: int, used: Iterable[int]) -> list[int]:
    taken = set(used)
    return [index for index in range(count) if index not in taken]


def _telling(
    ours: Sequence[Sequence[Any]], theirs: Sequence[Sequence[Any]], rows: Sequence[int], candidates: Sequence[int]
) -> list[int]:
    """The columns in which every left row has a candidate of the same value."""
    if not rows or not candidates:
        return []
    return [
        place
        for place, (left, right) in enumerate(zip(ours, theirs, strict=True))
        if {left[row] for row in rows} <= {right[index] for index in candidates}
    ]


def _unchanged(value: Any) -> Any:
    return value


def _label(parts: Iterable[tuple[str, Any]]) -> str:
    return ", ".join(f"{name}={f'0x{value.hex()}' if isinstance(value, bytes) else value}" for name, value in parts)
