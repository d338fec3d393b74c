"""Name the change between two values that should be equal: which known behaviour of a component made one of the other.

Each function looks at one family of types and answers a slug of :mod:`cdcctl.verify.findings`, or None when the two
values are equal after all (the same JSON written differently has a slug of its own, a note).
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from decimal import Context, Decimal
from typing import Any

from cdcctl.verify import temporal
from cdcctl.verify.table import BYTES, GEOMETRIES, INTEGERS, Column
from cdcctl.verify.values import Geometry, as_double, to_float32

DIFFERENT = "value-different"
_DAY = temporal.MICROSECONDS_A_DAY
# What one unit of the column is in a finer one: days in milliseconds or microseconds; milliseconds in microseconds ….
_UNITS = {"date": (86_400_000, _DAY), "datetime": (1_000, 1_000_000, 86_400_000, _DAY)}
_QUARTER_HOURS = {1_000: 900_000, 1: 900_000_000}
_FARTHEST_ZONE = 14 * 4
# 1582-10-05 to 1582-10-14, which java.util.GregorianCalendar takes for ten days later.
_GAP_FIRST_DAY, _GAP = temporal.days("1582-10-05") or 0, 10 * _DAY
# A negative TIME as MySQL writes it, and as Debezium does from binary JSON ("13:0-35:0-57.00000-789").
_NEGATIVE_TIME = re.compile(r"-\d+:\d\d:\d\d\.\d{6}")
_JSON_TEMPORAL = re.compile(r"(\d{4}-\d\d-\d\d |-)?\d+:\d\d:\d\d\.\d{6}")
_GARBLED_TIME = re.compile(r"\d+(:0?-?\d+){2}(\.[\d-]+)?")

# Of DECIMAL there are at most 65 digits.
_EXACT = Context(prec=70)
_BITS = {"tinyint": 8, "smallint": 16, "mediumint": 24, "int": 32, "bigint": 64}

Change = Callable[[Column, Any, Any, Any], str | None]


def change(column: Column, mysql: Any, expected: Any, actual: Any) -> str | None:
    """Name the change.

    :param mysql: the value as read from MySQL, not NULL.
    :param expected: its encoding (:func:`cdcctl.verify.values.encoder`); None for a zero date.
    :param actual: what is in Parquet, not NULL.
    """
    if expected is not None and type(expected) is type(actual) and expected == actual:
        return None
    found = _by_kind(column)(column, mysql, expected, actual)
    if found != DIFFERENT:
        return found
    return _as_other_type(expected, actual) or DIFFERENT


def is_zero_date(column: Column, mysql: Any) -> bool:
    """Whether a value is a date MySQL knows and nobody else does."""
    return column.data_type in {"date", "datetime", "timestamp"} and temporal.days(mysql[:10]) is None


def _by_kind(column: Column) -> Change:
    kind = column.data_type
    if kind in _BY_KIND:
        return _BY_KIND[kind]
    if kind in INTEGERS or kind == "bit":
        return _integer
    if kind in GEOMETRIES:
        return _geometry
    return _bytes if kind in BYTES else _text


def _integer(column: Column, _: Any, expected: Any, actual: Any) -> str | None:
    if isinstance(actual, bool):
        if not isinstance(expected, bool) and expected in (0, 1) and bool(expected) == actual:
            return "other-type"
        return "boolean-narrowed" if bool(expected) == actual and column.data_type == "tinyint" else DIFFERENT
    if column.unsigned and isinstance(actual, (int, Decimal)) and actual == expected - 2 ** _BITS[column.data_type]:
        return "unsigned-wrapped"
    return "year-zero" if column.data_type == "year" and expected == 0 and actual in (1900, 2000) else DIFFERENT


def _decimal(_: Column, mysql: Decimal, __: Any, actual: Any) -> str | None:
    if isinstance(actual, float):
        if actual != float(mysql):
            return DIFFERENT
        return None if actual == as_double(mysql) else "decimal-rounded"
    if not isinstance(actual, (int, Decimal)):
        return DIFFERENT
    # Without the zeros at its end: a column may keep its scale and lose the digits.
    kept = Decimal(actual).normalize(_EXACT)
    lost = abs(mysql - actual)
    if not lost:
        return None
    if lost < Decimal(1).scaleb(min(0, int(kept.as_tuple().exponent))):
        return "fraction-lost"
    return "point-moved" if kept and _same_digits(kept, mysql.normalize(_EXACT)) else DIFFERENT


def _same_digits(left: Decimal, right: Decimal) -> bool:
    return left.as_tuple()[:2] == right.as_tuple()[:2]


def _float(column: Column, mysql: float, _: Any, actual: Any) -> str | None:
    if not isinstance(actual, (int, float)) or isinstance(actual, bool):
        return DIFFERENT
    if column.data_type == "float" and to_float32(actual) == mysql:
        return None
    # MySQL prints a FLOAT with six significant digits.
    if to_float32(mysql) == actual or math.isclose(actual, float(f"{mysql:.6g}"), rel_tol=1e-7):
        return "float-rounded"
    return "fraction-lost" if isinstance(actual, int) and abs(mysql - actual) < 1 else DIFFERENT


def _date_or_time(column: Column, mysql: str, expected: Any, actual: Any) -> str | None:
    if is_zero_date(column, mysql):
        return "zero-date" if actual in (0, "1970-01-01T00:00:00Z", "1970-01-01Z") else DIFFERENT
    if isinstance(expected, str) and isinstance(actual, str):
        return _iso(expected, actual)
    if not isinstance(expected, int) or not isinstance(actual, int) or isinstance(actual, bool):
        return DIFFERENT
    if column.data_type == "time":
        return _time(expected, actual)
    if _is_adjusted(column, mysql, expected, actual):
        return "year-adjusted"
    return _number_of_time(column, expected, actual)


def _is_adjusted(column: Column, mysql: str, expected: int, actual: int) -> bool:
    """Whether the year had less than three digits and was taken for one of this century or the last."""
    year = int(mysql[:4]) if mysql[:4].isdigit() else 1000
    if year > 99:
        return False
    century = 2000 if year < 70 else 1900
    then, now = temporal.days(mysql[:10]), temporal.days(f"{century + year}{mysql[4:10]}")
    if then is None or now is None:
        return False
    day = 1 if column.data_type == "date" else _DAY if column.fsp > 3 else _DAY // 1_000
    return actual - expected == (now - then) * day


def _number_of_time(column: Column, expected: int, actual: int) -> str:
    if any(_in_unit(expected, actual, factor) for factor in _UNITS.get(column.data_type, ())):
        return "unit-changed"
    unit = 1 if column.fsp > 3 else 1_000
    if _in_gap(expected * unit) and actual - expected == _GAP // unit:
        return "calendar-gap"
    if actual == expected - expected % 1_000:
        return "time-fraction-lost"
    quarter = _QUARTER_HOURS[unit]
    shift, rest = divmod(actual - expected, quarter)
    whole = column.data_type == "datetime" and not rest and abs(shift) <= _FARTHEST_ZONE
    return "time-shifted" if whole else DIFFERENT


def _in_gap(micros: int) -> bool:
    """Whether an instant is on one of the days that Java's Gregorian calendar leaves out."""
    return _GAP_FIRST_DAY * _DAY <= micros < _GAP_FIRST_DAY * _DAY + _GAP


