"""``cdcctl explain``."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from cdcctl.cli import options


def explain(
    codes: Annotated[
        list[str] | None,
        typer.Argument(metavar="[CODE]...", help="Codes, such as CDC007; all are listed if none is named."),
    ] = None,
    as_json: options.Json = False,
) -> None:
    """Say what a code means, why it matters, how that is known, and what cures it."""
    from cdcctl.codes import all_codes
    from cdcctl.codes import explain as explain_one

    found = [explain_one(code) for code in codes] if codes else all_codes()
    if as_json:
        typer.echo(json.dumps([code.to_dict() for code in found], indent=2, ensure_ascii=False))
    elif codes:
        typer.echo("\n\n".join(code.to_text() for code in found))
    else:
        for code in found:
            typer.echo(f"{code.code}  {code.severity:<10}  {code.title}")
