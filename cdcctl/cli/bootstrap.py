"""``cdcctl bootstrap``: the AWS side of a pipeline from one CloudFormation template."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cdcctl.cli import options
from cdcctl.errors import EXIT_DIFFERENCES, UsageError

if TYPE_CHECKING:
    from cdcctl.aws.cloudformation import Event
    from cdcctl.bootstrap.planning import Planned

app = typer.Typer(no_args_is_help=True, help="The AWS side of a pipeline: network, Aurora MySQL, MSK, bucket, role.")

Name = Annotated[str, typer.Argument(help="Name of the pipeline; the stack is cdcctl-NAME.")]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="A parameter of the template; those not given stay as they are."),
]
TemplateFile = Annotated[
    Path | None, typer.Option("--template", help="A template of your own; default: the one that comes with cdcctl.")
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


@app.command()
@options.bundled
def plan(
    *,
    name: Name,
    settings: Settings = None,
    template: TemplateFile = None,
    place: options.Place,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Show what deploy would change, resource by resource. Exit code 1 when something would."""
    from cdcctl.bootstrap.planning import planned
    from cdcctl.bootstrap.template import load_template

    target = place.target()
    with options.progress(quiet) as say, planned(target, name, load_template(template), settings or [], say) as found:
        changes = found.changes
        if as_json:
            typer.echo(json.dumps({"stack": found.stack, "changes": [asdict(each) for each in changes]}, indent=2))
        else:
            _print_changes(found)
    if changes:
        raise typer.Exit(EXIT_DIFFERENCES)


@app.command()
@options.bundled
def deploy(
    *,
    name: Name,
    settings: Settings = None,
    template: TemplateFile = None,
    yes: Yes = False,
    place: options.Place,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Create or update the stack and prepare its database. Running it again changes nothing.

    After an interruption it follows what goes on at AWS, and then does the rest.
    """
    from cdcctl.bootstrap.database import has_database, prepare_database
    from cdcctl.bootstrap.planning import planned
    from cdcctl.bootstrap.stack import wait_until_idle
    from cdcctl.bootstrap.template import load_template

    body = load_template(template)
    target = place.target()
    show = _show(quiet)
    wait_until_idle(target, name, show)
    with planned(target, name, body, settings or [], lambda _text: None) as found:
        if not as_json:
            _print_changes(found)
        if found.changes:
            _ask(f"Carry this out on {target.description}?", yes)
        stack = found.carry_out(show)
    done = prepare_database(target, stack.outputs) if has_database(stack.outputs) else []
    if as_json:
        document = {"stack": stack.name, "status": stack.status, "changed": len(found.changes), "database": done}
        typer.echo(json.dumps(document, indent=2))
        return
    for line in (f"stack {stack.name} is {stack.status}", *done):
        typer.echo(line)


@app.command()
def parameters(template: TemplateFile = None, as_json: options.Json = False) -> None:
    """List the parameters of the template, which --set takes, with their defaults."""
    from cdcctl.bootstrap.template import load_template

    found = load_template(template).parameters
    if as_json:
        typer.echo(json.dumps({name: asdict(each) for name, each in found.items()}, indent=2))
        return
    for name, each in found.items():
        default = "must be given" if each.default is None else each.default or "empty"
        typer.echo(f"{name} ({default})")
        typer.echo(f"    {each.description}")


@app.command()
@options.bundled
def outputs(
    *,
    name: Name,
    place: options.Place,
    as_json: options.Json = False,
) -> None:
    """Print what the stack has made as a pipeline file, to be laid over another with -f."""
    from cdcctl.bootstrap.overlay import overlay, to_yaml
    from cdcctl.bootstrap.stack import require_stack

    target = place.target()
    document = overlay(target, require_stack(target, name))
    typer.echo(json.dumps(document, indent=2) if as_json else to_yaml(document), nl=as_json)


@app.command()
@options.bundled
def delete(
    *,
    name: Name,
    yes: Yes = False,
    place: options.Place,
    quiet: options.Quiet = False,
) -> None:
    """Delete the stack. Bucket and key stay, of the database a snapshot; what stays is told before."""
    from cdcctl.bootstrap import stack as stacks

    target = place.target()
    stack = target.cloudformation.find_stack(stacks.stack_name(name))
    if stack is None:
        typer.echo(f"there is no stack {stacks.stack_name(name)} on {target.description}")
        return
    for each in stacks.outliving(target, stack):
        typer.echo(f"stays: {each.type} {each.logical_id} ({each.policy})", err=True)
    _ask(f"Delete stack {stack.name} on {target.description}?", yes)
    stacks.delete(target, stack, _show(quiet))
    typer.echo(f"stack {stack.name} is deleted")


def _ask(question: str, yes: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise UsageError("there is nobody to ask", hint="pass --yes to go on")
    typer.confirm(question, abort=True, err=True)


def _print_changes(found: Planned) -> None:
    if not found.changes:
        typer.echo(f"stack {found.stack}: nothing is to be changed")
        return
    for each in found.changes:
        typer.echo(f"{each.do:<10} {each.type:<38} {each.logical_id}{'  ' + each.why if each.why else ''}")
        for line in each.properties:
            typer.echo(f"{'':<10}   {line}")


def _show(quiet: bool) -> Callable[[Event], None]:
    def show(event: Event) -> None:
        reason = f"  {event.reason}" if event.reason else ""
        typer.echo(f"{event.time:%H:%M:%S} {event.status:<28} {event.type} {event.logical_id}{reason}", err=True)

    return (lambda _event: None) if quiet else show
