"""``cdcctl local``: the stack on this machine."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from cdcctl.cli import fault, options
from cdcctl.errors import EXIT_DIFFERENCES, InputError

if TYPE_CHECKING:
    from cdcctl.local.state import Stack

app = typer.Typer(no_args_is_help=True, help="The stack on this machine: MySQL, Kafka and the AWS APIs on loopback.")
app.add_typer(fault.app, name="fault")

Mysql = Annotated[
    str | None, typer.Option(help="Where MySQL comes from: url, path, docker or debian.", show_default=False)
]
MysqlUrl = Annotated[
    str | None, typer.Option(help="An existing server, mysql://user@host:port/; password by environment.")
]

Speed = Annotated[
    str, typer.Option(help="Of what is started: instant, aws (as slow as there), or so many times as fast as AWS.")
]


@app.command()
def up(
    mysql: Mysql = None,
    mysql_url: MysqlUrl = None,
    speed: Speed = "instant",
    state: options.State = None,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Start the stack, or attach to the one that runs."""
    from cdcctl.local import stack

    with options.progress(quiet) as say:
        running, started = stack.up(options.state_folder(state), stack.Options(mysql, mysql_url, speed), say)
    _print(running, "started" if started else "was running already", as_json)


@app.command()
def status(state: options.State = None, as_json: options.Json = False) -> None:
    """Show the stack's addresses and processes; exit code 1 when one has died or none is up."""
    from cdcctl.local import stack
    from cdcctl.local.state import load_stack

    folder = options.state_folder(state)
    running = load_stack(folder)
    found = stack.processes(folder)
    healthy = running is not None and all(process.alive for process in found)
    if as_json:
        document = {"up": running is not None, "healthy": healthy, "processes": [asdict(process) for process in found]}
        typer.echo(json.dumps({**document, "addresses": _addresses(running) if running else None}, indent=2))
    elif running is None:
        typer.echo("no local stack is running; start it with: cdcctl local up")
    else:
        for name, address in _addresses(running).items():
            typer.echo(f"{name:<10} {address}")
        for process in found:
            typer.echo(f"{'running' if process.alive else 'DIED':<10} {process.name} (process {process.pid})")
            for line in process.log_tail:
                typer.echo(f"           {line}")
    if not healthy:
        raise typer.Exit(EXIT_DIFFERENCES)


@app.command()
def logs(
    name: Annotated[str | None, typer.Argument(help="Process, as named by status.", show_default=False)] = None,
    lines: Annotated[int, typer.Option(help="How many lines of each.", min=1)] = 50,
    state: options.State = None,
) -> None:
    """Print the end of the logs, also of a stack that is down."""
    from cdcctl.local.processes import tail

    folder = options.state_folder(state) / "logs"
    files = sorted(folder.glob("*.log"))
    wanted = [file for file in files if name in (None, file.stem)]
    if not wanted:
        known = ", ".join(file.stem for file in files) or "none yet"
        raise InputError(f"no log named {name!r}" if name else "there are no logs", hint=f"there are: {known}")
    for file in wanted:
        if len(wanted) > 1:
            typer.echo(f"== {file.stem}")
        for line in tail(file, lines):
            typer.echo(line)


@app.command()
def reset(
    mysql: Mysql = None,
    mysql_url: MysqlUrl = None,
    speed: Speed = "instant",
    state: options.State = None,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Replace the stack by an empty one."""
    from cdcctl.local import stack

    with options.progress(quiet) as say:
        running = stack.reset(options.state_folder(state), stack.Options(mysql, mysql_url, speed), say)
    _print(running, "started empty", as_json)


@app.command()
def serve(
    host: Annotated[
        str, typer.Option(help="Interface to listen on; who reaches it can run code here, as plugins are code.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on; 0 takes a free one.", min=0, max=65535)] = 4580,
    region: Annotated[str, typer.Option(help="Region of the ARNs.")] = "us-east-1",
    speed: Speed = "instant",
    as_json: options.Json = False,
) -> None:
    """Serve the AWS APIs alone until interrupted: no MySQL, no Kafka; connectors name a Kafka that can be reached."""
    from cdcctl.local.serve import serve_alone

    def show(endpoint: str) -> None:
        address = {"aws": endpoint, "region": region}
        typer.echo(json.dumps(address) if as_json else "\n".join(f"{name:<10} {is_}" for name, is_ in address.items()))

    serve_alone(host, port, region, speed, show)


@app.command()
def down(state: options.State = None) -> None:
    """Stop every process of the stack and drop its data; logs stay."""
    from cdcctl.local import stack

    found = stack.down(options.state_folder(state))
    typer.echo("the local stack is down" if found else "no local stack was running")


def _addresses(stack: Stack) -> dict[str, str]:
    return {
        "aws": stack.endpoint,
        "region": stack.region,
        "bucket": f"s3://{stack.bucket}",
        "kafka": stack.bootstrap_servers,
        "mysql": f"{stack.mysql.host}:{stack.mysql.port} ({stack.mysql.provider}, {stack.mysql.version})",
        "state": str(stack.state),
    }


def _print(stack: Stack, what: str, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(_addresses(stack), indent=2))
        return
    typer.echo(f"the local stack {what}")
    for name, address in _addresses(stack).items():
        typer.echo(f"{name:<10} {address}")