def _in_unit(expected: int, actual: int, factor: int) -> bool:
    """Whether one number is the other in a unit ``factor`` times finer.

    The coarser one may be rounded: narrowing a column rounds in MySQL, while the number in Parquet stays.
    """
    coarse, fine = sorted((expected, actual), key=abs)
    leeway = factor if fine == expected else factor // 2
    return coarse != 0 and abs(fine) >= factor and abs(fine - coarse * factor) <= leeway


def _time(expected: int, actual: int) -> str:
    if not 0 <= expected < _DAY and (actual == expected % _DAY or actual in (0, _DAY - 1, _DAY)):
        return "time-out-of-range"
    cut = expected - expected % 1_000
    if actual == cut:
        return "time-fraction-lost"
    return "unit-changed" if _in_unit(expected, actual, 1_000) else DIFFERENT


def _iso(expected: str, actual: str) -> str | None:
    ours, theirs = temporal.iso_instant(expected), temporal.iso_instant(actual)
    if ours is None or theirs is None:
        return DIFFERENT
    if ours == theirs:
        return None
    if theirs == ours - ours % 1_000:
        return "time-fraction-lost"
    shift, rest = divmod(theirs - ours, _QUARTER_HOURS[1])
    return "time-shifted" if not rest and abs(shift) <= _FARTHEST_ZONE else DIFFERENT


def _text(column: Column, mysql: Any, expected: Any, actual: Any) -> str | None:
    if not isinstance(expected, str) or not isinstance(actual, (str, int)):
        return DIFFERENT
    options = column.options if column.data_type in {"enum", "set"} else []
    if options and str(actual) == str(_index(column, mysql)):
        return "enum-as-index"
    if not isinstance(actual, str):
        return DIFFERENT
    if options and actual == expected.replace(",", "\\,"):
        return "enum-comma"
    return "text-damaged" if _damaged(expected, actual) else DIFFERENT


