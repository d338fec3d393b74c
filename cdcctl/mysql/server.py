"""A MySQL server and an account on it: open a connection, and ask what every part of cdcctl asks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pymysql
from pymysql.constants import ER

from cdcctl.errors import RemoteError
from cdcctl.mysql.position import Position
from cdcctl.mysql.session import tls, words

_SECONDS = 10


@dataclass(frozen=True)
class Server:
    """Where a server is, and who connects."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)

    @contextmanager
    def connected(self, database: str | None = None, *, local_files: bool = False) -> Iterator[pymysql.Connection[Any]]:
        """A new connection, autocommit as the mysql client has it, with TLS where the server has it.

        :param database: the current one.
        :param local_files: whether the server may ask for files of this machine (LOAD DATA LOCAL).
        :raises RemoteError: MySQL does not answer, or refuses the account.
        """
        try:
            connection = pymysql.connect(
                host=self.host,
                port=self.port,
                user=self.user,
                password=self.password,
                database=database,
                autocommit=True,
                charset="utf8mb4",
                connect_timeout=_SECONDS,
                ssl=tls(),
                local_infile=local_files,
            )
        except (pymysql.MySQLError, OSError, UnicodeError, RuntimeError) as error:
            denied = error.args and error.args[0] == ER.ACCESS_DENIED_ERROR
            hint = "correct user and password" if denied else "is it running, and can it be reached from here?"
            raise RemoteError(f"MySQL at {self.host}:{self.port}: {words(error)}", hint=hint) from error
        with connection:
            yield connection

    def position(self) -> Position:
        """Where the binlog ends now.

        :raises RemoteError: there is none, or the account may not ask.
        """
        with self.connected() as connection, connection.cursor() as cursor:
            try:
                try:
                    cursor.execute("SHOW BINARY LOG STATUS")
                except pymysql.MySQLError:
                    # Before 8.2 it was called so.
                    cursor.execute("SHOW MASTER STATUS")
            except pymysql.MySQLError as error:
                raise RemoteError(
                    f"MySQL does not tell {self.user} where its binlog ends: {words(error)}",
                    hint="grant REPLICATION CLIENT",
                ) from error
            row = cursor.fetchone()
        if not row:
            raise RemoteError("MySQL writes no binlog", hint="start it with log_bin")
        return Position.of(row[0], int(row[1]))

    def has_table(self, table: str) -> bool:
        """Whether there is a table ``database.table`` that the account sees."""
        with self.connected() as connection, connection.cursor() as cursor:
            cursor.execute(
                "SELECT 1 FROM information_schema.tables WHERE table_schema = %s AND table_name = %s",
                table.split(".", 1),
            )
            return cursor.fetchone() is not None

    def count(self, table: str) -> int:
        """Rows of a table now; 0 when there is no such table."""
        if not self.has_table(table):
            return 0
        with self.connected() as connection, connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM {quoted(table)}")  # noqa: S608 - the name is quoted
            (rows,) = cursor.fetchone() or (0,)
        return int(rows)


def quoted(name: str) -> str:
    """``database.table`` or ``database`` as MySQL takes it, whatever characters it has."""
    return ".".join(f"`{part.replace('`', '``')}`" for part in name.split(".", 1))
