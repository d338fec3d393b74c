"""A plan as text."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from cdcctl.deploy.plan import Plan, Step

_COLOURS = {"create": "green", "update": "yellow", "replace": "magenta", "delete": "red", "refused": "red"}
# More unchanged resources of one kind, for one reason, than these share a line.
_LISTED = 8
_WIDTH = 116


def print_plan(made: Plan) -> None:
    """Print every step, with what changes and what it costs."""
    unchanged: dict[tuple[str, str], list[Step]] = {}
    for step in made.steps:
        if step.action.value == "unchanged":
            unchanged.setdefault((step.kind, step.why), []).append(step)
    for step in made.steps:
        same = unchanged.get((step.kind, step.why), [])
        if step not in same or len(same) <= _LISTED:
            _print_step(step)
        elif step is same[0]:
            _print_alike(same)
    for note in made.notes:
        typer.echo(f"note: {note}")


def _print_step(step: Step) -> None:
    action = typer.style(f"{step.action.words:<16}", fg=_COLOURS.get(step.action.value))
    typer.echo(f"{action} {step.kind:<21} {step.name}{'  ' + step.why if step.why else ''}")
    for change in step.changes:
        old, new = ("(none)" if value is None else value for value in (change.old, change.new))
        typer.echo(f"    {change.part}: {change.property}: {old} → {new}")
    if step.price:
        typer.echo(f"    cost: {step.cost.value}: {step.price}")


def _print_alike(same: list[Step]) -> None:
    """What is unchanged for one reason: that once, then all the names."""
    why = f": {same[0].why}" if same[0].why else ""
    typer.echo(f"{'unchanged':<16} {same[0].kind:<21} {len(same)}{why}")
    names = ", ".join(step.name for step in same)
    typer.echo(textwrap.fill(names, _WIDTH, initial_indent="    ", subsequent_indent="    ", break_on_hyphens=False))
