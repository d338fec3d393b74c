"""``cdcctl evolve``: what DDL does to the pipeline, before it runs."""

from __future__ import annotations

import gc
import os
from dataclasses import replace
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cdcctl.cli import evolve_apply, evolve_history, options
from cdcctl.errors import EXIT_DIFFERENCES, EXIT_INPUT, UsageError

if TYPE_CHECKING:
    from cdcctl.aws.target import Target
    from cdcctl.evolve.registered import Lookup
    from cdcctl.evolve.settings import Settings
    from cdcctl.evolve.tables import Tables

# Python's collector goes through all that lives again and again, and of a thousand tables' effects, which have no
# cycles, nothing can go: a tenth of the whole time.
_COLLECT_AFTER = 200_000

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
    gc.set_threshold(_COLLECT_AFTER)


@app.command()
@options.bundled
def check(
    *,
    migrations: Annotated[
        list[str] | None,
        typer.Argument(metavar="[MIGRATION]...", help="SQL files or folders in order; - is standard input."),
    ] = None,
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
        str | None,
        typer.Option(
            metavar="A..B", help="Compare the tables' schemas under two versions of Debezium, or A and B alike."
        ),
    ] = None,
    converter: Annotated[
        str | None, typer.Option(metavar="A..B", help="The same for two versions of the Glue converter.")
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="KEY=VALUE", help="Lay this over the source connector's properties (comparing: B's)."
        ),
    ] = None,
    with_jars: Annotated[
        list[Path] | None, typer.Option("--with", help="A jar with transformations of your own; may be repeated.")
    ] = None,
    keep_warm: Annotated[
        float,
        typer.Option(
            min=0,
            metavar="MINUTES",
            envvar="CDCCTL_KEEP_WARM",
            help="Keep the JVM running for the next command, for so long at most.",
        ),
    ] = 0,
    fail_on: Annotated[FailOn, typer.Option(help="The least severe finding that gives exit code 1.")] = FailOn.ERROR,
    output: Annotated[Format, typer.Option("--format", help="How to write the report.")] = Format.TEXT,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Write the report to this file.")] = None,
    place: options.Place,
    as_json: options.Json = False,
) -> None:
    """Predict what migrations do to connector, registry, sinks and queries.

    Exit code 0: nothing stands in the way. 1: findings. 3: a statement is no MySQL, or its table is not known.
    """
    comparing = debezium is not None or converter is not None
    if not migrations and not comparing:
        raise UsageError("there is nothing to check", hint="name migrations, or versions with --debezium A..B")
    target = place.target() if place.local or place.profile or place.region else None
    if comparing:
        from cdcctl.evolve.compare import Comparison, Variant, compare, pair
        from cdcctl.evolve.migrations import read
        from cdcctl.evolve.settings import properties
        from cdcctl.schema.classpath import Jars, word_of

        pipeline = _settings(files, target, database)
        known = _tables(tables, mysql_url, place.local, place.state, pipeline)
        statements = tuple(read(migrations, pipeline.database)) if migrations else ()
        look_up = _look_up(target if files else None, schemas)
        versions = pair(debezium or pipeline.debezium, pipeline.debezium)
        converters = pair(converter or "1.1.9", "1.1.9")
        variants = [
            Variant(
                _settings(files, target, database, debezium=version),
                Jars(
                    word_of("debezium-mysql", version),
                    word_of("glue-avro-converter", conversion),
                    extra=tuple(with_jars or ()),
                ),
            )
            for version, conversion in zip(versions, converters, strict=True)
        ]
        second = replace(variants[1], settings=variants[1].settings.with_source(properties(settings or [])))
        report = compare(Comparison(variants[0], second, known, statements, look_up))
    else:
        from concurrent.futures import ThreadPoolExecutor

        from cdcctl.schema.prediction import Child

        # The child, its JVM and the connector start while the rest is imported and read.
        with Child(warm=keep_warm * 60) as child, ThreadPoolExecutor(1) as beside:
            from cdcctl.schema.classpath import Jars, word_of

            jars = Jars(extra=tuple(with_jars or ()))
            if not files:
                child.run(jars)
            pipeline = _settings(files, target, database)
            if files:
                jars = replace(jars, debezium=word_of("debezium-mysql", pipeline.debezium))
                child.run(jars)

            from cdcctl.evolve.settings import properties

            pipeline = pipeline.with_source(properties(settings or []))
            # Of a server it must first be known whether it folds names.
            made = None if mysql_url or place.local else beside.submit(child.source, pipeline.source)

            from cdcctl.evolve.check import Question
            from cdcctl.evolve.check import check as checked
            from cdcctl.evolve.migrations import read

            known = _tables(tables, mysql_url, place.local, place.state, pipeline)
            statements = tuple(read(migrations or (), pipeline.database))
            look_up = _look_up(target if files else None, schemas)
            report = checked(Question(pipeline, known, statements, look_up), child, jars, made)

    from cdcctl.evolve.output import write

    write(report, "json" if as_json else output.value, fail_on.value, out)
    if report.has_bad_input:
        raise typer.Exit(EXIT_INPUT)
    if not report.passes(fail_on.value):
        raise typer.Exit(EXIT_DIFFERENCES)


app.command("apply")(evolve_apply.apply)
app.command("history")(evolve_history.history)
app.command("diff")(evolve_history.diff)


def _settings(
    files: list[Path] | None, target: Target | None, database: str | None, debezium: str | None = None
) -> Settings:
    """The pipeline's settings, under another version of Debezium if one is named."""
    from cdcctl.documents import Document
    from cdcctl.evolve.settings import settings
    from cdcctl.pipeline.variables import given

    overlays = [Document(target.description, target.overlay)] if target and target.overlay else []
    if debezium:
        short = ".".join(debezium.split(".")[:2])
        overlays.append(Document("--debezium", {"source": {"debezium": short}}))
    return settings(files or [], overlays, database, given([], os.environ))


def _tables(files: list[str] | None, url: str | None, local: bool, state: Path | None, settings: Settings) -> Tables:
    """The tables as they are, from where the user says."""
    from cdcctl.evolve.tables import Tables, from_files, from_server

    if files and url:
        raise UsageError("--tables and --mysql-url exclude each other", hint="leave one of them out")
    if files:
        return from_files(files, settings.database)
    if url:
        # Docker's client comes along with it.
        from cdcctl.local.mysql.address import address
        from cdcctl.mysql.server import Server

        server = address(url, os.environ)
        if server is None:
            raise UsageError("--mysql-url names no server", hint="write it as mysql://user@host:port/")
        return from_server(Server(server.host, server.port, server.user, server.password), settings.databases)
    if local:
        from cdcctl.local import stack

        return from_server(stack.require_running(options.state_folder(state)).mysql.admin, settings.databases)
    return Tables()


def _look_up(target: Target | None, folder: Path | None) -> Lookup:
    """Where versions that are registered already come from."""
    from cdcctl.evolve.registered import from_folder, from_registry, nothing

    if folder:
        return from_folder(folder)
    return from_registry(target) if target else nothing
