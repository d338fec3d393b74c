"""How many events there must be: counted in MySQL's binlog by a reader that is not Debezium."""

from __future__ import annotations

import logging
import struct
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cdcctl.errors import RemoteError
from cdcctl.mysql.position import Position
from cdcctl.mysql.server import Server

# A replica id of our own; Debezium's is in the pipeline file.
_SERVER_ID = 5399
# The reader hands out a text whose character set it does not know as the bytes that are stored: exactly what is needed
# to see whether two keys are the same.
_AS_STORED = "as stored"
# ER_SOURCE_FATAL_ERROR_READING_BINLOG.
_NO_SUCH_FILE = 1236
# What the reader raises at a value it cannot decode, such as a TIME beyond a day inside JSON.
_UNDECODED = (ValueError, TypeError, LookupError, AttributeError, NotImplementedError, struct.error)


class BinlogGoneError(RemoteError):
    """MySQL has purged the binlog that was to be read."""


def unreadable(start: Position, error: Exception) -> RemoteError:
    """The error for a binlog that cannot be read from a position on."""
    gone = bool(error.args) and error.args[0] == _NO_SUCH_FILE
    kind = BinlogGoneError if gone else RemoteError
    return kind(f"the binlog cannot be read from {start}: {error}", hint="is it still there?")


@dataclass(frozen=True, order=True)
class Change:
    """The last row of a row event, as Debezium names its place: the beginning of the event, and the row's number."""

    event: Position
    row: int


def last_changes(server: Server, start: Position, end: Position, tables: Sequence[str]) -> dict[str, Change]:
    """The last changed row of each table that was changed at or after ``start`` and before ``end``.

    :raises RemoteError: the binlog cannot be read.
    """
    from pymysql import MySQLError
    from pymysqlreplication import BinLogStreamReader
    from pymysqlreplication.row_event import DeleteRowsEvent, UpdateRowsEvent, WriteRowsEvent

    logging.getLogger("pymysqlreplication").setLevel(logging.ERROR)
    found: dict[str, Change] = {}
    reader = BinLogStreamReader(
        **_settings(server, start),
        only_events=[WriteRowsEvent, UpdateRowsEvent, DeleteRowsEvent],
        only_schemas=sorted({table.split(".")[0] for table in tables}),
    )
    try:
        for event in reader:
            begins = Position.of(reader.log_file, event.packet.log_pos - event.packet.event_size)
            if begins >= end:
                break
            table = f"{event.schema}.{event.table}"
            if table in tables:
                found[table] = Change(begins, len(event.rows) - 1)
    except MySQLError as error:
        raise unreadable(start, error) from error
    except _UNDECODED as error:
        raise RemoteError(
            f"the binlog from {start} on holds values that cannot be decoded", hint="see above"
        ) from error
    finally:
        reader.close()
    return found


def _settings(server: Server, start: Position) -> dict[str, Any]:
    return {
        "connection_settings": {
            "host": server.host, "port": server.port, "user": server.user, "passwd": server.password
        },
        "server_id": _SERVER_ID,
        "log_file": start.file,
        "log_pos": start.offset,
        "resume_stream": True,
        "blocking": False,
        "enable_logging": False,
    }  # fmt: skip


def row_events(
    server: Server, start: Position, keys: Mapping[str, Sequence[int]], leave_out: Sequence[str] = ()
) -> dict[str, int]:
    """Events that the row changes since ``start`` make, per table.

    An insert, update or delete of a row is one event; an update that changes the key is two, a delete and an insert
    (RelationalChangeRecordEmitter.emitUpdateAsPrimaryKeyChangeRecord).

    :param keys: table (``database.table``) → positions of its key columns, from 0; no key: none.
    :param leave_out: tables whose columns the reader cannot decode.
    :returns: the tables that could be counted; one with a value that the reader cannot decode is left out.
    :raises RemoteError: the binlog cannot be read.
    """
    from pymysql import MySQLError
    from pymysqlreplication import BinLogStreamReader
    from pymysqlreplication.row_event import DeleteRowsEvent, UpdateRowsEvent, WriteRowsEvent

    # It would ask for column names in the binlog; none are needed.
    logging.getLogger("pymysqlreplication").setLevel(logging.ERROR)

    counts: Counter[str] = Counter(dict.fromkeys(keys, 0))
    databases = sorted({table.split(".")[0] for table in keys})
    left_out = [table.split(".", 1)[1] for table in leave_out]
    try:
        reader = BinLogStreamReader(
            **_settings(server, start),
            only_events=[WriteRowsEvent, UpdateRowsEvent, DeleteRowsEvent],
            only_schemas=databases,
            ignored_tables=left_out or None,
        )
        for event in reader:
            table = f"{event.schema}.{event.table}"
            if table in counts:
                for column in event.columns:
                    column.character_set_name = _AS_STORED
                try:
                    counts[table] += sum(_events_of(row, keys[table]) for row in event.rows)
                except _UNDECODED:
                    del counts[table]
        reader.close()
    except MySQLError as error:
        raise unreadable(start, error) from error
    return {table: count for table, count in counts.items() if table not in leave_out}


def partial_updates(server: Server, start: Position, tables: Sequence[str]) -> Counter[str]:
    """How many events since ``start`` hold a part of a JSON document only, per table; Debezium reads none of them.

    :raises RemoteError: the binlog cannot be read.
    """
    from pymysql import MySQLError
    from pymysqlreplication import BinLogStreamReader
    from pymysqlreplication.row_event import PartialUpdateRowsEvent

    logging.getLogger("pymysqlreplication").setLevel(logging.ERROR)
    wanted = set(tables)
    try:
        reader = BinLogStreamReader(
            **_settings(server, start),
            only_events=[PartialUpdateRowsEvent],
            only_schemas=sorted({table.split(".")[0] for table in tables}),
        )
        found = Counter(f"{event.schema}.{event.table}" for event in reader)
        reader.close()
    except MySQLError as error:
        raise unreadable(start, error) from error
    return Counter({table: count for table, count in found.items() if table in wanted})


def _events_of(row: Mapping[str, Any], key: Sequence[int]) -> int:
    if "before_values" not in row or not key:
        return 1
    before, after = list(row["before_values"].values()), list(row["after_values"].values())
    return 2 if any(before[place] != after[place] for place in key) else 1
