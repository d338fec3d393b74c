"""``cdcctl pause``, ``resume``, ``restart`` and ``logs``."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from cdcctl.cli import options
from cdcctl.cli.since import moment

if TYPE_CHECKING:
    from cdcctl.operate.control import Outcome
    from cdcctl.operate.logs import Line

Connectors = Annotated[
    list[str] | None,
    typer.Argument(help="Connectors, such as source or movies-source; default: all of them.", show_default=False),
]


@dataclass(frozen=True)
class Control(options.Named):
    """What is done to which connectors, and how it is told."""

    connectors: Connectors = None
    break_lock: options.BreakLock = False
    as_json: options.Json = False
    quiet: options.Quiet = False

    def carry_out(self, verb: str, place: options.Place, *, only_failed: bool = False) -> None:
        """Do it, wait until it is done, and say what became of each connector.

        :param only_failed: only to tasks that have failed.
        """
        from cdcctl.operate.control import Verb, control
        from cdcctl.operate.selection import chosen

        target = place.target()
        pipeline = self.read(target)
        names = chosen(pipeline, self.connectors or [])
        with options.progress(self.quiet) as say:
            done = control(
                pipeline, target, Verb(verb), names, say, only_failed=only_failed, breaks_lock=self.break_lock
            )
        if self.as_json:
            document = {"pipeline": pipeline.name, "connectors": [each.to_dict() for each in done]}
            typer.echo(json.dumps(document, indent=2))
        else:
            for each in done:
                typer.echo(_said(verb, each))


@options.bundled
def pause(*, of: Control, place: options.Place) -> None:
    """Pause connectors and wait until they are. Offsets and configurations stay.

    MySQL and Kafka keep what comes meanwhile, for as long as their retention says.
    """
    of.carry_out("pause", place)


@options.bundled
def resume(*, of: Control, place: options.Place) -> None:
    """Resume paused connectors and wait until they run; they go on where they stopped."""
    of.carry_out("resume", place)


@options.bundled
def restart(
    *,
    of: Control,
    failed: Annotated[bool, typer.Option("--failed", help="Only the tasks that have failed.")] = False,
    place: options.Place,
) -> None:
    """Restart connectors with their tasks and wait until they run."""
    of.carry_out("restart", place, only_failed=failed)


@options.bundled
def logs(
    *,
    named: options.Named,
    connector: Annotated[
        str | None, typer.Argument(help="One connector, such as source; default: all of them.", show_default=False)
    ] = None,
    follow: Annotated[bool, typer.Option("--follow", help="Go on with what comes, until Ctrl-C.")] = False,
    since: Annotated[str, typer.Option(help="From when on: 15m, 2h, 1d ago, or a time.")] = "1h",
    errors: Annotated[bool, typer.Option("--errors", help="Only errors, with their causes.")] = False,
    lines: Annotated[int, typer.Option(min=1, help="The newest so many lines, at most.")] = 1000,
    place: options.Place,
    as_json: options.Json = False,
) -> None:
    """Print what the workers say, from CloudWatch Logs. With --follow and --json each line is a document."""
    from cdcctl.errors import NotFoundError
    from cdcctl.operate.logs import Log, log_groups, missing_group
    from cdcctl.operate.selection import chosen

    start = moment(since)
    target = place.target()
    pipeline = named.read(target)
    names = chosen(pipeline, [connector] if connector else [])
    log = Log(target, log_groups(pipeline, target, names), only_errors=errors)
    try:
        if follow:
            for first, batch in enumerate(log.follow(start)):
                _print(batch if first else batch[-lines:], several=len(names) > 1, as_json=as_json)
            return
        found = log.wanted(log.read(start))[-lines:]
    except NotFoundError as error:
        raise missing_group(pipeline, error) from error
    if as_json:
        document = {"pipeline": pipeline.name, "lines": [line.to_dict() for line in found]}
        typer.echo(json.dumps(document, indent=2, ensure_ascii=False))
        return
    _print(found, several=len(names) > 1, as_json=False)
    if not found:
        typer.echo(f"no {'error' if errors else 'line'} since {start:%Y-%m-%d %H:%M:%S} UTC", err=True)


def _print(lines: list[Line], *, several: bool, as_json: bool) -> None:
    for line in lines:
        if as_json:
            typer.echo(json.dumps(line.to_dict(), ensure_ascii=False))
        else:
            typer.echo(f"{line.connector} | {line.event.message}" if several else line.event.message)


def _said(verb: str, outcome: Outcome) -> str:
    if not outcome.changed:
        return f"{outcome.connector} is {outcome.after} already"
    past = {"pause": "paused", "resume": "resumed", "restart": "restarted"}[verb]
    return f"{outcome.connector} {past}: it was {outcome.before} and is {outcome.after}"
