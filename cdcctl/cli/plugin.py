"""``cdcctl plugin``: fetch the pinned jars, build the ZIP that MSK Connect takes as a custom plugin."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

CONVERTER = "glue-avro-converter"
IAM = "msk-iam-auth"

app = typer.Typer(
    name="plugin", help="Fetch the connectors' pinned jars and build custom plugins from them.", no_args_is_help=True
)

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Offline = Annotated[bool, typer.Option("--offline", help="Do not use the network; fail if a file is missing.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")]


@app.command()
def fetch(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAMES]...", help="Locks to fetch; all of them if none is named.")
    ] = None,
    offline: Offline = False,
    verify: Annotated[bool, typer.Option("--verify", help="Hash the cached files again.")] = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Download the pinned jars into the user's cache and print where they are.

    What is complete is not downloaded again; an interrupted download goes on with the files that are missing.
    """
    from cdcctl.plugins.fetch import prepare
    from cdcctl.plugins.progress import progress_bar

    with progress_bar(quiet) as progress:
        prepared = prepare(names or [], offline=offline, verify=verify, progress=progress)
    if as_json:
        facts = [{**vars(one), "folder": str(one.folder)} for one in prepared]
        typer.echo(json.dumps({"fetched": facts}, indent=2))
        return
    for one in prepared:
        typer.echo(f"{one.name} {one.version}: {one.files} files, {one.size / 1e6:.1f} MB, {one.folder}")


@app.command()
def build(
    name: Annotated[str, typer.Argument(help="The connector: debezium-mysql or iceberg.")],
    *,
    out: Annotated[
        Path | None, typer.Option("--out", help="Put the ZIP there; default: it stays in the cache.")
    ] = None,
    extra: Annotated[
        list[Path] | None,
        typer.Option("--with", help="A further jar, or a ZIP or tar archive whose jars go in; may be repeated."),
    ] = None,
    with_iam: Annotated[
        bool, typer.Option("--with-iam", help="Add the IAM client library (workers of MSK Connect have it).")
    ] = False,
    folder: Annotated[
        str | None, typer.Option("--name", help="Name of the plugin: folder in the ZIP and file; default: NAME.")
    ] = None,
    offline: Offline = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Build the custom plugin of a connector: its jars and the Glue Avro converter in one ZIP.

    Equal inputs give equal bytes on every machine. For a connector that is not shipped (Confluent's S3 sink, say), name
    glue-avro-converter and give the connector's own ZIP with --with.
    """
    from cdcctl.plugins.build import build as build_plugin
    from cdcctl.plugins.progress import progress_bar

    locks = dict.fromkeys([name, CONVERTER, *([IAM] if with_iam else [])])
    with progress_bar(quiet) as progress:
        plugin = build_plugin(list(locks), name=folder, extra=extra or [], out=out, offline=offline, progress=progress)
    if as_json:
        typer.echo(json.dumps(plugin.as_json(), indent=2))
        return
    typer.echo(f"{plugin.path}: {len(plugin.jars)} jars, {plugin.size / 1e6:.1f} MB, sha256 {plugin.sha256}")
