"""Values that show what a conversion does to a type: one that any type takes, and ones that need all of it."""

from __future__ import annotations

from typing import Any

import jpype

from cdcctl.schema.child.java import java_class
from cdcctl.schema.child.rows import value

_TIME = "io.debezium.time."


def samples(schema: Any) -> list[Any]:
    """Boxed values of a Connect schema, the most telling one last."""
    kind, name = str(schema.type()), str(schema.name() or "")
    if name == "org.apache.kafka.connect.data.Decimal":
        scale = int(str(schema.parameters().get("scale")))
        decimal = java_class("java.math.BigDecimal")
        return [decimal("7").setScale(scale), decimal.valueOf(jpype.JLong(7 * 10**scale + 5), scale)]
    if name.startswith(_TIME) and kind == "STRING":
        return ["1970-01-01T00:00:00Z"]
    return list(_SAMPLES[kind]()) if kind in _SAMPLES else [value(schema)]


_SAMPLES: dict[str, Any] = {
    "INT8": lambda: [java_class("java.lang.Byte").valueOf(jpype.JByte(7))],
    "INT16": lambda: [java_class("java.lang.Short").valueOf(jpype.JShort(7))],
    "INT32": lambda: [java_class("java.lang.Integer").valueOf(jpype.JInt(7))],
    "INT64": lambda: [java_class("java.lang.Long").valueOf(jpype.JLong(each)) for each in (7, 5_000_000_000)],
    "FLOAT32": lambda: [java_class("java.lang.Float").valueOf(jpype.JFloat(each)) for each in (7, 7.25)],
    "FLOAT64": lambda: [java_class("java.lang.Double").valueOf(jpype.JDouble(each)) for each in (7, 7.25)],
    "BOOLEAN": lambda: [java_class("java.lang.Boolean").TRUE],
    "STRING": lambda: ["7", "x"],
    "BYTES": lambda: [java_class("java.nio.ByteBuffer").wrap(jpype.JArray(jpype.JByte)([1, 2]))],
}
