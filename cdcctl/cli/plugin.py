"""``cdcctl plugin``: fetch the pinned jars, build the ZIP that MSK Connect takes as a custom plugin."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from cdcctl.errors import UsageError

CONVERTER = "glue-avro-converter"
IAM = "msk-iam-auth"

app = typer.Typer(
    name="plugin", help="Fetch the connectors' pinned jars and build custom plugins from them.", no_args_is_help=True
)

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Offline = Annotated[bool, typer.Option("--offline", help="Do not use the network; fail if a file is missing.")]
Repository = Annotated[
    list[str] | None,
    typer.Option(
        "--repository",
        help="A further Maven repository, asked first; credentials as https://${env:USER}:${env:PASSWORD}@host/path "
        "or in a netrc file; may be repeated.",
    ),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")]


@app.command("list")
def list_(
    name: Annotated[
        str | None, typer.Argument(help="Only this connector, with every version that the Maven repositories have.")
    ] = None,
    repository: Repository = None,
    as_json: AsJson = False,
) -> None:
    """Show the connectors and converters that can be built, at which versions, and which are in the cache."""
    from cdcctl.plugins.catalogue import known_locks, published

    known = known_locks(name)
    versions = published(name, repository or []) if name else None
    if as_json:
        document = {"locks": [each.to_dict() for each in known]}
        typer.echo(json.dumps(document if versions is None else {**document, "published": versions}, indent=2))
        return
    for each in known:
        typer.echo(str(each).rstrip())
    if versions is not None:
        typer.echo(f"published: {', '.join(versions)}")


@app.command()
def fetch(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[NAMES]...",
            help="NAME, NAME@VERSION, GROUP:ARTIFACT:VERSION or a lock file; without one, every connector's default.",
        ),
    ] = None,
    repository: Repository = None,
    lock_file: Annotated[
        Path | None, typer.Option("--lock", help="Also write the lock to this file, to be kept with the pipeline.")
    ] = None,
    offline: Offline = False,
    verify: Annotated[bool, typer.Option("--verify", help="Hash the cached files again.")] = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Download the pinned jars into the user's cache and print where they are.

    A version that is not pinned yet is resolved by Maven's rules and pinned from then on. What is complete is not
    downloaded again; an interrupted download goes on with the files that are missing.
    """
    if lock_file is not None and len(names or []) != 1:
        raise UsageError("--lock takes the lock of one name", hint="name one connector")
    from cdcctl.plugins.fetch import prepare
    from cdcctl.plugins.lock import save_lock
    from cdcctl.plugins.progress import progress_bar

    with progress_bar(quiet) as progress:
        prepared = prepare(names or [], further=repository or [], offline=offline, verify=verify, progress=progress)
    if lock_file is not None:
        save_lock(prepared[0].lock, lock_file)
    if as_json:
        typer.echo(json.dumps({"fetched": [one.to_dict() for one in prepared]}, indent=2))
        return
    for one in prepared:
        typer.echo(str(one))


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
