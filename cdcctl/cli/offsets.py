"""``cdcctl offsets``: how far a pipeline has come; kept, put back, forgotten."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from cdcctl.cli import options
from cdcctl.errors import UsageError

if TYPE_CHECKING:
    from cdcctl.cli.options import Progress
    from cdcctl.deploy.offset_changes import Confirm, Intention
    from cdcctl.deploy.offset_restore import Part
    from cdcctl.deploy.offset_state import OffsetState

app = typer.Typer(
    name="offsets",
    help="Source offsets, the sinks' group offsets and Debezium's schema history: show, keep, put back, forget.",
    no_args_is_help=True,
)
PARTS = ("source", "sinks", "history")
Parts = Annotated[
    list[str] | None, typer.Option("--part", help="source, sinks or history; may be repeated; default: all of them.")
]


@app.command()
@options.bundled
def show(
    *,
    named: options.Named,
    place: options.Place,
    as_json: options.Json = False,
) -> None:
    """Print how far source and sinks have come."""
    from cdcctl.deploy.offset_state import read_offsets

    target = place.target()
    pipeline = named.load(target)
    found = read_offsets(pipeline, target)
    if as_json:
        document = {"pipeline": pipeline.name, **found.to_dict()}
        typer.echo(json.dumps(document, indent=2, ensure_ascii=False))
    else:
        _print(found)


@app.command()
@options.bundled
def backup(
    *,
    named: options.Named,
    out: Annotated[
        str | None, typer.Option("--out", help="File or s3://bucket/key; default: the pipeline's folder in its bucket.")
    ] = None,
    place: options.Place,
    as_json: options.Json = False,
) -> None:
    """Write a copy of all offsets, to be put back with restore. It may be made while the pipeline runs."""
    from cdcctl.deploy import offset_backup
    from cdcctl.deploy.offset_state import read_offsets

    target = place.target()
    pipeline = named.load(target)
    made = offset_backup.Backup.of(pipeline, read_offsets(pipeline, target))
    written = out or offset_backup.default_place(pipeline, made)
    offset_backup.write_backup(made, target, written)
    facts = {
        "place": written,
        "source": len(made.source),
        "groups": len(made.groups),
        "history": len(made.history),
    }
    if as_json:
        typer.echo(json.dumps(facts, indent=2))
    else:
        typer.echo(
            f"{written}: {facts['source']} source offset(s), {facts['groups']} group(s), "
            f"{facts['history']} record(s) of schema history"
        )


@app.command()
@options.bundled
def restore(
    *,
    named: options.Named,
    backup: Annotated[str, typer.Option("--from", metavar="PLACE", help="The backup: a file, or s3://bucket/key.")],
    part: Parts = None,
    yes: options.Yes = False,
    place: options.Place,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Put a backup's offsets back. Connectors that use them are deleted before and made again afterwards."""
    from cdcctl.deploy import offset_changes
    from cdcctl.deploy.offset_backup import read_backup

    target = place.target()
    pipeline = named.load(target)
    kept = read_backup(target, backup)
    with options.progress(quiet) as say:
        done = offset_changes.restore(pipeline, target, kept, _parts(part), say, _confirmed(say, yes, as_json))
    _tell(done, pipeline.name, as_json)


@app.command()
@options.bundled
def reset(
    *,
    named: options.Named,
    part: Parts = None,
    yes: options.Yes = False,
    place: options.Place,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Forget offsets: the source begins anew, with a snapshot where its mode says so; sinks begin where topics begin.

    Connectors that use them are deleted before and made again afterwards. What to forget must be named.
    """
    if not part:
        raise UsageError("name what to forget with --part", hint="--part source, --part sinks, --part history")
    from cdcctl.deploy import offset_changes

    target = place.target()
    pipeline = named.load(target)
    with options.progress(quiet) as say:
        done = offset_changes.reset(pipeline, target, _parts(part), say, _confirmed(say, yes, as_json))
    _tell(done, pipeline.name, as_json)


def _parts(given: list[str] | None) -> list[Part]:
    from cdcctl.deploy.offset_restore import Part

    unknown = [each for each in given or () if each not in PARTS]
    if unknown:
        raise UsageError(f"there is no part {unknown[0]!r}", hint=f"there are {', '.join(PARTS)}")
    return [Part(each) for each in PARTS if not given or each in given]


def _confirmed(say: Progress, yes: bool, as_json: bool) -> Confirm:
    from cdcctl.cli.plan_text import print_plan

    def confirm(intention: Intention) -> None:
        with say.silent():
            if not as_json:
                typer.echo(intention.what)
                for name in intention.recreated:
                    typer.echo(f"delete connector {name}, and make it again")
                if intention.plan:
                    print_plan(intention.plan)
            options.confirm(yes, "Do this?", "pass --yes to do it")

    return confirm


def _tell(done: Intention, pipeline: str, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({"pipeline": pipeline, "done": done.what, "recreated": list(done.recreated)}, indent=2))
    elif done.recreated:
        typer.echo(f"done; {', '.join(done.recreated)} are as the file says again")
    else:
        typer.echo("done; there were no connectors, cdcctl deploy makes them")


def _print(found: OffsetState) -> None:
    for each in found.source:
        typer.echo(f"source {json.dumps(each.partition)}")
        typer.echo(f"  {json.dumps(each.offset) if each.offset else 'was reset'}")
    if not found.source:
        typer.echo("source: no offset yet")
    for group in found.groups:
        typer.echo(f"group {group}, {found.lag(group)} record(s) behind")
        for (topic, partition), offset in sorted(found.groups[group].items()):
            end = found.ends.get(topic, {}).get(partition, (0, None))[1]
            typer.echo(f"  {topic} {partition}: {offset} of {'?' if end is None else end}")
    typer.echo(f"schema history: {len(found.history)} record(s)")
