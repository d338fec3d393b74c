"""Debezium's numbers for dates and times as people write them.

The name that Connect gives a type says what its number counts (the classes of io.debezium.time). There are no zones: a
DATETIME has none in MySQL, and a TIMESTAMP is text already.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

_EPOCH = datetime(1970, 1, 1)
_NAMED = frozenset({"record", "enum", "fixed"})


def readable(value: Any, definition: str) -> Any:
    """A decoded value, its dates and times as ISO 8601 text; what no calendar has stays a number."""
    return _walk(value, json.loads(definition), {})


def _walk(value: Any, schema: Any, named: dict[str, Any]) -> Any:
    if isinstance(schema, list):
        branches = [each for each in schema if each != "null"]
        # With several branches it is not known which one a value is of.
        schema = branches[0] if len(branches) == 1 else ""
    if isinstance(schema, str):
        schema = named.get(schema, {})
    kind = schema.get("type")
    if kind in _NAMED:
        named[schema["name"]] = schema
        named[f"{schema.get('namespace', '')}.{schema['name']}"] = schema
    if kind == "record" and isinstance(value, Mapping):
        return {each["name"]: _walk(value.get(each["name"]), each["type"], named) for each in schema["fields"]}
    if kind == "array" and isinstance(value, list):
        return [_walk(each, schema["items"], named) for each in value]
    if kind == "map" and isinstance(value, Mapping):
        return {key: _walk(each, schema["values"], named) for key, each in value.items()}
    told = _TOLD.get(str(schema.get("connect.name")))
    return told(value) if told and isinstance(value, int) else value


def _date(days: int) -> Any:
    try:
        return (_EPOCH + timedelta(days=days)).date().isoformat()
    except OverflowError:
        return days


def _moment(unit: int) -> Callable[[int], Any]:
    """Of a count since 1970, ``unit`` of which are a second."""

    def told(count: int) -> Any:
        seconds, rest = divmod(count, unit)
        try:
            whole = (_EPOCH + timedelta(seconds=seconds)).isoformat()
        except OverflowError:
            return count
        return f"{whole}{_fraction(rest, unit)}"

    return told


def _time(unit: int) -> Callable[[int], str]:
    """Of a count, ``unit`` of which are a second; MySQL's go from -838 to 838 hours."""

    def told(count: int) -> str:
        seconds, rest = divmod(abs(count), unit)
        sign = "-" if count < 0 else ""
        return f"{sign}{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{_fraction(rest, unit)}"

    return told


def _fraction(rest: int, unit: int) -> str:
    digits = len(str(unit)) - 1
    return f".{rest:0{digits}}" if rest else ""


_TOLD: Mapping[str, Callable[[int], Any]] = {
    "io.debezium.time.Date": _date,
    "io.debezium.time.Timestamp": _moment(1000),
    "io.debezium.time.MicroTimestamp": _moment(1_000_000),
    "io.debezium.time.NanoTimestamp": _moment(1_000_000_000),
    "io.debezium.time.Time": _time(1000),
    "io.debezium.time.MicroTime": _time(1_000_000),
    "io.debezium.time.NanoTime": _time(1_000_000_000),
}