def _index(column: Column, value: str) -> int:
    """What MySQL stores for an ENUM (place, from 1) or a SET (one bit a member)."""
    options = column.options
    if column.data_type == "enum":
        return options.index(value) + 1 if value in options else 0
    return sum(1 << options.index(member) for member in value.split(",") if member in options)


def _damaged(expected: str, actual: str) -> bool:
    if actual and len(actual) < len(expected) and expected.startswith(actual):
        return True
    if any(actual == _misread(expected, charset) for charset in ("latin-1", "cp1252")):
        return True
    return len(actual) == len(expected) and all(
        a == e or (a in "?\ufffd" and ord(e) > 127) for a, e in zip(actual, expected, strict=True)
    )


def _misread(text: str, charset: str) -> str | None:
    """What UTF-8 looks like to somebody who takes it for another character set; None where it looks the same."""
    if text.isascii():
        return None
    return text.encode("utf-8", "replace").decode(charset, "replace")


def _bytes(_: Column, __: Any, expected: Any, actual: Any) -> str | None:
    if isinstance(actual, str) and isinstance(expected, bytes):
        if actual.encode() == expected:
            return "other-type"
        return "padding-lost" if actual.encode() == expected.rstrip(b"\0") else DIFFERENT
    if isinstance(actual, bytes) and isinstance(expected, bytes) and actual and expected.startswith(actual):
        return "text-damaged"
    return DIFFERENT


def _json(column: Column, mysql: Any, __: Any, actual: Any) -> str | None:
    if not isinstance(actual, str):
        return DIFFERENT
    try:
        ours, theirs = _parsed(mysql), _parsed(actual)
    except ValueError:
        return DIFFERENT
    if same_json(ours, theirs):
        return "json-text"
    if ours is None and theirs == {} and not column.nullable:
        return "json-null-empty"
    return "json-time" if same_json(ours, theirs, _same_but_for_negative_times) else DIFFERENT


def _parsed(text: str) -> Any:
    return json.loads(text, parse_float=Decimal, object_pairs_hook=dict)


def _same_text(mysql: str, actual: str) -> bool:
    """Whether two texts are equal; a temporal value of MySQL's JSON always has six digits after the point."""
    return mysql == actual or (bool(_JSON_TEMPORAL.fullmatch(mysql)) and mysql.rstrip("0").rstrip(".") == actual)


def _same_but_for_negative_times(mysql: str, actual: str) -> bool:
    garbled = _NEGATIVE_TIME.fullmatch(mysql) and _GARBLED_TIME.fullmatch(actual)
    return bool(garbled) or _same_text(mysql, actual)


def same_json(left: Any, right: Any, same_text: Callable[[str, str], bool] = _same_text) -> bool:
    """Whether two parsed documents are equal; 1, 1.0 and 1e0 are, true and 1 are not.

    Two decimal texts of one double are equal as well: Java and MySQL may print different digits of it.

    :param left: MySQL's document.
    """
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same_json(left[key], right[key], same_text) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(same_json(*pair, same_text) for pair in zip(left, right, strict=True))
    if isinstance(left, str) and isinstance(right, str):
        return same_text(left, right)
    if _is_number(left) and _is_number(right):
        decimals = isinstance(left, Decimal) or isinstance(right, Decimal)
        return bool(left == right or (decimals and float(left) == float(right)))
    return type(left) is type(right) and bool(left == right)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, Decimal)) and not isinstance(value, bool)


def _geometry(_: Column, __: Any, expected: Any, actual: Any) -> str | None:
    if not isinstance(expected, Geometry) or not isinstance(actual, Geometry) or expected.wkb != actual.wkb:
        return DIFFERENT
    return "geometry-srid" if expected.srid != actual.srid else None


def _vector(_: Column, __: Any, expected: Any, actual: Any) -> str | None:
    return None if isinstance(actual, list) and expected == actual else DIFFERENT


def _as_other_type(expected: Any, actual: Any) -> str | None:
    """The same value in the type the column had before it was changed."""
    if isinstance(actual, str) and not isinstance(expected, str):
        return "other-type" if actual == str(expected) else None
    if isinstance(expected, str) and not isinstance(actual, (str, bytes)):
        return "other-type" if str(actual) == expected else None
    if isinstance(actual, (int, float, Decimal)) and isinstance(expected, (int, float, Decimal)):
        return "other-type" if actual == expected else None
    return None


_BY_KIND: dict[str, Change] = {
    "decimal": _decimal,
    "float": _float,
    "double": _float,
    "date": _date_or_time,
    "datetime": _date_or_time,
    "timestamp": _date_or_time,
    "time": _date_or_time,
    "json": _json,
    "vector": _vector,
}
