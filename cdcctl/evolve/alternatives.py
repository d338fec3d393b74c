"""Other ways to get what a statement wants, to be tried; nothing here knows whether they pass.

Three kinds: the same statement in another spelling, an added column with a default, and expand and contract: a new
column, a copy, and the old column dropped when nobody reads it any more.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from cdcctl.evolve.fields import Field, fields
from cdcctl.evolve.report import Effect
from cdcctl.evolve.silent import Columns
from cdcctl.schema.columns import definition, type_of
from cdcctl.sql import names

# Values that MySQL takes as a literal default of a column of the type.
_ZERO = {
    **dict.fromkeys(("TINYINT", "SMALLINT", "MEDIUMINT", "INT", "INTEGER", "BIGINT", "BOOL", "BOOLEAN"), "0"),
    **dict.fromkeys(("DECIMAL", "DEC", "NUMERIC", "FIXED", "FLOAT", "DOUBLE", "REAL"), "0"),
    **dict.fromkeys(("CHAR", "VARCHAR", "BINARY", "VARBINARY", "NCHAR", "NVARCHAR", "SET"), "''"),
    **dict.fromkeys(("DATETIME", "TIMESTAMP"), "'1970-01-02 00:00:00'"),
    "DATE": "'1970-01-01'",
    "TIME": "'00:00:00'",
    "YEAR": "1970",
    "BIT": "b'0'",
}
_SPELLINGS = (
    # What a snapshot would call it anyway.
    (r"\bBOOL(EAN)?\b", "TINYINT(1)"),
    (r"\bREAL\b", "DOUBLE"),
    (r"\bFLOAT8\b", "DOUBLE"),
    (r"\bFLOAT4\b", "FLOAT"),
    (r"\bVARCHAR(\s*\(\d+\))\s+(CHARACTER\s+SET|CHARSET)\s+binary\b", r"VARBINARY\1"),
    (r"\bCHAR(\s*\(\d+\))?\s+(CHARACTER\s+SET|CHARSET)\s+binary\b", r"BINARY\1"),
    (r"\bSET\s+DEFAULT\s+NULL\b", "DROP DEFAULT"),
    # Debezium loses a column whose name has capitals when it moves.
    (r"\s+AFTER\s+(`[^`]+`|\w+)", ""),
    (r"\s+IF\s+(NOT\s+)?EXISTS\b", ""),
)
_HEX = re.compile(r"\bDEFAULT\s+(?:0x([0-9a-f]+)|x'([0-9a-f]*)')", re.IGNORECASE)
_QUOTED = re.compile(r'"((?:[^"\\]|"")*)"')
# How ANTLR names the word at which it gives up, behind the statement in the message.
_STUMBLED = re.compile(r"(?:mismatched|extraneous) input '(\w+)'|no viable alternative at input '(?:[^']*\W)?(\w+)'")
_BEFORE_A_NAME = r"([(,.]|\b(?:ADD|ALTER|CHANGE|DROP|MODIFY|COLUMN|AFTER|TO|TABLE|EXISTS|REFERENCES|ON)\b)"
_OTHER_CLAUSES = re.compile(
    r"\b(INDEX|KEY|CONSTRAINT|PARTITION|ENGINE|CONVERT|COMMENT|CHECK|FOREIGN|AUTO_INCREMENT\s*=)\b", re.IGNORECASE
)


@dataclass
class Alternative:
    """Statements instead of one, with a word on each step; ``None`` as a step's statements ends a part.

    :param steps: what the step is for, and its statements.
    """

    steps: list[tuple[str, list[str]]] = field(default_factory=list)

    @property
    def ddl(self) -> list[str]:
        """The statements that change the table."""
        return [sql for _, statements in self.steps for sql in statements if not sql.startswith("UPDATE ")]

    @property
    def sql(self) -> str:
        """All of it, as one would put it into a migration."""
        if len(self.steps) == 1 and not self.steps[0][0]:
            return "\n".join(f"{sql};" for sql in self.steps[0][1])
        lines = []
        for number, (why, statements) in enumerate(self.steps, 1):
            lines += [f"-- {number}. {why}", *(f"{sql};" for sql in statements)]
        return "\n".join(lines)


def alternatives(effect: Effect) -> Iterator[Alternative]:
    """What to try instead of a statement, the nearest to it first."""
    yield from _spelled(effect.migration.sql)
    yield from _quoted(effect)
    if effect.models[0] is None or effect.models[1] is None or effect.renamed_from:
        return
    if effect.key.before != effect.key.after and effect.key.before is not None:
        yield from _key(effect)
        return
    changed = _Changed(effect)
    if not changed.possible:
        return
    yield changed.alternative(contract=True)
    if changed.contract:
        yield changed.alternative(contract=False)


def _spelled(sql: str) -> Iterator[Alternative]:
    """The statement in other words."""
    spelled = sql
    for pattern, instead in _SPELLINGS:
        spelled = _outside_strings(spelled, pattern, instead)
    spelled = _HEX.sub(_as_text, spelled)
    if spelled != sql:
        yield Alternative([("", [spelled])])
    if '"' in sql:
        yield Alternative([("", [_QUOTED.sub(lambda found: names.quoted(found[1].replace('""', '"')), spelled)])])


def _quoted(effect: Effect) -> Iterator[Alternative]:
    """With backquotes around names that Debezium's parser takes for words of its own, such as a column ``url``."""
    if effect.error is None:
        return
    told = "\n".join(each["message"] or "" for each in (effect.error, *effect.error["causes"]))
    words = {"".join(found) for found in _STUMBLED.findall(told)}
    if not words:
        return
    names_word = rf"{_BEFORE_A_NAME}(\s*)({'|'.join(sorted(words))})\b"
    spelled = _outside_strings(effect.migration.sql, names_word, lambda at: f"{at[1]}{at[2]}`{at[3]}`")
    if spelled != effect.migration.sql:
        yield Alternative([("", [spelled])])


