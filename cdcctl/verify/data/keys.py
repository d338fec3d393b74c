"""The key of a table in SQL: how rows of both sides are told to be the same row, and which ones lie in a bucket.

A key column is an integer to DuckDB where it is one in MySQL, else the canonical text of its value.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cdcctl.verify.data import canonical
from cdcctl.verify.data.canonical import quoted
from cdcctl.verify.data.dialect import Dialect
from cdcctl.verify.table import BYTES, INTEGERS, TEMPORAL, Column, TableDefinition
from cdcctl.verify.values import Handling

if TYPE_CHECKING:
    import pyarrow as pa

_ALIKE = frozenset({"decimal", *INTEGERS})


@dataclass(frozen=True)
class Key:
    """The key columns of a table, which has some.

    :ivar columns: as Debezium sees the key.
    """

    columns: tuple[Column, ...]
    handling: Handling

    @classmethod
    def of(cls, definition: TableDefinition, handling: Handling) -> Key:
        """The key of a table."""
        return cls(tuple(definition.column(name) for name in definition.key), handling)

    @property
    def names(self) -> list[str]:
        """What the columns are called in DuckDB: k0, k1, …"""
        return [f"k{at}" for at in range(len(self.columns))]

    @property
    def joined(self) -> str:
        """All of these, with commas."""
        return ", ".join(self.names)

    @property
    def is_number(self) -> bool:
        """Whether the first column orders rows the same way on both sides, so that ranges of it are buckets."""
        return self.columns[0].data_type in INTEGERS

    def kind(self, column: Column) -> str:
        """DuckDB's type of a key column."""
        if column.data_type not in INTEGERS:
            return "VARCHAR"
        return "HUGEINT" if _is_wide(column) else "BIGINT"

    def in_lake(self, read: Mapping[str, tuple[str, pa.DataType]], dialect: Dialect) -> list[str]:
        """The expressions of the key columns over a file, whose columns are read so."""
        return [_lake(column, *read[column.name], self.handling, dialect) for column in self.columns]

    def in_mysql(self) -> list[str]:
        """The expressions of the same in MySQL."""
        return [
            canonical.bare_number(column, quoted(column.name))
            if column.data_type in INTEGERS
            else canonical.mysql_text(column, self.handling)
            for column in self.columns
        ]

    def raw(self) -> list[str]:
        """MySQL's expressions for the values themselves, as :meth:`values` puts them back into a statement."""
        return [
            f"HEX({quoted(column.name)})" if column.data_type in BYTES else f"CAST({quoted(column.name)} AS CHAR)"
            for column in self.columns
        ]

    def literals(self, raw: Sequence[str]) -> list[str]:
        """Values from :meth:`raw` as literals of MySQL."""
        return [_literal(column, value) for column, value in zip(self.columns, raw, strict=True)]

    def literals_of_lake(self, key: Sequence[Any]) -> list[str]:
        """A key of the lake, as DuckDB has it, as literals of MySQL."""
        return [_from_canonical(column, value, self.handling) for column, value in zip(self.columns, key, strict=True)]

    def among(self, rows: Sequence[Sequence[str]]) -> str:
        """MySQL's condition that the key is one of these, each as :meth:`raw` gave it."""
        names = ", ".join(quoted(column.name) for column in self.columns)
        if len(self.columns) == 1:
            return f"{names} IN ({', '.join(self.literals(row)[0] for row in rows)})"
        return f"({names}) IN ({', '.join('(' + ', '.join(self.literals(row)) + ')' for row in rows)})"

    def after(self, raw: Sequence[str] | None) -> str:
        """MySQL's condition that the key is behind this one, in a form that its index serves."""
        if raw is None:
            return "TRUE"
        return _compared(self.columns, self.literals(raw), ">", strict=True)

    def up_to(self, raw: Sequence[str] | None) -> str:
        """MySQL's condition that the key is this one or before it."""
        if raw is None:
            return "TRUE"
        return _compared(self.columns, self.literals(raw), "<", strict=False)

    def order(self) -> str:
        """The columns as MySQL orders by them."""
        return ", ".join(quoted(column.name) for column in self.columns)

    def bucket_in_mysql(self, buckets: int) -> str:
        """The bucket of a key that has no ranges: by its hash."""
        pieces = ", ".join(self.in_mysql())
        return f"CAST(CONV(LEFT(SHA2(CONCAT_WS('|', {pieces}), 256), 8), 16, 10) AS SIGNED) % {buckets}"

    def bucket_in_lake(self, buckets: int) -> str:
        """The same in DuckDB."""
        return f"CAST('0x' || left(sha256(concat_ws('|', {self.joined})), 8) AS BIGINT) % {buckets}"


def _compared(columns: Sequence[Column], literals: Sequence[str], sign: str, *, strict: bool) -> str:
    """``a > x OR (a = x AND b > y)``: MySQL's optimizer makes ranges of this, not of ``(a, b) > (x, y)``."""
    alternatives = []
    for at, column in enumerate(columns):
        equal = [f"{quoted(c.name)} = {x}" for c, x in zip(columns[:at], literals[:at], strict=True)]
        last = sign if strict or at < len(columns) - 1 else f"{sign}="
        alternatives.append(" AND ".join([*equal, f"{quoted(column.name)} {last} {literals[at]}"]))
    return "(" + " OR ".join(f"({each})" for each in alternatives) + ")"


def _literal(column: Column, raw: str) -> str:
    if column.data_type in _ALIKE:
        return raw
    if column.data_type in BYTES:
        return f"X'{raw}'"
    text = raw.replace("\\", "\\\\").replace("'", "''").replace("\0", "\\0")
    return f"'{text}'"


def _from_canonical(column: Column, value: Any, handling: Handling) -> str:
    """The inverse of :func:`cdcctl.verify.data.canonical.mysql_text`, for the types that keys are made of."""
    if value is None:
        return "NULL"
    kind, text = column.data_type, str(value)
    number = text.lstrip("-").isdigit()
    if kind in TEMPORAL and handling.times != "isostring" and number:
        micros = int(text) * (1000 if kind == "datetime" and _in_milliseconds(column, handling) else 1)
        micros = micros // 1000 if handling.times == "nanoseconds" and kind != "date" else micros
        if kind == "date":
            return f"DATE_ADD(DATE'1970-01-01', INTERVAL {text} DAY)"
        if kind == "datetime":
            return f"DATE_ADD(TIMESTAMP'1970-01-01 00:00:00', INTERVAL {micros} MICROSECOND)"
        return f"SEC_TO_TIME({micros} / 1000000)"
    if kind in TEMPORAL:
        return _literal(column, text.replace("T", " ").rstrip("Z"))
    return _literal(column, text)


def _in_milliseconds(column: Column, handling: Handling) -> bool:
    return handling.times == "adaptive_time_microseconds" and column.fsp <= 3


def _is_wide(column: Column) -> bool:
    return column.data_type == "bigint" and column.unsigned


def _lake(column: Column, name: str, kind: pa.DataType, handling: Handling, dialect: Dialect) -> str:
    if column.data_type not in INTEGERS:
        return canonical.lake_text(column, kind, handling, dialect, name)
    if not _is_wide(column):
        return f"TRY_CAST({name} AS BIGINT)"
    # Above 2^63 it arrives negative: still the same row.
    wide = f"TRY_CAST({name} AS {dialect.wide})"
    # As a bare literal it is none to Trino.
    return f"CASE WHEN {wide} < 0 THEN {wide} + CAST('18446744073709551616' AS {dialect.wide}) ELSE {wide} END"
