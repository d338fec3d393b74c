"""``cdcctl schemas compatibility``, ``checkpoint`` and ``delete-version``."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from cdcctl.cli import options
from cdcctl.cli import schemas_acts as acts

compatibility = typer.Typer(no_args_is_help=True, help="The mode by which the registry takes or refuses versions.")


@compatibility.command("get")
@options.placed
def compatibility_get(
    words: Annotated[
        list[str] | None, typer.Argument(metavar="[SCHEMA]...", help="Default: every schema of -f or --registry.")
    ] = None,
    files: options.OptionalFiles = None,
    registries: acts.Registries = None,
    key: acts.Key = False,
    variables: options.Variables = None,
    place: options.Place = options.PLACE,
    as_json: options.Json = False,
) -> None:
    """Print the mode of schemas."""
    from cdcctl.registry.contents import read_all, require

    target = place.target()
    scope = acts.scope(files, registries, variables, target, key)
    if words:
        found = [require(target.registry, scope.one(word)) for word in words]
    else:
        found = read_all(target.registry, scope.names(target.registry), outline=True)
    if as_json:
        acts.print_json({str(held.name): held.mode.value for held in found})
    else:
        for held in found:
            typer.echo(f"{held.mode.value:<13} {held.name}")


@compatibility.command("set")
@options.placed
def compatibility_set(
    word: acts.Word,
    mode: Annotated[str, typer.Argument(metavar="MODE", help="The new mode.")],
    files: options.OptionalFiles = None,
    registries: acts.Registries = None,
    key: acts.Key = False,
    yes: options.Yes = False,
    variables: options.Variables = None,
    place: options.Place = options.PLACE,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Change the mode of a schema. The registry then moves its checkpoint to the latest version, too."""
    from cdcctl.registry.settings import changed_mode

    target = place.target()
    held = acts.held_schema(word, acts.scope(files, registries, variables, target, key), target)
    moves, notes = changed_mode(held, mode)
    acts.change(moves, notes, target, yes=yes, as_json=as_json, quiet=quiet)


@options.placed
def checkpoint(
    word: acts.Word,
    version: Annotated[str | None, typer.Argument(help="Move it to this version; default: print it.")] = None,
    files: options.OptionalFiles = None,
    registries: acts.Registries = None,
    key: acts.Key = False,
    yes: options.Yes = False,
    variables: options.Variables = None,
    place: options.Place = options.PLACE,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Print the checkpoint of a schema, or move it forward."""
    from cdcctl.registry.settings import moved_checkpoint

    target = place.target()
    held = acts.held_schema(word, acts.scope(files, registries, variables, target, key), target)
    if version is None:
        found = {"schema": str(held.name), "checkpoint": held.schema.checkpoint}
        typer.echo(json.dumps(found) if as_json else f"{held.schema.checkpoint}")
        return
    moves = moved_checkpoint(held, version)
    acts.change(moves, (), target, yes=yes, as_json=as_json, quiet=quiet)


@options.placed
def delete_version(
    word: acts.Word,
    versions: Annotated[str, typer.Argument(metavar="VERSIONS", help="5, or 5-8.")],
    files: options.OptionalFiles = None,
    registries: acts.Registries = None,
    key: acts.Key = False,
    yes: options.Yes = False,
    variables: options.Variables = None,
    place: options.Place = options.PLACE,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Delete versions for good. What Glue would refuse is refused before anything is sent."""
    from cdcctl.registry.deletion import deletion

    target = place.target()
    held = acts.held_schema(word, acts.scope(files, registries, variables, target, key), target)
    acts.change([deletion(held, versions)], (), target, yes=yes, as_json=as_json, quiet=quiet)
