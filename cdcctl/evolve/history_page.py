"""A table's history as one self-contained page: a drawing of statements and versions in time, and all their details."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from cdcctl.evolve.history import History, Version
from cdcctl.evolve.history_text import sign, title, told
from cdcctl.evolve.schema_history import Statement, iso
from cdcctl.pages import template

# Units of the drawing.
_LINE, _PADDING, _GAP = 17, 12, 26
_CHARACTERS, _CODE = 52, 55
_MOST_LINES = 7
_MODES = ("BACKWARD", "FORWARD", "FULL")


@dataclass(frozen=True)
class Text:
    """A line in a box."""

    text: str
    kind: str = ""


@dataclass(frozen=True)
class Box:
    """A box of the drawing: ``kind`` is ``statement``, ``key`` or ``value``; ``link`` the details it leads to."""

    kind: str
    heading: str
    status: str
    lines: tuple[Text, ...]
    y: int
    link: str
    chips: tuple[tuple[str, bool], ...] = ()

    @property
    def height(self) -> int:
        """Its height."""
        return 2 * _PADDING + _LINE * (1 + len(self.lines) + bool(self.chips))

    @property
    def middle(self) -> int:
        """Where lines from and to it end."""
        return self.y + _PADDING + _LINE // 2


@dataclass(frozen=True)
class Moment:
    """A row of the drawing: when, what was said in MySQL, and the versions that came of it.

    :ivar pause: how long after the row before, in words.
    """

    y: int
    when: str
    pause: str
    statement: Box | None
    versions: tuple[Box, ...]
    remark: str = ""


def page(history: History) -> str:
    """The page.

    :raises LocalEnvironmentError: Jinja is not installed.
    """
    moments = list(_moments(history))
    height = _bottom(moments[-1]) + _GAP if moments else 0
    path = Path(__file__).with_name("history.html.j2")
    return template(path, iso=iso, title=title, sign=sign, told=told).render(
        history=history, moments=moments, height=height, anchor=_anchor
    )


def _moments(history: History) -> Iterator[Moment]:
    """Rows from above to below, in order of time; versions without a statement have rows of their own."""
    rows: list[tuple[Statement | None, Sequence[Version]]] = [
        (statement, history.made_by(statement)) for statement in history.statements
    ]
    rows += [(None, [version]) for version in history.of_unknown_origin]
    y, before = _GAP, None
    for statement, versions in sorted(rows, key=_time):
        when = _when(statement, versions)
        row = _row(history, statement, versions, y, _pause(before, when))
        yield row
        y, before = _bottom(row) + _GAP, when or before


def _row(history: History, statement: Statement | None, versions: Sequence[Version], y: int, pause: str) -> Moment:
    when = _when(statement, versions)
    box = _statement_box(statement, y) if statement else None
    boxes: list[Box] = []
    for version in versions:
        boxes.append(_version_box(version, boxes[-1].y + boxes[-1].height + 10 if boxes else y))
    remark = history.outcome(statement) if statement else "of a statement that is not in the schema history"
    return Moment(y, iso(when) or "", pause, box, tuple(boxes), remark)


def _statement_box(statement: Statement, y: int) -> Box:
    found = [
        line
        for each in statement.ddl.splitlines()
        for line in textwrap.wrap(each, _CODE, subsequent_indent="    ", replace_whitespace=False)
    ]
    shown = [Text(line, "code") for line in found[:_MOST_LINES]]
    if len(found) > _MOST_LINES:
        shown.append(Text("…", "dim"))
    return Box("statement", _cut(title(statement)), "", tuple(shown), y, f"statement-{statement.index}")


def _version_box(version: Version, y: int) -> Box:
    shown = [
        Text(
            _cut(f"{sign(change)} {change.field} {told(change)}"), {"+": "good", "-": "bad"}.get(sign(change), "known")
        )
        for change in version.changes[:_MOST_LINES]
    ]
    if len(version.changes) > _MOST_LINES:
        shown.append(Text(f"… {len(version.changes) - _MOST_LINES} more", "dim"))
    if version.match == "time":
        shown.append(Text("put here by time", "dim"))
    chips = tuple((mode, version.compatible[mode]) for mode in _MODES) if version.compatible else ()
    status = "good" if version.status == "AVAILABLE" else "bad"
    return Box(
        version.side, f"{version.side} version {version.number}  {version.status.lower()}", status, tuple(shown), y,
        _anchor(version), chips,
    )  # fmt: skip


def _anchor(version: Version) -> str:
    return f"{version.side}-{version.id}"


def _bottom(row: Moment) -> int:
    boxes = [*row.versions, *([row.statement] if row.statement else [])]
    return max((box.y + box.height for box in boxes), default=row.y + _LINE)


def _when(statement: Statement | None, versions: Sequence[Version]) -> datetime | None:
    return statement.at if statement else versions[0].created


def _time(row: tuple[Statement | None, Sequence[Version]]) -> Any:
    when = _when(*row)
    # Statements keep the order they have in the history where their times are equal: sorting is stable.
    return when.timestamp() if when else float("inf")


def _pause(before: datetime | None, when: datetime | None) -> str:
    if before is None or when is None or when - before < timedelta(minutes=1):
        return ""
    passed = when - before
    for seconds, word in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        count = int(passed.total_seconds() // seconds)
        if count:
            return f"{count} {word}{'s' if count > 1 else ''}"
    return ""


def _cut(text: str) -> str:
    return text if len(text) <= _CHARACTERS else f"{text[: _CHARACTERS - 1]}…"
