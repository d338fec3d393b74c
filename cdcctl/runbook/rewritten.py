"""A migration with what was found to pass in place of statements that do not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from cdcctl.evolve.migrations import Migration
from cdcctl.evolve.report import Effect, Report
from cdcctl.sql.statements import split

_STEP = re.compile(r"^-- \d+\. (?P<why>[^\n]*)$", re.MULTILINE)


@dataclass(frozen=True)
class Rewritten:
    """The statements, and what of the rewrites is left for later."""

    migrations: tuple[Migration, ...]
    notes: tuple[str, ...]


def rewritten(report: Report) -> Rewritten | None:
    """The migration rewritten; None when there is nothing to rewrite it with."""
    migrations: list[Migration] = []
    notes: list[str] = []
    changed = False
    for migration, rewrite in _by_statement(report):
        if rewrite is None:
            migrations.append(migration)
            continue
        changed = True
        now, later = expanded(rewrite)
        migrations += [replace(migration, sql=sql) for sql in now]
        notes += [f"{migration.place}: left for later: {sql}" for sql in later]
    return Rewritten(tuple(migrations), tuple(notes)) if changed else None


def expanded(rewrite: str) -> tuple[list[str], list[str]]:
    """The statements to run now, and those for when nobody reads the old column any more."""
    marks = list(_STEP.finditer(rewrite))
    if not marks:
        return [each.text for each in split(rewrite)], []
    now: list[str] = []
    later: list[str] = []
    for mark, following in zip(marks, [*marks[1:], None], strict=True):
        body = rewrite[mark.end() : following.start() if following else len(rewrite)]
        waits = bool(later) or mark["why"].startswith("when ")
        (later if waits else now).extend(each.text for each in split(body))
    return now, later


def _by_statement(report: Report) -> Iterator[tuple[Migration, str | None]]:
    """Each statement once, with the rewrite of its worst finding."""
    found: dict[int, tuple[Migration, str | None]] = {}
    for effect in report.effects:
        key = id(effect.migration)
        found[key] = (effect.migration, found.get(key, (None, None))[1] or _rewrite(effect))
    yield from found.values()


def _rewrite(effect: Effect) -> str | None:
    errors = [each.rewrite for each in effect.findings if each.rewrite and each.severity == "error"]
    return errors[0] if errors else None
