"""``cdcctl dlq``: the dead letters of a pipeline's sinks."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cdcctl.cli import options
from cdcctl.errors import InputError

if TYPE_CHECKING:
    from cdcctl.dlq.letters import DeadLetter
    from cdcctl.dlq.plan import Plan

app = typer.Typer(
    name="dlq",
    help="Dead letters: records that a sink could not take and has set aside. Look at them, send them again.",
    no_args_is_help=True,
)


@app.command("list")
@options.bundled
def list_(
    *,
    named: options.Named,
    place: options.Place,
    as_json: options.Json = False,
) -> None:
    """List the dead letters: where each stood, why it was set aside, and whether it was sent again."""
    from cdcctl.dlq.plan import WORDS, Choice
    from cdcctl.dlq.replay import make_plan

    target = place.target()
    pipeline = named.load(target)
    plan = make_plan(pipeline, target, Choice(superseded=False))
    if as_json:
        typer.echo(json.dumps({"pipeline": pipeline.name, **plan.to_dict()}, indent=2, ensure_ascii=False))
        return
    for each in plan.decisions:
        typer.echo(f"{each.letter.name:<10} {_where(each.letter):<40} {each.verdict.value:<12} {_why(each.letter)}")
    for verdict, count in plan.counts.items():
        typer.echo(f"{count} {WORDS[verdict]}")
    if not plan.decisions:
        typer.echo("no dead letters")


@app.command()
@options.bundled
def show(
    *,
    named: options.Named,
    letter: Annotated[str, typer.Argument(metavar="PARTITION:OFFSET", help="The letter, as list names it.")],
    queue: Annotated[str | None, typer.Option(help="Its queue, where the pipeline has several.")] = None,
    place: options.Place,
    as_json: options.Json = False,
) -> None:
    """Show one dead letter: its error with the stack trace, and its key and value, decoded where that is possible."""
    from cdcctl.decode.decoder import Decoder
    from cdcctl.deploy.brokers import open_cluster
    from cdcctl.dlq.decoding import shown
    from cdcctl.dlq.letters import dead_letters
    from cdcctl.dlq.replay import require_queue

    target = place.target()
    pipeline = named.load(target)
    require_queue(pipeline)
    every = dead_letters(pipeline, open_cluster(pipeline, target), target.check)
    found = next((each for each in every if each.name == letter and queue in (None, each.queue)), None)
    if found is None:
        raise InputError(f"there is no dead letter {letter}", hint="see: cdcctl dlq list")
    decoder = Decoder(target.registry.version)
    document = {
        **found.to_dict(),
        "headers": {name: (value or b"").decode("utf-8", "replace") for name, value in found.headers},
        "key": shown(decoder, found.record.key),
        "value": shown(decoder, found.record.value),
        "stacktrace": found.stacktrace,
    }
    if as_json:
        typer.echo(json.dumps(document, indent=2, ensure_ascii=False, default=str))
    else:
        _print(document)


@app.command()
@options.bundled
def replay(
    *,
    named: options.Named,
    topic: Annotated[list[str] | None, typer.Option(help="Only letters of this topic; may be repeated.")] = None,
    only: Annotated[
        list[str] | None, typer.Option(metavar="PARTITION:OFFSET", help="Only this letter; may be repeated.")
    ] = None,
    superseded: Annotated[
        bool, typer.Option("--superseded", help="Send those, too, whose key has a newer event: they undo it.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be sent.")] = False,
    yes: options.Yes = False,
    place: options.Place,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Send dead letters again, each to where it stood; none twice, also when a run is killed and started again."""
    from cdcctl.dlq import replay as replaying
    from cdcctl.dlq.plan import Choice

    target = place.target()
    pipeline = named.load(target)
    choice = Choice(tuple(topic or ()), tuple(only or ()), superseded)
    if dry_run:
        plan = replaying.make_plan(pipeline, target, choice)
    else:
        with options.progress(quiet) as say:

            def confirm(made: Plan) -> None:
                with say.silent():
                    if not as_json and not yes:
                        _print_plan(made)
                    options.confirm(yes, "Send them again?", "pass --yes to do it")

            plan = replaying.replay(pipeline, target, choice, say, confirm)
    if as_json:
        sent = 0 if dry_run else len(plan.replays)
        document = {"pipeline": pipeline.name, "sent": sent, **plan.to_dict()}
        typer.echo(json.dumps(document, indent=2, ensure_ascii=False))
    elif dry_run:
        _print_plan(plan)
    else:
        typer.echo(f"{len(plan.replays)} dead letter(s) sent again")


def _print_plan(plan: Plan) -> None:
    from cdcctl.dlq.plan import WORDS

    topics = Counter(each.origin.topic for each in plan.replays if each.origin)
    for topic, count in sorted(topics.items()):
        typer.echo(f"send {count} record(s) to topic {topic}; every sink that reads it gets them")
    for verdict, count in plan.counts.items():
        typer.echo(f"{count} {WORDS[verdict]}")
    if not plan.decisions:
        typer.echo("no dead letters")


def _where(letter: DeadLetter) -> str:
    origin = letter.origin
    return f"{origin.topic} {origin.partition}:{origin.offset}" if origin else "(untold)"


def _why(letter: DeadLetter) -> str:
    error = (letter.error or "").rpartition(".")[2]
    return f"{error}: {letter.message}"[:200].splitlines()[0] if error else ""


def _print(document: dict[str, Any]) -> None:
    for name, value in document.items():
        if value is None:
            continue
        text = json.dumps(value, indent=2, ensure_ascii=False, default=str) if isinstance(value, dict) else str(value)
        typer.echo(f"{name}: {text}")
