"""``cdcctl plugin``: fetch the pinned jars, build the ZIP that MSK Connect takes as a custom plugin."""

from __future__ import annotations

import json
from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from cdcctl.errors import EXIT_DIFFERENCES, UsageError

CONVERTER = "glue-avro-converter"
IAM = "msk-iam-auth"


class ConnectVersion(str, Enum):
    """The Connect versions of MSK Connect."""

    NEW = "3.7.x"
    OLD = "2.7.1"


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
    name: Annotated[
        str | None, typer.Argument(help="The connector: NAME, NAME@VERSION or a lock file; none with --from.")
    ] = None,
    *,
    archive: Annotated[
        Path | None,
        typer.Option("--from", help="The connector's own archive (.zip, .tar.gz, .jar or a folder), from its makers."),
    ] = None,
    add: Annotated[
        list[str] | None,
        typer.Option(
            help="What is to be loaded after the connector, such as transforms: a jar, an archive, a folder, or "
            "GROUP:ARTIFACT:VERSION with all it needs; may be repeated."
        ),
    ] = None,
    drop: Annotated[
        list[str] | None, typer.Option(help="Leave out jars of this name (* stands for anything); may be repeated.")
    ] = None,
    converter_name: Annotated[
        str, typer.Option("--converter", help="The converter: glue-avro-converter, with @VERSION another one, or none.")
    ] = CONVERTER,
    with_iam: Annotated[
        bool, typer.Option("--with-iam", help="Add the IAM client library (workers of MSK Connect have it).")
    ] = False,
    folder: Annotated[
        str | None, typer.Option("--name", help="Name of the plugin: folder in the ZIP and file; default: NAME.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Put the ZIP there; default: it stays in the cache.")
    ] = None,
    repository: Repository = None,
    offline: Offline = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Build the custom plugin of a connector: its jars, the Glue Avro converter and what you add, in one ZIP.

    Equal inputs give equal bytes on every machine. Jars are named such that nothing shadows the connector's classes:
    what you add (zy-) is loaded after them, the converter's jar (zz-) last. Plugin classes that no service manifest
    names get one. What inspect would find is printed on stderr.
    """
    if (name is None) == (archive is None):
        raise UsageError("one connector is needed", hint="give its name, or its archive with --from")
    from cdcctl.plugins.build import Ingredients
    from cdcctl.plugins.build import build as build_plugin
    from cdcctl.plugins.progress import progress_bar

    words = [name] * (name is not None) + [converter_name] * (converter_name != "none") + [IAM] * with_iam
    ingredients = Ingredients(
        words=list(dict.fromkeys(word for word in words if word)),
        archives=[archive] if archive else [],
        added=add or [],
        drop=drop or [],
    )
    with progress_bar(quiet) as progress:
        plugin = build_plugin(
            ingredients, name=folder, out=out, offline=offline, further=repository or [], progress=progress
        )
    for finding in plugin.findings:
        if finding.severity != "note":
            typer.echo(str(finding), err=True)
    if as_json:
        typer.echo(json.dumps(plugin.as_json(), indent=2))
        return
    typer.echo(f"{plugin.path}: {len(plugin.jars)} jars, {plugin.size / 1e6:.1f} MB, sha256 {plugin.sha256}")


@app.command()
def inspect(
    plugin: Annotated[
        str, typer.Argument(help="A ZIP or tar archive, a folder, a jar, or the NAME or NAME@VERSION of a connector.")
    ],
    connect_version: Annotated[
        ConnectVersion, typer.Option(help="Connect version of MSK Connect it is to run on.")
    ] = ConnectVersion.NEW,
    offline: Offline = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Show what is in a plugin: connectors, converters, transforms, versions, doubled classes, and what is wrong.

    Of a connector's name, the plugin that build makes of it is shown. Exit code 1 when something is known to fail.
    """
    from cdcctl.plugins.build import Ingredients
    from cdcctl.plugins.build import build as build_plugin
    from cdcctl.plugins.inspection import inspect as inspect_plugin
    from cdcctl.plugins.progress import progress_bar
    from cdcctl.plugins.words import in_words, is_archive

    path = Path(plugin)
    if not is_archive(plugin):
        words = list(dict.fromkeys([plugin, CONVERTER]))
        with progress_bar(quiet) as progress:
            path = build_plugin(Ingredients(words), offline=offline, progress=progress).path
    inspection = inspect_plugin(path, connect_version.value)
    if as_json:
        typer.echo(json.dumps(inspection.to_dict(), indent=2))
    else:
        typer.echo("\n".join(in_words(inspection)))
    if not inspection.ok:
        raise typer.Exit(EXIT_DIFFERENCES)
