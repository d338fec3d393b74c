"""Split an SQL file into statements, each with the line it starts on.

Only the lexical rules of the MySQL server count here (MySQL manual, "Comments" and "String Literals"): quotes with
backslash and doubled-quote escapes, ``-- `` only before white space, ``#``, ``/* */``. sqlparse's splitter is not used:
it takes ``'a\\\\'`` for an open string and does not know ``#`` without a blank, so a semicolon lands in the wrong
statement.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from cdcctl.errors import InputError

# What may hide a semicolon, or be one. A quote or comment that is never closed matches as ``open``.
_TOKEN = re.compile(
    r"""
    (?P<string>'(?:[^'\\]|\\.|'')*' | "(?:[^"\\]|\\.|"")*" | `(?:[^`]|``)*`)
  | (?P<comment>\#[^\n]* | --(?=\s|\Z)[^\n]* | /\*(?![!+]).*?\*/)
  | (?P<executed>/\*[!+].*?\*/)
  | (?P<open>['"`] | /\*)
  | (?P<delimiter>(?m:^)[ \t]*(?i:DELIMITER)\b)
  | (?P<end>;)
    """,
    re.VERBOSE | re.DOTALL,
)
_STORED_PROGRAM = re.compile(
    r"CREATE\b.{0,200}?\b(PROCEDURE|FUNCTION|TRIGGER|EVENT)\b.*\bBEGIN\b", re.IGNORECASE | re.DOTALL
)
_ONE_STATEMENT = "end each statement with a semicolon; give stored programs a body of one statement"


@dataclass(frozen=True)
class Statement:
    """One statement without its semicolon, and the line of the file its first word is on."""

    text: str
    line: int


def read(path: Path) -> list[Statement]:
    """Read and split an SQL file.

    :raises InputError: not readable, or not a list of plain statements.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read: {error}", hint="give an SQL file in UTF-8") from None
    return split(text, str(path))


def split(text: str, name: str = "SQL") -> list[Statement]:
    """Split SQL text at the semicolons that end statements; a statement that is only a comment is dropped.

    :param name: what to call the text in messages.
    :raises InputError: an unclosed quote or comment, ``DELIMITER``, or a stored program with a BEGIN block.
    """
    newlines = [found.start() for found in re.finditer("\n", text)]

    def where(position: int) -> int:
        return bisect_left(newlines, position) + 1

    statements = []
    for start, piece, bare in _pieces(text, name, where):
        lead = len(bare) - len(bare.lstrip())
        if lead == len(bare):
            continue
        statement = Statement(piece[lead:].strip(), where(start + lead))
        if _STORED_PROGRAM.match(bare[lead:]):
            raise InputError(
                f"{name}:{statement.line}: the end of a stored program with BEGIN … END cannot be told",
                hint=_ONE_STATEMENT,
            )
        statements.append(statement)
    return statements


def _pieces(text: str, name: str, where: Callable[[int], int]) -> Iterator[tuple[int, str, str]]:
    """Yield offset, text, and text of equal length with comments and strings blanked out, between semicolons."""
    start = position = 0
    bare: list[str] = []
    for token in _TOKEN.finditer(text):
        if token.lastgroup == "open":
            what = "comment" if token[0] == "/*" else f"quote {token[0]}"
            raise InputError(f"{name}:{where(token.start())}: unclosed {what}", hint="close it")
        if token.lastgroup == "delimiter":
            raise InputError(
                f"{name}:{where(token.start())}: DELIMITER is a command of the mysql client, not SQL",
                hint=_ONE_STATEMENT,
            )
        bare.append(text[position : token.start()])
        position = token.end()
        if token.lastgroup == "end":
            yield start, text[start : token.start()], "".join(bare)
            start, bare = position, []
        else:
            bare.append((" " if token.lastgroup == "comment" else "x") * len(token[0]))
    yield start, text[start:], "".join([*bare, text[position:]])