def _outside_strings(sql: str, pattern: str, instead: str | Callable[[re.Match[str]], str]) -> str:
    parts = re.split(r"('(?:[^'\\]|\\.|'')*'|`(?:[^`]|``)*`)", sql)
    changed = re.compile(pattern, re.IGNORECASE)
    if "`" in pattern:
        return changed.sub(instead, sql)
    return "".join(part if index % 2 else changed.sub(instead, part) for index, part in enumerate(parts))


def _as_text(found: re.Match[str]) -> str:
    try:
        text = bytes.fromhex(found[1] or found[2]).decode("ascii")
    except ValueError:
        return found[0]
    return f"DEFAULT '{text}'" if text.isprintable() and not set(text) & set("'\\") else found[0]


def _key(effect: Effect) -> Iterator[Alternative]:
    """A key column whose NOT NULL was not repeated."""
    model = effect.models[1] or {}
    key = set(model.get("primaryKeyColumnNames", ()))
    columns = [column for column in model.get("columns", ()) if column["name"] in key and column["optional"]]
    if columns:
        clauses = [f"MODIFY COLUMN {names.quoted(each['name'])} {_not_null(each)}" for each in columns]
        yield Alternative([("", [f"ALTER TABLE {_table(effect)} {', '.join(clauses)}"])])


def _not_null(column: Mapping[str, Any]) -> str:
    return definition(column, nullable=False) + (" AUTO_INCREMENT" if column["autoIncremented"] else "")


def _table(effect: Effect) -> str:
    """The table as the statement calls it: with its database where that is not the current one, or is named there."""
    database, _, table = str(effect.table).partition(".")
    named = rf"(?<!\w)(?:{re.escape(database)}|{re.escape(names.quoted(database))})\s*\.\s*[`\w]"
    bare = names.without_comments(effect.migration.sql)
    if database == effect.migration.database and not re.search(named, bare, re.IGNORECASE):
        return names.quoted(table)
    return f"{names.quoted(database)}.{names.quoted(table)}"


