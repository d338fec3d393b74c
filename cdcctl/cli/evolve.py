"""``cdcctl evolve``: what DDL does to the pipeline, before it runs."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cdcctl.cli import options
from cdcctl.errors import EXIT_DIFFERENCES, EXIT_INPUT, UsageError

if TYPE_CHECKING:
    from cdcctl.aws.target import Target
    from cdcctl.evolve.registered import Lookup
    from cdcctl.evolve.settings import Settings
    from cdcctl.evolve.tables import Tables

app = typer.Typer(no_args_is_help=True, help="Know what an ALTER will do before it runs.")


class Format(str, Enum):
    """How a report is written."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"
    GITHUB = "github"
    HTML = "html"


class FailOn(str, Enum):
    """The least severe finding that fails a check."""

    ERROR = "error"
    WARNING = "warning"


@app.callback()
def _evolve() -> None:
    """Know what an ALTER will do before it runs."""


@app.command()
def check(
    migrations: Annotated[
        list[str], typer.Argument(metavar="MIGRATION...", help="SQL files or folders in order; - is standard input.")
    ],
    *,
    files: Annotated[
        list[Path] | None, typer.Option("-f", "--file", help="Pipeline file; none: everything is captured, FORWARD.")
    ] = None,
    tables: Annotated[
        list[str] | None,
        typer.Option("--tables", help="The tables as they are: a dump or CREATE TABLE files; may be repeated."),
    ] = None,
    mysql_url: Annotated[
        str | None, typer.Option(help="Read the tables from this server, mysql://user@host:port/.", show_default=False)
    ] = None,
    schemas: Annotated[
        Path | None, typer.Option(help="Exported versions: a folder with REGISTRY/SCHEMA/NUMBER.avsc.")
    ] = None,
    database: Annotated[str | None, typer.Option(help="The current database at the start.")] = None,
    debezium: Annotated[
        str | None, typer.Option(metavar="A..B", help="Compare the schemas under two versions of the connector.")
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Lay a property over the source connector's; may be repeated."),
    ] = None,
    with_jars: Annotated[
        list[Path] | None, typer.Option("--with", help="A jar with transformations of your own; may be repeated.")
    ] = None,
    fail_on: Annotated[FailOn, typer.Option(help="The least severe finding that gives exit code 1.")] = FailOn.ERROR,
    output: Annotated[Format, typer.Option("--format", help="How to write the report.")] = Format.TEXT,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Write the report to this file.")] = None,
    local: options.Local = False,
    profile: options.Profile = None,
    region: options.Region = None,
    state: options.State = None,
    as_json: options.Json = False,
) -> None:
    """Predict what migrations do to connector, registry, sinks and queries.

    Exit code 0: nothing stands in the way. 1: findings. 3: a statement is no MySQL, or its table is not known.
    """
    from cdcctl.evolve import check as checking
    from cdcctl.evolve import settings as setting
    from cdcctl.evolve.migrations import read
    from cdcctl.evolve.output import write
    from cdcctl.schema.classpath import Jars
    from cdcctl.schema.prediction import Child

    jars = Jars(extra=tuple(with_jars or ()))
    with Child(jars) as child:
        target = _target(local, profile, region, state)
        pipeline = setting.settings(files or [], _overlay(target), database)
        pipeline = pipeline.with_source(setting.properties(settings or []))
        question = checking.Question(
            pipeline,
            _tables(tables, mysql_url, local, state, pipeline),
            tuple(read(migrations, pipeline.database)),
            _look_up(target, schemas, bool(files)),
        )
        report = checking.check(question, child, jars)
    write(report, "json" if as_json else output.value, fail_on.value, out)
    if report.has_bad_input:
        raise typer.Exit(EXIT_INPUT)
    if not report.passes(fail_on.value):
        raise typer.Exit(EXIT_DIFFERENCES)


def _target(local: bool, profile: str | None, region: str | None, state: Path | None) -> Target | None:
    """Where the pipeline runs, if that was said."""
    return options.resolve_target(local, profile, region, state) if local or profile or region else None


def _overlay(target: Target | None):  # type: ignore[no-untyped-def]
    from cdcctl.documents import Document

    return Document(target.description, target.overlay) if target and target.overlay else None


def _tables(files: list[str] | None, url: str | None, local: bool, state: Path | None, settings: Settings) -> Tables:
    """The tables as they are, from where the user says."""
    import os

    from cdcctl.evolve.tables import Server, Tables, from_files, from_server
    from cdcctl.local.mysql.address import address

    if files and url:
        raise UsageError("--tables and --mysql-url exclude each other", hint="leave one of them out")
    if files:
        return from_files(files, settings.database)
    databases = {table.partition(".")[0] for table in settings.captured} if settings.captured is not None else None
    if url and (server := address(url, os.environ)):
        return from_server(Server(server.host, server.port, server.user, server.password), databases)
    if local:
        from cdcctl.local import stack

        mysql = stack.require_running(options.state_folder(state)).mysql
        return from_server(Server(mysql.host, mysql.port, mysql.user, mysql.password), databases)
    return Tables()


def _look_up(target: Target | None, folder: Path | None, has_pipeline: bool) -> Lookup:
    """Where versions that are registered already come from."""
    from cdcctl.evolve.registered import from_folder, from_registry, nothing

    if folder:
        return from_folder(folder)
    return from_registry(target) if target and has_pipeline else nothing
