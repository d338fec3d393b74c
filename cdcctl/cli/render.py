"""``cdcctl render``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cdcctl.cli import options
from cdcctl.errors import EXIT_DIFFERENCES, UsageError

if TYPE_CHECKING:
    from cdcctl.render.configurations import Configurations
    from cdcctl.render.difference import Compared
    from cdcctl.validation.real_classes import Judgement

DEPLOYED = "deployed"


@options.bundled
def render(
    *,
    named: options.Named,
    out: Annotated[Path | None, typer.Option(help="Folder for source.json, sink.json and worker.properties.")] = None,
    diff: Annotated[
        str | None,
        typer.Option(
            metavar="FILE|FOLDER|deployed",
            help="Compare instead: with a configuration, with a folder that --out wrote, or with what runs.",
        ),
    ] = None,
    validate: Annotated[
        bool, typer.Option("--validate", help="Have the connectors' own classes judge it instead, in a JVM.")
    ] = False,
    place: options.Place,
    as_json: options.Json = False,
) -> None:
    """Print or write the connector and worker configurations exactly as they will be sent."""
    from cdcctl.render.configurations import render as render_all

    if (out is not None) + (diff is not None) + validate > 1:
        raise UsageError("--out, --diff and --validate exclude each other", hint="give one of them")
    target = place.target()
    pipeline = named.load(target)
    rendered = render_all(pipeline, target.region)
    if diff == DEPLOYED:
        from cdcctl.deploy.deployed import compare_with_deployed

        _show_differences(compare_with_deployed(pipeline, rendered, target), as_json)
    elif diff:
        from cdcctl.render.against import compare_with_files

        _show_differences(compare_with_files(rendered, Path(diff)), as_json)
    elif validate:
        from cdcctl.validation.real_classes import judge

        with options.progress(as_json) as say:
            judgements = judge(pipeline, rendered, say)
        _show_judgements(judgements, as_json)
    elif out:
        for path in rendered.write(out):
            typer.echo(path)
    elif as_json:
        typer.echo(json.dumps(_document(rendered), indent=2, ensure_ascii=False))
    else:
        for name, content in rendered.files().items():
            typer.echo(f"# {name}\n{content}")


def _document(rendered: Configurations) -> dict[str, object]:
    sinks = {"sinks": rendered.sinks} if len(rendered.sinks) > 1 else {"sink": rendered.sink}
    return {"source": rendered.source, **sinks, "worker": rendered.worker}


def _show_differences(compared: list[Compared], as_json: bool) -> None:
    differences = [difference for each in compared for difference in each.differences()]
    if as_json:
        found = [difference.to_dict() for difference in differences]
        typer.echo(json.dumps({"equal": not found, "differences": found}, indent=2, ensure_ascii=False))
    else:
        for text in filter(None, (each.unified() for each in compared)):
            typer.echo(text)
    if differences:
        raise typer.Exit(EXIT_DIFFERENCES)


def _show_judgements(judgements: list[Judgement], as_json: bool) -> None:
    bad = any(each.problems for each in judgements)
    if as_json:
        document = {"ok": not bad, "configurations": [each.to_dict() for each in judgements]}
        typer.echo(json.dumps(document, indent=2, ensure_ascii=False))
    else:
        for each in judgements:
            for key, message in each.problems:
                typer.echo(f"{each.file}: {key + ': ' if key else ''}{message}")
            if each.by is None:
                typer.echo(f"{each.file}: not validated: its classes are not at hand; {each.missing}")
            elif not each.problems:
                typer.echo(f"{each.file}: accepted by {each.by}")
    if bad:
        raise typer.Exit(EXIT_DIFFERENCES)
