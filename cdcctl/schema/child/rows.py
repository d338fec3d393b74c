"""Rows to send through transformations and converters: valid ones, since those look at values, too."""

from __future__ import annotations

import functools
from typing import Any

import jpype

from cdcctl.schema.child.java import java_class

_DECIMAL = "org.apache.kafka.connect.data.Decimal"
_DATES = frozenset(f"org.apache.kafka.connect.data.{name}" for name in ("Date", "Time", "Timestamp"))


def row(make: Any, schema: Any, width: int) -> Any:
    """A row with NULL in every column, as Debezium makes it: with a fallback where a column is required.

    :param make: ``valueFromColumnData`` or ``keyFromColumnData`` of Debezium's TableSchema.
    :param schema: the Connect schema of what it makes.
    :param width: number of columns of the table.
    """
    try:
        made = make(_objects()([None] * width))
        made.validate()
    except jpype.JException:
        return filled(schema)
    return made


@functools.cache
def _objects() -> Any:
    return jpype.JArray(java_class("java.lang.Object"))


def filled(schema: Any) -> Any:
    """A struct with a value in every required field."""
    struct = java_class("org.apache.kafka.connect.data.Struct")(schema)
    for field in schema.fields():
        if not field.schema().isOptional():
            struct.put(field, value(field.schema()))
    return struct


def value(schema: Any) -> Any:
    """Some value of a Connect schema."""
    kind, name = str(schema.type()), schema.name()
    if name == _DECIMAL:
        zero = java_class("java.math.BigInteger").ZERO
        return java_class("java.math.BigDecimal")(zero, int(str(schema.parameters().get("scale"))))
    if name is not None and str(name) in _DATES:
        return java_class("java.util.Date")(jpype.JLong(0))
    if kind == "STRUCT":
        return filled(schema)
    return _VALUES[kind]()


_VALUES: dict[str, Any] = {
    "INT8": lambda: jpype.JByte(0),
    "INT16": lambda: jpype.JShort(0),
    "INT32": lambda: jpype.JInt(0),
    "INT64": lambda: jpype.JLong(0),
    "FLOAT32": lambda: jpype.JFloat(0),
    "FLOAT64": lambda: jpype.JDouble(0),
    "BOOLEAN": lambda: jpype.JBoolean(False),
    "STRING": lambda: "",
    "BYTES": lambda: jpype.JArray(jpype.JByte)([]),
    "ARRAY": lambda: java_class("java.util.ArrayList")(),  # noqa: PLW0108 (the JVM does not run yet)
    "MAP": lambda: java_class("java.util.HashMap")(),  # noqa: PLW0108
}
