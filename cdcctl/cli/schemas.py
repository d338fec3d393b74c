"""``cdcctl schemas``: what the registries hold, and every change of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cdcctl.cli import options, schemas_text
from cdcctl.errors import EXIT_DIFFERENCES, UsageError

if TYPE_CHECKING:
    from cdcctl.aws.target import Target
    from cdcctl.registry.contents import Held
    from cdcctl.registry.moves import Move
    from cdcctl.registry.selection import Scope

app = typer.Typer(
    name="schemas",
    no_args_is_help=True,
    help="Schemas in the registry: look, compare, register, keep them in a folder, and cure what a refusal has left.",
)
compatibility = typer.Typer(no_args_is_help=True, help="The mode by which the registry takes or refuses versions.")
app.add_typer(compatibility, name="compatibility")

Registries = Annotated[
    list[str] | None, typer.Option("--registry", help="A registry; may be repeated. Default: the pipeline's, or all.")
]
Word = Annotated[
    str, typer.Argument(metavar="SCHEMA", help="REGISTRY/SCHEMA; with -f or --registry a schema, topic or DB.TABLE.")
]
Key = Annotated[bool, typer.Option("--key", help="The key's schema, not the value's, of a pipeline's table.")]
Mode = Annotated[
    str | None, typer.Option("--compatibility", metavar="MODE", help="Mode of schemas that are not there yet.")
]


@app.command("list")
def list_(
    files: options.OptionalFiles = None,
    registries: Registries = None,
    variables: options.Variables = None,
    local: options.Local = False,
    profile: options.Profile = None,
    region: options.Region = None,
    state: options.State = None,
    as_json: options.Json = False,
) -> None:
    """List schemas with their mode, latest version and checkpoint, and the versions that were refused."""
    from cdcctl.registry.contents import read_all

    target = options.resolve_target(local, profile, region, state)
    scope = _scope(files, registries, variables, target)
    found = read_all(target.registry, scope.names(target.registry), outline=True)
    if as_json:
        _print_json({"schemas": [held.outline() for held in found]})
    else:
        schemas_text.print_list(found)


@app.command()
def show(
    word: Word,
    version: Annotated[
        str | None, typer.Argument(help="Print the definition of this version: a number, latest, or an id.")
    ] = None,
    files: options.OptionalFiles = None,
    registries: Registries = None,
    key: Key = False,
    variables: options.Variables = None,
    local: options.Local = False,
    profile: options.Profile = None,
    region: options.Region = None,
    state: options.State = None,
    as_json: options.Json = False,
) -> None:
    """Print a schema with all its versions, or the definition of one version."""
    from cdcctl.registry.description import described
    from cdcctl.schema.definitions import reviewable

    target = options.resolve_target(local, profile, region, state)
    held = _held(word, _scope(files, registries, variables, target, key), target)
    if version is not None:
        found = held.version(version)
        typer.echo(found.definition if as_json else reviewable(found.definition))
        return
    metadata = {each.id: target.registry.metadata(each.id) for each in held.versions}
    if as_json:
        _print_json(described(held, metadata))
    else:
        schemas_text.print_schema(held, metadata)


@app.command()
def diff(
    word: Word,
    before: Annotated[str, typer.Argument(metavar="A", help="A version (number, latest, first, id) or a file.")],
    after: Annotated[str, typer.Argument(metavar="[B]", help="The same; default: the latest version.")] = "latest",
    files: options.OptionalFiles = None,
    registries: Registries = None,
    key: Key = False,
    variables: options.Variables = None,
    local: options.Local = False,
    profile: options.Profile = None,
    region: options.Region = None,
    state: options.State = None,
    as_json: options.Json = False,
) -> None:
    """Compare two versions of a schema, or a version and a file, field by field; exit code 1 when they differ."""
    target = options.resolve_target(local, profile, region, state)
    held = _held(word, _scope(files, registries, variables, target, key), target)
    compare_versions(held, before, after, as_json)


def compare_versions(held: Held, before: str, after: str, as_json: bool) -> None:
    """Print how two versions or files differ.

    :raises typer.Exit: they do.
    """
    from cdcctl.registry.comparison import compare_words

    found = compare_words(held, before, after)
    if as_json:
        _print_json({"schema": str(held.name), "mode": held.mode.value, **found.to_dict()})
    else:
        schemas_text.print_comparison(found, held)
    if not found.identical:
        raise typer.Exit(EXIT_DIFFERENCES)


@app.command()
def register(
    word: Word,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The definition, an .avsc file.")],
    mode: Mode = None,
    anyway: Annotated[
        bool, typer.Option("--anyway", help="Register it although it will be refused, and occupy its definition.")
    ] = False,
    files: options.OptionalFiles = None,
    registries: Registries = None,
    key: Key = False,
    yes: options.Yes = False,
    variables: options.Variables = None,
    local: options.Local = False,
    profile: options.Profile = None,
    region: options.Region = None,
    state: options.State = None,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Register a definition, after a look ahead: one that would be refused is not sent (exit code 1)."""
    from cdcctl.registry.comparison import read_definition
    from cdcctl.registry.registration import forced, forecast, noted_by

    definition = read_definition(file)
    target = options.resolve_target(local, profile, region, state)
    scope = _scope(files, registries, variables, target, key)
    name = scope.one(word)
    found = forecast(target.registry, name, definition, mode or scope.mode(name), noted_by(target))
    if anyway:
        found = forced(found, definition)
    if not as_json:
        schemas_text.print_forecast(found)
    made = _carry_out(found.moves, (), target, yes=yes, as_json=True, quiet=quiet) if found.moves else []
    versions = [{"number": each.number, "id": each.id, "status": each.status} for each in made]
    if as_json:
        _print_json({**found.to_dict(), "registered": versions})
    else:
        for each in versions:
            typer.echo(f"{name}: version {each['number']} is {each['status']} ({each['id']})")
    if not found.is_fine:
        raise typer.Exit(EXIT_DIFFERENCES)


