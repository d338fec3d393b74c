"""Java Avro's verdict on pairs of definitions."""

from __future__ import annotations

import functools
from typing import Any

import jpype

from cdcctl.schema.child.java import java_class


def is_readable(reader: str, writer: str) -> bool | None:
    """Whether the reader's schema reads the writer's; None when Java takes one of them for no schema."""
    schemas = [_parsed(text) for text in (reader, writer)]
    if None in schemas:
        return None
    try:
        checked = java_class("org.apache.avro.SchemaCompatibility").checkReaderWriterCompatibility(*schemas)
    except jpype.JException:
        return False  # a field whose aliases fit several of the writer's
    return str(checked.getType()) == "COMPATIBLE"


@functools.lru_cache(maxsize=4096)
def _parsed(definition: str) -> Any:
    try:
        return java_class("org.apache.avro.Schema$Parser")().parse(definition)
    except jpype.JException:
        return None
