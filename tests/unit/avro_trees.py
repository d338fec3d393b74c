"""Avro schemas, written short."""

from __future__ import annotations

from typing import Any


def record(*fields: dict[str, Any], name: str = "Value", **more: Any) -> dict[str, Any]:
    return {"type": "record", "name": name, "fields": list(fields), **more}


def field(kind: Any, name: str = "f", **more: Any) -> dict[str, Any]:
    return {"name": name, "type": kind, **more}


def enum(*symbols: str, name: str = "E", **more: Any) -> dict[str, Any]:
    return {"type": "enum", "name": name, "symbols": list(symbols), **more}


def fixed(size: int, name: str = "F", **more: Any) -> dict[str, Any]:
    return {"type": "fixed", "name": name, "size": size, **more}


def logical(kind: str, name: str, **more: Any) -> dict[str, Any]:
    return {"type": kind, "logicalType": name, **more}


RECURSIVE = record(field("int"), field(["null", "Value"], "next", default=None))
RECURSIVE_LONG = record(field("long"), field(["null", "Value"], "next", default=None))