@compatibility.command("get")
def compatibility_get(
    words: Annotated[
        list[str] | None, typer.Argument(metavar="[SCHEMA]...", help="Default: every schema of -f or --registry.")
    ] = None,
    files: options.OptionalFiles = None,
    registries: Registries = None,
    key: Key = False,
    variables: options.Variables = None,
    local: options.Local = False,
    profile: options.Profile = None,
    region: options.Region = None,
    state: options.State = None,
    as_json: options.Json = False,
) -> None:
    """Print the mode of schemas."""
    from cdcctl.registry.contents import read_all, require

    target = options.resolve_target(local, profile, region, state)
    scope = _scope(files, registries, variables, target, key)
    if words:
        found = [require(target.registry, scope.one(word)) for word in words]
    else:
        found = read_all(target.registry, scope.names(target.registry), outline=True)
    if as_json:
        _print_json({str(held.name): held.mode.value for held in found})
    else:
        for held in found:
            typer.echo(f"{held.mode.value:<13} {held.name}")


@compatibility.command("set")
def compatibility_set(
    word: Word,
    mode: Annotated[str, typer.Argument(metavar="MODE", help="The new mode.")],
    files: options.OptionalFiles = None,
    registries: Registries = None,
    key: Key = False,
    yes: options.Yes = False,
    variables: options.Variables = None,
    local: options.Local = False,
    profile: options.Profile = None,
    region: options.Region = None,
    state: options.State = None,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Change the mode of a schema. The registry then moves its checkpoint to the latest version, too."""
    from cdcctl.registry.settings import changed_mode

    target = options.resolve_target(local, profile, region, state)
    held = _held(word, _scope(files, registries, variables, target, key), target)
    moves, notes = changed_mode(held, mode)
    _change(moves, notes, target, yes=yes, as_json=as_json, quiet=quiet)


@app.command()
def checkpoint(
    word: Word,
    version: Annotated[str | None, typer.Argument(help="Move it to this version; default: print it.")] = None,
    files: options.OptionalFiles = None,
    registries: Registries = None,
    key: Key = False,
    yes: options.Yes = False,
    variables: options.Variables = None,
    local: options.Local = False,
    profile: options.Profile = None,
    region: options.Region = None,
    state: options.State = None,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Print the checkpoint of a schema, or move it forward."""
    from cdcctl.registry.settings import moved_checkpoint

    target = options.resolve_target(local, profile, region, state)
    held = _held(word, _scope(files, registries, variables, target, key), target)
    if version is None:
        found = {"schema": str(held.name), "checkpoint": held.schema.checkpoint}
        typer.echo(json.dumps(found) if as_json else f"{held.schema.checkpoint}")
        return
    moves = moved_checkpoint(held, version)
    _change(moves, (), target, yes=yes, as_json=as_json, quiet=quiet)


@app.command("delete-version")
def delete_version(
    word: Word,
    versions: Annotated[str, typer.Argument(metavar="VERSIONS", help="5, or 5-8.")],
    files: options.OptionalFiles = None,
    registries: Registries = None,
    key: Key = False,
    yes: options.Yes = False,
    variables: options.Variables = None,
    local: options.Local = False,
    profile: options.Profile = None,
    region: options.Region = None,
    state: options.State = None,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Delete versions for good. What Glue would refuse is refused before anything is sent."""
    from cdcctl.registry.deletion import deletion

    target = options.resolve_target(local, profile, region, state)
    held = _held(word, _scope(files, registries, variables, target, key), target)
    _change([deletion(held, versions)], (), target, yes=yes, as_json=as_json, quiet=quiet)


@app.command()
def cure(
    words: Annotated[
        list[str] | None, typer.Argument(metavar="[SCHEMA]...", help="Default: every schema of -f or --registry.")
    ] = None,
    again: Annotated[
        bool, typer.Option("--register", help="Register the definitions again where the mode takes them now.")
    ] = False,
    files: options.OptionalFiles = None,
    registries: Registries = None,
    key: Key = False,
    yes: options.Yes = False,
    variables: options.Variables = None,
    local: options.Local = False,
    profile: options.Profile = None,
    region: options.Region = None,
    state: options.State = None,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Free definitions that a refused version occupies: as long as it is there, each attempt finds it and fails again.

    Exit code 1: one cannot be freed, or would be refused again; the cause is said field by field.
    """
    from cdcctl.registry.contents import read_all, require
    from cdcctl.registry.deletion import poisoned

    target = options.resolve_target(local, profile, region, state)
    scope = _scope(files, registries, variables, target, key)
    if words:
        schemas = [require(target.registry, scope.one(word)) for word in words]
    else:
        schemas = read_all(target.registry, scope.names(target.registry))
    found = [(held, each) for held in schemas for each in poisoned(held, register=again)]
    moves = [move for _, each in found for move in each.moves]
    if not as_json:
        schemas_text.print_poisoned(found)
    if moves:
        _carry_out(moves, (), target, yes=yes, as_json=as_json, quiet=quiet)
    if as_json:
        _print_json({"poisoned": [{"schema": str(held.name), **each.to_dict()} for held, each in found]})
    elif moves:
        typer.echo("done; a connector task that has FAILED over it must be started anew")
    if any(each.obstacle or not each.accepted for _, each in found):
        raise typer.Exit(EXIT_DIFFERENCES)


@app.command()
def export(
    out: Annotated[Path, typer.Option("--out", "-o", help="The folder.")],
    prune: Annotated[bool, typer.Option("--prune", help="Remove files of versions that there are no longer.")] = False,
    files: options.OptionalFiles = None,
    registries: Registries = None,
    variables: options.Variables = None,
    local: options.Local = False,
    profile: options.Profile = None,
    region: options.Region = None,
    state: options.State = None,
    as_json: options.Json = False,
) -> None:
    """Write schemas into a folder: REGISTRY/SCHEMA/NUMBER.avsc, and schema.json with mode and checkpoint."""
    from cdcctl.registry.contents import read_all
    from cdcctl.registry.keeping import kept_of
    from cdcctl.schema import folder

    target = options.resolve_target(local, profile, region, state)
    scope = _scope(files, registries, variables, target)
    found = read_all(target.registry, scope.names(target.registry))
    avro = [held for held in found if held.schema.data_format == "AVRO"]
    written, stale = folder.write(out, [kept_of(held) for held in avro], prune=prune)
    skipped = [str(held.name) for held in found if held not in avro]
    if as_json:
        facts = {"schemas": len(avro), "written": written, "stale": stale, "pruned": prune, "skipped": skipped}
        _print_json(
            {name: list(map(str, value)) if isinstance(value, list) else value for name, value in facts.items()}
        )
        return
    versions = sum(len(held.available) for held in avro)
    typer.echo(f"{out}: {len(avro)} schema(s), {versions} version(s); {len(written)} file(s) written")
    for path in stale:
        typer.echo(f"{'removed' if prune else 'no such version any more, --prune removes it'}: {path}")
    for name in skipped:
        typer.echo(f"left out, because it is not AVRO: {name}")


@app.command("import")
def import_(
    folder: Annotated[Path, typer.Argument(help="A folder as export writes it.")],
    mode: Mode = None,
    files: options.OptionalFiles = None,
    registries: Registries = None,
    yes: options.Yes = False,
    variables: options.Variables = None,
    local: options.Local = False,
    profile: options.Profile = None,
    region: options.Region = None,
    state: options.State = None,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Put the schemas of a folder into the registry: what is missing of versions, modes and checkpoints.

    Nothing is deleted but refused versions that occupy a definition of the folder. A second import changes nothing.
    """
    from cdcctl.registry.keeping import restoring

    target = options.resolve_target(local, profile, region, state)
    scope = _scope(files, registries, variables, target)
    kept = scope.kept(folder)
    default = mode or (scope.pipeline.registries.compatibility if scope.pipeline else None)
    moves, notes = restoring(target.registry, kept, default)
    _change(moves, notes, target, yes=yes, as_json=as_json, quiet=quiet)


@app.command()
def drift(
    folder: Annotated[Path, typer.Argument(help="A folder as export writes it.")],
    files: options.OptionalFiles = None,
    registries: Registries = None,
    variables: options.Variables = None,
    local: options.Local = False,
    profile: options.Profile = None,
    region: options.Region = None,
    state: options.State = None,
    as_json: options.Json = False,
) -> None:
    """Say how the registry is not as the folder has it; exit code 1 when it is not."""
    from cdcctl.registry.contents import Name, read
    from cdcctl.registry.keeping import drift as drift_of
    from cdcctl.registry.keeping import only_there

    target = options.resolve_target(local, profile, region, state)
    scope = _scope(files, registries, variables, target)
    kept = scope.kept(folder)
    found = [
        each
        for schema in kept
        for each in drift_of(schema, read(target.registry, Name(schema.registry, schema.schema)))
    ]
    found += only_there(kept, scope.within({each.registry for each in kept}).names(target.registry, lenient=True))
    if as_json:
        _print_json({"schemas": len(kept), "drift": [each.to_dict() for each in found]})
    else:
        schemas_text.print_drift(found, len(kept))
    if found:
        raise typer.Exit(EXIT_DIFFERENCES)


def _scope(
    files: list[Path] | None,
    registries: list[str] | None,
    variables: list[str] | None,
    target: Target,
    key: bool = False,
) -> Scope:
    from cdcctl.registry.selection import Scope

    if files and registries:
        raise UsageError("-f and --registry exclude each other", hint="leave one of them out")
    pipeline = options.read_pipeline(files, target, variables) if files else None
    return Scope(pipeline, tuple(registries or ()), "key" if key else "value")


def _held(word: str, scope: Scope, target: Target) -> Held:
    from cdcctl.registry.contents import require, require_avro

    return require_avro(require(target.registry, scope.one(word)))


def _change(
    moves: Sequence[Move], notes: Sequence[str], target: Target, *, yes: bool, as_json: bool, quiet: bool
) -> None:
    """Show moves, ask, carry them out, say so."""
    from cdcctl.registry.moves import plan_of

    made = _carry_out(moves, notes, target, yes=yes, as_json=as_json, quiet=quiet)
    if as_json:
        document = plan_of(moves, notes).to_dict()
        registered = [{"number": each.number, "id": each.id, "status": each.status} for each in made]
        _print_json({**document, "registered": registered})
    else:
        typer.echo("done" if moves else "nothing to do")


def _carry_out(
    moves: Sequence[Move], notes: Sequence[str], target: Target, *, yes: bool, as_json: bool, quiet: bool
) -> list[Any]:
    """Show moves, ask, carry them out; the versions that were registered."""
    from cdcctl.cli.plan_text import print_plan
    from cdcctl.registry.moves import Execution, plan_of

    if not as_json:
        print_plan(plan_of(moves, notes))
    if not moves:
        return []
    options.confirm(yes, f"Carry this out on {target.description}?", "pass --yes to do it")
    with options.progress(quiet) as say:
        execution = Execution(target.telling(say), say)
        execution.run(moves)
    return execution.made


def _print_json(document: Any) -> None:
    typer.echo(json.dumps(document, indent=2, ensure_ascii=False))
