"""``cdcctl deploy``."""

from __future__ import annotations

import json
import sys
from typing import Annotated

import typer

from cdcctl.cli import options
from cdcctl.errors import UsageError


def deploy(
    files: options.Files,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    variables: options.Variables = None,
    local: options.Local = False,
    profile: options.Profile = None,
    region: options.Region = None,
    state: options.State = None,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Create what the pipeline needs and wait until it runs. Running it again changes nothing."""
    from cdcctl.deploy.deployment import plan_deployment

    target = options.resolve_target(local, profile, region, state)
    pipeline = options.load_pipeline(files, target, variables)
    with options.progress(quiet) as say:
        deployment = plan_deployment(pipeline, target, say)
    if not as_json:
        for step in deployment.plan.steps:
            typer.echo(f"{step.do.value:<10} {step.kind:<21} {step.name}{'  ' + step.why if step.why else ''}")
    if deployment.plan.changes and not yes:
        if not sys.stdin.isatty():
            raise UsageError("there is nobody to ask", hint="pass --yes to carry the plan out")
        typer.confirm(f"Carry this out on {target.description}?", abort=True, err=True)
    with options.progress(quiet) as say:
        deployment.carry_out(say)
    changed = len(deployment.plan.changes)
    if as_json:
        steps = [{"do": s.do.value, "kind": s.kind, "name": s.name, "why": s.why} for s in deployment.plan.steps]
        typer.echo(json.dumps({"pipeline": pipeline.name, "changed": changed, "steps": steps}, indent=2))
    else:
        typer.echo(f"{pipeline.name} is RUNNING" + ("" if changed else "; nothing had to be changed"))
