"""A plan as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from cdcctl.deploy.plan import Plan, Step

_COLOURS = {"create": "green", "update": "yellow", "replace": "magenta", "delete": "red", "refused": "red"}
# More unchanged resources of one kind than these are counted instead of listed.
_LISTED = 8


def print_plan(made: Plan) -> None:
    """Print every step, with what changes and what it costs."""
    unchanged: dict[str, list[Step]] = {}
    for step in made.steps:
        if step.action.value == "unchanged":
            unchanged.setdefault(step.kind, []).append(step)
    for step in made.steps:
        same = unchanged.get(step.kind, [])
        if step not in same or len(same) <= _LISTED:
            _print_step(step)
        elif step is same[0]:
            typer.echo(f"{'unchanged':<16} {step.kind:<21} {len(same)} of them")
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
