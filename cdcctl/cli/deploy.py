"""``cdcctl plan`` and ``cdcctl deploy``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cdcctl.cli import options
from cdcctl.cli.plan_text import print_plan
from cdcctl.errors import EXIT_DIFFERENCES, UsageError

if TYPE_CHECKING:
    from cdcctl.deploy.plan import Plan


@options.bundled
def plan(
    *,
    named: options.Named,
    out: Annotated[Path | None, typer.Option("--out", help="Keep the plan in this file, for deploy --plan.")] = None,
    replace: options.Replace = None,
    place: options.Place,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Say what deploy would do and what that costs; exit code 1 when there is something to do. Changes nothing."""
    from cdcctl.deploy.deployment import Options, plan_deployment
    from cdcctl.deploy.saved_plan import save_plan

    target = place.target()
    pipeline = named.load(target)
    how = Options(replace=frozenset(replace or ()))
    with options.progress(quiet) as say:
        made = plan_deployment(pipeline, target, say, how)
        if out:
            save_plan(out, pipeline, target, made, how.replace)
    if as_json:
        typer.echo(json.dumps({"pipeline": pipeline.name, **made.to_dict()}, indent=2, ensure_ascii=False))
    else:
        print_plan(made)
        changes = len(made.changes)
        typer.echo(f"{changes} resource(s) to change" if changes else "nothing differs")
    if made.changes:
        raise typer.Exit(EXIT_DIFFERENCES)


@options.bundled
def deploy(
    *,
    files: options.OptionalFiles = None,
    saved: Annotated[
        Path | None, typer.Option("--plan", help="Carry out the plan in this file, which also holds the pipeline.")
    ] = None,
    yes: options.Yes = False,
    replace: options.Replace = None,
    break_lock: options.BreakLock = False,
    variables: options.Variables = None,
    place: options.Place,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Bring about what the pipeline file says and wait until it runs. Running it again changes nothing.

    A run that was interrupted, wherever that was, is finished by the next one.
    """
    from cdcctl.deploy import deployment
    from cdcctl.deploy.saved_plan import load_plan

    if bool(files) == bool(saved):
        raise UsageError(
            "deploy takes -f or --plan", hint="name the pipeline file with -f, or a plan made by plan --out"
        )
    if saved and replace:
        raise UsageError("--replace is part of a plan already made", hint="give it to plan --out")
    target = place.target()
    kept = load_plan(saved) if saved else None
    if kept:
        kept.require_target(target)
    pipeline = kept.pipeline if kept else options.Named(files or [], variables).load(target)
    how = deployment.Options(kept.replace if kept else frozenset(replace or ()), break_lock, kept)
    with options.progress(quiet) as say:

        def confirm(made: Plan) -> None:
            with say.silent():
                if not as_json:
                    print_plan(made)
                if made.changes and not made.refused:
                    question = f"Carry this out on {target.description}?"
                    options.confirm(yes, question, "pass --yes to carry the plan out")

        done = deployment.deploy(pipeline, target, say, confirm, how)
    changed = len(done.changes)
    if as_json:
        typer.echo(json.dumps({"pipeline": pipeline.name, **done.to_dict()}, indent=2, ensure_ascii=False))
    else:
        typer.echo(f"{pipeline.name} is as the file says" + ("" if changed else "; nothing had to be changed"))
