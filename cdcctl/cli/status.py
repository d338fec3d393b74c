"""``cdcctl status``."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from cdcctl.cli import options
from cdcctl.errors import EXIT_DIFFERENCES

if TYPE_CHECKING:
    from cdcctl.aws.target import Target
    from cdcctl.operate.status.line import Line
    from cdcctl.operate.status.look import Status
    from cdcctl.pipeline import Pipeline

_COLOURS = {"fine": "green", "wrong": "red", "unknown": "yellow"}


@options.bundled
def status(
    *,
    named: options.Named,
    watch: Annotated[bool, typer.Option("--watch", help="Look again and again, until Ctrl-C.")] = False,
    every: Annotated[float, typer.Option(min=0.5, help="With --watch: seconds between two looks.")] = 5.0,
    max_lag: Annotated[
        float, typer.Option(min=1, help="Seconds that anything may be behind before it is wrong.")
    ] = 600,
    place: options.Place,
    as_json: options.Json = False,
) -> None:
    """Say how the pipeline is doing: connectors, lag on both sides, purge risk, commits, schemas, dead letters.

    Exit code 1 when something is wrong; what cannot be reached from here is said, and does not count. Kafka and MySQL
    are asked from here: run it where they can be reached. With --watch and --json each look is a document on a line.
    """
    from cdcctl.operate.status.look import look

    target = place.target()
    pipeline = named.load_standing(target)
    if watch:
        _watch(_looks(pipeline, target, max_lag, every), as_json=as_json)
        return
    found = look(pipeline, target, max_lag)
    if as_json:
        typer.echo(json.dumps(found.to_dict(), indent=2, ensure_ascii=False))
    else:
        width = max(len(line.subject) for line in found.lines)
        for line in found.lines:
            health = typer.style(f"{line.health.value:<8}", fg=_COLOURS[line.health.value])
            typer.echo(f"{health} {line.subject:<{width}} {line.what:<13} {line.text}")
        typer.echo(_sum(found))
    if not found.healthy:
        raise typer.Exit(EXIT_DIFFERENCES)


def _looks(pipeline: Pipeline, target: Target, max_lag: float, every: float) -> Iterator[Status]:
    from cdcctl.operate.status.look import look

    while True:
        yield look(pipeline, target, max_lag)
        time.sleep(every)


def _watch(looks: Iterator[Status], *, as_json: bool) -> None:
    if as_json:
        for found in looks:
            typer.echo(json.dumps(found.to_dict(), ensure_ascii=False))
            sys.stdout.flush()
        return
    from rich.console import Console, Group
    from rich.live import Live
    from rich.table import Table

    with Live(console=Console(), auto_refresh=False, vertical_overflow="visible") as live:
        for found in looks:
            table = Table(box=None, show_header=False, pad_edge=False)
            for line in found.lines:
                table.add_row(*_cells(line))
            live.update(Group(table, f"{found.at:%H:%M:%S} UTC: {_sum(found)}"), refresh=True)


def _cells(line: Line) -> tuple[str, ...]:
    from rich.markup import escape

    colour = _COLOURS[line.health.value]
    return (
        f"[{colour}]{line.health.value}[/{colour}]",
        escape(line.subject),
        escape(line.what),
        escape(line.text),
    )


def _sum(found: Status) -> str:
    healths = [line.health.value for line in found.lines]
    counts = ", ".join(f"{healths.count(each)} {each}" for each in _COLOURS if each in healths)
    return f"{found.pipeline} is {'healthy' if found.healthy else 'not healthy'}: {counts}"
