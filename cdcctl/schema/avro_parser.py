"""Parses Avro definitions with the strictness of Java's parser, which is the one that Glue and the converters use.

Apache's Python ``avro`` and the Java library disagree about what a valid schema is. Python lets through default values
of the wrong type and field names that Java refuses, and refuses non-ASCII names and ``{"type": "SomeName"}`` that Java
takes (``org.apache.avro.Schema``, 1.10 and 1.11: ``validateName``, ``isValidDefault``, ``parse``). Accepting more than
Java hides a failure until the real registry sees it, so definitions are checked and put in a form here on which both
agree; enum symbols outside ASCII are the one thing left that only Java takes. Logical types are dropped from the parsed
schema: neither library looks at them when it compares schemas.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import avro.errors
import avro.schema

_PRIMITIVES = frozenset({"null", "boolean", "int", "long", "float", "double", "bytes", "string"})
_NAMED = frozenset({"record", "error", "enum", "fixed"})
# Java: Character.isLetter or '_' first, then Character.isLetterOrDigit or '_'.
_JAVA_NAME = re.compile(r"[^\W\d]\w*")


class InvalidSchemaError(ValueError):
    """The text is not an Avro schema by Java's rules; the message says where and why."""


def parse(definition: str) -> avro.schema.Schema:
    """The schema of a definition, with properties such as ``connect.name`` kept and aliases fully qualified.

    :raises InvalidSchemaError: when Java's parser would refuse the definition.
    """
    try:
        tree = json.loads(definition)
    except ValueError as error:
        raise InvalidSchemaError(f"not JSON: {error}") from error
    prepared = _prepared(tree, None)
    try:
        schema = avro.schema.make_avsc_object(prepared, avro.name.Names(validate_names=False), validate_names=False)
    except (avro.errors.AvroException, TypeError, AttributeError) as error:
        raise InvalidSchemaError(str(error)) from error
    for record in _records(schema, set()):
        _check_defaults(record)
    return schema


def _prepared(tree: Any, namespace: str | None) -> Any:
    """The definition's JSON without what the two libraries treat differently."""
    if isinstance(tree, list):
        return [_prepared(branch, namespace) for branch in tree]
    if not isinstance(tree, dict):
        return tree
    kind = tree.get("type")
    if kind in _NAMED if isinstance(kind, str) else False:
        return _prepared_named(tree, namespace)
    if isinstance(kind, str) and kind not in _PRIMITIVES | {"array", "map"}:
        return kind  # {"type": "SomeName"} refers to SomeName
    changed = {key: value for key, value in tree.items() if key != "logicalType"}
    for part in ("items", "values"):
        if part in changed:
            changed[part] = _prepared(changed[part], namespace)
    return changed


def _prepared_named(tree: dict[str, Any], namespace: str | None) -> dict[str, Any]:
    name = tree.get("name")
    if not isinstance(name, str):
        raise InvalidSchemaError(f"No name in schema: {json.dumps(tree)[:200]}")
    space = name.rpartition(".")[0] if "." in name else tree.get("namespace", namespace)
    _check_name(name.rpartition(".")[2])
    changed = {key: value for key, value in tree.items() if key != "logicalType"}
    if isinstance(tree.get("aliases"), list):
        changed["aliases"] = [_qualified(alias, space) for alias in tree["aliases"]]
    if tree["type"] in ("record", "error"):
        changed["type"] = "record"  # the checker knows no errors; Java treats them as records
        changed["fields"] = [_prepared_field(field, space, name) for field in _list_of(tree, "fields")]
    for symbol in _list_of(tree, "symbols") if tree["type"] == "enum" else ():
        _check_name(symbol)
    return changed


def _prepared_field(field: Any, namespace: str | None, record: str) -> dict[str, Any]:
    if not isinstance(field, dict) or not isinstance(field.get("name"), str):
        raise InvalidSchemaError(f"No field name in record {record}: {json.dumps(field)[:200]}")
    if "type" not in field:
        raise InvalidSchemaError(f"No field type: {record}.{field['name']}")
    _check_name(field["name"])
    return {**field, "type": _prepared(field["type"], namespace)}


def _list_of(tree: dict[str, Any], part: str) -> list[Any]:
    value = tree.get(part)
    if not isinstance(value, list):
        raise InvalidSchemaError(f"{tree['type'].capitalize()} {tree['name']} has no {part}")
    return value


def _qualified(alias: str, namespace: str | None) -> str:
    """Aliases are relative to the namespace of their schema (Avro specification, "Aliases").

    Python's checker compares them as written with the full name of the writer, which loses every rename inside a
    namespace.
    """
    return alias if "." in alias or not namespace else f"{namespace}.{alias}"


def _check_name(name: Any) -> None:
    if not isinstance(name, str) or not name:
        raise InvalidSchemaError("Empty name")
    if not _JAVA_NAME.fullmatch(name):
        raise InvalidSchemaError(f"Illegal character in: {name}")


def _records(schema: Any, seen: set[int]) -> Iterator[Any]:
    """Every record of a schema once, however deep."""
    if id(schema) in seen:
        return
    seen.add(id(schema))
    if schema.type == "record":
        yield schema
        for field in schema.fields:
            yield from _records(field.type, seen)
    elif schema.type in ("array", "map"):
        yield from _records(schema.items if schema.type == "array" else schema.values, seen)
    elif schema.type == "union":
        for branch in schema.schemas:
            yield from _records(branch, seen)


def _check_defaults(record: Any) -> None:
    for field in record.fields:
        if field.has_default and not _is_default_of(field.type, _own_default(field)):
            raise InvalidSchemaError(
                f"Invalid default for field {record.fullname}.{field.name}: "
                f"{json.dumps(field.default)} not a {_described(field.type)}"
            )


def _own_default(field: Any) -> Any:
    """Java reads a text default of a float or double field with Double.valueOf, for "NaN" and the like."""
    if field.type.type not in ("float", "double") or not isinstance(field.default, str):
        return field.default
    try:
        return float(field.default)
    except ValueError:
        return field.default


def _is_default_of(schema: Any, value: Any) -> bool:
    """``org.apache.avro.Schema.isValidDefault`` of Java 1.11."""
    if schema.type == "union":
        return bool(schema.schemas) and _is_default_of(schema.schemas[0], value)
    if schema.type == "array":
        return isinstance(value, list) and all(_is_default_of(schema.items, item) for item in value)
    if schema.type == "map":
        return isinstance(value, dict) and all(_is_default_of(schema.values, item) for item in value.values())
    if schema.type == "record":
        return isinstance(value, dict) and all(_is_field_default(field, value) for field in schema.fields)
    return _is_default_of_simple_type(schema.type, value)


def _is_field_default(field: Any, record: dict[str, Any]) -> bool:
    if field.name in record:
        return _is_default_of(field.type, record[field.name])
    return field.has_default and _is_default_of(field.type, _own_default(field))


def _is_default_of_simple_type(kind: str, value: Any) -> bool:
    if kind in ("string", "bytes", "enum", "fixed"):
        return isinstance(value, str)
    if kind == "null":
        return value is None
    if kind == "boolean":
        return isinstance(value, bool)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    if kind in ("int", "long"):
        bits = 31 if kind == "int" else 63
        return isinstance(value, int) and -(1 << bits) <= value < 1 << bits
    return True


def _described(schema: Any) -> str:
    if schema.type == "union" and schema.schemas:
        return f"{_described(schema.schemas[0])}, the first branch of its union"
    return f"{schema.type} {schema.fullname}" if hasattr(schema, "fields") else str(schema.type)
