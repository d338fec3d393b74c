"""``cdcctl doctor``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from cdcctl.cli import options
from cdcctl.errors import EXIT_DIFFERENCES

if TYPE_CHECKING:
    from cdcctl.doctor.examination import Checked


@options.bundled
def doctor(
    *,
    named: options.Named,
    only: Annotated[
        list[str] | None, typer.Option(help="Check this alone: account, network, kafka or mysql; may be repeated.")
    ] = None,
    place: options.Place,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Check what a deployment needs, from MySQL's grants to the role's permissions, and say the cure.

    Changes nothing. Exit code 1 when something fails; warnings and what could not be checked do not count. Kafka and
    MySQL are asked from here: run it where they can be reached.
    """
    from cdcctl.doctor.examination import examine, is_fine

    target = place.target()
    # Where the brokers are is a question of its own.
    pipeline = named.read(target)
    with options.progress(quiet) as say:
        found = examine(pipeline, target, say, only or [])
    if as_json:
        typer.echo(json.dumps(_document(pipeline.name, found), indent=2, ensure_ascii=False))
    else:
        _print(found)
    if not is_fine(found):
        raise typer.Exit(EXIT_DIFFERENCES)


def _document(name: str, found: list[Checked]) -> dict[str, object]:
    from cdcctl.doctor.examination import is_fine

    return {"pipeline": name, "fine": is_fine(found), "checks": [each.to_dict() for each in found]}


def _print(found: list[Checked]) -> None:
    from cdcctl.doctor.findings import Status

    for each in found:
        typer.echo(f"{each.finding.status.value:<10} {each.subject:<8} {each.finding.text}")
        if each.finding.cure:
            typer.echo(f"{'':<19} → {each.finding.cure}")
    counts = {status: sum(each.finding.status is status for each in found) for status in Status}
    typer.echo(", ".join(f"{count} {status.value}" for status, count in counts.items() if count))
