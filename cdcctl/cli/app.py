"""The command ``cdcctl``: its groups, and the one place where errors become words and exit codes."""

from __future__ import annotations

import errno
import os
import select
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from keyword import iskeyword
from types import FrameType
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from cdcctl import __version__
from cdcctl.errors import EXIT_INTERRUPTED, EXIT_NO_READER, CdcctlError, LocalEnvironmentError

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@contextmanager
def _in_words() -> Iterator[None]:
    """Turn what ends a command early into words on stderr and an exit code.

    :raises typer.Exit: with the exit code.
    """
    with _for_a_reader():
        try:
            with _written():
                yield
        except CdcctlError as error:
            show(error)
            raise typer.Exit(error.exit_code) from None
        except KeyboardInterrupt:
            typer.echo("interrupted", err=True)
            raise typer.Exit(EXIT_INTERRUPTED) from None


@contextmanager
def _for_a_reader() -> Iterator[None]:
    """End without a word when the reader went away (``cdcctl … | head``), which is not an error.

    :raises typer.Exit: it did.
    """
    try:
        yield
    except BrokenPipeError:
        # Of a connection to somebody else it says nothing about the reader.
        if not any(map(_has_no_reader, (1, 2))):
            raise
        _print_no_more()
        raise typer.Exit(EXIT_NO_READER) from None
    except SystemExit as end:
        # So ends Rich, which has seen to the stream already.
        if isinstance(end.__context__, BrokenPipeError):
            raise typer.Exit(EXIT_NO_READER) from None
        raise


@contextmanager
def _written() -> Iterator[None]:
    """Bring what is printed to where it belongs, all of it.

    :raises LocalEnvironmentError: there is no room for it.
    """
    try:
        yield
        if sys.stdout:
            # What is left until Python ends fails without words.
            sys.stdout.flush()
    except OSError as error:
        if error.errno not in _FULL:
            raise
        _print_no_more()
        # Which of the two, the error does not tell.
        raise LocalEnvironmentError(
            f"what is printed, or a file, cannot be written: {error.strerror}", hint="make room, or print it elsewhere"
        ) from None


def _has_no_reader(file: int) -> bool:
    poll = select.poll()
    poll.register(file, 0)
    return any(event & select.POLLERR for _, event in poll.poll(0))


def _print_no_more() -> None:
    """What is still kept goes nowhere; Python would try once more when it ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)


class _Root(TyperGroup):
    """The root group, around every command."""

    def make_context(self, *args: Any, **options: Any) -> Any:
        """Read the command line, which may be interrupted as well."""
        with _in_words():
            return super().make_context(*args, **options)

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        with _in_words():
            return super().invoke(ctx)


# Each command's module in this package; the function is called like the command.
_COMMANDS = {
    "init": "init",
    "render": "render",
    "import": "import_",
    "lint": "lint",
    "explain": "explain",
    "plan": "deploy",
    "deploy": "deploy",
    "destroy": "destroy",
    "status": "status",
    "drift": "drift",
    "logs": "operate",
    "pause": "operate",
    "resume": "operate",
    "restart": "operate",
    "doctor": "doctor",
    "decode": "decode",
}
# Groups, each in the module of its name, as ``app``.
_GROUPS = ("evolve", "offsets", "dlq", "plugin", "schemas", "verify", "bootstrap", "local")


def with_commands(names: Sequence[str]) -> typer.Typer:
    """The root with these commands and groups: to import and read the signatures of all takes half of a short command.

    :param names: of commands and groups; without any that is one, all of them.
    """
    made = typer.Typer(
        name="cdcctl",
        cls=_Root,
        help="Render, deploy and verify MySQL → Debezium → Avro → Kafka → Parquet pipelines on Amazon MSK Connect.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=True,
    )
    made.callback()(_root)
    chosen = [name for name in (*_COMMANDS, *_GROUPS) if name in names] or [*_COMMANDS, *_GROUPS]
    for name in chosen:
        module = import_module(f"cdcctl.cli.{_COMMANDS.get(name, name)}")
        if name in _GROUPS:
            made.add_typer(module.app, name=name)
        else:
            made.command(name)(getattr(module, f"{name}_" if iskeyword(name) else name))
    return made


def __getattr__(name: str) -> typer.Typer:
    """``app``: the root with everything."""
    if name != "app":
        raise AttributeError(f"module {__name__} has no attribute {name}")
    return with_commands(())


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


def show(error: CdcctlError) -> None:
    """Print an error: what is wrong, its details, what to do."""
    typer.echo(f"error: {error.message}", err=True)
    for line in error.details:
        typer.echo(f"  {line}", err=True)
    if error.hint:
        typer.echo(f"hint: {error.hint}", err=True)


def main() -> None:
    """Entry point. SIGTERM ends a command as Ctrl-C does, so that it cleans up in both cases."""
    signal.signal(signal.SIGTERM, _interrupt)
    sys.exit(with_commands(sys.argv[1:2])())


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
