"""MySQL's side of a scenario: run statements, make databases and drop them again."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pymysql

from cdcctl.errors import InputError
from cdcctl.mysql.server import quoted
from cdcctl.mysql.session import words
from cdcctl.sql.statements import Statement

if TYPE_CHECKING:
    from cdcctl.local.mysql.base import MySQLServer

# LOAD DATA LOCAL INFILE of a file that is named by its relative path.
_LOCAL = re.compile(r"(?i)^(\s*LOAD\s+DATA\s+(?:LOW_PRIORITY\s+|CONCURRENT\s+)?LOCAL\s+INFILE\s+['\"])(?=[^/'\"])")
_CLAIMS_DATABASE = "cdcctl_verify"
_CLAIMS = f"{_CLAIMS_DATABASE}.made_by_verify"


class Replay:
    """A connection of the administrator's. Each SQL file gets a session of its own, as with the mysql client."""

    def __init__(self, server: MySQLServer) -> None:
        self.admin = server.admin
        self._reader = server.debezium_user

    @contextmanager
    def session(self, *, local_files: bool = False) -> Iterator[pymysql.Connection[Any]]:
        """A new connection, autocommit as the mysql client has it.

        :param local_files: whether the server may ask for files, as LOAD DATA LOCAL has it do.
        :raises RemoteError: MySQL does not answer.
        """
        with self.admin.connected(local_files=local_files) as connection:
            yield connection

    def run(self, statements: Sequence[Statement], name: str, folder: Path) -> None:
        """Run the statements of one file in order.

        :param folder: where LOAD DATA LOCAL finds its files.
        :raises InputError: MySQL refuses one; says which line and why.
        """
        texts = [_LOCAL.sub(lambda found: f"{found[1]}{folder.resolve()}/", each.text) for each in statements]
        files = any(_LOCAL.search(each.text) for each in statements)
        with self.session(local_files=files) as connection, connection.cursor() as cursor:
            for statement, text in zip(statements, texts, strict=True):
                try:
                    cursor.execute(text)
                    while cursor.nextset():
                        pass
                except pymysql.MySQLError as error:
                    raise InputError(
                        f"{name}:{statement.line}: MySQL refused the statement: {words(error)}",
                        hint="correct the SQL file",
                        details=[statement.text.splitlines()[0][:200]],
                    ) from error

    def disconnect_readers(self) -> int:
        """End every connection of Debezium's account, as a network that breaks does; how many there were."""
        with self.session() as connection, connection.cursor() as cursor:
            cursor.execute(
                "SELECT id FROM information_schema.processlist WHERE user = %s AND id <> CONNECTION_ID()",
                (self._reader,),
            )
            found = [int(row[0]) for row in cursor.fetchall()]
            for each in found:
                with contextlib.suppress(pymysql.MySQLError):
                    cursor.execute("KILL CONNECTION %s", (each,))
        return len(found)

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
