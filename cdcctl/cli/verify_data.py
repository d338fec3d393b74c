"""``cdcctl verify data``."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cdcctl.cli import options
from cdcctl.cli.since import moment
from cdcctl.errors import EXIT_DIFFERENCES, UsageError
from cdcctl.verify.reports import Format, form_of, require_places, written

if TYPE_CHECKING:
    from cdcctl.aws.target import Target
    from cdcctl.pipeline import Pipeline
    from cdcctl.verify.report import Report

_FEWEST_ROWS = 100


@options.bundled
def data(
    *,
    named: options.Named,
    table: Annotated[
        list[str] | None,
        typer.Option("--table", "--tables", "-t", help="Only this table, database.table; may be repeated."),
    ] = None,
    sample: Annotated[
        str | None, typer.Option(metavar="SHARE", help="Only a share of the buckets, such as 5% or 0.05.")
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="Only rows with an event since then: 90m, 2h, 1d, or an ISO 8601 time."),
    ] = None,
    resume: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Keep what was equal in this file, and go on from it; removed at the end."),
    ] = None,
    max_rows_per_second: Annotated[
        int | None, typer.Option(help="The most rows a second that MySQL is made to read.", min=1)
    ] = None,
    bucket_rows: Annotated[
        int, typer.Option(help="Rows of a bucket, which is one statement to MySQL.", min=_FEWEST_ROWS)
    ] = 50_000,
    memory: Annotated[int, typer.Option(metavar="MB", help="The most memory DuckDB takes.", min=64)] = 400,
    work: Annotated[Path | None, typer.Option(help="Folder for a table's files while it is compared.")] = None,
    repair: Annotated[
        bool, typer.Option("--repair", help="Send the signals that heal what differs, wait, and compare again.")
    ] = False,
    sql: Annotated[
        bool,
        typer.Option("--sql", help="Print the statements for MySQL and Athena instead, for tables too large for here."),
    ] = False,
    patience: Annotated[
        float, typer.Option(help="Seconds without progress that count as a standstill.", min=1)
    ] = 120.0,
    place: options.Place,
    report: Annotated[Format | None, typer.Option(help="Print the report in this form instead of text.")] = None,
    out: Annotated[
        list[Path] | None, typer.Option(help="Write the report into this file too: .html, .xml (JUnit), .json or .md.")
    ] = None,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Compare the tables of a running pipeline with what lies in S3, row by row, at one place of the binlog.

    MySQL is read in a read-only transaction with the pipeline's own account, and no table is locked: SELECT on the
    tables and REPLICATION CLIENT are enough; REPLICATION SLAVE helps where the pipeline has no heartbeat. Exit code 1:
    there are differences; what an incremental snapshot heals is printed as the signals that ask for one.
    """
    if as_json and report not in (None, "json"):
        raise UsageError(f"--json and --report {report} exclude each other", hint="leave one of them out")
    require_places(out or ())
    from cdcctl.verify.data.parts import Question
    from cdcctl.verify.data.repair import repaired
    from cdcctl.verify.data.run import Options, reconcile
    from cdcctl.whole_file import write_whole

    if since and resume:
        raise UsageError("--since and --resume exclude each other", hint="such a comparison begins anew each time")
    size = max(_FEWEST_ROWS, min(bucket_rows, max_rows_per_second or bucket_rows))
    question = Question(size, _share(sample), None if since is None else int(moment(since).timestamp() * 1000))
    how = Options(tuple(table or ()), question, max_rows_per_second, memory, patience, resume, work)
    target = place.target()
    pipeline = named.load(target)
    if sql:
        _print_statements(pipeline, target, table or [], as_json)
        return
    with options.progress(quiet) as say:
        outcome = reconcile(pipeline, target, how, say)
        if repair and outcome.healings:
            outcome = repaired(pipeline, target, how, outcome, say)
    for path in out or ():
        write_whole(path, written([outcome.report], form_of(path)))
    form: Format | None = "json" if as_json else report
    if form is None:
        _print(outcome.report)
    else:
        typer.echo(written([outcome.report], form), nl=False)
    outcome.require()
    if not outcome.report.ok:
        raise typer.Exit(EXIT_DIFFERENCES)


def _print_statements(pipeline: Pipeline, target: Target, tables: list[str], as_json: bool) -> None:
    from cdcctl.verify.data.rendered import rendered
    from cdcctl.verify.data.run import chosen_tables

    found = rendered(pipeline, target, chosen_tables(pipeline, tables))
    if as_json:
        typer.echo(json.dumps([asdict(each) for each in found], indent=2, ensure_ascii=False))
        return
    for each in found:
        typer.echo(f"-- {each.table}, MySQL at {each.place}\n{each.mysql};")
        typer.echo(f"-- {each.table}, Athena, events before {each.place}\n{each.athena};")


def _print(report: Report) -> None:
    from rich.console import Console

    from cdcctl.verify.reports.text import print_report

    print_report(report, Console())


def _share(text: str | None) -> float:
    if text is None:
        return 1.0
    try:
        share = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        share = 0.0
    if not 0 < share <= 1:
        raise UsageError(f"--sample {text} is no share", hint="give one such as 5% or 0.05")
    return share
