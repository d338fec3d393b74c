"""``cdcctl schemas compatibility``, ``checkpoint`` and ``delete-version``."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from cdcctl.cli import options
from cdcctl.cli import schemas_acts as acts

compatibility = typer.Typer(no_args_is_help=True, help="The mode by which the registry takes or refuses versions.")


@compatibility.command("get")
@options.bundled
def compatibility_get(
    *,
    words: acts.Words = None,
    chosen: acts.ChosenSide,
    place: options.Place,
    as_json: options.Json = False,
) -> None:
    """Print the mode of schemas."""
    target = place.target()
    found = chosen.several(words, target, outline=True)
    if as_json:
        acts.print_json({str(held.name): held.mode.value for held in found})
    else:
        for held in found:
            typer.echo(f"{held.mode.value:<13} {held.name}")


@compatibility.command("set")
@options.bundled
def compatibility_set(
    *,
    word: acts.Word,
    mode: Annotated[str, typer.Argument(metavar="MODE", help="The new mode.")],
    chosen: acts.ChosenSide,
    place: options.Place,
    carrying: acts.Carrying,
) -> None:
    """Change the mode of a schema. The registry then moves its checkpoint to the latest version, too."""
    from cdcctl.registry.settings import changed_mode

    target = place.target()
    held = chosen.one(word, target)
    moves, notes = changed_mode(held, mode)
    carrying.change(moves, notes, target)


@options.bundled
def checkpoint(
    *,
    word: acts.Word,
    version: Annotated[str | None, typer.Argument(help="Move it to this version; default: print it.")] = None,
    chosen: acts.ChosenSide,
    place: options.Place,
    carrying: acts.Carrying,
) -> None:
    """Print the checkpoint of a schema, or move it forward."""
    from cdcctl.registry.settings import moved_checkpoint

    target = place.target()
    held = chosen.one(word, target)
    if version is None:
        found = {"schema": str(held.name), "checkpoint": held.schema.checkpoint}
        typer.echo(json.dumps(found) if carrying.as_json else f"{held.schema.checkpoint}")
        return
    moves = moved_checkpoint(held, version)
    carrying.change(moves, (), target)


@options.bundled
def delete_version(
    *,
    word: acts.Word,
    versions: Annotated[str, typer.Argument(metavar="VERSIONS", help="5, or 5-8.")],
    chosen: acts.ChosenSide,
    place: options.Place,
    carrying: acts.Carrying,
) -> None:
    """Delete versions for good. What Glue would refuse is refused before anything is sent."""
    from cdcctl.registry.deletion import deletion

    target = place.target()
    held = chosen.one(word, target)
    carrying.change([deletion(held, versions)], (), target)
