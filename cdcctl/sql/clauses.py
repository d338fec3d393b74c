"""The clauses of ALTER TABLE, CREATE TABLE and RENAME TABLE, as far as names of columns and tables go."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from cdcctl.sql import names

_NAME = names.IDENTIFIER
_MARK = re.compile(r"'(?:[^'\\]|\\.|'')*'|\"(?:[^\"\\]|\\.|\"\")*\"|`(?:[^`]|``)*`|[(),]", re.DOTALL)
_ADD_SEVERAL = re.compile(r"ADD\s*(?:COLUMN\s*)?\(", re.IGNORECASE)
_COLUMN = re.compile(
    rf"(?:(?P<add>ADD)|(?P<change>CHANGE)|(?P<modify>MODIFY)|(?P<drop>DROP)|(?P<rename>RENAME\s*COLUMN)|(?P<alter>ALTER))"
    rf"\b\s*(?:COLUMN\b\s*)?(?P<name>{_NAME})\s*(?P<rest>.*)",
    re.IGNORECASE | re.DOTALL,
)
_FIRST_NAME = re.compile(rf"(?P<to>TO\b\s*)?(?P<name>{_NAME})", re.IGNORECASE)
_RENAME_TABLE = re.compile(rf"RENAME\b\s*(?:TO\b|AS\b|=)?\s*({_NAME}(?:\s*\.\s*{_NAME})?)\s*$", re.IGNORECASE)
_TO = re.compile(rf"({_NAME}(?:\s*\.\s*{_NAME})?)\s*TO\b\s*({_NAME}(?:\s*\.\s*{_NAME})?)\s*$", re.IGNORECASE)
_AFTER = re.compile(rf"\bAFTER\s*({_NAME})\s*$", re.IGNORECASE)
_INDEX = re.compile(
    rf"(?:CONSTRAINT\b\s*(?:{_NAME})?\s*)?(?:PRIMARY\s*KEY|FOREIGN\s*KEY|(?:UNIQUE|FULLTEXT|SPATIAL)\b(?:\s*(?:INDEX|KEY)\b)?"
    rf"|(?:INDEX|KEY)\b)\s*(?:IF\s+NOT\s+EXISTS\s*)?(?:{_NAME})?\s*(?:USING\s+\w+\s*)?\(",
    re.IGNORECASE,
)
_KEY_PART = re.compile(rf"({_NAME})\s*(?:\(\s*\d+\s*\))?\s*(?:ASC|DESC)?\s*", re.IGNORECASE)
# No column has such a name unless it is quoted.
_NO_COLUMN = frozenset(
    {"CHECK", "CONSTRAINT", "FOREIGN", "FULLTEXT", "IF", "INDEX", "KEY", "LIKE", "PARTITION", "PRIMARY", "SPATIAL"}
    | {"UNIQUE"}
)
_CHANGES: dict[str, Literal["modify", "rename"]] = {
    "change": "rename", "rename": "rename", "modify": "modify", "alter": "modify"
}  # fmt: skip


@dataclass
class Alterations:
    """What an ALTER TABLE says of columns and of the table's name, in the statement's order.

    :param changed: (old name, new name) of what CHANGE, MODIFY, RENAME COLUMN and ALTER COLUMN are about.
    :param after: the columns behind which others are to stand.
    :param indexed: the columns of indexes and keys.
    :param names: new names of the table, ``name`` or ``database.name`` with their quotes.
    """

    added: list[str] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)
    changed: list[tuple[str, str]] = field(default_factory=list)
    after: list[str] = field(default_factory=list)
    indexed: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)


def alterations(clauses: str) -> Alterations:
    """Read what follows the table's name in ALTER TABLE, without comments."""
    found = Alterations()
    for clause in parts(clauses):
        if several := _ADD_SEVERAL.match(clause):
            _define(inside(clause, several.end()), found.added, found.indexed)
        elif told := _COLUMN.match(clause):
            _take(told, clause, found)
        if renamed := _RENAME_TABLE.match(clause):
            found.names.append(renamed[1])
    return found


def _take(told: re.Match[str], clause: str, found: Alterations) -> None:
    name, kind = told["name"], next(each for each in ("add", "drop", *_CHANGES) if told[each])
    if name.upper() in _NO_COLUMN:
        if kind == "add":
            found.indexed += indexed(clause[len("ADD") :].strip())
        return
    plain = names.unquoted(name)
    if kind == "drop":
        found.dropped.append(plain)
        return
    if kind == "add":
        found.added.append(plain)
    else:
        new = _FIRST_NAME.match(told["rest"]) if _CHANGES[kind] == "rename" else None
        found.changed.append((plain, names.unquoted(new["name"]) if new else plain))
    if kind != "alter" and (after := _AFTER.search(clause)):
        found.after.append(names.unquoted(after[1]))


def defined(clauses: str) -> tuple[list[str], list[str]]:
    """The columns, and those of indexes and keys, of what follows the table's name in CREATE TABLE."""
    columns: list[str] = []
    keys: list[str] = []
    text = clauses.lstrip()
    if text.startswith("("):
        _define(inside(text, 1), columns, keys)
    return columns, keys


def _define(definitions: str, columns: list[str], keys: list[str]) -> None:
    for each in parts(definitions):
        name = re.match(_NAME, each)
        if name is None or name[0].upper() in _NO_COLUMN:
            keys += indexed(each)
        else:
            columns.append(names.unquoted(name[0]))


def indexed(definition: str) -> list[str]:
    """The columns of the definition of an index or key; parts that are expressions are left out."""
    begin = _INDEX.match(definition)
    if begin is None:
        return []
    found = (_KEY_PART.fullmatch(each) for each in parts(inside(definition, begin.end())))
    return [names.unquoted(each[1]) for each in found if each]


def renamed_tables(clauses: str) -> Iterator[tuple[str, str]]:
    """Old and new name, with their quotes, of what follows RENAME TABLE."""
    for each in parts(clauses):
        if found := _TO.match(each):
            yield found[1], found[2]


def inside(text: str, start: int) -> str:
    """What stands between a parenthesis and the one that closes it.

    :param start: behind the parenthesis.
    """
    depth = 1
    for mark in _MARK.finditer(text, start):
        depth += {"(": 1, ")": -1}.get(mark[0], 0)
        if not depth:
            return text[start : mark.start()]
    return text[start:]


def parts(text: str) -> list[str]:
    """What commas separate, but for those in parentheses and quotes."""
    found, start, depth = [], 0, 0
    for mark in _MARK.finditer(text):
        depth += {"(": 1, ")": -1}.get(mark[0], 0)
        if mark[0] == "," and not depth:
            found.append(text[start : mark.start()].strip())
            start = mark.end()
    return [*found, text[start:].strip()]
