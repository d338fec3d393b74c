"""A table's history as text: statement by statement, with the versions each has led to."""

from __future__ import annotations

from collections.abc import Iterator

from cdcctl.evolve.fields import Change
from cdcctl.evolve.history import History, Version
from cdcctl.evolve.schema_history import Statement, iso
from cdcctl.schema.compatibility import CHECKER

_MODES = ("BACKWARD", "FORWARD", "FULL")
_DDL_LINES = 30


def lines(history: History) -> Iterator[str]:
    """The whole history."""
    modes = ", ".join(f"{side} {mode}" for side, mode in history.modes.items())
    yield f"{history.table}: schema {history.schema}{f', {modes}' if modes else ', not in the registry'}"
    for statement in history.statements:
        yield ""
        yield from _statement(history, statement)
    if history.of_unknown_origin:
        yield ""
        yield "made by statements that the schema history does not have (any more):"
        for version in history.of_unknown_origin:
            yield from _version(version)
    yield f"modes as {CHECKER} judges"
    for note in history.notes:
        yield f"note: {note}"


def _statement(history: History, statement: Statement) -> Iterator[str]:
    yield f"{iso(statement.at) or 'at an unknown time'}  {title(statement)}"
    ddl = statement.ddl.splitlines()
    yield from (f"    {line}" for line in ddl[:_DDL_LINES])
    if len(ddl) > _DDL_LINES:
        yield f"    … {len(ddl) - _DDL_LINES} more lines"
    for version in history.made_by(statement):
        yield from _version(version)
    if outcome := history.outcome(statement):
        yield f"  → {outcome}"


def title(statement: Statement) -> str:
    """What happened: a statement at a place of the binlog, or a snapshot."""
    if statement.snapshot:
        return f"a snapshot read the table, at {statement.place}" if statement.place else "a snapshot read the table"
    renamed = f" (it was {statement.renamed_from})" if statement.renamed_from else ""
    return f"{statement.change}{renamed}{f' at {statement.place}' if statement.place else ''}"


def _version(version: Version) -> Iterator[str]:
    by_time = ", put here by time" if version.match == "time" else ""
    yield f"  → {version.side} version {version.number}  {version.status}  {iso(version.created) or ''}{by_time}"
    for change in version.changes:
        yield f"      {sign(change)} {change.field} {told(change)}"
    if version.compatible:
        verdicts = ", ".join(f"{mode} {'yes' if version.compatible[mode] else 'NO'}" for mode in _MODES)
        yield f"      modes: {verdicts}"
    for reason in version.reasons:
        back = f" ({reason.versions_back} versions back)" if reason.versions_back > 1 else ""
        yield f"      {', '.join(reason.modes)}: {reason.message}{back}"
    yield f"      by {version.registrant}"


def sign(change: Change) -> str:
    """``+`` for a field that is gained, ``-`` for one that is lost, ``~`` for another change."""
    return {"added": "+", "removed": "-"}.get(change.change, "~")


def told(change: Change) -> str:
    """The field's type as it was and is."""
    if change.change == "moved":
        return f"from place {change.before} to {change.after}"
    return " → ".join(text for text in (change.before, change.after) if text is not None)
