"""MySQL's side of a scenario: run statements, know where the binlog stands, write signals."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pymysql

from cdcctl.errors import InputError, RemoteError
from cdcctl.mysql.position import Position
from cdcctl.sql.statements import Statement

if TYPE_CHECKING:
    from cdcctl.local.mysql.base import MySQLServer

# Debezium's documentation, "Sending signals": the columns and their sizes.
_SIGNAL_TABLE = (
    "CREATE TABLE IF NOT EXISTS {} (id VARCHAR(64) PRIMARY KEY, type VARCHAR(32) NOT NULL, data VARCHAR(2048))"
)
MARKER = "cdcctl-marker"
_CLAIMS_DATABASE = "cdcctl_verify"
_CLAIMS = f"{_CLAIMS_DATABASE}.made_by_verify"


class Replay:
    """A connection of the administrator's. Each SQL file gets a session of its own, as with the mysql client."""

    def __init__(self, server: MySQLServer) -> None:
        self._server = server

    @contextmanager
    def session(self) -> Iterator[pymysql.Connection[Any]]:
        """A new connection, autocommit as the mysql client has it.

        :raises RemoteError: MySQL does not answer.
        """
        server = self._server
        try:
            connection = pymysql.connect(
                host=server.host,
                port=server.port,
                user=server.user,
                password=server.password,
                autocommit=True,
                charset="utf8mb4",
                connect_timeout=10,
            )
        except pymysql.MySQLError as error:
            raise RemoteError(
                f"MySQL at {server.host}:{server.port}: {_words(error)}", hint="is it running?"
            ) from error
        with connection:
            yield connection

    def run(self, statements: Sequence[Statement], name: str) -> None:
        """Run the statements of one file in order.

        :raises InputError: MySQL refuses one; says which line and why.
        """
        with self.session() as connection, connection.cursor() as cursor:
            for statement in statements:
                try:
                    cursor.execute(statement.text)
                    while cursor.nextset():
                        pass
                except pymysql.MySQLError as error:
                    raise InputError(
                        f"{name}:{statement.line}: MySQL refused the statement: {_words(error)}",
                        hint="correct the SQL file",
                        details=[statement.text.splitlines()[0][:200]],
                    ) from error

    def position(self) -> Position:
        """Where the binlog ends now."""
        with self.session() as connection, connection.cursor() as cursor:
            try:
                cursor.execute("SHOW BINARY LOG STATUS")
            except pymysql.MySQLError:
                # Before 8.2 it was called so.
                cursor.execute("SHOW MASTER STATUS")
            row = cursor.fetchone()
        if not row:
            raise RemoteError("MySQL writes no binlog", hint="start it with log_bin")
        return Position.of(row[0], int(row[1]))

    def prepare_signals(self, table: str) -> None:
        """Make the signal table, in which Debezium may write its watermarks."""
        database = table.split(".", maxsplit=1)[0]
        with self.session() as connection, connection.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE IF NOT EXISTS {quoted(database)}")
            cursor.execute(_SIGNAL_TABLE.format(quoted(table)))
            if self._server.debezium_user != self._server.user:
                cursor.execute(f"GRANT INSERT, DELETE ON {quoted(table)} TO %s", (self._server.debezium_user,))

    def mark(self, signal_table: str) -> None:
        """Write a row that every reader of the binlog sees after all that was written before."""
        self._signal(signal_table, MARKER, None)

    def signal_snapshot(self, signal_table: str, table: str) -> None:
        """Ask Debezium to send a table's rows again while it goes on streaming (incremental snapshot)."""
        self._signal(signal_table, "execute-snapshot", {"data-collections": [table], "type": "incremental"})

    def _signal(self, signal_table: str, kind: str, data: dict[str, Any] | None) -> None:
        with self.session() as connection, connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {quoted(signal_table)} VALUES (%s, %s, %s)",  # noqa: S608 - the name is quoted
                (uuid.uuid4().hex, kind, json.dumps(data) if data else None),
            )

    def count(self, table: str) -> int:
        """Rows of a table now; 0 when there is no such table."""
        database, name = table.split(".", 1)
        with self.session() as connection, connection.cursor() as cursor:
            cursor.execute(
                "SELECT 1 FROM information_schema.tables WHERE table_schema = %s AND table_name = %s", (database, name)
            )
            if not cursor.fetchone():
                return 0
            cursor.execute(f"SELECT count(*) FROM {quoted(table)}")  # noqa: S608 - the name is quoted
            (rows,) = cursor.fetchone() or (0,)
        return int(rows)

    def existing(self, databases: Sequence[str]) -> list[str]:
        """Those of ``databases`` that exist."""
        with self.session() as connection, connection.cursor() as cursor:
            cursor.execute("SHOW DATABASES")
            there = {row[0] for row in cursor.fetchall()}
        return [name for name in databases if name in there]

    def claim(self, databases: Sequence[str]) -> None:
        """Note down in the server itself that these databases, which do not exist yet, will be ours to drop.

        A server may be a user's own: what was there before is never dropped, not even after a run that was killed.
        """
        with self.session() as connection, connection.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE IF NOT EXISTS {_CLAIMS_DATABASE}")
            cursor.execute(f"CREATE TABLE IF NOT EXISTS {_CLAIMS} (name VARCHAR(64) CHARACTER SET utf8mb4 PRIMARY KEY)")
            statement = f"INSERT IGNORE INTO {_CLAIMS} VALUES (%s)"  # noqa: S608 - a constant
            cursor.executemany(statement, [(name,) for name in databases])

    def drop_claimed(self, databases: Sequence[str]) -> list[str]:
        """Drop those of ``databases`` that were claimed, and their claims; return the others that exist."""
        with self.session() as connection, connection.cursor() as cursor:
            for database in databases:
                if database in self._claimed(cursor):
                    cursor.execute(f"DROP DATABASE IF EXISTS {quoted(database)}")
                    cursor.execute(f"DELETE FROM {_CLAIMS} WHERE name = %s", (database,))  # noqa: S608 - a constant
            if not self._claimed(cursor):
                cursor.execute(f"DROP DATABASE IF EXISTS {_CLAIMS_DATABASE}")
        return self.existing(databases)

    def _claimed(self, cursor: Any) -> set[str]:
        if not self.existing([_CLAIMS_DATABASE]):
            return set()
        cursor.execute(f"SELECT name FROM {_CLAIMS}")  # noqa: S608 - a constant
        return {row[0] for row in cursor.fetchall()}


def quoted(name: str) -> str:
    """``database.table`` or ``database`` as MySQL takes it, whatever characters it has."""
    return ".".join(f"`{part.replace('`', '``')}`" for part in name.split(".", 1))


def _words(error: pymysql.MySQLError) -> str:
    return str(error.args[1] if len(error.args) > 1 else error)
