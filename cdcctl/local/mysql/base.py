"""What every provider of a MySQL server has in common: the server it hands over and the questions it answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from cdcctl.local.processes import ProcessTable
from cdcctl.mysql.server import Server

# Told one short line at the start of each step that takes longer than a moment.
Progress = Callable[[str], None]

# The name of MySQL's process in the stack's ProcessTable, and of its folder in the state folder.
PROCESS = "mysql"


@dataclass(frozen=True)
class MySQLServer:
    """A running server. ``user`` may do everything (it replays SQL), ``debezium_user`` only what Debezium documents.

    ``version`` and ``sql_mode`` belong into every result that was won with this server.
    """

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    debezium_user: str
    debezium_password: str = field(repr=False)
    provider: str
    version: str
    sql_mode: str

    @property
    def admin(self) -> Server:
        """The server with the account that may do everything."""
        return Server(self.host, self.port, self.user, self.password)


@dataclass(frozen=True)
class Unavailable:
    """Why a provider cannot work here, and what would make it work."""

    reason: str
    cure: str


class Provider(Protocol):
    """One place a MySQL server can come from."""

    @property
    def name(self) -> str:
        """The word a user chooses the provider by."""

    def available(self) -> Unavailable | None:
        """None when the provider can work on this machine; cheap, changes nothing."""

    def prepare(self, progress: Progress) -> None:
        """Fetch and build what ``start`` needs, once per user; safe to repeat and to run twice at once."""

    def start(self, table: ProcessTable, state: Path, port: int) -> MySQLServer:
        """Start a server on 127.0.0.1:``port`` with its data in ``state`` and return once it answers.

        Data and accounts that ``state`` already has are kept, so a killed server comes back as it was.
        """

    def stop(self, table: ProcessTable, state: Path) -> None:
        """Stop what ``start`` started; nothing to stop is fine."""
