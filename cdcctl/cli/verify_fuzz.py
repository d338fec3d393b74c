"""``cdcctl verify fuzz``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cdcctl.cli import options
from cdcctl.errors import EXIT_DIFFERENCES

if TYPE_CHECKING:
    from cdcctl.verify.fuzz.campaign import Campaign


def fuzz(
    seed: Annotated[
        int | None, typer.Option(help="The first seed; the same seed makes the same SQL. Default: a new one.", min=0)
    ] = None,
    minutes: Annotated[float, typer.Option(help="How long to go on with further seeds.", min=0)] = 5.0,
    statements: Annotated[int, typer.Option(help="Statements of a seed, after its tables.", min=1)] = 60,
    keep: Annotated[Path, typer.Option(help="Folder that takes a scenario of every failure.")] = Path("fuzz-failures"),
    state: options.State = None,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Replay random tables, changes and rows through a real pipeline; shrink and keep what comes out wrong."""
    import secrets

    from cdcctl.local import stack
    from cdcctl.verify.fuzz.campaign import Limits
    from cdcctl.verify.fuzz.campaign import fuzz as run_campaign
    from cdcctl.verify.session import running_stack

    first = secrets.randbelow(10**6) if seed is None else seed
    limits = Limits(minutes * 60, statements=statements)
    campaign: Campaign | None = None
    try:
        with (
            options.progress(quiet) as say,
            running_stack(options.state_folder(state), stack.Options(), say) as place,
        ):
            campaign = run_campaign(place, first, limits, keep, say)
            if campaign.stopped:
                # Here, where the logs of a stack that has died are kept.
                raise campaign.stopped
    finally:
        if campaign:
            _tell(campaign, first, as_json)
    if campaign.interrupted:
        raise KeyboardInterrupt
    if not campaign.ok:
        raise typer.Exit(EXIT_DIFFERENCES)


def _tell(campaign: Campaign, first: int, as_json: bool) -> None:
    from cdcctl.verify.findings import rule

    if as_json:
        typer.echo(json.dumps(campaign.to_dict(), indent=2, ensure_ascii=False))
        return
    seeds = f"seed {first}" if len(campaign.seeds) < 2 else f"seeds {first} to {campaign.seeds[-1]}"
    seeds += "" if campaign.seeds else " (not to its end)"
    typer.echo(f"{seeds}: {campaign.statements} statements, {campaign.events} events, {campaign.rows} rows compared")
    for code, count in sorted(campaign.known.items()):
        typer.echo(f"  known: {code} {rule(code).title} ({count} {'seed' if count == 1 else 'seeds'})")
    for failure in campaign.failures:
        typer.echo(f"✗ seed {failure.seed}: {', '.join(failure.signature)}; {failure.folder}")
        for line in failure.found:
            typer.echo(f"  {line}")
        for line in failure.lines:
            typer.echo(f"    {line};")
    failed = len(campaign.failures)
    typer.echo(
        f"{'✓' if campaign.ok else '✗'} {failed} {'seed' if failed == 1 else 'seeds'} failed"
        f" ({campaign.seconds:.0f} s{', interrupted' if campaign.interrupted else ''})"
    )
