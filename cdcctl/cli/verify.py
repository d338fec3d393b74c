"""``cdcctl verify``."""

from __future__ import annotations

import json
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
    clean: Annotated[
        bool, typer.Option("--clean", help="Only remove what a run with --keep, or one that was killed, left.")
    ] = False,
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
    if clean and (keep or again or backfill):
        raise UsageError("--clean goes with no other option", hint="clean first, then run again")
    from cdcctl.local import stack
    from cdcctl.local.state import load_stack
    from cdcctl.verify.run import Options
    from cdcctl.verify.session import clean_all, run_all

    chosen = scenario_module.select(scenarios)
    folder = options.state_folder(state)
    if (keep or again or clean) and load_stack(folder) is None:
        raise UsageError("--keep, --again and --clean need a stack that stays", hint="start one: cdcctl local up")
    with options.progress(quiet) as say:
        if clean:
            clean_all(chosen, folder, say)
            return
        how = Options(backfill, keep, again, patience)
        reports = run_all(chosen, folder, how, stack.Options(mysql, mysql_url), say)
    if as_json:
        documents = [report.to_dict() for report in reports]
        typer.echo(json.dumps(documents[0] if len(documents) == 1 else documents, indent=2, ensure_ascii=False))
    else:
        from rich.console import Console

        for report in reports:
            report.print(Console())
    if not all(report.ok for report in reports):
        raise typer.Exit(EXIT_DIFFERENCES)


def _list(as_json: bool) -> None:
    from cdcctl.verify.scenario import shipped

    found = [{"name": each.name, "description": each.description} for each in shipped()]
    if as_json:
        typer.echo(json.dumps(found, indent=2, ensure_ascii=False))
        return
    for each in found:
        typer.echo(f"{each['name']:<16} {each['description']}")
