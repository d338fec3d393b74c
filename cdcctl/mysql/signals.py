"""Debezium's signal table: markers, and incremental snapshots.

Columns and their sizes, types of signals and their data: Debezium's documentation, "Sending signals to a connector".
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from typing import Any

import pymysql

from cdcctl.errors import RemoteError
from cdcctl.mysql.server import Server, quoted
from cdcctl.mysql.session import words

_COLUMNS = "id VARCHAR(64) PRIMARY KEY, type VARCHAR(32) NOT NULL, data VARCHAR(2048)"
_MARKER = "cdcctl-marker"


def snapshot_data(table: str, condition: str | None = None) -> dict[str, Any]:
    """The data of the signal ``execute-snapshot``.

    :param condition: only the rows for which this SQL is true (Debezium 2.3 and newer).
    """
    data: dict[str, Any] = {"data-collections": [table], "type": "incremental"}
    if condition:
        data["additional-conditions"] = [{"data-collection": table, "filter": condition}]
    return data


def snapshot_statement(signals: str, data: Mapping[str, Any]) -> str:
    """The statement that sends such a signal, for people to run.

    :param signals: the signal table, ``database.table``.
    """
    text = json.dumps(data, ensure_ascii=False).replace("\\", "\\\\").replace("'", "''")
    return f"INSERT INTO {quoted(signals)} VALUES (UUID(), 'execute-snapshot', '{text}');"  # noqa: S608 - for people


class Signals:
    """The signal table of a pipeline.

    :param table: ``database.table``.
    """

    def __init__(self, server: Server, table: str) -> None:
        self._server = server
        self.table = table

    def exists(self) -> bool:
        """Whether the table is there."""
        return self._server.has_table(self.table)

    def create(self, reader: str) -> None:
        """Make the table where it is not there, and let Debezium write its watermarks into it.

        :param reader: Debezium's account.
        """
        database = self.table.split(".", maxsplit=1)[0]
        self._execute(f"CREATE DATABASE IF NOT EXISTS {quoted(database)}")
        self._execute(f"CREATE TABLE IF NOT EXISTS {quoted(self.table)} ({_COLUMNS})")
        if reader != self._server.user:
            self._execute(f"GRANT INSERT, DELETE ON {quoted(self.table)} TO %s", reader)

    def mark(self) -> None:
        """Write a row that every reader of the binlog sees after all that was written before."""
        self._send(uuid.uuid4().hex, _MARKER, None)

    def snapshot(self, table: str, signal: str | None = None, condition: str | None = None) -> str:
        """Ask Debezium to send a table's rows again while it goes on streaming (incremental snapshot).

        :param signal: id of the signal; while the snapshot is under way the source offset names it.
        :param condition: only the rows for which this SQL is true (Debezium 2.3 and newer).
        :returns: the id.
        """
        signal = signal or uuid.uuid4().hex
        self._send(signal, "execute-snapshot", snapshot_data(table, condition))
        return signal

    def stop_snapshot(self, table: str) -> None:
        """Ask Debezium to end an incremental snapshot of a table."""
        self._send(uuid.uuid4().hex, "stop-snapshot", {"data-collections": [table], "type": "incremental"})

    def has(self, signal: str) -> bool:
        """Whether a signal was sent."""
        with self._server.connected() as connection, connection.cursor() as cursor:
            statement = f"SELECT 1 FROM {quoted(self.table)} WHERE id = %s"  # noqa: S608 - the name is quoted
            cursor.execute(statement, (signal,))
            return cursor.fetchone() is not None

    def _send(self, signal: str, kind: str, data: dict[str, Any] | None) -> None:
        self._execute(
            f"INSERT INTO {quoted(self.table)} VALUES (%s, %s, %s)",  # noqa: S608 - the name is quoted
            signal,
            kind,
            json.dumps(data) if data else None,
        )

    def _execute(self, statement: str, *parameters: str | None) -> None:
        try:
            with self._server.connected() as connection, connection.cursor() as cursor:
                cursor.execute(statement, parameters or None)
        except pymysql.MySQLError as error:
            raise RemoteError(
                f"the signal table {self.table}: {words(error)}",
                hint=f"CREATE TABLE {self.table} ({_COLUMNS}), and GRANT INSERT, DELETE on it to the source's account",
            ) from error
