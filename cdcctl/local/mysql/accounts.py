"""The two accounts of a server started here, and how their passwords get into it unseen.

The passwords travel in an init-file that only the owner can read and that is removed once the server answers; they are
never on a command line. What must outlive the command (another process stops or verifies the stack) is kept in one
file of the state folder with the same protection.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from cdcctl.local.mysql.base import MySQLServer

LOOPBACK = "127.0.0.1"
ADMIN = "cdcctl"
DEBEZIUM = "debezium"
# What the documentation of Debezium's MySQL connector asks for, and no more.
DEBEZIUM_PRIVILEGES = (
    "SELECT",
    "RELOAD",
    "SHOW DATABASES",
    "REPLICATION SLAVE",
    "REPLICATION CLIENT",
    "LOCK TABLES",
)
_RECORD = "server.json"


@dataclass(frozen=True)
class Passwords:
    """The passwords of the two accounts: letters, digits, ``-`` and ``_``, so they need no quoting in SQL."""

    admin: str = field(repr=False)
    debezium: str = field(repr=False)


def passwords(home: Path) -> Passwords:
    """Those of the server recorded in ``home``, so that a restart keeps them, else new random ones."""
    known = recorded(home)
    if known is not None:
        return Passwords(known.password, known.debezium_password)
    return Passwords(secrets.token_urlsafe(24), secrets.token_urlsafe(24))


def statements(words: Passwords) -> str:
    """The SQL that makes the accounts; repeatable, and kept out of the binlog because Debezium would read it there.

    ``root`` is locked: the data directory comes with an empty password for it.
    """
    lines = ["SET SESSION sql_log_bin = 0", "ALTER USER 'root'@'localhost' ACCOUNT LOCK"]
    for user, password in ((ADMIN, words.admin), (DEBEZIUM, words.debezium)):
        lines.append(f"CREATE USER IF NOT EXISTS '{user}'@'%' IDENTIFIED BY '{password}'")
        lines.append(f"ALTER USER '{user}'@'%' IDENTIFIED BY '{password}'")
    lines.append(f"GRANT ALL PRIVILEGES ON *.* TO '{ADMIN}'@'%' WITH GRANT OPTION")
    lines.append(f"GRANT {', '.join(DEBEZIUM_PRIVILEGES)} ON *.* TO '{DEBEZIUM}'@'%'")
    # Debezium 3.6 cannot snapshot a server that has no GTID yet (gtidSet is null): write one harmless statement.
    lines += ["SET SESSION sql_log_bin = 1", "FLUSH PRIVILEGES"]
    return "".join(f"{line};\n" for line in lines)


@contextlib.contextmanager
def init_file(home: Path, words: Passwords) -> Iterator[Path]:
    """A file for mysqld's ``--init-file`` that exists only inside the ``with`` block."""
    path = home / "init.sql"
    try:
        write_private(path, statements(words))
        yield path
    finally:
        path.unlink(missing_ok=True)


def record(home: Path, words: Passwords, *, port: int, provider: str, version: str, sql_mode: str) -> MySQLServer:
    """The server that was started on loopback, remembered in ``home`` for commands that come later."""
    server = MySQLServer(
        host=LOOPBACK,
        port=port,
        user=ADMIN,
        password=words.admin,
        debezium_user=DEBEZIUM,
        debezium_password=words.debezium,
        provider=provider,
        version=version,
        sql_mode=sql_mode,
    )
    write_private(home / _RECORD, json.dumps(asdict(server)))
    return server


def recorded(home: Path) -> MySQLServer | None:
    """The server that ``record`` remembered, whether or not it still runs."""
    try:
        return MySQLServer(**json.loads((home / _RECORD).read_text()))
    except FileNotFoundError:
        return None


def write_private(path: Path, text: str) -> None:
    """Replace ``path`` by a file that only its owner can read, from its first byte on."""
    partial = path.with_name(path.name + ".new")
    partial.unlink(missing_ok=True)
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as sink:
        sink.write(text)
    partial.replace(path)
