"""``cdcctl drift``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import typer

from cdcctl.cli import options
from cdcctl.errors import EXIT_DIFFERENCES

if TYPE_CHECKING:
    from cdcctl.operate.drift import Drift, Drifts


@options.bundled
def drift(
    *,
    named: options.Named,
    place: options.Place,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Say what was changed outside of cdcctl since the last deploy, and what deploy would make of it.

    Compared is with what the last deploy left behind, as it has written it down in the pipeline's bucket; what only the
    file says since then is shown by plan. Exit code 1 when anything has drifted. Changes nothing.
    """
    from cdcctl.operate.drift import find_drift

    target = place.target()
    pipeline = named.load_standing(target)
    with options.progress(quiet) as say:
        found = find_drift(pipeline, target, say)
    if as_json:
        typer.echo(json.dumps({"pipeline": pipeline.name, **found.to_dict()}, indent=2, ensure_ascii=False))
    else:
        _print(found)
    if found.drifts:
        raise typer.Exit(EXIT_DIFFERENCES)


def _print(found: Drifts) -> None:
    for each in found.drifts:
        _print_one(each)
    for note in found.notes:
        typer.echo(f"note: {note}")
    since = f"since the deploy of {found.when} by {found.who}"
    count = len(found.drifts)
    back = sum(each.taken_back for each in found.drifts)
    if count:
        typer.echo(f"{count} resource(s) drifted {since}; deploy takes back {back} of them wholly")
    else:
        typer.echo(f"nothing has drifted {since}")


def _print_one(each: Drift) -> None:
    verdict = f"  {each.verdict.value}" if each.verdict else ""
    typer.echo(f"{typer.style(f'{each.what.value:<10}', fg='yellow')} {each.kind:<21} {each.name}{verdict}")
    for one in each.differences:
        was, now = ("(none)" if value is None else value for value in (one.was, one.now))
        typer.echo(f"    {one.part}: {one.property}: {was} → {now}  ({one.verdict.value})")
