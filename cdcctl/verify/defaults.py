"""What MySQL puts into a column by itself, in the form :func:`cdcctl.verify.table.read_rows` reads it."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from cdcctl.verify.table import BYTES, INTEGERS, Column
from cdcctl.verify.values import to_float32

_BASIC_PLANE = 0xFFFF
_LARGEST_LONG = 2**63 - 1
_ZERO_INSTANT = "0000-00-00 00:00:00"


def implicit_default(column: Column) -> Any:
    """The value of old rows in a NOT NULL column added without DEFAULT (MySQL manual, "Data Type Default Values")."""
    kind = column.data_type
    if kind == "enum":
        return column.options[0] if column.options else ""
    if kind in {"bit", "binary"}:
        return bytes(_bytes_of(column))
    fraction = "." + "0" * column.fsp if column.fsp else ""
    other = 0 if kind in INTEGERS else b"" if kind in BYTES else ""
    texts = {"datetime": _ZERO_INSTANT + fraction, "timestamp": _ZERO_INSTANT + fraction, "time": "00:00:00" + fraction}
    return texts.get(kind, _IMPLICIT.get(kind, other))


def explicit_default(column: Column) -> Any:
    """The value of a literal DEFAULT; None when there is none, or an expression."""
    text = column.default
    if text is None or column.computed:
        return None
    if column.data_type in BYTES:
        value = bytes.fromhex(text[2:]) if text.lower().startswith("0x") else text.encode()
        return value.ljust(column.length or 0, b"\0") if column.data_type == "binary" else value
    if column.data_type == "bit":
        return int(text.strip("b'") or "0", 2).to_bytes(_bytes_of(column), "big")
    return _NUMBERS.get(column.data_type, str)(text)


def is_damaged_default(column: Column, value: Any) -> bool:
    """Whether a value is what Debezium makes of a DEFAULT that it cannot take as it is; found by random scenarios.

    It reads a BIGINT's DEFAULT as a double, so that digits beyond 2^53 are lost, and Java's largest long is the end.
    MySQL shows a text with characters outside the basic plane as 0x…, and Debezium takes these digits for the text, but
    for the last one. Of ADD COLUMN … DEFAULT x'…' it takes the digits for the bytes. Of ALTER COLUMN … SET DEFAULT, it
    takes b'1' for false, and x'…' for the bytes of the word null.
    """
    default = explicit_default(column)
    if column.data_type == "bit":
        return column.length == 1 and value is False and default == b"\1"
    if column.data_type in BYTES:
        return default is not None and value != default and (value == b"null" or _is_digits_of(default, value, column))
    if isinstance(default, int) and isinstance(value, int):
        return value == _by_double(default) != default
    if isinstance(default, str) and isinstance(value, str) and any(ord(each) > _BASIC_PLANE for each in default):
        return value.lower() == default.encode().hex()[:-1]
    return False


def was_default(column: Column, value: Any, registered: Any) -> bool:
    """Whether a DEFAULT of a schema version, as Debezium may have misread it, was this value of MySQL."""
    if isinstance(value, bytes) and isinstance(registered, bytes):
        return _is_digits_of(value, registered, column) or _unpadded(value, column) == registered
    return isinstance(value, int) and isinstance(registered, int) and registered == _by_double(value)


def _is_digits_of(value: bytes, digits: Any, column: Column) -> bool:
    return isinstance(digits, bytes) and digits.lower() in {
        value.hex().encode(),
        _unpadded(value, column).hex().encode(),
    }


def _unpadded(value: bytes, column: Column) -> bytes:
    return value.rstrip(b"\0") if column.data_type == "binary" else value


def _by_double(value: int) -> int:
    return min(int(float(value)), _LARGEST_LONG)


def _bytes_of(column: Column) -> int:
    length = column.length or 1
    return length + 7 >> 3 if column.data_type == "bit" else length


_NUMBERS: dict[str, Callable[[str], Any]] = {
    **dict.fromkeys(INTEGERS, int),
    "decimal": Decimal,
    "float": lambda text: to_float32(float(text)),
    "double": float,
}
_IMPLICIT: dict[str, Any] = {"decimal": Decimal(0), "float": 0.0, "double": 0.0, "date": "0000-00-00", "json": "null"}
