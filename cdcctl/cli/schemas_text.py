"""Schemas, their differences and forecasts as text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from cdcctl.registry.comparison import Comparison
    from cdcctl.registry.contents import Held
    from cdcctl.registry.deletion import Poisoned
    from cdcctl.registry.keeping import Drift
    from cdcctl.registry.registration import Forecast

_COLOURS = {"AVAILABLE": "green", "FAILURE": "red", "PENDING": "yellow"}


def print_list(schemas: Sequence[Held]) -> None:
    """One line a schema."""
    if not schemas:
        typer.echo("there are no schemas")
        return
    width = max(len(str(held.name)) for held in schemas)
    for held in schemas:
        latest, checkpoint = held.schema.latest or "-", held.schema.checkpoint or "-"
        line = f"{held.name!s:<{width}}  {held.mode.value:<12}  latest {latest}  checkpoint {checkpoint}"
        if held.schema.data_format != "AVRO":
            line += f"  {held.schema.data_format}"
        if held.failed:
            refused = ", ".join(str(version.number) for version in held.failed)
            line += typer.style(f"  refused: {refused}", fg="red")
        typer.echo(line)


def print_schema(held: Held, metadata: Mapping[str, Mapping[str, str]]) -> None:
    """A schema and what each of its versions changes."""
    from cdcctl.registry.description import described

    schema = held.schema
    typer.echo(f"{held.name}: {schema.compatibility}, latest {schema.latest or '-'}, checkpoint {schema.checkpoint}")
    for each in described(held, metadata)["versions"]:
        status = typer.style(each["status"], fg=_COLOURS.get(each["status"]))
        typer.echo(f"  {each['number']:>4}  {status}  {each['created']}  {each['id']}")
        for change in each["changes"]:
            typer.echo(f"        {change}")
        for reason in each["reasons"]:
            typer.echo(f"        {reason}")
        if each["metadata"]:
            typer.echo("        " + ", ".join(f"{key}={value}" for key, value in each["metadata"].items()))


def print_comparison(found: Comparison, held: Held | None = None) -> None:
    """Fields first, then the modes, then who breaks on what.

    :param held: the schema that both are of.
    """
    from cdcctl.registry.comparison import words

    typer.echo(f"{held.name}: {found.before} → {found.after}" if held else f"{found.before} → {found.after}")
    if found.identical:
        typer.echo("  no difference")
        return
    for change in found.changes:
        typer.echo(f"  {change.field} {words(change)}")
    if not found.changes:
        typer.echo("  no field differs; names, documentation or other properties do")
    print_modes(found, held.mode.value if held else None)


def print_modes(found: Comparison, mode: str | None) -> None:
    """What the eight modes say, by whose judgement, and why."""
    from cdcctl.schema.compatibility import CHECKER

    told = [f"{name} {'yes' if taken else 'NO'}" for name, taken in found.compatible.items()]
    typer.echo(f"  modes: {', '.join(told)}" + (f"; the schema's is {mode}" if mode else "") + f"; by {CHECKER}")
    for reason in found.reasons:
        back = f" ({reason.versions_back} versions back)" if reason.versions_back > 1 else ""
        typer.echo(f"    {', '.join(reason.modes)}: {reason.message}{back}")


def print_forecast(found: Forecast) -> None:
    """What registering a definition would lead to."""
    existing = f"version {found.existing.number} ({found.existing.id})" if found.existing else ""
    sentences = {
        "first version": f"it becomes the first version; the mode is {found.mode.value}",
        "new version": f"it becomes a new version: {found.mode.value} takes it",
        "there already": f"it is {existing} already",
        "pending": f"it is {existing}, which is still being judged",
        "would fail": f"{found.mode.value} refuses it: it would become a FAILURE, and its definition could not be "
        "registered again until that is deleted",
        "poisoned": f"it is {existing}, a FAILURE, which Glue gives back whenever it is registered; "
        f"free it with: cdcctl schemas cure {found.name}",
    }
    typer.echo(f"{found.name}: {sentences[found.outcome]}")
    if found.comparison and found.outcome != "there already":
        from cdcctl.registry.comparison import words

        for change in found.comparison.changes:
            typer.echo(f"  {change.field} {words(change)}")
        print_modes(found.comparison, found.mode.value)
    for reason in found.reasons:
        typer.echo(f"  {reason}")


def print_poisoned(found: Sequence[tuple[Held, Poisoned]]) -> None:
    """Each refused version: why, and whether it can be freed."""
    if not found:
        typer.echo("no definition is occupied by a refused version")
    for held, each in found:
        typer.echo(f"{held.name}: version {each.version.number} is a FAILURE ({each.version.id})")
        for reason in each.reasons:
            typer.echo(f"  {reason}")
        if each.obstacle:
            typer.echo(f"  cannot be freed: {each.obstacle}")
        elif not each.accepted:
            typer.echo(
                f"  freed, it would be refused again: change the table so that {held.mode.value} takes it, "
                f"or the mode (cdcctl schemas compatibility set {held.name} MODE)"
            )


def print_drift(found: Sequence[Drift], schemas: int) -> None:
    """One line a difference."""
    for each in found:
        sides = (("not there" if side is None else side) for side in (each.folder, each.registry))
        folder, registry = sides
        typer.echo(f"{each.name}  {each.what}: folder {folder}, registry {registry}")
    if not found:
        typer.echo(f"{schemas} schema(s): the registry is as the folder has it")
