"""``cdcctl destroy``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from cdcctl.cli import options
from cdcctl.cli.plan_text import print_plan

if TYPE_CHECKING:
    from cdcctl.deploy.plan import Plan


@options.bundled
def destroy(
    *,
    named: options.Named,
    offsets: Annotated[
        bool,
        typer.Option("--offsets", help="Also source offsets, schema history, control topics and the sinks' groups."),
    ] = False,
    topics: Annotated[
        bool, typer.Option("--topics", help="Also the topics of the tables, of heartbeats and of dead letters.")
    ] = False,
    schemas: Annotated[bool, typer.Option("--schemas", help="Also the registries with their schemas.")] = False,
    data: Annotated[
        bool, typer.Option("--data", help="Also what the sinks have written: Iceberg tables and S3 objects.")
    ] = False,
    yes: options.Yes = False,
    break_lock: options.BreakLock = False,
    place: options.Place,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Take a pipeline down: its connectors, and what was made for them. Asks before.

    Offsets, topics, schemas and data stay unless named; a backup of the offsets is made in any case. What cdcctl did
    not make, or others use too, is never touched. A run that was interrupted is finished by the next one.
    """
    from cdcctl.deploy.destroy.command import destroy as take_down
    from cdcctl.deploy.destroy.standing import Told

    target = place.target()
    pipeline = named.load_standing(target)
    told = Told(offsets=offsets, topics=topics, schemas=schemas, data=data)
    with options.progress(quiet) as say:

        def confirm(made: Plan) -> None:
            with say.silent():
                if not as_json:
                    print_plan(made)
                if made.changes and not made.refused:
                    options.confirm(yes, f"Delete this on {target.description}?", "pass --yes to carry the plan out")

        done = take_down(pipeline, target, told, say, confirm, breaks_lock=break_lock)
    if as_json:
        typer.echo(json.dumps({"pipeline": pipeline.name, **done.to_dict()}, indent=2, ensure_ascii=False))
    else:
        said = "is taken down" if done.changes else "has nothing left to delete"
        typer.echo(f"{pipeline.name} {said}")
