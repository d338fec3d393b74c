"""``cdcctl schemas``: what the registries hold, and every change of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cdcctl.cli import options, schemas_folder, schemas_settings, schemas_text
from cdcctl.cli import schemas_acts as acts
from cdcctl.errors import EXIT_DIFFERENCES

if TYPE_CHECKING:
    from cdcctl.registry.contents import Held

app = typer.Typer(
    name="schemas",
    no_args_is_help=True,
    help="Schemas in the registry: look, compare, register, keep them in a folder, and cure what a refusal has left.",
)


@app.command("list")
@options.bundled
def list_(
    *,
    chosen: acts.Chosen,
    place: options.Place,
    as_json: options.Json = False,
) -> None:
    """List schemas with their mode, latest version and checkpoint, and the versions that were refused."""
    from cdcctl.registry.contents import read_all

    target = place.target()
    scope = chosen.scope(target)
    found = read_all(target.registry, scope.names(target.registry), outline=True)
    if as_json:
        acts.print_json({"schemas": [held.outline() for held in found]})
    else:
        schemas_text.print_list(found)


@app.command()
@options.bundled
def show(
    *,
    word: acts.Word,
    version: Annotated[
        str | None, typer.Argument(help="Print the definition of this version: a number, latest, or an id.")
    ] = None,
    chosen: acts.ChosenSide,
    place: options.Place,
    as_json: options.Json = False,
) -> None:
    """Print a schema with all its versions, or the definition of one version."""
    from cdcctl.registry.description import described
    from cdcctl.schema.definitions import reviewable

    target = place.target()
    held = chosen.one(word, target)
    if version is not None:
        found = held.version(version)
        typer.echo(found.definition if as_json else reviewable(found.definition))
        return
    metadata = {each.id: target.registry.metadata(each.id) for each in held.versions}
    if as_json:
        acts.print_json(described(held, metadata))
    else:
        schemas_text.print_schema(held, metadata)


@app.command()
@options.bundled
def diff(
    *,
    word: acts.Word,
    before: Annotated[str, typer.Argument(metavar="A", help="A version (number, latest, first, id) or a file.")],
    after: Annotated[str, typer.Argument(metavar="[B]", help="The same; default: the latest version.")] = "latest",
    chosen: acts.ChosenSide,
    place: options.Place,
    as_json: options.Json = False,
) -> None:
    """Compare two versions of a schema, or a version and a file, field by field; exit code 1 when they differ."""
    target = place.target()
    held = chosen.one(word, target)
    compare_versions(held, before, after, as_json)


def compare_versions(held: Held, before: str, after: str, as_json: bool) -> None:
    """Print how two versions or files differ.

    :raises typer.Exit: they do.
    """
    from cdcctl.registry.comparison import compare_words

    found = compare_words(held, before, after)
    if as_json:
        acts.print_json({"schema": str(held.name), "mode": held.mode.value, **found.to_dict()})
    else:
        schemas_text.print_comparison(found, held)
    if not found.identical:
        raise typer.Exit(EXIT_DIFFERENCES)


@app.command()
@options.bundled
def register(
    *,
    word: acts.Word,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The definition, an .avsc file.")],
    mode: acts.Mode = None,
    anyway: Annotated[
        bool, typer.Option("--anyway", help="Register it although it will be refused, and occupy its definition.")
    ] = False,
    chosen: acts.ChosenSide,
    place: options.Place,
    carrying: acts.Carrying,
) -> None:
    """Register a definition, after a look ahead: one that would be refused is not sent (exit code 1)."""
    from cdcctl.registry.comparison import read_definition
    from cdcctl.registry.registration import forced, forecast, noted_by

    definition = read_definition(file)
    target = place.target()
    scope = chosen.scope(target)
    name = scope.one(word)
    notes = noted_by(target)
    found = forecast(target.registry, name, definition, mode or scope.mode(name), notes, str(file))
    if anyway:
        found = forced(found, definition, notes)
    if not carrying.as_json:
        schemas_text.print_forecast(found)
    made = carrying.carry_out(found.moves, (), target, shown=True) if found.moves else []
    versions = [{"number": each.number, "id": each.id, "status": each.status} for each in made]
    if carrying.as_json:
        acts.print_json({**found.to_dict(), "registered": versions})
    else:
        for each in versions:
            typer.echo(f"{name}: version {each['number']} is {each['status']} ({each['id']})")
    if not found.is_fine:
        raise typer.Exit(EXIT_DIFFERENCES)


@app.command()
@options.bundled
def cure(
    *,
    words: acts.Words = None,
    again: Annotated[
        bool, typer.Option("--register", help="Register the definitions again where the mode takes them now.")
    ] = False,
    chosen: acts.ChosenSide,
    place: options.Place,
    carrying: acts.Carrying,
) -> None:
    """Free definitions that a refused version occupies: as long as it is there, each attempt finds it and fails again.

    Exit code 1: one cannot be freed, or would be refused again; the cause is said field by field.
    """
    from cdcctl.registry.deletion import poisoned

    target = place.target()
    found = [(held, each) for held in chosen.several(words, target) for each in poisoned(held, register=again)]
    moves = [move for _, each in found for move in each.moves]
    if not carrying.as_json:
        schemas_text.print_poisoned(found)
    if moves:
        carrying.carry_out(moves, (), target)
    if carrying.as_json:
        acts.print_json({"poisoned": [{"schema": str(held.name), **each.to_dict()} for held, each in found]})
    elif moves:
        typer.echo("done; a connector task that has FAILED over it must be started anew")
    if any(each.obstacle or not each.accepted for _, each in found):
        raise typer.Exit(EXIT_DIFFERENCES)


app.add_typer(schemas_settings.compatibility, name="compatibility")
app.command("checkpoint")(schemas_settings.checkpoint)
app.command("delete-version")(schemas_settings.delete_version)
app.command("export")(schemas_folder.export)
app.command("import")(schemas_folder.import_)
app.command("drift")(schemas_folder.drift)
