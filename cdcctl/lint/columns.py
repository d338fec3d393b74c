"""The columns of captured tables, from CREATE TABLE statements as MySQL itself prints them.

That is the form of ``SHOW CREATE TABLE`` and ``mysqldump --no-data``: one column or key a line, names in backticks.
Statements written by hand are not understood here; a parser of MySQL's whole language is no business of lint's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cdcctl.errors import InputError, why

_NAME = r"`((?:[^`]|``)+)`"
_DATABASE = re.compile(rf"^\s*USE\s+{_NAME}\s*;|^\s*CREATE DATABASE\b.*?{_NAME}", re.IGNORECASE)
_TABLE = re.compile(rf"^\s*CREATE TABLE (?:IF NOT EXISTS )?(?:{_NAME}\.)?{_NAME} \($", re.IGNORECASE)
_COLUMN = re.compile(rf"^\s*{_NAME} (.+?),?$")
_KEY = re.compile(r"^\s*(PRIMARY|UNIQUE) KEY (?:`(?:[^`]|``)+` )?\((.+?)\)", re.IGNORECASE)
_DEFAULT = re.compile(r"\bDEFAULT ((?:_\w+)?'(?:[^']|'')*'|b'[01]*'|\([^)]*\)|[\w.+-]+)", re.IGNORECASE)
_COMMENT = re.compile(r" COMMENT '(?:[^']|'')*'", re.IGNORECASE)


@dataclass(frozen=True)
class Column:
    """One column.

    :param type: as MySQL prints it, in small letters: ``bigint unsigned``, ``decimal(40,2)``.
    :param default: as printed, with its quotes; None where there is none or it is NULL.
    :param in_key: whether it belongs to what Debezium takes as the key.
    """

    table: str
    name: str
    type: str
    nullable: bool
    default: str | None
    in_key: bool = False

    def __str__(self) -> str:
        return f"{self.table}.{self.name}"


def read_columns(paths: Sequence[Path]) -> tuple[Column, ...]:
    """The columns of all tables in some files.

    :raises InputError: a file cannot be read, or holds no CREATE TABLE as MySQL prints it.
    """
    found: list[Column] = []
    for path in paths:
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"{path} cannot be read: {why(error)}", hint="give a UTF-8 text file") from None
        columns = list(columns_of(text))
        if not columns:
            raise InputError(
                f"{path} holds no CREATE TABLE as MySQL prints it",
                hint="write the file with mysqldump --no-data --databases, or from SHOW CREATE TABLE",
            )
        found += columns
    return tuple(found)


def columns_of(text: str) -> Iterator[Column]:
    """The columns of the tables in a text; whatever else is in it is passed over."""
    database = ""
    table: str | None = None
    columns: list[Column] = []
    keys: list[tuple[str, list[str]]] = []
    for line in text.splitlines():
        if table is None:
            use, create = _DATABASE.match(line), _TABLE.match(line)
            if use:
                database = _plain(use[1] or use[2])
            elif create:
                table = f"{_plain(create[1]) if create[1] else database}.{_plain(create[2])}"
        elif line.lstrip().startswith(")"):
            yield from _with_key(columns, keys)
            table, columns, keys = None, [], []
        elif key := _KEY.match(line):
            keys.append((key[1].upper(), [_plain(name) for name in re.findall(_NAME, key[2])]))
        elif column := _COLUMN.match(line):
            columns.append(_column(table, _plain(column[1]), _COMMENT.sub("", column[2])))


def _column(table: str, name: str, definition: str) -> Column:
    default = _DEFAULT.search(definition)
    value = None if default is None or default[1].upper() == "NULL" else default[1]
    kind = re.match(r"\w+(?:\((?:[^()']|'(?:[^']|'')*')*\))?(?: unsigned)?", definition)
    nullable = not re.search(r"\bNOT NULL\b", definition, re.IGNORECASE)
    return Column(table, name, (kind[0] if kind else definition).lower(), nullable, value)


def _with_key(columns: list[Column], keys: list[tuple[str, list[str]]]) -> Iterator[Column]:
    """Mark the key as TableEditorImpl of Debezium chooses it: the primary one, else a unique one without nulls."""
    nullable = {column.name for column in columns if column.nullable}
    names = next((names for kind, names in keys if kind == "PRIMARY"), None)
    names = names or next((names for _, names in keys if not nullable.intersection(names)), [])
    for column in columns:
        yield Column(column.table, column.name, column.type, column.nullable, column.default, column.name in names)


def _plain(name: str) -> str:
    return name.replace("``", "`")
