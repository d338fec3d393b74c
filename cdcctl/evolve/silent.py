"""What passes every check of a schema and changes data all the same."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from cdcctl.evolve.fields import Field, fields
from cdcctl.evolve.report import Effect
from cdcctl.evolve.rules import Finding, finding
from cdcctl.schema.columns import definition, type_of
from cdcctl.sql import names

# Debezium's, and Connect's own under time.precision.mode=connect.
_TIMES = ("io.debezium.time.", *(f"org.apache.kafka.connect.data.{each}" for each in ("Date", "Time", "Timestamp")))
_HEX_DEFAULT = re.compile(r"\bDEFAULT\s+(0x[0-9a-f]+|x'[0-9a-f]*')", re.IGNORECASE)
_SET_DEFAULT_NULL = re.compile(rf"\bALTER\s+(?:COLUMN\s+)?({names.IDENTIFIER})\s+SET\s+DEFAULT\s+NULL\b", re.IGNORECASE)
_EXPRESSION_DEFAULT = re.compile(r"\bDEFAULT\s+\(", re.IGNORECASE)
Column = Mapping[str, Any]


@dataclass(frozen=True)
class Columns:
    """The columns of a table before and after, and which is which."""

    before: dict[str, Column]
    after: dict[str, Column]
    renamed: dict[str, str]

    @classmethod
    def of(cls, effect: Effect) -> Columns:
        """Of an effect; renames are those the statement names and the models bear out."""
        before, after = (_by_name(model) for model in effect.models)
        renamed = {
            old: new
            for old, new in names.renamed_columns(effect.migration.sql)
            if old in before and new in after and old not in after and new not in before
        }
        return cls(before, after, renamed)

    @property
    def added(self) -> list[str]:
        """New columns that are no renamed ones."""
        return [name for name in self.after if name not in self.before and name not in self.renamed.values()]

    @property
    def dropped(self) -> list[str]:
        """Columns that are gone and have no new name."""
        return [name for name in self.before if name not in self.after and name not in self.renamed]

    @cached_property
    def untouched(self) -> frozenset[str]:
        """Columns that stay as they are, wherever they stand."""
        both = self.before.keys() & self.after.keys()
        return frozenset(name for name in both if _same(self.before[name], self.after[name]))

    def stays(self, name: str, old: Mapping[str, Field], new: Mapping[str, Field]) -> bool:
        """Whether nothing happens to a column: other settings give one that is untouched another field."""
        same = name not in old or name not in new or old[name].tree == new[name].tree
        return name in self.untouched and same

    @property
    def kept(self) -> list[tuple[str, str]]:
        """Old and new name of each column that stays."""
        same = [(name, name) for name in self.before if name in self.after]
        return [*same, *self.renamed.items()]


def findings(effect: Effect, config: Mapping[str, str]) -> Iterator[Finding]:
    """All silent changes of an effect.

    :param config: the source connector's configuration.
    """
    if effect.value.after is None or effect.models[1] is None:
        return
    columns = Columns.of(effect)
    old, new = fields(effect.value.before), fields(effect.value.after)
    for before, after in columns.kept:
        if before in old and after in new and (before != after or not columns.stays(before, old, new)):
            yield from _meaning(after, old[before], new[after])
            yield from _column(after, columns.before[before], columns.after[after], old[before], new[after])
    first = effect.models[0] is None
    for name in columns.after:
        if name in new and not columns.stays(name, old, new):
            yield from _any_column(name, columns.after[name], new[name], config)
    if not first:
        yield from _added(effect, columns, new)
        yield from _renamed(columns, new)
        yield from _dropped(columns)
        yield from _case(columns, new)
    yield from _defaults(effect, new)


def _by_name(model: Mapping[str, Any] | None) -> dict[str, Column]:
    return {column["name"]: column for column in model["columns"]} if model else {}


def _same(old: Column, new: Column) -> bool:
    return {**old, "position": 0} == {**new, "position": 0}


def _meaning(name: str, old: Field, new: Field) -> Iterator[Finding]:
    """The type is readable as the other, or the same, and a value means something else."""
    if old.logical == new.logical == "decimal":
        scales = old.type.get("scale"), new.type.get("scale")
        if scales[0] != scales[1]:
            yield finding("scale-changes", f"{name}: {scales[0]} digits after the point become {scales[1]}", name)
    elif {old.primitive, new.primitive} == {"string", "bytes"}:
        yield finding("text-becomes-bytes", f"{name}: {old.primitive} becomes {new.primitive}", name)
    elif any(each.semantic.startswith(_TIMES) for each in (old, new)):
        yield from _time(name, old, new)
    elif old.semantic != new.semantic and old.primitive == new.primitive and {old.primitive} & {"int", "long", "bytes"}:
        yield finding("meaning-changes", f"{name}: {old.words} becomes {new.words}", name)


def _time(name: str, old: Field, new: Field) -> Iterator[Finding]:
    kinds = old.semantic.rpartition(".")[2], new.semantic.rpartition(".")[2]
    if kinds[0] == kinds[1] or not _readable(old.primitive, new.primitive):
        return
    if "Date" in kinds and {"Timestamp", "MicroTimestamp", "NanoTimestamp"} & set(kinds):
        yield finding("days-become-instants", f"{name}: {kinds[0]} ({old.primitive}) becomes {kinds[1]}", name)
    elif all(kind.endswith("Timestamp") for kind in kinds):
        yield finding("unit-changes", f"{name}: {_unit(kinds[0])} become {_unit(kinds[1])}", name)
    else:
        yield finding("meaning-changes", f"{name}: {old.words} becomes {new.words}", name)


def _unit(kind: str) -> str:
    return {"Timestamp": "milliseconds", "MicroTimestamp": "microseconds", "NanoTimestamp": "nanoseconds"}.get(
        kind, kind
    )


def _readable(old: str, new: str) -> bool:
    """Whether Avro reads the one as the other, in either direction."""
    numbers = ("int", "long", "float", "double")
    return old == new or (old in numbers and new in numbers)


def _column(name: str, before: Column, after: Column, old: Field, new: Field) -> Iterator[Finding]:
    """Changes of a column that stays."""
    options = [list(column.get("enumValues") or ()) for column in (before, after)]
    if options[0] and options[1] and options[1][: len(options[0])] != options[0]:
        gone = [option for option in options[0] if option not in options[1]]
        told = f"{', '.join(gone)} {'is' if len(gone) == 1 else 'are'} gone" if gone else "options have moved"
        yield finding("options-changed", f"{name}: {told}", name)
    if _converts(before, after, old, new):
        yield finding("rows-converted", f"{name}: {type_of(before)} becomes {type_of(after)}", name)


def _converts(before: Column, after: Column, old: Field, new: Field) -> bool:
    """Whether MySQL changes stored values in a way that Parquet's copies do not follow."""
    if type_of(before) == type_of(after) or {old.primitive, new.primitive} == {"string"}:
        return False
    if _base(before) == _base(after) and _size(before) <= _size(after):
        return False
    widened = (old.primitive, new.primitive) in {("int", "long"), ("float", "double"), ("int", "double")}
    return not (widened and not old.semantic)


