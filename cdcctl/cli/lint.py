"""``cdcctl lint``."""

from __future__ import annotations

import json
import os
from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from cdcctl.cli import options
from cdcctl.errors import EXIT_DIFFERENCES, UsageError


class Format(str, Enum):
    """Forms of output."""

    text = "text"
    json = "json"
    sarif = "sarif"


class Severity(str, Enum):
    """Severities, mild to bad."""

    note = "note"
    warning = "warning"
    error = "error"


def lint(
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[FILE]...",
            help="Configurations (JSON, .properties), judged together, and pipeline files (.yaml), each by itself.",
            show_default=False,
        ),
    ] = None,
    pipeline: Annotated[
        list[Path] | None,
        typer.Option("-f", "--file", help="Pipeline file; given several times, later ones are laid over earlier."),
    ] = None,
    output: Annotated[Format, typer.Option("--format", help="Form of the output.")] = Format.text,
    as_json: options.Json = False,
    fix: Annotated[
        bool, typer.Option("--fix", help="Cure in place what is cured mechanically, then judge what is left.")
    ] = False,
    select: Annotated[
        list[str] | None, typer.Option(help="Only codes that begin so; comma-separated or repeated.")
    ] = None,
    ignore: Annotated[
        list[str] | None, typer.Option(help="No codes that begin so; comma-separated or repeated.")
    ] = None,
    fail_on: Annotated[Severity, typer.Option(help="Least severity that makes the exit code 1.")] = Severity.warning,
    tables: Annotated[
        list[Path] | None,
        typer.Option(help="CREATE TABLE statements as MySQL prints them (mysqldump --no-data): columns are judged."),
    ] = None,
    plugin: Annotated[
        list[Path] | None, typer.Option(help="ZIP of a plugin: its versions and the order of its jars are judged, too.")
    ] = None,
    debezium: Annotated[
        str | None,
        typer.Option(help="Debezium version, such as 2.7; default: the pipeline's, the plugin's, or by the keys."),
    ] = None,
    variables: options.Variables = None,
    region: Annotated[str, typer.Option(help="Region to render pipelines for; nothing depends on it.")] = "us-east-1",
) -> None:
    """Judge connector configurations: pipeline files, and raw ones of source, sink and worker.

    Nothing is contacted. A pipeline file may leave out what depends on where it runs (brokers, role, buckets).
    """
    from cdcctl.lint.command import Request, carry_out
    from cdcctl.lint.report import to_dict, to_text
    from cdcctl.lint.sarif import to_sarif
    from cdcctl.pipeline.variables import given

    if as_json and output is Format.sarif:
        raise UsageError("--json and --format sarif exclude each other", hint="leave one of them out")
    known = given(variables or (), os.environ)
    request = Request(
        pipeline or (), files or (), tables or (), plugin or (), debezium, region, known, select or (), ignore or ()
    )
    report = carry_out(request, cure=fix)
    if as_json or output is Format.json:
        typer.echo(json.dumps(to_dict(report), indent=2, ensure_ascii=False))
    elif output is Format.sarif:
        typer.echo(json.dumps(to_sarif(report), indent=2, ensure_ascii=False))
    else:
        typer.echo(to_text(report))
    if report.fails(fail_on.value):
        raise typer.Exit(EXIT_DIFFERENCES)
