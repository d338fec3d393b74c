"""``cdcctl schemas export``, ``import`` and ``drift``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cdcctl.cli import options, schemas_text
from cdcctl.cli import schemas_acts as acts
from cdcctl.errors import EXIT_DIFFERENCES


@options.bundled
def export(
    *,
    out: Annotated[Path, typer.Option("--out", "-o", help="The folder.")],
    prune: Annotated[bool, typer.Option("--prune", help="Remove files of versions that there are no longer.")] = False,
    chosen: acts.Chosen,
    place: options.Place,
    as_json: options.Json = False,
) -> None:
    """Write schemas into a folder: REGISTRY/SCHEMA/NUMBER.avsc, and schema.json with mode and checkpoint."""
    from cdcctl.registry.contents import read_all
    from cdcctl.registry.keeping import kept_of
    from cdcctl.schema import folder

    target = place.target()
    scope = chosen.scope(target)
    found = read_all(target.registry, scope.names(target.registry))
    avro = [held for held in found if held.schema.data_format == "AVRO"]
    written, stale = folder.write(out, [kept_of(held) for held in avro], prune=prune)
    skipped = [str(held.name) for held in found if held not in avro]
    if as_json:
        facts = {"schemas": len(avro), "written": written, "stale": stale, "pruned": prune, "skipped": skipped}
        acts.print_json(
            {name: list(map(str, value)) if isinstance(value, list) else value for name, value in facts.items()}
        )
        return
    versions = sum(len(held.available) for held in avro)
    typer.echo(f"{out}: {len(avro)} schema(s), {versions} version(s); {len(written)} file(s) written")
    for path in stale:
        typer.echo(f"{'removed' if prune else 'no such version any more, --prune removes it'}: {path}")
    for name in skipped:
        typer.echo(f"left out, because it is not AVRO: {name}")


@options.bundled
def import_(
    *,
    folder: Annotated[Path, typer.Argument(help="A folder as export writes it.")],
    mode: acts.Mode = None,
    chosen: acts.Chosen,
    place: options.Place,
    carrying: acts.Carrying,
) -> None:
    """Put the schemas of a folder into the registry: what is missing of versions, modes and checkpoints.

    Nothing is deleted but refused versions that occupy a definition of the folder. A second import changes nothing.
    """
    from cdcctl.registry.keeping import restoring

    target = place.target()
    scope = chosen.scope(target)
    kept = scope.kept(folder)
    default = mode or (scope.pipeline.registries.compatibility if scope.pipeline else None)
    moves, notes = restoring(target.registry, kept, default)
    carrying.change(moves, notes, target)


@options.bundled
def drift(
    *,
    folder: Annotated[Path, typer.Argument(help="A folder as export writes it.")],
    chosen: acts.Chosen,
    place: options.Place,
    as_json: options.Json = False,
) -> None:
    """Say how the registry is not as the folder has it; exit code 1 when it is not."""
    from cdcctl.registry.contents import Name, read
    from cdcctl.registry.keeping import drift as drift_of
    from cdcctl.registry.keeping import only_there

    target = place.target()
    scope = chosen.scope(target)
    kept = scope.kept(folder)
    found = [
        each
        for schema in kept
        for each in drift_of(schema, read(target.registry, Name(schema.registry, schema.schema)))
    ]
    found += only_there(kept, scope.within({each.registry for each in kept}).names(target.registry, lenient=True))
    if as_json:
        acts.print_json({"schemas": len(kept), "drift": [each.to_dict() for each in found]})
    else:
        schemas_text.print_drift(found, len(kept))
    if found:
        raise typer.Exit(EXIT_DIFFERENCES)
