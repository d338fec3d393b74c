"""One self-contained page: each statement with its fields before and after, verdicts, sinks and findings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cdcctl.evolve.fields import fields
from cdcctl.evolve.report import Effect, Report, Side
from cdcctl.evolve.rules import Severity
from cdcctl.pages import template

_QUIET = frozenset({"unchanged", "not-captured"})


@dataclass(frozen=True)
class Row:
    """One field of a schema: its words before and after, each None where it is not there."""

    name: str
    before: str | None
    after: str | None
    change: str


def page(report: Report, fail_on: Severity) -> str:
    """The page."""
    shown = [each for each in report.effects if each.findings or each.outcome not in _QUIET]
    return template(Path(__file__).with_name("page.html.j2")).render(
        report=report,
        ok=report.passes(fail_on) and not report.has_bad_input,
        counts={severity: report.count(severity) for severity in ("error", "warning", "note")},
        effects=[(number, effect, _sides(effect)) for number, effect in enumerate(shown, 1)],
        quiet=len(report.effects) - len(shown),
    )


def _sides(effect: Effect) -> Mapping[str, list[Row]]:
    """The fields of value and key, where one of them is another one now."""
    sides = {"value": effect.value, "key": effect.key}
    return {name: _rows(side) for name, side in sides.items() if side.before != side.after}


def _rows(side: Side) -> list[Row]:
    old, new = fields(side.before), fields(side.after)
    changed: dict[str, str] = {}
    for each in side.changes:
        changed[each.field] = ", ".join(filter(None, (changed.get(each.field), each.change)))
    names = [*new, *(name for name in old if name not in new)]
    return [
        Row(
            name,
            old[name].words if name in old else None,
            new[name].words if name in new else None,
            changed.get(name, ""),
        )
        for name in names
    ]
