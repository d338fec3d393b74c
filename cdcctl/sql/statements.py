"""Split an SQL file into statements, each with the line it starts on.

Only the lexical rules of the MySQL server and of its client count here (MySQL manual, "Comments", "String Literals",
"mysql Client Commands"): quotes with backslash and doubled-quote escapes, ``-- `` only before white space, ``#``,
``/* */``, ``DELIMITER``, and that semicolons inside a stored program end nothing. With another delimiter the client
sends what has semicolons at once, and the server takes it apart at them. (That a delimiter may stand on the next line,
by itself, is Flyway's rule.) The client's USE and SOURCE end with their line. sqlparse's splitter is not used: it
takes ``'a\\\\'`` for an open string and does not know ``#`` without a blank, so a semicolon lands in the wrong
statement.
"""

from __future__ import annotations

import functools
import re
from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from cdcctl.errors import InputError, why

# What may hide the end of a statement, or be one. A quote or comment that is never closed matches as ``open``.
_LEXICON = r"""
    (?P<string>'(?:[^'\\]|\\.|'')*' | "(?:[^"\\]|\\.|"")*" | `(?:[^`]|``)*`)
  | (?P<comment>\#[^\n]* | --(?=\s|\Z)[^\n]* | /\*(?![!+]).*?\*/)
  | (?P<executed>/\*[!+].*?\*/)
  | (?P<open>['"`] | /\*)
  | (?P<command>(?m:^)[ \t]*(?i:DELIMITER)\b(?P<delimiter>\s*?\n[ \t]*[^\w\s'"`]+[ \t\r]*(?=\n|\Z) | [^\n]*))
  | (?P<line>(?m:^)[ \t]*(?i:(?:USE|SOURCE)[ \t]+(?:`[^`\n]+`|[^\s`;'"]+))[ \t\r]*(?=\n|\Z))
  | (?P<end>%s)
  | (?P<semicolon>;)
  | (?P<block>\b(?i:BEGIN|CASE|END(?:\s+(?:IF|LOOP|REPEAT|WHILE|CASE))?)\b)
"""
_STORED_PROGRAM = re.compile(
    r"\s*CREATE\b.{0,200}?\b(PROCEDURE|FUNCTION|TRIGGER|EVENT)\b.*\bBEGIN\b", re.IGNORECASE | re.DOTALL
)
_BEGINS_PROGRAM = re.compile(
    r"\s*CREATE\s+(?:OR\s+REPLACE\s+)?(?:DEFINER\s*=\s*\S+(?:\s*@\s*\S+)?\s+)?(?:AGGREGATE\s+)?"
    r"(?:PROCEDURE|FUNCTION|TRIGGER|EVENT)\b",
    re.IGNORECASE,
)
_OPENS = frozenset({"BEGIN", "CASE"})
_CLOSES = frozenset({"END", "END CASE"})


@dataclass(frozen=True)
class Statement:
    """One statement without its end mark, and the line of the file its first word is on."""

    text: str
    line: int


def read(path: Path) -> list[Statement]:
    """Read and split an SQL file.

    :raises InputError: not readable, or not a list of statements.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read: {why(error)}", hint="give an SQL file in UTF-8") from None
    return split(text, str(path))


def split(text: str, name: str = "SQL", line: int = 1, delimiter: str = ";") -> list[Statement]:
    """Split SQL text at the marks that end statements; a statement that is only a comment is dropped.

    :param name: what to call the text in messages.
    :param line: the one on which the text begins.
    :param delimiter: the mark until ``DELIMITER`` names another one.
    :raises InputError: an unclosed quote, comment or stored program, or ``DELIMITER`` without one.
    """
    newlines = [found.start() for found in re.finditer("\n", text)]

    def where(position: int) -> int:
        return bisect_left(newlines, position) + line

    statements = []
    for start, piece, bare in _Pieces(text, name, where, delimiter):
        lead = len(bare) - len(bare.lstrip())
        if lead < len(bare):
            statements.append(Statement(piece[lead:].strip(), where(start + lead)))
    return statements


class _Pieces:
    """Offset, text, and text of equal length with comments and strings blanked out, of what stands between ends."""

    def __init__(self, text: str, name: str, where: Callable[[int], int], delimiter: str) -> None:
        self._text = text
        self._name = name
        self._where = where
        self._delimiter = delimiter
        self._start = self._position = 0
        self._bare: list[str] = []
        self._depth = 0

    def __iter__(self) -> Iterator[tuple[int, str, str]]:
        while token := _token(self._delimiter).search(self._text, self._position):
            if token.lastgroup == "open":
                what = "comment" if token[0] == "/*" else f"quote {token[0]}"
                raise InputError(f"{self._name}:{self._where(token.start())}: unclosed {what}", hint="close it")
            self._bare.append(self._text[self._position : token.start()])
            if token["line"] is not None and not "".join(self._bare).strip():
                yield token.start(), token[0], token[0]
                self._start, self._bare = token.end(), []
            elif token["command"] is not None and not "".join(self._bare).strip():
                self._change_delimiter(token)
            elif self._ends(token):
                yield self._start, self._text[self._start : token.start()], "".join(self._bare)
                self._start, self._bare = token.end(), []
            else:
                self._bare.append(self._kept(token))
            self._position = token.end()
        if self._depth:
            line = self._where(self._start + 1)
            raise InputError(f"{self._name}:{line}: a stored program has BEGIN and no END", hint="end it")
        yield self._start, self._text[self._start :], "".join([*self._bare, self._text[self._position :]])

    def _ends(self, token: re.Match[str]) -> bool:
        if token.lastgroup == "semicolon":
            return not _BEGINS_PROGRAM.match("".join(self._bare))
        return token.lastgroup == "end" and not self._depth

    def _change_delimiter(self, token: re.Match[str]) -> None:
        words = token["delimiter"].split()
        if not words:
            line = self._where(token.start())
            raise InputError(f"{self._name}:{line}: DELIMITER names no delimiter", hint="write DELIMITER $$, say")
        self._delimiter = words[0]
        self._start, self._bare = token.end(), []

    def _kept(self, token: re.Match[str]) -> str:
        """What stands for the token in the bare text."""
        if token.lastgroup == "block":
            self._count(token[0])
        elif token.lastgroup == "comment":
            return " " * len(token[0])
        elif token.lastgroup in ("string", "executed"):
            return "x" * len(token[0])
        return token[0]

    def _count(self, word: str) -> None:
        """Follow the blocks of a stored program; with a delimiter of its own its semicolons end nothing anyway."""
        if self._delimiter != ";":
            return
        word = " ".join(word.upper().split())
        if word in _CLOSES:
            self._depth = max(0, self._depth - 1)
        elif word in _OPENS and (self._depth or self._begins_program(word)):
            self._depth += 1

    def _begins_program(self, word: str) -> bool:
        return word == "BEGIN" and bool(_STORED_PROGRAM.match("".join(self._bare) + word))


@functools.cache
def _token(delimiter: str) -> re.Pattern[str]:
    return re.compile(_LEXICON % re.escape(delimiter), re.VERBOSE | re.DOTALL)
