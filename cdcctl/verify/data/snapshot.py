"""MySQL's side: one consistent snapshot in a transaction that cannot write, read at a bounded pace."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import RLock
from typing import Any

import pymysql
from pymysql.constants import ER
from pymysql.cursors import Cursor, SSCursor

from cdcctl.errors import RemoteError
from cdcctl.mysql.position import Position
from cdcctl.mysql.server import Server
from cdcctl.mysql.session import words
from cdcctl.verify.table import Row

_FETCHED = 5000
# Every later transaction of the session is read-only as well, and no sql_mode changes what a value reads as.
_SETTINGS = "SET SESSION transaction_read_only = 1, SESSION sql_mode = '', time_zone = '+00:00'"


class Pace:
    """Keeps the number of rows read in a second below a limit, by waiting after each statement.

    :param limit: rows a second; None: as fast as MySQL answers.
    """

    def __init__(
        self,
        limit: int | None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.limit = limit
        self.rows = 0
        self._clock = clock
        self._sleep = sleep
        self._free = 0.0

    def read(self, rows: int) -> None:
        """Say that so many rows were read, and wait until more may be."""
        self.rows += rows
        if not self.limit:
            return
        self._free = max(self._free, self._clock() - rows / self.limit) + rows / self.limit
        if (wait := self._free - self._clock()) > 0:
            self._sleep(wait)


class Snapshot:
    """A connection that only reads: its session and every transaction of it are read-only to the server itself.

    Two threads may ask it, one at a time: there is one connection only, as no other would see the same data.
    """

    def __init__(self, connection: pymysql.Connection[Any], pace: Pace) -> None:
        self._connection = connection
        self._turn = RLock()
        self.pace = pace

    def begin(self) -> None:
        """See the data as it is now, from here on; ends an earlier snapshot."""
        self.run("COMMIT")
        self.run("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")

    def run(self, statement: str) -> list[Row]:
        """The rows of a statement that is cheap.

        :raises RemoteError: MySQL refuses it.
        """
        with self._turn, _mapped(), self._connection.cursor(Cursor) as cursor:
            cursor.execute(statement)
            return list(cursor.fetchall())

    def batches(self, statement: str) -> Iterator[list[Row]]:
        """The rows of a statement that returns many, some at a time, counted against the pace."""
        with self._turn, _mapped(), self._connection.cursor(SSCursor) as cursor:
            cursor.execute(statement)
            while batch := cursor.fetchmany(_FETCHED):
                yield list(batch)
                self.pace.read(len(batch))

    def scan(self, statement: str, rows: Callable[[list[Row]], int]) -> list[Row]:
        """The rows of a statement that reads many rows to return few; ``rows`` tells how many it has read."""
        with self._turn:
            found = self.run(statement)
            self.pace.read(rows(found))
        return found

    def position(self) -> Position:
        """Where the binlog ends now.

        :raises RemoteError: it has none, or the account may not ask.
        """
        try:
            rows = self.run("SHOW BINARY LOG STATUS")
        except RemoteError as error:
            cause = error.__cause__
            if cause and cause.args[:1] == (ER.SPECIFIC_ACCESS_DENIED_ERROR,):
                raise RemoteError(error.message, hint="it needs SELECT on the tables and REPLICATION CLIENT") from cause
            # Before 8.2 it was called so.
            rows = self.run("SHOW MASTER STATUS")
        if not rows:
            raise RemoteError("MySQL writes no binlog", hint="verify data has to read from the server Debezium reads")
        return Position.of(str(rows[0][0]), int(rows[0][1]))

    def uncommitted(self) -> bool:
        """Whether a transaction may be in the binlog that is not visible yet; without GTIDs it always may."""
        mode, owned = self.run("SELECT @@GLOBAL.gtid_mode, @@GLOBAL.gtid_owned")[0]
        return str(mode) != "ON" or bool(owned)

    def facts(self) -> dict[str, str]:
        """What the server says of itself and of this session."""
        query = "SELECT VERSION(), CURRENT_USER(), @@SESSION.transaction_read_only, @@GLOBAL.gtid_mode"
        version, account, read_only, gtid = self.run(query)[0]
        session = "read-only session" if int(read_only) else "session that may write"
        return {"mysql": f"{version}, as {account}, {session}", "gtid_mode": str(gtid)}

    def literal(self, value: Any) -> str:
        """A value as it is written in a statement."""
        return str(self._connection.literal(value))

    @property
    def connection(self) -> pymysql.Connection[Any]:
        """The connection, for what reads tables' definitions."""
        return self._connection


@contextmanager
def snapshot(server: Server, pace: Pace) -> Iterator[Snapshot]:
    """Connect.

    :raises RemoteError: MySQL does not answer, or refuses the account.
    """
    with server.connected() as connection:
        made = Snapshot(connection, pace)
        made.run(_SETTINGS)
        yield made


@contextmanager
def _mapped() -> Iterator[None]:
    try:
        yield
    except pymysql.MySQLError as error:
        changed = error.args and error.args[0] == ER.TABLE_DEF_CHANGED
        hint = "a table was altered meanwhile: run it again" if changed else "see MySQL's log"
        raise RemoteError(f"MySQL: {words(error)}", hint=hint) from error


def rows_of(counted: Sequence[Row]) -> int:
    """How many rows a statement has read that returns sums: bucket, rows, sum of hashes."""
    return sum(int(row[1]) for row in counted)