def _base(column: Column) -> str:
    return str(column["typeName"]).upper()


def _size(column: Column) -> tuple[int, int]:
    """Digits before and after the point, or length and 0."""
    length, scale = column.get("length") or 0, column.get("scale") or 0
    return length - scale, scale


def _any_column(name: str, column: Column, field: Field, config: Mapping[str, str]) -> Iterator[Finding]:
    """What is to be said of a column whenever it is new or altered."""
    if field.nullable and field.default is not None:
        yield finding("null-becomes-default", f"{name}: NULL arrives as {field.default_words}", name)
    unsigned = (
        str(column["typeName"]).upper().startswith("BIGINT UNSIGNED") or str(column["typeName"]).upper() == "SERIAL"
    )
    if unsigned and field.primitive == "long" and config.get("bigint.unsigned.handling.mode", "long") == "long":
        yield finding("unsigned-wraps", f"{name}: values from 9223372036854775808 on arrive negative", name)


def _added(effect: Effect, columns: Columns, new: Mapping[str, Field]) -> Iterator[Finding]:
    """Debezium's model does not say which columns are generated, the statement does."""
    sql = names.without_comments(effect.migration.sql)
    for name in columns.added:
        column = columns.after[name]
        filled = not column["optional"] or column.get("defaultValueExpression") is not None or _is_generated(name, sql)
        if filled and not column["autoIncremented"] and name in new:
            spelled = definition(column)
            yield finding(
                "rows-not-rewritten", f"{name} ({spelled}): MySQL fills existing rows, Parquet has NULL", name
            )


def _is_generated(name: str, sql: str) -> bool:
    return bool(re.search(rf"(\b|`){re.escape(name)}`?\s[^,]*?\bAS\s*\(", sql, re.IGNORECASE))


def _renamed(columns: Columns, new: Mapping[str, Field]) -> Iterator[Finding]:
    for old, name in columns.renamed.items():
        if old.lower() != name.lower() and name in new:
            yield finding("rename-splits", f"{old} and {name}: rows before have the one, rows after the other", name)


def _dropped(columns: Columns) -> Iterator[Finding]:
    for name in columns.dropped:
        yield finding("column-dropped", f"{name} is NULL from now on", name)


def _case(columns: Columns, new: Mapping[str, Field]) -> Iterator[Finding]:
    alike: dict[str, list[str]] = {}
    for name in columns.after:
        alike.setdefault(name.lower(), []).append(name)
    for old in columns.before:
        for name in alike.get(old.lower(), ()):
            if old != name and name in new:
                yield finding("case-changes", f"{old} and {name} stand side by side", name)


def _defaults(effect: Effect, new: Mapping[str, Field]) -> Iterator[Finding]:
    sql = names.without_comments(effect.migration.sql)
    for found in _SET_DEFAULT_NULL.finditer(sql):
        name = names.unquoted(found[1])
        if name in new and new[name].default is not None:
            yield finding("default-misread", f"{name}: NULL is registered as {new[name].default_words}", name)
    for found in _HEX_DEFAULT.finditer(sql):
        yield finding("default-misread", f"DEFAULT {found[1]} is not registered as MySQL means it")
    if _EXPRESSION_DEFAULT.search(sql) and effect.value.is_new:
        yield finding("default-lost", "DEFAULT (…) gives the field no default")
