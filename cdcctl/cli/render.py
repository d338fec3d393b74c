"""``cdcctl render``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from cdcctl.cli import options


def render(
    files: options.Files,
    out: Annotated[Path | None, typer.Option(help="Folder for source.json, sink.json and worker.properties.")] = None,
    local: options.Local = False,
    profile: options.Profile = None,
    region: options.Region = None,
    state: options.State = None,
    as_json: options.Json = False,
) -> None:
    """Print or write the connector and worker configurations exactly as they will be sent."""
    from cdcctl.render.configurations import render as render_all

    target = options.resolve_target(local, profile, region, state)
    rendered = render_all(options.load_pipeline(files, target), target.region)
    if out:
        for path in rendered.write(out):
            typer.echo(path)
    elif as_json:
        sinks = {"sinks": rendered.sinks} if len(rendered.sinks) > 1 else {"sink": rendered.sink}
        document = {"source": rendered.source, **sinks, "worker": rendered.worker}
        typer.echo(json.dumps(document, indent=2, ensure_ascii=False))
    else:
        for name, content in rendered.files().items():
            typer.echo(f"# {name}\n{content}")
