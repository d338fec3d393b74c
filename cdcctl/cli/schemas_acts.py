"""What the commands on schemas share: which schemas are meant, and how changes are shown, asked for and carried out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
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
Words = Annotated[
    list[str] | None, typer.Argument(metavar="[SCHEMA]...", help="Default: every schema of -f or --registry.")
]
Key = Annotated[bool, typer.Option("--key", help="The key's schema, not the value's, of a pipeline's table.")]
Mode = Annotated[
    str | None, typer.Option("--compatibility", metavar="MODE", help="Mode of schemas that are not there yet.")
]


@dataclass(frozen=True)
class Chosen:
    """The schemas that a command is about, as the user says it: a pipeline's, or those of registries."""

    files: options.OptionalFiles = None
    registries: Registries = None
    variables: options.Variables = None

    @property
    def side(self) -> str:
        """Whose schema a table stands for: its key's or its value's."""
        return "value"

    def scope(self, target: Target) -> Scope:
        """The schemas that are meant.

        :raises UsageError: both a pipeline and registries are named.
        """
        from cdcctl.registry.selection import Scope

        if self.files and self.registries:
            raise UsageError("-f and --registry exclude each other", hint="leave one of them out")
        pipeline = options.Named(self.files, self.variables).read(target) if self.files else None
        return Scope(pipeline, tuple(self.registries or ()), self.side)


@dataclass(frozen=True)
class ChosenSide(Chosen):
    """The same where a table may be named, which has a key and a value."""

    key: Key = False

    @property
    def side(self) -> str:
        """Whose schema a table stands for, as the user says it."""
        return "key" if self.key else "value"

    def one(self, word: str, target: Target) -> Held:
        """The Avro schema that somebody names, with its versions."""
        from cdcctl.registry.contents import require, require_avro

        return require_avro(require(target.registry, self.scope(target).one(word)))

    def several(self, words: list[str] | None, target: Target, *, outline: bool = False) -> list[Held]:
        """The schemas that somebody names, or all.

        :param outline: of all, without the definitions.
        """
        from cdcctl.registry.contents import read_all, require

        scope = self.scope(target)
        if words:
            return [require(target.registry, scope.one(word)) for word in words]
        return read_all(target.registry, scope.names(target.registry), outline=outline)


@dataclass(frozen=True)
class Carrying:
    """How changes are carried out: asked for or not, told as text or JSON."""

    yes: options.Yes = False
    as_json: options.Json = False
    quiet: options.Quiet = False

    def change(self, moves: Sequence[Move], notes: Sequence[str], target: Target) -> None:
        """Show moves, ask, carry them out, say so."""
        from cdcctl.registry.moves import plan_of

        made = self.carry_out(moves, notes, target)
        if self.as_json:
            registered = [{"number": each.number, "id": each.id, "status": each.status} for each in made]
            print_json({**plan_of(moves, notes).to_dict(), "registered": registered})
        else:
            typer.echo("done" if moves else "nothing to do")

    def carry_out(
        self, moves: Sequence[Move], notes: Sequence[str], target: Target, *, shown: bool = False
    ) -> list[Any]:
        """Show moves, ask, carry them out; the versions that were registered.

        :param shown: the command has shown them, in its own words.
        """
        from cdcctl.cli.plan_text import print_plan
        from cdcctl.registry.moves import Execution, plan_of

        if not (self.as_json or shown):
            print_plan(plan_of(moves, notes))
        if not moves:
            return []
        options.confirm(self.yes, f"Carry this out on {target.description}?", "pass --yes to do it")
        with options.progress(self.quiet) as say:
            execution = Execution(target.telling(say), say)
            execution.run(moves)
        return execution.made


def print_json(document: Any) -> None:
    """Print one document."""
    typer.echo(json.dumps(document, indent=2, ensure_ascii=False))
