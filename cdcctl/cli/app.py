"""The command ``cdcctl``: its groups, and the one place where errors become words and exit codes."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from cdcctl import __version__
from cdcctl.cli import (
    bootstrap,
    decode,
    deploy,
    destroy,
    dlq,
    doctor,
    drift,
    evolve,
    explain,
    import_,
    init,
    lint,
    local,
    offsets,
    operate,
    plugin,
    render,
    schemas,
    status,
    verify,
)
from cdcctl.errors import EXIT_INTERRUPTED, CdcctlError


@contextmanager
def _in_words() -> Iterator[None]:
    """Turn what ends a command early into words on stderr and an exit code.

    :raises typer.Exit: with the exit code.
    """
    try:
        yield
    except CdcctlError as error:
        show(error)
        raise typer.Exit(error.exit_code) from None
    except KeyboardInterrupt:
        typer.echo("interrupted", err=True)
        raise typer.Exit(EXIT_INTERRUPTED) from None


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


app = typer.Typer(
    name="cdcctl",
    cls=_Root,
    help="Render, deploy and verify MySQL → Debezium → Avro → Kafka → Parquet pipelines on Amazon MSK Connect.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=True,
)
app.command("init")(init.init)
app.command("render")(render.render)
app.command("import")(import_.import_)
app.command("lint")(lint.lint)
app.command("explain")(explain.explain)
app.command("plan")(deploy.plan)
app.command("deploy")(deploy.deploy)
app.command("destroy")(destroy.destroy)
app.command("status")(status.status)
app.command("drift")(drift.drift)
app.command("logs")(operate.logs)
app.command("pause")(operate.pause)
app.command("resume")(operate.resume)
app.command("restart")(operate.restart)
app.command("doctor")(doctor.doctor)
app.command("decode")(decode.decode)
app.add_typer(evolve.app, name="evolve")
app.add_typer(offsets.app, name="offsets")
app.add_typer(dlq.app, name="dlq")
app.add_typer(plugin.app, name="plugin")
app.add_typer(schemas.app, name="schemas")
app.add_typer(verify.app, name="verify")
app.add_typer(bootstrap.app, name="bootstrap")
app.add_typer(local.app, name="local")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
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
    # A reader that went away (``cdcctl … | head``) is not an error.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    _leave_out_all_but(sys.argv[1:2])
    sys.exit(app())


def _leave_out_all_but(names: Sequence[str]) -> None:
    """Keep the one command or group that is called: Typer reads the signatures of all before it runs one."""
    commands = [each for each in app.registered_commands if each.name in names]
    groups = [each for each in app.registered_groups if each.name in names]
    if commands or groups:
        app.registered_commands, app.registered_groups = commands, groups


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
