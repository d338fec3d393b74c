"""``cdcctl verify``: scenarios when nothing else is named, and the commands beside them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from cdcctl.cli import options, verify_data, verify_fuzz
from cdcctl.errors import EXIT_DIFFERENCES, UsageError
from cdcctl.verify.reports import Format, form_of, require_places, written

if TYPE_CHECKING:
    from cdcctl.verify.report import Report
    from cdcctl.verify.scenario import Scenario
    from cdcctl.verify.session import Ran


_STRUCK_PATIENCE = 180.0


class _Verify(TyperGroup):
    """Words that are no command are those of ``scenarios``: ``cdcctl verify movies`` runs the scenario movies."""

    default = "scenarios"

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put the command's name before what does not start with one."""
        if not args or args[0] not in self.commands:
            args = [self.default, *args]
        return super().parse_args(ctx, args)


app = typer.Typer(cls=_Verify, help="Prove row by row that what is in MySQL is what is in Parquet.")
app.command()(verify_fuzz.fuzz)
app.command()(verify_data.data)


@app.command()
def faults(as_json: options.Json = False) -> None:
    """List what --fault takes: kill -9, standstill, full disk, requests that fail. "random" draws one of them."""
    from cdcctl.verify.faults.catalogue import KINDS

    if as_json:
        told = [{"name": each.name, "does": each.does, "seconds": each.seconds} for each in KINDS.values()]
        typer.echo(json.dumps(told, indent=2))
        return
    for each in KINDS.values():
        lasts = f", for about {each.seconds:g} s" if each.seconds else ""
        typer.echo(f"{each.name:<16} {each.does}{lasts}")


