"""Running a mysqld on this machine as a process of the stack; what the path and the debian provider share."""

from __future__ import annotations

from pathlib import Path

from cdcctl.errors import LocalEnvironmentError
from cdcctl.local.mysql import accounts, connection, datadir
from cdcctl.local.mysql.accounts import LOOPBACK
from cdcctl.local.mysql.base import PROCESS, MySQLServer
from cdcctl.local.mysql.program import Program
from cdcctl.local.mysql.settings import RUN
from cdcctl.local.processes import ProcessTable


def start(
    program: Program, table: ProcessTable, state: Path, port: int, *, provider: str, cache_folder: Path
) -> MySQLServer:
    """Run ``program`` on the stack's data directory, a fresh one if it has none, until it answers."""
    if any(child.name == PROCESS and child.is_alive() for child in table.children()):
        raise LocalEnvironmentError("the stack's MySQL already runs", hint="stop the stack first")
    home = (state / PROCESS).absolute()
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    data = home / "data"
    if not data.exists():
        datadir.fill(program, cache_folder, data)
    words = accounts.passwords(home)
    with accounts.init_file(home, words) as init:
        child = table.spawn(PROCESS, [*program.argv, *RUN, *_own_options(home, data, port), f"--init-file={init}"])
        version, sql_mode = connection.await_facts(
            child, lambda: connection.facts(LOOPBACK, port, accounts.ADMIN, words.admin)
        )
    return accounts.record(home, words, port=port, provider=provider, version=version, sql_mode=sql_mode)


def _own_options(home: Path, data: Path, port: int) -> list[str]:
    """Where this one server lives. No unix socket: nobody uses it, and its path has a short limit."""
    return [
        f"--datadir={data}",
        f"--pid-file={home / 'mysqld.pid'}",
        f"--tmpdir={home}",
        f"--bind-address={LOOPBACK}",
        f"--port={port}",
        "--socket=",
    ]