class _Changed:
    """Every column that a statement changes, made anew in steps that each change little."""

    def __init__(self, effect: Effect) -> None:
        self._effect = effect
        self._columns = Columns.of(effect)
        self._old, self._new = fields(effect.value.before), fields(effect.value.after)
        self._clauses: list[str] = []
        self._copies: list[str] = []
        self.contract: list[str] = []
        self._moved: dict[str, str] = {}
        self.possible = not _OTHER_CLAUSES.search(names.without_comments(effect.migration.sql))
        if self.possible:
            self._collect()

    def alternative(self, *, contract: bool) -> Alternative:
        """All steps, or all but the last, which drops the old columns."""
        table = _table(self._effect)
        made = Alternative()
        if self._clauses:
            why = "add the new column" if self._copies else ""
            made.steps.append((why, [f"ALTER TABLE {table} {', '.join(self._clauses)}"]))
        if self._copies:
            why = "copy, a range of keys at a time if the table is large; from now on write both columns"
            made.steps.append((why, [f"UPDATE {table} SET {', '.join(self._copies)}"]))  # noqa: S608 (shown, never run)
        if self.contract and contract:
            moved = ", ".join(f"{new} instead of {old}" for old, new in self._moved.items())
            why = f"when everybody reads {moved}" if moved else "when nobody reads it any more"
            for number, clause in enumerate(self.contract):
                made.steps.append((why if not number else "then", [f"ALTER TABLE {table} {clause}"]))
        return made

    def _collect(self) -> None:
        for name in self._columns.added:
            self._add(name)
        for name in self._columns.dropped:
            self._drop(name)
        for old, name in self._columns.renamed.items():
            self._replace(old, name)
        for name in self._columns.before:
            if name in self._columns.after and name in self._old and name in self._new:
                self._modify(name)

    def _add(self, name: str) -> None:
        column, made = self._columns.after[name], self._new.get(name)
        spelled = definition(column)
        if made is not None and not made.has_default and not made.nullable:
            zero = _zero(column)
            spelled = f"{type_of(column)} NOT NULL DEFAULT {zero}" if zero else f"{type_of(column)} NULL"
        self._clauses.append(f"ADD COLUMN {names.quoted(name)} {spelled}")

    def _drop(self, name: str) -> None:
        """A required field must have had a default, for readers that still expect it."""
        was = self._old.get(name)
        zero = _zero(self._columns.before[name])
        if was is not None and not was.has_default and zero:
            self.contract.append(f"ALTER COLUMN {names.quoted(name)} SET DEFAULT {zero}")
        self.contract.append(f"DROP COLUMN {names.quoted(name)}")

    def _replace(self, old: str, new: str) -> None:
        """A new column, which takes over from the old one."""
        wanted = self._columns.after[self._columns.renamed.get(old, old)]
        self._clauses.append(f"ADD COLUMN {names.quoted(new)} {type_of(wanted)} NULL")
        self._copies.append(f"{names.quoted(new)} = {names.quoted(old)}")
        self._moved[old] = new
        self._drop(old)

    def _modify(self, name: str) -> None:
        before, after = self._columns.before[name], self._columns.after[name]
        if {**before, "position": 0} == {**after, "position": 0}:
            return
        old, new = self._old[name], self._new[name]
        if _is_tightened(old, new) and type_of(before) == type_of(after):
            short = f"{str(self._effect.table).partition('.')[2]}_{name}_not_null"[:64]
            self._clauses.append(f"ADD CONSTRAINT {names.quoted(short)} CHECK ({names.quoted(name)} IS NOT NULL)")
        elif _is_compatible(old, new):
            self._clauses.append(f"MODIFY COLUMN {names.quoted(name)} {definition(after)}")
        else:
            self._replace(name, self._free(name))

    def _free(self, name: str) -> str:
        """A name for the column that takes over."""
        taken = {each.lower() for each in (*self._columns.before, *self._columns.after)}
        number = 2
        while f"{name}_{number}".lower() in taken:
            number += 1
        return f"{name}_{number}"


def _zero(column: Mapping[str, Any]) -> str | None:
    base = re.split(r"[\s(]", str(column["typeName"]).upper())[0]
    if base == "ENUM" and column.get("enumValues"):
        return str(column["enumValues"][0])
    return _ZERO.get(base)


def _is_tightened(old: Field, new: Field) -> bool:
    """NULL becomes NOT NULL and nothing else changes."""
    return old.nullable and not new.nullable and old.primitive == new.primitive and old.properties == new.properties


def _is_compatible(old: Field, new: Field) -> bool:
    """Neither type, meaning nor nullability changes."""
    return old.primitive == new.primitive and old.semantic == new.semantic and old.nullable == new.nullable and (
        old.logical != "decimal" or old.type.get("scale") == new.type.get("scale")
    )  # fmt: skip