@app.command("scenarios")
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
    sink: Annotated[
        str | None,
        typer.Option(help="Another sink in place of the scenario's: iceberg, confluent-s3, aiven-s3, or a YAML file."),
    ] = None,
    plugin: Annotated[
        Path | None, typer.Option(help="The sink's own archive (.zip, .tar.gz, .jar or a folder), from its makers.")
    ] = None,
    fault: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Have this go wrong on the way; may be repeated; random draws one, help names them all.",
        ),
    ] = None,
    seed: Annotated[
        int | None, typer.Option(help="What the moments of --fault are drawn from.", show_default="a new one", min=0)
    ] = None,
    nightly: Annotated[
        bool, typer.Option("--nightly", help="Have 'all' stand for the long scenarios as well.")
    ] = False,
    patience: Annotated[float, typer.Option(help="Seconds without progress that count as a standstill.", min=1)] = 90.0,
    mysql: Annotated[str | None, typer.Option(help="Where MySQL comes from, when a stack is started.")] = None,
    mysql_url: Annotated[str | None, typer.Option(help="An existing server, when a stack is started.")] = None,
    state: options.State = None,
    report: Annotated[Format | None, typer.Option(help="Print the report in this form instead of text.")] = None,
    out: Annotated[
        list[Path] | None, typer.Option(help="Write the report into this file too: .html, .xml (JUnit), .json or .md.")
    ] = None,
    history: Annotated[
        Path | None, typer.Option(help="A file that remembers what runs took, for the report's picture of it.")
    ] = None,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Replay real SQL through a real pipeline, and prove row by row that Parquet equals MySQL.

    The word "scenarios" may be left out. Beside it: cdcctl verify fuzz, cdcctl verify faults, cdcctl verify data.
    """
    if list_them:
        _list(as_json)
        return
    if not scenarios:
        raise UsageError("no scenario named", hint="name some, 'all', or a folder; cdcctl verify --list shows them")
    _require_sense(clean=clean, others=keep or again or backfill, again=again, fault=bool(fault), seed=seed)
    if as_json and report not in (None, "json"):
        raise UsageError(f"--json and --report {report} exclude each other", hint="leave one of them out")
    require_places(out or ())
    from cdcctl.local import stack
    from cdcctl.local.state import load_stack
    from cdcctl.verify.reports import history as runs
    from cdcctl.verify.run import Options
    from cdcctl.verify.session import clean_all, run_all
    from cdcctl.whole_file import require_place, write_whole

    if history:
        require_place(history, hint="choose another --history")
    chosen = _struck(_chosen(scenarios, sink, plugin, nightly), fault, seed)
    folder = options.state_folder(state)
    if (keep or again or clean) and load_stack(folder) is None:
        raise UsageError("--keep, --again and --clean need a stack that stays", hint="start one: cdcctl local up")
    # Read first: a run is not to be lost to a file that turns out to be no history.
    earlier = runs.read(history) if history else {}
    with options.progress(quiet) as say:
        if clean:
            clean_all(chosen, folder, say)
            return
        # A source takes up to two minutes to notice that MySQL was restarted.
        how = Options(backfill, keep, again, max(patience, _STRUCK_PATIENCE) if fault else patience)
        ran = run_all(chosen, folder, how, stack.Options(mysql, mysql_url), say)
    reports, several = ran.reports, len(chosen) > 1
    if not reports:
        _require_end(ran, len(chosen))
    if history:
        runs.append(history, reports)
    for path in out or ():
        write_whole(path, written(reports, form_of(path), earlier, several=several))
    form: Format | None = "json" if as_json else report
    if form is None:
        _print(reports)
    else:
        typer.echo(written(reports, form, earlier, several=several), nl=False)
    _require_end(ran, len(chosen))
    if not all(each.ok for each in reports):
        raise typer.Exit(EXIT_DIFFERENCES)


def _require_sense(*, clean: bool, others: bool, again: bool, fault: bool, seed: int | None) -> None:
    """:raises UsageError: these options do not go together."""
    if clean and others:
        raise UsageError("--clean goes with no other option", hint="clean first, then run again")
    if seed is not None and not fault:
        raise UsageError("--seed is for --fault", hint="name a fault, such as --fault random")
    if fault and (again or clean):
        raise UsageError("--fault goes with a run", hint="leave --again and --clean out")


def _require_end(ran: Ran, asked: int) -> None:
    """Raise what kept scenarios from being run, if anything did; of an interrupt, say first how far it had come."""
    if ran.interrupted:
        for error in ran.errors:
            typer.echo(f"error: {error.message}", err=True)
        if asked > 1:
            typer.echo(f"{len(ran.reports)} of {asked} scenarios were done", err=True)
    ran.require()


def _print(reports: Sequence[Report]) -> None:
    from rich.console import Console

    from cdcctl.verify.reports.text import print_report

    for each in reports:
        print_report(each, Console())


def _chosen(words: list[str], sink: str | None, plugin: Path | None, nightly: bool) -> list[Scenario]:
    from cdcctl.verify.scenario import select, shipped

    chosen = select(words, nightly=nightly)
    if "all" in words and not nightly:
        names = {each.name for each in chosen}
        for each in shipped():
            if each.name not in names:
                typer.echo(f"left to the night (--nightly): {each.name}, {each.nightly}", err=True)
    if sink is None:
        if plugin is not None:
            raise UsageError("--plugin is the archive of --sink", hint="name the sink, such as --sink confluent-s3")
        return chosen
    from cdcctl.verify.other_sink import with_sink

    return [with_sink(each, sink, plugin) for each in chosen]


def _struck(scenarios: list[Scenario], faults: list[str] | None, seed: int | None) -> list[Scenario]:
    """The scenarios with faults in them; the seed is told, to have the same again."""
    if not faults:
        return scenarios
    import secrets

    from cdcctl.verify.faults.placing import with_faults

    drawn = secrets.randbelow(10**6) if seed is None else seed
    if seed is None:
        typer.echo(f"faults are drawn from --seed {drawn}", err=True)
    return [with_faults(each, faults, drawn) for each in scenarios]


def _list(as_json: bool) -> None:
    from cdcctl.verify.scenario import shipped

    found = [{"name": each.name, "description": each.description, "nightly": each.nightly} for each in shipped()]
    if as_json:
        typer.echo(json.dumps(found, indent=2, ensure_ascii=False))
        return
    for each in found:
        late = f" (left to the night: {each['nightly']})" if each["nightly"] else ""
        typer.echo(f"{each['name']:<20} {each['description']}{late}")
