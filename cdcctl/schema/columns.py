"""Column definitions as SQL, from Debezium's model of a table: as written, and as SHOW CREATE TABLE shows them.

A snapshot reads SHOW CREATE TABLE, streaming reads the statement as it was written. Where the two lead Debezium to
different types, a table's schema changes with the next snapshot. Source of the spellings: MySQL manual, "Using Data
Types from Other Database Engines", "Numeric Data Type Syntax", "String Data Type Syntax".

A model is the table as Debezium's JsonTableChangeSerializer writes it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# What was written → what is shown. Modifiers such as UNSIGNED follow the type and are kept.
_SHOWN = {
    "BOOL": "TINYINT(1)",
    "BOOLEAN": "TINYINT(1)",
    "INTEGER": "INT",
    "INT1": "TINYINT",
    "INT2": "SMALLINT",
    "INT3": "MEDIUMINT",
    "MIDDLEINT": "MEDIUMINT",
    "INT4": "INT",
    "INT8": "BIGINT",
    "DEC": "DECIMAL",
    "FIXED": "DECIMAL",
    "NUMERIC": "DECIMAL",
    "REAL": "DOUBLE",
    "DOUBLE PRECISION": "DOUBLE",
    "FLOAT4": "FLOAT",
    "FLOAT8": "DOUBLE",
    "CHARACTER": "CHAR",
    "NCHAR": "CHAR",
    "NATIONAL CHAR": "CHAR",
    "NATIONAL CHARACTER": "CHAR",
    "NVARCHAR": "VARCHAR",
    "CHARACTER VARYING": "VARCHAR",
    "CHAR VARYING": "VARCHAR",
    "NATIONAL VARCHAR": "VARCHAR",
    "LONG": "MEDIUMTEXT",
    "LONG VARCHAR": "MEDIUMTEXT",
    "LONG VARBINARY": "MEDIUMBLOB",
}
_BINARY = {
    "CHAR": "BINARY",
    "VARCHAR": "VARBINARY",
    "TINYTEXT": "TINYBLOB",
    "TEXT": "BLOB",
    "MEDIUMTEXT": "MEDIUMBLOB",
    "LONGTEXT": "LONGBLOB",
}
_WITH_LENGTH = frozenset({"CHAR", "VARCHAR", "BINARY", "VARBINARY", "DECIMAL"})
_MODIFIER = re.compile(r"\s+(UNSIGNED|SIGNED|ZEROFILL)\b.*", re.DOTALL)
_NATIONAL = re.compile(r"[Nn]'(.*)'", re.DOTALL)
_SINGLE_QUOTE = re.compile(r"''|'")
_TRUTH = {"true": "1", "false": "0"}


@dataclass(frozen=True)
class Definition:
    """A column and its definition as SHOW CREATE TABLE would print it."""

    column: str
    sql: str


def definition(column: Mapping[str, Any], *, nullable: bool | None = None, shown: bool = False) -> str:
    """Type, nullability and literal default of a column; a default that is an expression is not in the model.

    :param nullable: instead of what the column is.
    :param shown: spell the type as SHOW CREATE TABLE does.
    """
    spelled = (_shown_type(column) if shown else None) or type_of(column)
    return spelled + _nullability(column, column["optional"] if nullable is None else nullable)


def shown_otherwise(model: Mapping[str, Any]) -> list[Definition]:
    """The columns whose definition a snapshot reads otherwise than it was written."""
    key = frozenset(model.get("primaryKeyColumnNames", ()))
    found = []
    for column in model["columns"]:
        # MySQL keeps key columns NOT NULL though an ALTER does not repeat it.
        nullable_key = column["optional"] and column["name"] in key
        if nullable_key or _shown_type(column):
            nullable = column["optional"] and column["name"] not in key
            found.append(Definition(column["name"], definition(column, nullable=nullable, shown=True)))
    return found


def _shown_type(column: Mapping[str, Any]) -> str | None:
    """The type as shown, None when it is what was written."""
    written = str(column["typeName"]).upper()
    modifier = _MODIFIER.search(written)
    base = written[: modifier.start()] if modifier else written
    shown = _SHOWN.get(base, base)
    if column.get("charsetName") == "binary":
        shown = _BINARY.get(shown, shown)
    if shown == base:
        return None
    return shown + _length(column, shown) + (modifier[0] if modifier else "")


def _length(column: Mapping[str, Any], shown: str) -> str:
    length, scale = column.get("length"), column.get("scale")
    if length is None or length < 0 or "(" in shown:
        return ""
    if scale is not None:
        return f"({length},{scale})"
    return f"({length})" if shown in _WITH_LENGTH else ""


def type_of(column: Mapping[str, Any]) -> str:
    """The type as it was written, with length and options."""
    length, scale = column.get("length"), column.get("scale")
    size = "" if length is None or length < 0 else f"({length})" if scale is None else f"({length},{scale})"
    name = str(column["typeName"])
    if column.get("enumValues"):
        return f"{name}({','.join(column['enumValues'])})"
    modifier = _MODIFIER.search(name.upper())
    return name[: modifier.start()] + size + modifier[0] if modifier else name + size


def _nullability(column: Mapping[str, Any], nullable: bool) -> str:
    text = " NULL" if nullable else " NOT NULL"
    default = column.get("defaultValueExpression")
    if not column["hasDefaultValue"]:
        return text
    if default is None:
        return f"{text} DEFAULT NULL" if nullable else text
    return f"{text} DEFAULT {_literal(_TRUTH.get(str(default).lower(), str(default)), column)}"


def _literal(default: str, column: Mapping[str, Any]) -> str:
    if str(column["typeName"]).upper().startswith("BIT"):
        return default
    national = _NATIONAL.fullmatch(default)
    text = (national[1] if national else default).replace("\\", "\\\\")
    # Debezium keeps doubled quotes as they are written.
    return "'" + _SINGLE_QUOTE.sub("''", text) + "'"
