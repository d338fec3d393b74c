"""Options that several commands share, and what they lead to. Nothing heavy is imported before it is needed."""

from __future__ import annotations

import functools
import inspect
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import MISSING, dataclass, fields, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer

from cdcctl.errors import UsageError

if TYPE_CHECKING:
    from rich.status import Status

    from cdcctl.aws.target import Target
    from cdcctl.pipeline import Pipeline

Files = Annotated[
    list[Path],
    typer.Option("-f", "--file", help="Pipeline file; given several times, later ones are laid over earlier."),
]
OptionalFiles = Annotated[
    list[Path] | None,
    typer.Option("-f", "--file", help="Pipeline file; given several times, later ones are laid over earlier."),
]
Variables = Annotated[
    list[str] | None,
    typer.Option("--var", metavar="NAME=VALUE", help="What ${var.NAME} stands for in the pipeline file."),
]
Local = Annotated[bool, typer.Option("--local", help="Use the running local stack.")]
Profile = Annotated[str | None, typer.Option(help="AWS profile.")]
Region = Annotated[str | None, typer.Option(help="AWS region.")]
State = Annotated[Path | None, typer.Option("--state", help="State folder of the local stack.", show_default=False)]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress on stderr.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
BreakLock = Annotated[
    bool, typer.Option("--break-lock", help="Remove the lock of another run first, whoever holds it.")
]
Replace = Annotated[
    list[str] | None,
    typer.Option(
        "--replace",
        metavar="CONNECTOR",
        help="Delete this connector and make it again where it would be changed in place; may be repeated.",
    ),
]


def state_folder(state: Path | None) -> Path:
    """The state folder of the local stack."""
    from cdcctl.local.state import default_state_folder

    return state.expanduser().resolve() if state else default_state_folder()


def resolve_target(local: bool, profile: str | None, region: str | None, state: Path | None) -> Target:
    """The place to act on. This is the only question about being local or not."""
    if local:
        if profile or region:
            raise UsageError("--local and --profile or --region exclude each other", hint="leave one of them out")
        from cdcctl.local import stack

        return stack.target(stack.require_running(state_folder(state)))
    from cdcctl.aws.target import aws_target

    return aws_target(profile, region)


@dataclass(frozen=True)
class Place:
    """Where a command acts, as the user says it."""

    local: Local = False
    profile: Profile = None
    region: Region = None
    state: State = None

    def target(self) -> Target:
        """The place to act on.

        :raises UsageError: as :func:`resolve_target`.
        """
        return resolve_target(self.local, self.profile, self.region, self.state)


def bundled(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of every dataclass that one of its parameters is of, such as :class:`Place`.

    Typer sees one option for each field; the command is given the dataclass.
    """
    signature = inspect.signature(command, eval_str=True)
    bundles: dict[str, Any] = {
        each.name: each.annotation for each in signature.parameters.values() if is_dataclass(each.annotation)
    }
    parameters = [
        given
        for each in signature.parameters.values()
        for given in (
            _options_of(bundles[each.name])
            if each.name in bundles
            else [each.replace(kind=inspect.Parameter.KEYWORD_ONLY)]
        )
    ]

    @functools.wraps(command)
    def run(**given: Any) -> None:
        made = {
            name: bundle(**{each.name: given.pop(each.name) for each in fields(bundle)})
            for name, bundle in bundles.items()
        }
        command(**made, **given)

    made = signature.replace(parameters=parameters)
    # What Typer reads.
    run.__signature__ = made  # type: ignore[attr-defined]
    run.__annotations__ = {name: each.annotation for name, each in made.parameters.items()}
    return run


def _options_of(bundle: Any) -> list[inspect.Parameter]:
    """The fields of a dataclass as parameters of a command; those of what it extends come first."""
    kinds = get_type_hints(bundle, include_extras=True)
    return [
        inspect.Parameter(
            each.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=inspect.Parameter.empty if each.default is MISSING else each.default,
            annotation=kinds[each.name],
        )
        for each in fields(bundle)
    ]


@dataclass(frozen=True)
class Named:
    """The pipeline that a command is about, as the user names it."""

    files: Files
    variables: Variables = None

    def load(self, target: Target) -> Pipeline:
        """The pipeline as the target runs it, its brokers looked up where it only names their cluster.

        :raises InputError: every problem of the files.
        """
        pipeline = self.read(target)
        return pipeline if pipeline.kafka.bootstrap_servers else target.msk.with_brokers(pipeline)

    def load_standing(self, target: Target) -> Pipeline:
        """The same for commands that must work when the cluster is gone, too: its brokers are left out then."""
        from cdcctl.errors import RemoteError

        pipeline = self.read(target)
        if pipeline.kafka.bootstrap_servers:
            return pipeline
        try:
            return target.msk.with_brokers(pipeline)
        except RemoteError:
            return pipeline

    def read(self, target: Target) -> Pipeline:
        """The pipeline as files and target have it; nothing is asked anywhere.

        :raises InputError: every problem of the files.
        """
        from cdcctl.documents import Document
        from cdcctl.pipeline import load
        from cdcctl.pipeline.variables import given

        overlay = [Document(target.description, target.overlay)] if target.overlay else []
        # Those in the environment (CDCCTL_VAR_NAME) come second, those in the files last.
        return load(self.files, overlay, given(self.variables or (), os.environ))


class Progress:
    """Shows what is being done now: one live line on a terminal, nothing otherwise."""

    def __init__(self, status: Status | None) -> None:
        self._status = status

    def __call__(self, text: str) -> None:
        """Show this text from now on."""
        if self._status:
            self._status.update(text)

    @contextmanager
    def silent(self) -> Iterator[None]:
        """Take the line away, while something is printed or asked."""
        if self._status:
            self._status.stop()
        try:
            yield
        finally:
            if self._status:
                self._status.start()


@contextmanager
def progress(quiet: bool) -> Iterator[Progress]:
    """What is being done, on stderr."""
    if quiet or not sys.stderr.isatty():
        yield Progress(None)
        return
    from rich.console import Console
    from rich.status import Status

    with Status("starting", console=Console(stderr=True)) as status:
        yield Progress(status)


def confirm(yes: bool, question: str, hint: str) -> None:
    """Ask, unless told not to.

    :raises UsageError: there is nobody to ask.
    """
    if yes:
        return
    if not sys.stdin.isatty():
        raise UsageError("there is nobody to ask", hint=hint)
    typer.confirm(question, abort=True, err=True)
