"""``cdcctl import``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cdcctl.cli import options
from cdcctl.errors import UsageError

if TYPE_CHECKING:
    from cdcctl.importing.given import Given


@options.bundled
def import_(
    *,
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[FILE]...",
            help="Configurations of one source, of sinks and of their worker: JSON or .properties.",
            show_default=False,
        ),
    ] = None,
    from_msk: Annotated[
        list[str] | None,
        typer.Option("--from-msk", metavar="CONNECTOR", help="A connector that runs in MSK Connect; may be repeated."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="File to write; without it, the pipeline goes to stdout.")
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the file if it is there.")] = False,
    name: Annotated[
        str | None, typer.Option(help="The pipeline's name; default: after the connectors, or the topic prefix.")
    ] = None,
    debezium: Annotated[
        str | None, typer.Option(help="Debezium version that the pipeline is to run; default: the configuration's.")
    ] = None,
    from_debezium: Annotated[
        str | None, typer.Option(help="Version that the configuration is for; default: what its keys tell.")
    ] = None,
    place: options.Place,
    as_json: options.Json = False,
) -> None:
    """Make a pipeline file of connector configurations, from files or from what runs.

    It does the same as before; what it changed, kept as it was or could not know is told on stderr.
    """
    from cdcctl.importing.command import Wishes, import_all
    from cdcctl.importing.report import to_dict, to_text
    from cdcctl.importing.yaml_text import to_yaml

    if bool(files) == bool(from_msk):
        raise UsageError(
            "name files or --from-msk connectors, one of the two", hint="cdcctl import source.json sink.json"
        )
    if out and out.exists() and not overwrite:
        raise UsageError(f"{out} exists", hint="name another file, or pass --overwrite")
    region = place.region
    if from_msk:
        from cdcctl.importing.deployed import from_msk as look

        target = place.target()
        found, region = look(target, from_msk), target.region
    else:
        if place.local or place.profile:
            raise UsageError("--local and --profile are for --from-msk", hint="leave them out")
        found = _read(files or [])
    imported = import_all(found, Wishes(name, debezium, from_debezium, region))
    text = to_yaml(imported)
    if out:
        from cdcctl.whole_file import write_whole

        write_whole(out, text)
    if as_json:
        typer.echo(json.dumps(to_dict(imported, out), indent=2, ensure_ascii=False))
        return
    typer.echo(to_text(imported), err=True)
    typer.echo(out if out else text, nl=bool(out))


def _read(files: list[Path]) -> list[Given]:
    from cdcctl.connector_files import read_connector_files
    from cdcctl.importing.given import given

    return [given(each) for path in files for each in read_connector_files(path)]
