"""The DEFAULTs in the schema versions of a table: with the one of its own version each null was answered (VER021)."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from typing import Any

from cdcctl.aws.target import Target
from cdcctl.errors import RemoteError
from cdcctl.pipeline import Pipeline
from cdcctl.verify.table import TableDefinition


def registered(pipeline: Pipeline, target: Target, table: str) -> list[str]:
    """The Avro definitions of a table's rows, as registered; none where the registry cannot be asked.

    Without them a value is only called by a more general name.
    """
    registry, name = pipeline.registries.values, pipeline.schema_name(table)
    try:
        if target.registry.find_schema(registry, name) is None:
            return []
        return [version.definition for version in target.registry.versions(registry, name)]
    except RemoteError:
        return []


def with_registered_defaults(definition: TableDefinition, schemas: Iterable[str]) -> TableDefinition:
    """The definition whose columns know what their DEFAULTs were, as far as any schema version had one.

    :param schemas: the Avro definitions of the table's rows, as registered or as predicted.
    """
    found: defaultdict[str, list[Any]] = defaultdict(list)
    for text in schemas:
        for field in json.loads(text).get("fields", ()):
            value = _default(field)
            if value is not None and value not in found[field["name"]]:
                found[field["name"]].append(value)
    columns = tuple(
        replace(column, registered_defaults=tuple(found[column.name])) if found[column.name] else column
        for column in definition.columns
    )
    return replace(definition, columns=columns)


def _default(field: dict[str, Any]) -> Any:
    """A field's default as it lies in Parquet; None when that is null. Of a union it is of the first type."""
    value, kind = field.get("default"), field["type"]
    first = kind[0] if isinstance(kind, list) else kind
    if not isinstance(value, str) or not isinstance(first, dict) or first.get("type") != "bytes":
        return value
    # Avro writes bytes as text of the characters U+0000 to U+00FF.
    content = value.encode("latin-1")
    if first.get("logicalType") != "decimal":
        return content
    # From text, since arithmetic would round to 28 digits.
    return Decimal(f"{int.from_bytes(content, 'big', signed=True)}E-{int(first.get('scale', 0))}")
