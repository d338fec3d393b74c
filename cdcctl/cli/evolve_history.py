"""``cdcctl evolve history`` and ``cdcctl evolve diff``: what became of a table's schemas."""

from __future__ import annotations

import json
import sys
from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from cdcctl.cli import options, schemas_text
from cdcctl.errors import EXIT_DIFFERENCES, UsageError


class Format(str, Enum):
    """How a history is written."""

    TEXT = "text"
    JSON = "json"
    HTML = "html"


@options.bundled
def history(
    *,
    table: Annotated[str, typer.Argument(metavar="DB.TABLE", help="The table.")],
    named: options.Named,
    output: Annotated[Format, typer.Option("--format", help="How to write it.")] = Format.TEXT,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Write it to this file.")] = None,
    place: options.Place,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Tell the schema versions of a table, each with the statement that made it, when, and by whom as far as is known.

    Versions come from the registry, statements from the schema history topic; the connector's own classes say which
    belong together. What cannot be looked at is said, and the rest is told all the same.
    """
    from cdcctl.evolve import history_page, history_text
    from cdcctl.evolve.history_sources import history as history_of
    from cdcctl.whole_file import write_whole

    target = place.target()
    pipeline = named.load(target)
    with options.progress(quiet) as say:
        found = history_of(pipeline, target, table, say)
    if as_json or output is Format.JSON:
        text = json.dumps(found.to_dict(), indent=2, ensure_ascii=False)
    elif output is Format.HTML:
        text = history_page.page(found)
    else:
        text = "\n".join(history_text.lines(found))
    if out is None:
        sys.stdout.write(text + "\n")
    else:
        write_whole(out, text + "\n")


@options.bundled
def diff(
    *,
    first: Annotated[str, typer.Argument(metavar="A", help="A file; or with -f a table, DB.TABLE.")],
    second: Annotated[str, typer.Argument(metavar="B", help="A file; of a table: a version or a file.")],
    third: Annotated[
        str, typer.Argument(metavar="[C]", help="Of a table: what to compare it with, a version or a file.")
    ] = "latest",
    files: options.OptionalFiles = None,
    key: Annotated[bool, typer.Option("--key", help="The table's key, not its value.")] = False,
    variables: options.Variables = None,
    place: options.Place,
    as_json: options.Json = False,
) -> None:
    """Compare two versions of a table's schema, a version and a file, or two files; exit code 1 when they differ.

    ``evolve diff shop.orders 2 3 -f pipeline.yaml``, ``evolve diff shop.orders 3 new.avsc -f pipeline.yaml``,
    ``evolve diff old.avsc new.avsc``.
    """
    from cdcctl.cli.schemas import compare_versions
    from cdcctl.registry.comparison import compare_files
    from cdcctl.registry.contents import require, require_avro
    from cdcctl.registry.selection import Scope

    if files:
        target = place.target()
        scope = Scope(options.Named(files, variables).read(target), side="key" if key else "value")
        held = require_avro(require(target.registry, scope.one(first)))
        compare_versions(held, second, third, as_json)
        return
    if third != "latest":
        raise UsageError(f"it is not known which schema {first} is", hint="name the pipeline file with -f")
    found = compare_files(Path(first), Path(second))
    if as_json:
        typer.echo(json.dumps(found.to_dict(), indent=2, ensure_ascii=False))
    else:
        schemas_text.print_comparison(found)
    if not found.identical:
        raise typer.Exit(EXIT_DIFFERENCES)
