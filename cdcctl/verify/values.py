"""What each MySQL value must be in Parquet: the one place where types are made comparable.

:func:`encoder` gives, for a column, the function from what :mod:`cdcctl.verify.table` reads to what the pipeline
promises to write. The promise is Debezium 3.6's (BinlogValueConverters and JdbcValueConverters, TemporalPrecisionMode,
the io.debezium.data and io.debezium.time classes) under the rendered configuration, then what the Iceberg sink keeps of
it: semantic types of Debezium become their plain number, text or bytes. Nothing is forgiven here: a value that a
component is known to change is encoded as it should be, and the difference is named by :mod:`cdcctl.verify.changes`.
"""

from __future__ import annotations

import base64
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal, cast

from cdcctl.verify import temporal
from cdcctl.verify.table import BYTES, GEOMETRIES, Column

Encoder = Callable[[Any], Any]
TimeMode = Literal["adaptive_time_microseconds", "connect", "isostring", "microseconds", "nanoseconds"]


@dataclass(frozen=True)
class Handling:
    """The connector options that decide how values are written, with Debezium's defaults for MySQL."""

    decimals: Literal["precise", "double", "string"] = "precise"
    times: TimeMode = "adaptive_time_microseconds"
    unsigned_bigints: Literal["long", "precise"] = "long"
    binaries: Literal["bytes", "base64", "base64-url-safe", "hex"] = "bytes"

    @classmethod
    def of(cls, source: Mapping[str, str]) -> Handling:
        """Read the options out of a rendered source configuration."""
        return cls(
            decimals=cast(Any, source.get("decimal.handling.mode", cls.decimals)),
            times=cast(Any, source.get("time.precision.mode", cls.times)),
            unsigned_bigints=cast(Any, source.get("bigint.unsigned.handling.mode", cls.unsigned_bigints)),
            binaries=cast(Any, source.get("binary.handling.mode", cls.binaries)),
        )


@dataclass(frozen=True)
class Geometry:
    """A geometry as well-known binary, and the number of its spatial reference system (0: none)."""

    wkb: bytes
    srid: int


def encoder(column: Column, handling: Handling) -> Encoder | None:
    """The function from a MySQL value (never NULL) to the value Parquet must hold; None when both are the same.

    A zero date has no value Parquet could hold: its encoding is None.
    """
    kind = column.data_type
    if kind in _TEMPORAL:
        return _TEMPORAL[kind](column, handling.times)
    if kind in BYTES:
        return _BINARY[handling.binaries]
    if kind in GEOMETRIES:
        return geometry
    if kind in {"bit", "decimal", "bigint"}:
        return _number(column, handling)
    return vector if kind == "vector" else None


def _number(column: Column, handling: Handling) -> Encoder | None:
    if column.data_type == "decimal":
        return {"precise": None, "double": as_double, "string": _plain}[handling.decimals]
    if column.data_type == "bigint":
        return Decimal if column.unsigned and handling.unsigned_bigints == "precise" else None
    # io.debezium.data.Bits is little-endian; MySQL's client protocol is big-endian.
    return _bit if column.length == 1 else lambda value: value[::-1]


def geometry(value: bytes) -> Geometry:
    """MySQL's internal form: SRID as four little-endian bytes, then WKB (MySqlGeometry.fromBytes takes it apart so)."""
    return Geometry(value[4:], int.from_bytes(value[:4], "little"))


def vector(value: bytes) -> list[float]:
    """VECTOR is a run of 4-byte floats, little-endian."""
    return list(struct.unpack(f"<{len(value) // 4}f", value))


def decoded(column: Column, value: Any) -> Any:
    """A value read from Parquet in the form :func:`encoder` gives: a geometry's struct as :class:`Geometry`."""
    if column.data_type in GEOMETRIES and isinstance(value, Mapping) and value.get("wkb") is not None:
        return Geometry(value["wkb"], value.get("srid") or 0)
    return value


def as_double(value: Decimal) -> float | Decimal:
    """The double that stands for a decimal; the decimal itself where no double has all of its digits."""
    made = float(value)
    return made if Decimal(repr(made)) == value else value


def to_float32(value: float) -> float:
    """The nearest 4-byte float; infinite where it is out of range."""
    try:
        return float(struct.unpack("<f", struct.pack("<f", value))[0])
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def _bit(value: bytes) -> bool:
    return value != b"\0"


def _plain(value: Decimal) -> str:
    return f"{value:f}"


def _date(_: Column, times: TimeMode) -> Encoder:
    return _iso_date if times == "isostring" else temporal.days


def _iso_date(value: str) -> str | None:
    return None if temporal.days(value) is None else f"{value}Z"


def _time(_: Column, times: TimeMode) -> Encoder:
    if times == "isostring":
        return lambda value: f"{value}Z"
    if times == "nanoseconds":
        return lambda value: temporal.span(value) * 1000
    return temporal.span


def _datetime(column: Column, times: TimeMode) -> Encoder:
    if times == "isostring":
        return lambda value: None if temporal.instant(value) is None else f"{value.replace(' ', 'T')}Z"
    if times == "nanoseconds":
        return lambda value: _times(temporal.instant(value), 1000)
    if times == "adaptive_time_microseconds" and column.fsp <= 3:
        return _milliseconds
    return temporal.instant


def _milliseconds(value: str) -> int | None:
    micros = temporal.instant(value)
    return None if micros is None else micros // 1000


def _times(value: int | None, factor: int) -> int | None:
    return None if value is None else value * factor


def _timestamp(_: Column, __: TimeMode) -> Encoder:
    """ZonedTimestamp: ISO 8601 in UTC, whatever time.precision.mode says."""
    return lambda value: None if temporal.days(value[:10]) is None else f"{value[:10]}T{value[11:]}Z"


_TEMPORAL: dict[str, Callable[[Column, TimeMode], Encoder]] = {
    "date": _date,
    "time": _time,
    "datetime": _datetime,
    "timestamp": _timestamp,
}
_BINARY: dict[str, Encoder | None] = {
    "bytes": None,
    "base64": lambda value: base64.b64encode(value).decode(),
    "base64-url-safe": lambda value: base64.urlsafe_b64encode(value).decode(),
    "hex": bytes.hex,
}
