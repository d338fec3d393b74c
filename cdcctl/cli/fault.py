"""``cdcctl local fault``: what is to go wrong in the emulated AWS services."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from cdcctl.cli import options

app = typer.Typer(no_args_is_help=True, help="Faults on demand in the emulated AWS services; they end with the stack.")

Endpoint = Annotated[
    str | None, typer.Option(help="Address of an emulator, instead of the stack's.", show_default=False)
]


@app.command("set")
def set_(
    kind: Annotated[
        str,
        typer.Argument(
            help="throttle, 5xx, lost-reply, slow or cut-off for requests; stuck-creating, rollback, lost-logs, "
            "lost-worker, lost-task or schema-failure for connectors and schemas."
        ),
    ],
    service: Annotated[
        str | None, typer.Option(help="Of requests: kafkaconnect, glue, s3, logs, …", show_default="any")
    ] = None,
    operation: Annotated[
        str | None, typer.Option(help="Of requests: the API operation, like CreateConnector.", show_default="any")
    ] = None,
    resource: Annotated[
        str | None, typer.Option(help="Only where a name, or the request, contains this text.", show_default=False)
    ] = None,
    count: Annotated[int | None, typer.Option(help="Strike so many times.", show_default="without end")] = None,
    probability: Annotated[float, typer.Option(help="Strike with this probability.")] = 1.0,
    seconds: Annotated[
        float | None, typer.Option("--for", metavar="SECONDS", help="End after so many seconds.", show_default="never")
    ] = None,
    delay: Annotated[float | None, typer.Option(help="Seconds that slow takes.", show_default="2")] = None,
    code: Annotated[
        str | None, typer.Option(help="The error of throttle or 5xx, any that the service has.", show_default=False)
    ] = None,
    endpoint: Endpoint = None,
    state: options.State = None,
    as_json: options.Json = False,
) -> None:
    """Have something go wrong from now on."""
    from cdcctl.local.fault_client import in_words, set_fault

    fault = set_fault(
        _address(endpoint, state),
        {
            "kind": kind,
            "service": service,
            "operation": operation,
            "resource": resource,
            "count": count,
            "probability": probability,
            "seconds": seconds,
            "delay": delay,
            "code": code,
        },
    )
    typer.echo(json.dumps(fault, indent=2) if as_json else in_words(fault))


@app.command("list")
def list_(endpoint: Endpoint = None, state: options.State = None, as_json: options.Json = False) -> None:
    """Show the faults and how often each has struck."""
    from cdcctl.local.fault_client import in_words, list_faults

    found = list_faults(_address(endpoint, state))
    if as_json:
        typer.echo(json.dumps(found, indent=2))
        return
    for fault in found:
        typer.echo(in_words(fault))
    if not found:
        typer.echo("there are no faults")


@app.command()
def clear(
    identifiers: Annotated[
        list[str] | None, typer.Argument(metavar="[ID]...", help="The faults to end; all when none is named.")
    ] = None,
    endpoint: Endpoint = None,
    state: options.State = None,
) -> None:
    """End faults."""
    from cdcctl.local.fault_client import clear_faults

    count = clear_faults(_address(endpoint, state), identifiers or ())
    typer.echo(f"{count} fault{'' if count == 1 else 's'} cleared")


def _address(endpoint: str | None, state: options.State) -> str:
    if endpoint:
        return endpoint
    from cdcctl.local import stack

    return stack.require_running(options.state_folder(state)).endpoint
