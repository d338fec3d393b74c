"""Compare one column at once: MySQL's values, encoded, against an Arrow array."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from cdcctl.verify.table import BYTES, INTEGERS, TEXTS, Column
from cdcctl.verify.values import Handling, decoded, encoder

# Place in the column, what Parquet should hold, what it holds.
Unequal = tuple[int, Any, Any]


def encoded(column: Column, values: Sequence[Any], handling: Handling) -> Sequence[Any]:
    """What Parquet must hold for these MySQL values; NULL stays None."""
    encode = encoder(column, handling)
    if encode is None:
        return values
    return [None if value is None else encode(value) for value in values]


def plain(array: pa.Array) -> pa.Array:
    """Arrow's semantic types as the numbers the encoders give: days, and microseconds.

    They only appear with time.precision.mode=connect; Iceberg keeps microseconds.
    """
    if pa.types.is_timestamp(array.type):
        return pc.cast(pc.cast(array, pa.timestamp("us", array.type.tz)), pa.int64())
    if pa.types.is_date32(array.type):
        return pc.cast(array, pa.int32())
    if pa.types.is_time(array.type):
        return pc.cast(pc.cast(array, pa.time64("us")), pa.int64())
    return pc.cast(array, array.type.value_type) if pa.types.is_dictionary(array.type) else array


def differing(column: Column, mysql: Sequence[Any], array: pa.Array | None, handling: Handling) -> list[Unequal]:
    """Places where the column is not exactly what it should be.

    :param array: the Parquet column in the order of ``mysql``; None when Parquet has no such column.
    """
    expected = encoded(column, mysql, handling)
    if array is None:
        return [(at, expected[at], None) for at, value in enumerate(mysql) if value is not None]
    array = plain(array)
    places = _by_arrow(column, expected, array)
    if places is None:
        return list(_by_python(column, mysql, expected, array.to_pylist()))
    actual = array.take(places).to_pylist()
    return [
        (at, expected[at], decoded(column, value))
        for at, value in zip(places.to_pylist(), actual, strict=True)
        # A zero date is encoded as None, which Arrow cannot tell from NULL.
    ] + _zero_dates(mysql, expected, array, set(places.to_pylist()))


def _zero_dates(mysql: Sequence[Any], expected: Sequence[Any], array: pa.Array, known: set[int]) -> list[Unequal]:
    if mysql is expected or not array.null_count:
        return []
    return [
        (at, None, None)
        for at, (value, code) in enumerate(zip(mysql, expected, strict=True))
        if code is None and value is not None and at not in known
    ]


def _by_arrow(column: Column, expected: Sequence[Any], array: pa.Array) -> pa.Array | None:
    """Places that differ, or None when Arrow cannot compare these types without changing a value first."""
    if not _same_kind(column, array.type):
        return None
    try:
        ours = pa.array(expected, type=array.type)
    except (pa.ArrowException, OverflowError):
        return None
    equal = pc.fill_null(pc.equal(ours, array), False)
    same = pc.or_(equal, pc.and_(ours.is_null(), array.is_null()))
    return pc.indices_nonzero(pc.invert(same))


def _same_kind(column: Column, type_: pa.DataType) -> bool:
    """Whether building an Arrow array of the type cannot change one of the column's values unseen."""
    kind = column.data_type
    if pa.types.is_integer(type_):
        return kind in INTEGERS or kind in {"date", "time", "datetime"}
    if pa.types.is_string(type_) or pa.types.is_large_string(type_):
        return kind in TEXTS or kind in {"json", "timestamp"}
    if pa.types.is_binary(type_) or pa.types.is_large_binary(type_):
        return kind in BYTES or (kind == "bit" and column.length != 1)
    if pa.types.is_decimal(type_):
        return kind == "decimal"
    if pa.types.is_boolean(type_):
        return kind == "bit" and column.length == 1
    return (kind == "float" and pa.types.is_floating(type_)) or (kind == "double" and pa.types.is_float64(type_))


def _by_python(
    column: Column, mysql: Sequence[Any], expected: Sequence[Any], actual: Sequence[Any]
) -> Iterator[Unequal]:
    for at, (ours, theirs) in enumerate(zip(expected, actual, strict=True)):
        value = decoded(column, theirs)
        if ours is None and value is None and mysql[at] is None:
            continue
        if type(ours) is not type(value) or ours != value or ours is None:
            yield at, ours, value
