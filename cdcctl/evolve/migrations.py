"""Migrations as people keep them: files, standard input, and folders in the manner of Flyway, Liquibase and others."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cdcctl.errors import InputError
from cdcctl.sql import names
from cdcctl.sql.statements import split

_FLYWAY = re.compile(r"(?P<kind>[VBUR])(?P<version>[\d._]*)__.*\.sql", re.DOTALL)
_LIQUIBASE = re.compile(r"\s*--\s*liquibase\s+formatted\s+sql", re.IGNORECASE)
_CHANGESET = re.compile(r"^\s*--\s*changeset\s+(?P<name>\S+)(?P<attributes>.*)$", re.IGNORECASE | re.MULTILINE)
_LIQUIBASE_LINE = re.compile(r"^[ \t]*--[^\n]*", re.MULTILINE)
# What stands below such a line takes the migration back (goose, sql-migrate, dbmate).
_DOWN = re.compile(r"^\s*--\s*(\+goose\s+down|\+migrate\s+down|migrate:down)\b", re.IGNORECASE | re.MULTILINE)
_UP = re.compile(r"^\s*--\s*(\+goose\s+up|\+migrate\s+up|migrate:up)\b", re.IGNORECASE | re.MULTILINE)
_USE = re.compile(rf"USE\s+({names.IDENTIFIER})\s*$", re.IGNORECASE)
# More than any server takes as one statement (max_allowed_packet is 1 GiB at most, 64 MiB by default).
_LARGEST = 64 * 1024 * 1024


@dataclass(frozen=True)
class Migration:
    """One statement of a migration.

    :param database: the current database where it stands.
    :param place: ``file:line``.
    """

    sql: str
    database: str
    file: str
    line: int

    @property
    def place(self) -> str:
        """Where it stands."""
        return f"{self.file}:{self.line}"


@dataclass(frozen=True)
class _Piece:
    """Text of a file from a line on, with the mark that ends its statements."""

    text: str
    line: int = 1
    mark: str = ";"


def read(sources: Sequence[str], database: str | None) -> list[Migration]:
    """All statements, in order.

    :param sources: files, folders, and ``-`` for standard input.
    :param database: the current database at the start; None when the pipeline has several.
    :raises InputError: a source cannot be read, holds no SQL, or a statement has no database.
    """
    found: list[Migration] = []
    for source in sources:
        for name, text in _texts(source):
            found += _statements(text, name, database)
    if not found:
        raise InputError(
            f"there is no statement in {', '.join(sources) or 'the input'}", hint="give files or a folder with DDL"
        )
    return found


def _texts(source: str) -> Iterator[tuple[str, str]]:
    if source == "-":
        yield "stdin", _decoded(sys.stdin.buffer.read(), "stdin")
        return
    path = Path(source)
    try:
        files = in_order(path) if path.is_dir() else [path]
        for file in files:
            yield str(file), _decoded(file.read_bytes(), str(file))
    except OSError as error:
        raise InputError(f"{error.filename or path} cannot be read: {error.strerror}", hint="check the path") from None


def _decoded(content: bytes, name: str) -> str:
    if len(content) > _LARGEST:
        raise InputError(f"{name} has {len(content)} bytes", hint=f"give at most {_LARGEST} at a time")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            f"{name} is not text: byte {error.start} is not UTF-8", hint="give SQL files in UTF-8"
        ) from None
    if "\0" in text:
        raise InputError(f"{name} is not text: it has a NUL character", hint="give SQL files in UTF-8")
    return text


def in_order(folder: Path) -> list[Path]:
    """The SQL files of a folder in the order in which they run.

    Flyway: the latest baseline (B) instead of what it stands for, versions (V) by number, then repeatables (R) by name;
    undo files (U) and those that end in ``.down.sql`` never run. Other names: by name, numbers as numbers.
    """
    files = [path for path in sorted(folder.rglob("*.sql")) if not path.name.lower().endswith(".down.sql")]
    flyway = {path: found for path in files if (found := _FLYWAY.fullmatch(path.name))}
    versions = {path: found for path, found in flyway.items() if found["kind"] in "VB" and found["version"]}
    if not versions:
        return sorted((path for path in files if path not in flyway or flyway[path]["kind"] == "R"), key=_natural)
    numbers = {path: _number(found["version"]) for path, found in versions.items()}
    baseline = max((numbers[path] for path, found in versions.items() if found["kind"] == "B"), default=None)
    chosen = [
        path
        for path, found in versions.items()
        if (numbers[path] == baseline) == (found["kind"] == "B") and (baseline is None or numbers[path] >= baseline)
    ]
    repeatable = [path for path, found in flyway.items() if found["kind"] == "R" and not found["version"]]
    return sorted(chosen, key=lambda path: numbers[path]) + sorted(repeatable, key=lambda path: path.name)


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.split(r"[._]", version) if part)


def _natural(path: Path) -> list[tuple[int, int | str]]:
    return [(0, int(part)) if part.isdigit() else (1, part) for part in re.split(r"(\d+)", str(path)) if part]


def _statements(text: str, name: str, database: str | None) -> Iterator[Migration]:
    pieces = _liquibase(text) if _LIQUIBASE.match(text) else [_Piece(_upward(text))]
    for statement in (each for piece in pieces for each in split(piece.text, name, piece.line, piece.mark)):
        sql = names.without_comments(statement.text).strip()
        if use := _USE.match(sql):
            database = names.unquoted(use[1])
            continue
        if database is None:
            raise InputError(
                f"{name}:{statement.line}: the pipeline has several databases; which one is current here is not said",
                hint="name it with --database, or write USE",
            )
        yield Migration(statement.text, database, name, statement.line)


def _upward(text: str) -> str:
    """Without the sections that take a migration back, which are blanked so that line numbers stay."""
    down = _DOWN.search(text)
    if not down:
        return text
    up = _UP.search(text, down.end())
    end = up.start() if up else len(text)
    rest = _upward(text[end:]) if up else ""
    return text[: down.start()] + re.sub(r"[^\n]", " ", text[down.start() : end]) + rest


def _liquibase(text: str) -> Iterator[_Piece]:
    """The changesets of formatted SQL, but for other databases'; each ends its last statement, marked or not."""
    found = list(_CHANGESET.finditer(text))
    starts = [0, *(each.end() for each in found)]
    ends = [*(each.start() for each in found), len(text)]
    for start, end, changeset in zip(starts, ends, [None, *found], strict=True):
        attributes = _attributes(changeset["attributes"]) if changeset else {}
        if not _for_mysql(attributes.get("dbms", "all")):
            continue
        mark = attributes.get("endDelimiter", ";").replace("\\n", "\n") or ";"
        if attributes.get("splitStatements") == "false":
            mark = "%%end%%"
        # Its own lines are comments to Liquibase, and without a blank after the dashes not to MySQL.
        yield _Piece(_LIQUIBASE_LINE.sub("", text[start:end]), text.count("\n", 0, start) + 1, mark)


def _for_mysql(dbms: str) -> bool:
    """Whether a changeset for these databases runs: ``!oracle`` is for all others."""
    told = {each.strip() for each in dbms.lower().split(",")}
    return bool(told & {"mysql", "all"}) or (all(each.startswith("!") for each in told) and "!mysql" not in told)


def _attributes(text: str) -> dict[str, str]:
    return {name: value.strip("\"'") for name, value in re.findall(r"(\w+):(\"[^\"]*\"|'[^']*'|\S+)", text)}
