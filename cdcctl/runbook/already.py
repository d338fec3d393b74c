"""Whether a table is already as a statement wants it, so that running it again could only fail."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from cdcctl.evolve.report import Effect
from cdcctl.sql import names

_ALTER = re.compile(r"\s*ALTER\s+(?:TABLE|IGNORE\s+TABLE)\b", re.IGNORECASE)
_CREATE = re.compile(r"\s*CREATE\s+TABLE\b", re.IGNORECASE)
# ADD and DROP of something that is no column.
_NOT_COLUMN = r"(?:INDEX|KEY|CONSTRAINT|UNIQUE|PRIMARY|FOREIGN|FULLTEXT|SPATIAL|CHECK|PARTITION)\b"
_ADD = re.compile(rf"\bADD\s+(?:COLUMN\s+)?(?!{_NOT_COLUMN}|COLUMN\b)({names.IDENTIFIER})", re.IGNORECASE)
_DROP = re.compile(rf"\bDROP\s+(?:COLUMN\s+)?(?!{_NOT_COLUMN}|COLUMN\b|DEFAULT\b)({names.IDENTIFIER})", re.IGNORECASE)
_STRING = re.compile(r"'(?:[^'\\]|\\.|'')*'")


def is_already(effect: Effect) -> bool:
    """Whether the table has all columns that an ALTER adds, and none that it drops or renames; or exists already."""
    before, after = effect.models
    sql = _STRING.sub("''", names.without_comments(effect.migration.sql))
    if _CREATE.match(sql):
        # Debezium ignores CREATE TABLE for a table that it knows; MySQL refuses it.
        return before is not None and _columns(before) == _columns(after)
    if before is None or after is None or not _ALTER.match(sql):
        return False
    there = {column["name"].lower() for column in before["columns"]}
    wanted = list(_wanted(sql))
    return bool(wanted) and all((name.lower() in there) is present for name, present in wanted)


def _wanted(sql: str) -> Iterator[tuple[str, bool]]:
    """Each column that the statement names as new or old, and whether it is there afterwards."""
    for found in _ADD.finditer(sql):
        yield names.unquoted(found[1]), True
    for found in _DROP.finditer(sql):
        yield names.unquoted(found[1]), False
    for old, new in names.renamed_columns(sql):
        yield new, True
        if old.lower() != new.lower():
            yield old, False


def _columns(model: Mapping[str, Any] | None) -> list[tuple[Any, ...]]:
    return [(each["name"], each["typeName"], each["optional"]) for each in model["columns"]] if model else []
