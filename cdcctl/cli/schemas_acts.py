"""What the commands on schemas share: which schemas are meant, and how changes are shown, asked for and carried out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cdcctl.cli import options
from cdcctl.errors import UsageError

if TYPE_CHECKING:
    from cdcctl.aws.target import Target
    from cdcctl.registry.contents import Held
    from cdcctl.registry.moves import Move
    from cdcctl.registry.selection import Scope

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


def scope(
    files: list[Path] | None,
    registries: list[str] | None,
    variables: list[str] | None,
    target: Target,
    key: bool = False,
) -> Scope:
    """The schemas that a command is about.

    :raises UsageError: both a pipeline and registries are named.
    """
    from cdcctl.registry.selection import Scope

    if files and registries:
        raise UsageError("-f and --registry exclude each other", hint="leave one of them out")
    pipeline = options.read_pipeline(files, target, variables) if files else None
    return Scope(pipeline, tuple(registries or ()), "key" if key else "value")


def held_schema(word: str, within: Scope, target: Target) -> Held:
    """The Avro schema that somebody names, with its versions."""
    from cdcctl.registry.contents import require, require_avro

    return require_avro(require(target.registry, within.one(word)))


def change(
    moves: Sequence[Move], notes: Sequence[str], target: Target, *, yes: bool, as_json: bool, quiet: bool
) -> None:
    """Show moves, ask, carry them out, say so."""
    from cdcctl.registry.moves import plan_of

    made = carry_out(moves, notes, target, yes=yes, as_json=as_json, quiet=quiet)
    if as_json:
        document = plan_of(moves, notes).to_dict()
        registered = [{"number": each.number, "id": each.id, "status": each.status} for each in made]
        print_json({**document, "registered": registered})
    else:
        typer.echo("done" if moves else "nothing to do")


def carry_out(
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


def print_json(document: Any) -> None:
    """Print one document."""
    typer.echo(json.dumps(document, indent=2, ensure_ascii=False))
