"""``cdcctl verify``."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Annotated

import typer

from cdcctl.cli import options
from cdcctl.errors import EXIT_DIFFERENCES, UsageError


def verify(
    scenarios: Annotated[
        list[str] | None, typer.Argument(help="Names of scenarios, folders of your own, or all.")
    ] = None,
    list_them: Annotated[bool, typer.Option("--list", help="List the scenarios that come with cdcctl.")] = False,
    backfill: Annotated[
        bool, typer.Option("--backfill", help="Send tables again where that cures a finding, and compare again.")
    ] = False,
    keep: Annotated[bool, typer.Option("--keep", help="Leave the pipeline as it is; needs a running stack.")] = False,
    again: Annotated[bool, typer.Option("--again", help="Only compare again what a run with --keep left.")] = False,
    patience: Annotated[float, typer.Option(help="Seconds without progress that count as a standstill.", min=1)] = 90.0,
    mysql: Annotated[str | None, typer.Option(help="Where MySQL comes from, when a stack is started.")] = None,
    mysql_url: Annotated[str | None, typer.Option(help="An existing server, when a stack is started.")] = None,
    state: options.State = None,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Replay real SQL through a real pipeline, and prove row by row that Parquet equals MySQL."""
    from cdcctl.verify import scenario as scenario_module

    if list_them:
        _list(as_json)
        return
    if not scenarios:
        raise UsageError("no scenario named", hint="name some, 'all', or a folder; cdcctl verify --list shows them")
    from cdcctl.local import stack
    from cdcctl.local.state import load_stack
    from cdcctl.verify.run import Options, run
    from cdcctl.verify.session import running_stack

    chosen = scenario_module.select(scenarios)
    folder = options.state_folder(state)
    if (keep or again) and load_stack(folder) is None:
        raise UsageError("--keep and --again need a stack that stays", hint="start one first: cdcctl local up")
    reports = []
    with (
        options.progress(quiet) as say,
        running_stack(folder, stack.Options(mysql, mysql_url), say) as (running, stays),
    ):
        for number, each in enumerate(chosen, 1):
            # A stack that ends anyway needs no cleaning after the last scenario.
            left = keep or again or (not stays and number == len(chosen))
            how = Options(backfill=backfill, keep=left, again=again, patience=patience)
            reports.append(run(each, stack.target(running), running.mysql, how, partial(_say_of, say, each.name)))
    if as_json:
        documents = [report.to_dict() for report in reports]
        typer.echo(json.dumps(documents[0] if len(documents) == 1 else documents, indent=2, ensure_ascii=False))
    else:
        from rich.console import Console

        for report in reports:
            report.print(Console())
    if not all(report.ok for report in reports):
        raise typer.Exit(EXIT_DIFFERENCES)


def _say_of(say: Callable[[str], None], scenario: str, text: str) -> None:
    say(f"{scenario}: {text}")


def _list(as_json: bool) -> None:
    from cdcctl.verify.scenario import shipped

    found = [{"name": each.name, "description": each.description} for each in shipped()]
    if as_json:
        typer.echo(json.dumps(found, indent=2, ensure_ascii=False))
        return
    for each in found:
        typer.echo(f"{each['name']:<16} {each['description']}")
