"""Names in SQL: the table a statement is about, and what it renames."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass

IDENTIFIER = r"(?:`(?:[^`]|``)+`|[^\s`'\"(),;.=]+)"
_TABLE = re.compile(
    rf"""\s*(?:(?P<word>CREATE|ALTER|DROP|TRUNCATE|RENAME|OPTIMIZE|ANALYZE|REPAIR)\s+(?:TEMPORARY\s+)?(?:TABLE|TABLES)\b
        |(?P<index>CREATE|DROP)\s+(?:UNIQUE\s+|FULLTEXT\s+|SPATIAL\s+)?INDEX\s+{IDENTIFIER}.*?\s+ON\b)
        \s*(?:IF\s+(?:NOT\s+)?EXISTS\s+)?(?P<name>{IDENTIFIER}(?:\s*\.\s*{IDENTIFIER})?)""",
    re.IGNORECASE | re.DOTALL | re.VERBOSE,
)
_RENAME_COLUMN = re.compile(
    rf"\bRENAME\s+COLUMN\s+({IDENTIFIER})\s+TO\s+({IDENTIFIER})|\bCHANGE\s+(?:COLUMN\s+)?({IDENTIFIER})\s+({IDENTIFIER})",
    re.IGNORECASE,
)
_COMMENT = re.compile(
    r"('(?:[^'\\]|\\.|'')*'|\"(?:[^\"\\]|\\.|\"\")*\"|`(?:[^`]|``)*`)|/\*(?!!).*?\*/|\#[^\n]*|--(?=\s|\Z)[^\n]*",
    re.DOTALL,
)


@dataclass(frozen=True)
class Subject:
    """What a statement does, in a word (``ALTER``, ``CREATE INDEX`` …), and to which table, ``database.table``."""

    verb: str
    table: str


# Every question about a statement begins with it, and there are a dozen; a statement may be large, so few are kept.
@functools.lru_cache(maxsize=16)
def without_comments(sql: str) -> str:
    """The statement with blanks for comments; those that MySQL executes stay."""
    return _COMMENT.sub(lambda found: found[1] or " ", sql)


def subject(sql: str, database: str) -> Subject | None:
    """The table that a statement names first; None when it is about none.

    :param database: the database of names without one.
    """
    found = _TABLE.match(without_comments(sql))
    if not found:
        return None
    parts = [unquoted(part) for part in re.findall(IDENTIFIER, found["name"])]
    table = ".".join(parts) if len(parts) == 2 else f"{database}.{parts[0]}"
    return Subject(found["word"].upper() if found["word"] else f"{found['index'].upper()} INDEX", table)


def renamed_columns(sql: str) -> Iterator[tuple[str, str]]:
    """Old and new name of each column that RENAME COLUMN or CHANGE renames."""
    for found in _RENAME_COLUMN.finditer(without_comments(sql)):
        old, new = (unquoted(name) for name in found.groups() if name)
        if old != new:
            yield old, new


def unquoted(name: str) -> str:
    """A name without its backquotes."""
    return name[1:-1].replace("``", "`") if name.startswith("`") else name


def quoted(name: str) -> str:
    """A name as SHOW CREATE TABLE prints it."""
    return "`" + name.replace("`", "``") + "`"
