"""Options that several commands share, and what they lead to. Nothing heavy is imported before it is needed."""

from __future__ import annotations

import functools
import inspect
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

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


PLACE = Place()
"""What a command's parameter ``place`` has as its default."""


def placed(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of :class:`Place` where it has a parameter ``place``."""
    signature = inspect.signature(command, eval_str=True)
    kinds = inspect.get_annotations(Place, eval_str=True)
    own = [
        inspect.Parameter(each.name, inspect.Parameter.KEYWORD_ONLY, default=each.default, annotation=kinds[each.name])
        for each in fields(Place)
    ]
    parameters = [
        given
        for each in signature.parameters.values()
        for given in (own if each.name == "place" else [each.replace(kind=inspect.Parameter.KEYWORD_ONLY)])
    ]

    @functools.wraps(command)
    def run(**given: Any) -> None:
        place = Place(**{each.name: given.pop(each.name) for each in fields(Place)})
        command(place=place, **given)

    made = signature.replace(parameters=parameters)
    # What Typer reads.
    run.__signature__ = made  # type: ignore[attr-defined]
    run.__annotations__ = {name: each.annotation for name, each in made.parameters.items()}
    return run


def load_pipeline(files: list[Path], target: Target, variables: Sequence[str] | None = None) -> Pipeline:
    """The pipeline as the target runs it, its brokers looked up where it only names their cluster.

    Parameters as of :func:`read_pipeline`.
    """
    pipeline = read_pipeline(files, target, variables)
    return pipeline if pipeline.kafka.bootstrap_servers else target.msk.with_brokers(pipeline)


def load_standing_pipeline(files: list[Path], target: Target, variables: Sequence[str] | None = None) -> Pipeline:
    """The same for commands that must work when the cluster is gone, too: its brokers are left out then.

    Parameters as of :func:`read_pipeline`.
    """
    from cdcctl.errors import RemoteError

    pipeline = read_pipeline(files, target, variables)
    if pipeline.kafka.bootstrap_servers:
        return pipeline
    try:
        return target.msk.with_brokers(pipeline)
    except RemoteError:
        return pipeline


def read_pipeline(files: list[Path], target: Target, variables: Sequence[str] | None = None) -> Pipeline:
    """The pipeline as files and target have it; nothing is asked anywhere.

    :param variables: ``NAME=value``; those in the environment (CDCCTL_VAR_NAME) come second, those in the files last.
    """
    from cdcctl.documents import Document
    from cdcctl.pipeline import load
    from cdcctl.pipeline.variables import given

    overlay = [Document(target.description, target.overlay)] if target.overlay else []
    return load(files, overlay, given(variables or (), os.environ))


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
