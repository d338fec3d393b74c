"""Why a value of MySQL is NULL in Parquet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import pyarrow as pa

from cdcctl.render.iceberg import OFFSET_COLUMN, PARTITION_COLUMN
from cdcctl.verify import changes
from cdcctl.verify.align import Alignment
from cdcctl.verify.columns import plain
from cdcctl.verify.defaults import explicit_default, implicit_default, was_default
from cdcctl.verify.fold import METADATA, Fold
from cdcctl.verify.table import Column
from cdcctl.verify.values import decoded

# Column → partition → offset of the first event with a value in it.
FirstValues = Callable[[str], dict[int, int]]


class Absence:
    """The reasons for one column of one table.

    A row is *older* than the column when its latest event stands before the first event that has a value there: the
    column was added, or got its name, in between.
    """

    def __init__(
        self,
        column: Column,
        alignment: Alignment,
        folded: Fold,
        mysql: Sequence[Any],
        first: FirstValues | None = None,
    ) -> None:
        self._column = column
        self._alignment = alignment
        self._folded = folded
        self._mysql = mysql
        self._first_values = first

    def reason(self, at: int, expected: Any) -> str:
        """The slug for the pair at ``at``, whose MySQL value is not NULL.

        :param expected: what Parquet should hold.
        """
        older = self._older(at)
        if older and at in self._split[1]:
            return "column-split"
        if older and self._is_default(at):
            return "unbackfilled-column"
        if expected is None and changes.is_zero_date(self._column, self._mysql[at]) and self._column.nullable:
            return "zero-date"
        return "value-unconverted" if self._is_eight_byte_float else changes.DIFFERENT

    @property
    def old_names(self) -> tuple[str, ...]:
        """The columns of Parquet, gone from MySQL, under which older rows have this column's value.

        Several: the column was renamed more than once, and a row's value stands under the name of its time.
        """
        return self._split[0]

    @cached_property
    def _split(self) -> tuple[tuple[str, ...], frozenset[int]]:
        """The old names, and the places whose values are under one of them.

        Each older row must be explained, or none is: the others have the column's default, being older than the column
        under any name.
        """
        older = [at for at, value in enumerate(self._mysql) if value is not None and self._older(at) and self._null(at)]
        # Where each value is the column's default, a new column explains as much and needs no accident.
        if all(map(self._is_default, older)):
            return (), frozenset()
        known = {*METADATA, *self._alignment.definition.names}
        names, left = [], older
        for name in self._alignment.rows.column_names:
            if left and name not in known:
                without = self._without(name, left)
                names += [str(name)] if len(without) < len(left) else []
                left = without
        if not all(map(self._is_default, left)):
            return (), frozenset()
        return tuple(names), frozenset(older) - frozenset(left)

    def _without(self, name: str, places: Sequence[int]) -> list[int]:
        """Those of the places at which a column of Parquet does not have this column's value."""
        array = self._alignment.column(name)
        if array is None:
            return list(places)
        theirs = plain(array).to_pylist()
        encode = self._alignment.encoder(self._column)
        left = []
        for at in places:
            value, actual = self._mysql[at], decoded(self._column, theirs[at])
            if actual is None or changes.change(self._column, value, encode(value), actual) not in _SAME:
                left.append(at)
        return left

    @cached_property
    def _is_eight_byte_float(self) -> bool:
        """Whether Parquet has a FLOAT as a double, and never a value in it."""
        array = self._alignment.column(self._column.name)
        if array is None or self._column.data_type != "float":
            return False
        return bool(pa.types.is_float64(array.type)) and array.null_count == len(array)

    def _null(self, at: int) -> bool:
        return self._nulls is None or bool(self._nulls[at])

    @cached_property
    def _nulls(self) -> list[bool] | None:
        array = self._alignment.column(self._column.name)
        return None if array is None else list(array.is_null().to_pylist())

    def _older(self, at: int) -> bool:
        partition, offset = self._places[at]
        first = self._first.get(partition)
        return first is None or offset < first

    @cached_property
    def _places(self) -> list[tuple[int, int]]:
        aligned = self._alignment.aligned
        return list(zip(aligned[PARTITION_COLUMN].to_pylist(), aligned[OFFSET_COLUMN].to_pylist(), strict=True))

    @cached_property
    def _first(self) -> dict[int, int]:
        """Partition → offset of the first event with a value in the column."""
        if self._first_values is not None:
            return self._first_values(self._column.name)
        return first_values(self._folded.events, self._column.name)

    def _is_default(self, at: int) -> bool:
        """Whether a value is what MySQL gave to the old rows of a new column: its DEFAULT now, or at that time."""
        column, value = self._column, self._mysql[at]
        if column.computed or (value is not None and value == explicit_default(column)):
            return True
        # ALTER COLUMN … SET DEFAULT leaves the rows as they are.
        encode = self._alignment.encoder(column)
        if any(each == encode(value) or was_default(column, value, each) for each in column.registered_defaults):
            return True
        return not column.nullable and bool(value == implicit_default(column))


def first_values(events: pa.Table, column: str) -> dict[int, int]:
    """Partition → lowest offset of an event that has a value in the column."""
    if column not in events.column_names:
        return {}
    kept = events.select([PARTITION_COLUMN, OFFSET_COLUMN]).filter(events[column].is_valid())
    lowest = kept.group_by(PARTITION_COLUMN).aggregate([(OFFSET_COLUMN, "min")])
    return dict(zip(lowest[PARTITION_COLUMN].to_pylist(), lowest[f"{OFFSET_COLUMN}_min"].to_pylist(), strict=True))


# What the old column may have made of the value, as the new one would: it is the same value still.
_SAME = frozenset(
    {None, "json-text", "other-type", "unsigned-wrapped", "float-rounded", "year-adjusted", "calendar-gap"}
)
