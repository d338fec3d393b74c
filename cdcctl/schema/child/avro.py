"""Java Avro's verdict on pairs of definitions."""

from __future__ import annotations

import functools
from typing import Any

import jpype

from cdcctl.schema.child.java import java_class


def is_readable(reader: Any, writer: Any) -> bool | None:
    """Whether the reader's schema reads the writer's; None when one of them is none."""
    if reader is None or writer is None:
        return None
    try:
        checked = java_class("org.apache.avro.SchemaCompatibility").checkReaderWriterCompatibility(reader, writer)
    except jpype.JException:
        return False  # a field whose aliases fit several of the writer's
    return str(checked.getType()) == "COMPATIBLE"


@functools.lru_cache(maxsize=4096)
def parsed(definition: str) -> Any:
    """The schema of a definition; None when Java takes it for none."""
    try:
        return java_class("org.apache.avro.Schema$Parser")().parse(definition)
    except jpype.JException:
        return None
