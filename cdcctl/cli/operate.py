"""``cdcctl pause``, ``resume``, ``restart`` and ``logs``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from cdcctl.cli import options

if TYPE_CHECKING:
    from pathlib import Path

    from cdcctl.operate.control import Outcome
    from cdcctl.operate.logs import Line

Connectors = Annotated[
    list[str] | None,
    typer.Argument(help="Connectors, such as source or movies-source; default: all of them.", show_default=False),
]


@options.placed
def pause(
    files: options.Files,
    connectors: Connectors = None,
    break_lock: options.BreakLock = False,
    variables: options.Variables = None,
    place: options.Place = options.PLACE,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Pause connectors and wait until they are. Offsets and configurations stay.

    MySQL and Kafka keep what comes meanwhile, for as long as their retention says.
    """
    _control("pause", files, connectors, break_lock, variables, place, as_json, quiet)


@options.placed
def resume(
    files: options.Files,
    connectors: Connectors = None,
    break_lock: options.BreakLock = False,
    variables: options.Variables = None,
    place: options.Place = options.PLACE,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Resume paused connectors and wait until they run; they go on where they stopped."""
    _control("resume", files, connectors, break_lock, variables, place, as_json, quiet)


@options.placed
def restart(
    files: options.Files,
    connectors: Connectors = None,
    failed: Annotated[bool, typer.Option("--failed", help="Only the tasks that have failed.")] = False,
    break_lock: options.BreakLock = False,
    variables: options.Variables = None,
    place: options.Place = options.PLACE,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Restart connectors with their tasks and wait until they run."""
    _control("restart", files, connectors, break_lock, variables, place, as_json, quiet, failed)


@options.placed
def logs(
    files: options.Files,
    connector: Annotated[
        str | None, typer.Argument(help="One connector, such as source; default: all of them.", show_default=False)
    ] = None,
    follow: Annotated[bool, typer.Option("--follow", help="Go on with what comes, until Ctrl-C.")] = False,
    since: Annotated[str, typer.Option(help="From when on: 15m, 2h, 1d ago, or a time.")] = "1h",
    errors: Annotated[bool, typer.Option("--errors", help="Only errors, with their causes.")] = False,
    lines: Annotated[int, typer.Option(min=1, help="The newest so many lines, at most.")] = 1000,
    variables: options.Variables = None,
    place: options.Place = options.PLACE,
    as_json: options.Json = False,
) -> None:
    """Print what the workers say, from CloudWatch Logs. With --follow and --json each line is a document."""
    from cdcctl.errors import NotFoundError
    from cdcctl.operate.logs import Log, log_groups, missing_group, moment
    from cdcctl.operate.selection import chosen

    start = moment(since)
    target = place.target()
    pipeline = options.read_pipeline(files, target, variables)
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


def _control(
    verb: str,
    files: list[Path],
    connectors: list[str] | None,
    break_lock: bool,
    variables: list[str] | None,
    place: options.Place,
    as_json: bool,
    quiet: bool,
    failed: bool = False,
) -> None:
    from cdcctl.operate.control import Verb, control
    from cdcctl.operate.selection import chosen

    target = place.target()
    pipeline = options.read_pipeline(files, target, variables)
    names = chosen(pipeline, connectors or [])
    with options.progress(quiet) as say:
        done = control(pipeline, target, Verb(verb), names, say, only_failed=failed, breaks_lock=break_lock)
    if as_json:
        document = {"pipeline": pipeline.name, "connectors": [each.to_dict() for each in done]}
        typer.echo(json.dumps(document, indent=2))
    else:
        for each in done:
            typer.echo(_said(verb, each))


def _said(verb: str, outcome: Outcome) -> str:
    if not outcome.changed:
        return f"{outcome.connector} is {outcome.after} already"
    past = {"pause": "paused", "resume": "resumed", "restart": "restarted"}[verb]
    return f"{outcome.connector} {past}: it was {outcome.before} and is {outcome.after}"
