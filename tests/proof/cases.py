"""What is proved: DDL with a database of its own each, from the matrix of changes or from files of statements."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cdcctl.sql import names
from cdcctl.sql.statements import split

DATA = Path(__file__).parent.parent / "data"
BASE = (
    "CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT NOT NULL, b VARCHAR(20), c DECIMAL(10,2) NOT NULL, "
    "e ENUM('x','y') NOT NULL, dt DATETIME NOT NULL, u INT UNSIGNED)"
)
_USE = re.compile(rf"USE\s+({names.IDENTIFIER})\s*$", re.IGNORECASE)
# What changes rows only is left out, and what would lock out the session in which the proof writes rows of its own.
_ROWS = re.compile(
    r"(INSERT|UPDATE|DELETE|REPLACE|LOAD|COMMIT|START|BEGIN|(UN)?LOCK|SET\s+AUTOCOMMIT)\b(?!.*\bEND\b)", re.IGNORECASE
)
_FOREIGN = re.compile(r"(CREATE|DROP|ALTER)\s+(DATABASE|SCHEMA|USER|SERVER|TABLESPACE)|SET\s+(GLOBAL|PERSIST)", re.I)


@dataclass
class Case:
    """Statements on tables of one database.

    :param setup: run before the connector starts, so that it sees the tables by its snapshot.
    :param source: properties of the source connector that differ.
    """

    database: str
    label: str
    setup: Sequence[str]
    statements: list[str]
    source: Mapping[str, str] = field(default_factory=dict)


def matrix(path: Path = DATA / "ddl-matrix.jsonl") -> list[Case]:
    """Every case of every row of the matrix of DDL changes."""
    cases = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        row = json.loads(line)
        cases.append(
            Case(
                f"m{number:03}",
                f"row {row['row']}",
                [row.get("table", BASE), *row.get("with", [])],
                [*row.get("before", []), row["sql"]],
                row.get("source", {}),
            )
        )
    return cases


def files(paths: Sequence[Path]) -> list[Case]:
    """A case for each SQL file; its tables are its own statements'. What is about other than its tables is left out."""
    found = itertools.chain.from_iterable(sorted(path.rglob("*.sql")) if path.is_dir() else [path] for path in paths)
    return [Case(f"f{number:03}", path.stem, [], list(_statements(path))) for number, path in enumerate(found, 1)]


def _statements(path: Path) -> Iterator[str]:
    for statement in split(path.read_text(encoding="utf-8"), str(path)):
        bare = names.without_comments(statement.text).strip()
        if not _USE.match(bare) and not _FOREIGN.match(bare) and not _ROWS.match(bare):
            yield statement.text
