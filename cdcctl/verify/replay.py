"""MySQL's side of a scenario: run statements, make databases and drop them again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pymysql

from cdcctl.errors import InputError
from cdcctl.mysql.server import quoted
from cdcctl.mysql.session import words
from cdcctl.sql.statements import Statement

if TYPE_CHECKING:
    from cdcctl.local.mysql.base import MySQLServer

_CLAIMS_DATABASE = "cdcctl_verify"
_CLAIMS = f"{_CLAIMS_DATABASE}.made_by_verify"


class Replay:
    """A connection of the administrator's. Each SQL file gets a session of its own, as with the mysql client."""

    def __init__(self, server: MySQLServer) -> None:
        self.admin = server.admin

    @contextmanager
    def session(self) -> Iterator[pymysql.Connection[Any]]:
        """A new connection, autocommit as the mysql client has it.

        :raises RemoteError: MySQL does not answer.
        """
        with self.admin.connected() as connection:
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
                        f"{name}:{statement.line}: MySQL refused the statement: {words(error)}",
                        hint="correct the SQL file",
                        details=[statement.text.splitlines()[0][:200]],
                    ) from error

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
