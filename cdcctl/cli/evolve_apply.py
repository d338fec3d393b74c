"""``cdcctl evolve apply``: carry a migration through a running pipeline."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cdcctl.cli import options
from cdcctl.errors import EXIT_DIFFERENCES, CdcctlError, UsageError

if TYPE_CHECKING:
    from cdcctl.aws.target import Target
    from cdcctl.cli.options import Progress
    from cdcctl.mysql.server import Server
    from cdcctl.pipeline import Pipeline
    from cdcctl.runbook.executor import Report
    from cdcctl.runbook.plan import Plan
    from cdcctl.runbook.record import Record


@options.bundled
def apply(
    *,
    named: options.Named,
    migrations: Annotated[
        list[str] | None,
        typer.Argument(metavar="[MIGRATION]...", help="SQL files or folders in order; - is standard input."),
    ] = None,
    run: Annotated[
        str | None,
        typer.Option(
            "--run",
            metavar="COMMAND",
            help="Have this command run the statements: they are its standard input; or it is run once for each, with "
            "{statement}, {alter}, {database}, {table} and {file} filled in.",
        ),
    ] = None,
    wait: Annotated[bool, typer.Option("--wait", help="Run nothing: wait until somebody has run it.")] = False,
    mysql_url: Annotated[
        str | None,
        typer.Option(help="Run the statements with this account, mysql://user@host:port/.", show_default=False),
    ] = None,
    rewrite: Annotated[
        bool, typer.Option("--rewrite", help="Run what was found to pass instead of a statement that does not.")
    ] = False,
    accept: Annotated[
        list[str] | None, typer.Option("--accept", metavar="CODE", help="Go on in spite of this error of check.")
    ] = None,
    pre_register: Annotated[
        bool, typer.Option("--pre-register", help="Register the predicted versions before the statements run.")
    ] = False,
    backfill: Annotated[
        bool | None,
        typer.Option(
            "--backfill/--no-backfill",
            help="Send the tables again in any case, or in none; else where MySQL changes rows without an event.",
            show_default=False,
        ),
    ] = None,
    no_pause: Annotated[
        bool, typer.Option("--no-pause", help="Let sinks run while a relaxed mode lets a version pass.")
    ] = False,
    plan: Annotated[bool, typer.Option("--plan", help="Show what would be done, and do nothing.")] = False,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the migration that is not finished.")] = False,
    abort: Annotated[bool, typer.Option("--abort", help="Set back what the unfinished migration has set.")] = False,
    database: Annotated[str | None, typer.Option(help="The current database at the start.")] = None,
    yes: options.Yes = False,
    break_lock: options.BreakLock = False,
    place: options.Place,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Carry a migration through: registries, statements, old rows and the comparison, each step verified.

    What is going to be done is shown first. Stopped anywhere, it says where it stands; --resume goes on from any
    machine, --abort sets everything back that can be. Exit code 0: all is as predicted, 1: rows differ, and --resume
    compares them again.
    """
    from cdcctl.runbook import apply as runbook
    from cdcctl.runbook.plan import How
    from cdcctl.runbook.planner import Choices

    _require_one_way(resume, abort, plan, bool(migrations), run is not None, wait)
    target = place.target()
    pipeline = named.load(target)
    how = How.COMMAND if run else How.WAIT if wait else How.BUILT_IN
    owner = _owner(mysql_url, place.local, place.state)
    choices = Choices(how, owner is not None, pre_register, backfill, not no_pause, frozenset(accept or ()))
    chosen = runbook.Options(choices, owner, run, rewrite, break_lock)
    if not (resume or abort) and how is How.BUILT_IN and owner is None and not plan:
        raise UsageError(
            "who runs the statements is not said", hint="give an account with --mysql-url, or --run COMMAND, or --wait"
        )
    with options.progress(quiet) as say, _standing(pipeline, target):
        if resume:
            report = runbook.resume(pipeline, target, chosen, say, _confirmed_record(say, yes, as_json, "Go on?"))
        elif abort:
            report = runbook.abort(pipeline, target, chosen, say, _confirmed_record(say, yes, as_json, "Abort it?"))
        else:
            statements = _statements(migrations or [], pipeline, target, database)
            if plan:
                made = runbook.plan_migration(pipeline, target, statements, chosen, say)
            else:
                confirm = _confirmed(say, yes, as_json, target)
                report = runbook.apply(pipeline, target, statements, chosen, say, confirm)
    if plan:
        _show_plan(made, as_json)
        if made.steps or made.refusals:
            raise typer.Exit(EXIT_DIFFERENCES)
        return
    _show(report, as_json)
    if not report.ok:
        raise typer.Exit(EXIT_DIFFERENCES)


