"""The clauses of ALTER TABLE, CREATE TABLE and RENAME TABLE, as far as names of columns and tables go."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

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
_FIRST = re.compile(r"\bFIRST\s*$", re.IGNORECASE)
_AFTER = re.compile(rf"\bAFTER\s*({_NAME})\s*$", re.IGNORECASE)
_INDEX = re.compile(
    rf"(?:CONSTRAINT\b\s*(?:{_NAME})?\s*)?(?:PRIMARY\s*KEY|FOREIGN\s*KEY|(?:UNIQUE|FULLTEXT|SPATIAL)\b(?:\s*(?:INDEX|KEY)\b)?"
    rf"|(?:INDEX|KEY)\b)\s*(?:IF\s+NOT\s+EXISTS\s*)?(?:{_NAME})?\s*(?:USING\s+\w+\s*)?\(",
    re.IGNORECASE,
)
_KEY_PART = re.compile(rf"({_NAME})\s*(?:\(\s*\d+\s*\))?\s*(?:ASC|DESC)?\s*", re.IGNORECASE)
# No column has such a name unless it is quoted.
_NO_COLUMN = frozenset(
    {
        "CHECK",
        "COLUMN",
        "CONSTRAINT",
        "FOREIGN",
        "FULLTEXT",
        "IF",
        "INDEX",
        "KEY",
        "LIKE",
        "PARTITION",
        "PRIMARY",
        "SPATIAL",
    }
    | {"UNIQUE"}
)
_KINDS = ("add", "change", "modify", "drop", "rename", "alter")


@dataclass(frozen=True)
class Change:
    """What a clause does to a column: adds it (``old`` is None), drops it (``new`` is None), or changes it.

    :param place: the column behind which it is to stand, ``""`` for FIRST; None: at the end, or where it is.
    """

    old: str | None
    new: str | None
    place: str | None = None


@dataclass
class Alterations:
    """What an ALTER TABLE says of columns and of the table's name, in the statement's order.

    :param indexed: the columns of indexes and keys.
    :param names: new names of the table, ``name`` or ``database.name`` with their quotes.
    """

    changes: list[Change] = field(default_factory=list)
    indexed: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)

    def columns(self, before: Sequence[str]) -> list[str]:
        """The columns of a table afterwards, in order.

        As mysql_prepare_alter_table of MySQL's sql_table.cc has it: first what there was, dropped or renamed; then,
        clause by clause, what is new or gets another place.

        :raises LookupError: the column behind which one is to stand is not there (by then); its name.
        """
        about = {each.old.lower(): each for each in self.changes if each.old is not None}
        found = [about.get(name.lower(), Change(name, name)) for name in before]
        found = [each for each in found if each.new is not None]
        for each in self.changes:
            if each.new is not None and (each.old is None or each.place is not None):
                found = [other for other in found if other is not each]
                found.insert(_position([str(other.new) for other in found], each.place), each)
        return [str(each.new) for each in found]


def _position(columns: Sequence[str], place: str | None) -> int:
    if not place:
        return len(columns) if place is None else 0
    number = next((index for index, each in enumerate(columns) if each.lower() == place.lower()), None)
    if number is None:
        raise LookupError(place)
    return number + 1


def alterations(clauses: str) -> Alterations:
    """Read what follows the table's name in ALTER TABLE, without comments."""
    found = Alterations()
    for clause in parts(clauses):
        if several := _ADD_SEVERAL.match(clause):
            added: list[str] = []
            _define(inside(clause, several.end()), added, found.indexed)
            found.changes += [Change(None, name) for name in added]
        elif told := _COLUMN.match(clause):
            _take(told, clause, found)
        if renamed := _RENAME_TABLE.match(clause):
            found.names.append(renamed[1])
    return found


def _take(told: re.Match[str], clause: str, found: Alterations) -> None:
    name, kind = told["name"], str(next(each for each in _KINDS if told[each]))
    if name.upper() in _NO_COLUMN:
        if kind == "add":
            found.indexed += indexed(clause[len("ADD") :].strip())
        return
    plain = names.unquoted(name)
    new = _FIRST_NAME.match(told["rest"]) if kind in ("change", "rename") else None
    found.changes.append(
        Change(
            None if kind == "add" else plain,
            None if kind == "drop" else names.unquoted(new["name"]) if new else plain,
            _place(clause) if kind in ("add", "change", "modify") else None,
        )
    )


def _place(clause: str) -> str | None:
    after = _AFTER.search(clause)
    if after is not None:
        return names.unquoted(after[1])
    return "" if _FIRST.search(clause) else None


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