def _require_one_way(resume: bool, abort: bool, plan: bool, migrations: bool, run: bool, wait: bool) -> None:
    if resume and abort:
        raise UsageError("--resume and --abort exclude each other", hint="leave one of them out")
    if run and wait:
        raise UsageError("--run and --wait exclude each other", hint="leave one of them out")
    if (resume or abort) and (migrations or plan):
        raise UsageError(
            "--resume and --abort are about the migration that is not finished", hint="leave MIGRATION and --plan out"
        )
    if not (resume or abort or migrations):
        raise UsageError("there is nothing to apply", hint="name SQL files or folders")


def _owner(mysql_url: str | None, local: bool, state: Path | None) -> Server | None:
    """The account that may change tables."""
    from cdcctl.local.mysql.address import address
    from cdcctl.mysql.server import Server

    if found := address(mysql_url, os.environ) if mysql_url or not local else None:
        return Server(found.host, found.port, found.user, found.password)
    if local:
        from cdcctl.local import stack

        return stack.require_running(options.state_folder(state)).mysql.admin
    return None


def _statements(sources: list[str], pipeline: Pipeline, target: Target, database: str | None):  # type: ignore[no-untyped-def]
    from cdcctl.evolve.migrations import read
    from cdcctl.evolve.settings import of_pipeline

    return tuple(read(sources, of_pipeline(pipeline, target.region, database).database))


@contextmanager
def _standing(pipeline: Pipeline, target: Target) -> Iterator[None]:
    """Interrupted, say where the migration stands."""
    from cdcctl.runbook.executor import standing
    from cdcctl.runbook.record import unfinished

    try:
        yield
    except KeyboardInterrupt:
        with suppress(CdcctlError):
            if record := unfinished(target, pipeline):
                for line in standing(record):
                    typer.echo(line, err=True)
        raise


def _confirmed(say: Progress, yes: bool, as_json: bool, target: Target) -> Callable[[Plan], None]:
    def confirm(made: Plan) -> None:
        with say.silent():
            if not as_json:
                _print_plan(made)
            if made.steps and not made.refusals:
                options.confirm(yes, f"Carry this out on {target.description}?", "pass --yes to carry it out")

    return confirm


def _confirmed_record(say: Progress, yes: bool, as_json: bool, question: str) -> Callable[[Record], None]:
    def confirm(record: Record) -> None:
        with say.silent():
            if not as_json:
                typer.echo(f"migration of {record.id}: {record.standing}")
            options.confirm(yes, question, "pass --yes")

    return confirm


def _show_plan(made: Plan, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(made.to_dict(), indent=2, ensure_ascii=False))
    else:
        _print_plan(made)


def _print_plan(made: Plan) -> None:
    for line in made.verdict:
        typer.echo(line)
    for refusal in made.refusals:
        typer.echo(f"refused: {refusal}")
    for number, step in enumerate(made.steps, 1):
        typer.echo(f"{number:>2}. {step.what}")
        if step.why:
            typer.echo(f"    {step.why}")
    for note in made.notes:
        typer.echo(f"note: {note}")
    if made.offers:
        typer.echo("note: --rewrite runs what is shown above as passing instead")
    if not made.steps and not made.refusals:
        typer.echo("there is nothing to do")


def _show(report: Report, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(report.to_dict(), indent=2, ensure_ascii=False))
        return
    for step, progress in zip(report.plan.steps, report.steps, strict=False):
        if progress.state:
            typer.echo(f"{progress.state:<6} {progress.seconds:>7.1f} s  {step.what}{_found(progress.facts)}")
            _print_findings(progress.facts)
    for line in report.effects:
        typer.echo(line)
    words = {
        "done": "the migration is carried out",
        "different": "the migration is carried out, but rows differ: --resume compares them again once that is cured, "
        "--abort ends it as it is",
        "aborted": "aborted: everything is set back that can be",
        "nothing": "nothing was changed",
    }
    typer.echo(words[report.ended])


def _print_findings(facts: Mapping[str, Any]) -> None:
    """What the comparison named, as ``verify data`` prints it."""
    if not facts.get("findings"):
        return
    from rich.console import Console

    from cdcctl.verify.findings import Finding
    from cdcctl.verify.reports.text import finding_lines

    console = Console()
    for line in finding_lines([Finding.of(each) for each in facts["findings"]], console.width):
        console.print(line, soft_wrap=True)
    console.print()


def _found(facts: dict[str, object]) -> str:
    """What a step has found out, where people want to know it."""
    if "equal" in facts:
        counts = f"{facts['mysql_rows']} rows in MySQL, {facts['parquet_rows']} in Parquet"
        return f": {'equal' if facts['equal'] else 'DIFFERENT'}, {counts}"
    if facts.get("registered"):
        return f": version {facts['registered']}, as predicted"
    if facts.get("later"):
        return f": not yet, {facts['later']}"
    if facts.get("already"):
        return ": had taken effect already"
    return f": {facts['rows']} rows" if "rows" in facts else ""
