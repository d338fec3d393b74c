"""What MySQL tells of its binlog, and of who reads it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cdcctl.aws.credentials import read_credentials
from cdcctl.aws.target import Target
from cdcctl.doctor import server
from cdcctl.errors import RemoteError
from cdcctl.mysql.position import Position
from cdcctl.mysql.session import Session, session
from cdcctl.pipeline import Pipeline

# Events of the binlog that are looked at for row events.
_LOOKED_AT = 10_000
# Where the first event of a file is, after the magic number.
_FIRST = 4
_ROWS = re.compile(r"(?i)^(write|update|delete)_rows")
_SENT_ALL = re.compile(r"(?i)has sent all binlog")
_INTERVAL = re.compile(r":(\d+)(?:-(\d+))?(?=[:,\s]|$)")


@dataclass(frozen=True)
class Binlog:
    """A server's binlog.

    :ivar end: where it ends; ``files``: the files there are, oldest first → size in bytes.
    :ivar now: the server's clock, in seconds since the epoch.
    :ivar kept_seconds: how long a file is kept; None when nothing removes them, or nobody can tell.
    :ivar readers: connections of the pipeline's account that read the binlog → whether all of it was sent to them.
    :ivar missing: transactions, by their GTIDs, that the source has not committed; None without GTIDs.
    :ivar rows: row events after the source's position; None where they cannot be counted.
    :ivar all_counted: whether they are all; else there are more.
    """

    end: Position
    files: Mapping[str, int]
    now: float
    kept_seconds: int | None
    readers: tuple[bool, ...]
    missing: int | None
    rows: int | None
    all_counted: bool = True

    def bytes_after(self, position: Position) -> int:
        """How much of it comes after a position; 0 at its end."""
        sizes = {Position.of(file, 0).number: size for file, size in self.files.items()}
        if position.number == self.end.number:
            return max(0, self.end.offset - position.offset)
        between = sum(size for number, size in sizes.items() if position.number < number < self.end.number)
        return max(0, sizes.get(position.number, 0) - position.offset) + between + self.end.offset


def ask_database(pipeline: Pipeline, target: Target, position: Position | None, gtids: str | None) -> Binlog:
    """Look, with the pipeline's own account.

    :param position: of the source, and ``gtids`` that it has: what comes after is counted.
    :raises CdcctlError: MySQL cannot be reached, or does not tell.
    """
    source = pipeline.source
    user, password = read_credentials(target, source.credentials)
    with session(source.host, source.port, user, password) as connection:
        looked = server.look(connection)
        files = {str(row["log_name"]): int(row["file_size"]) for row in connection.rows("SHOW BINARY LOGS")}
        rows, complete = _rows(connection, position, list(files)) if position else (None, True)
        return Binlog(
            end=_end(connection),
            files=files,
            now=float(connection.rows("SELECT UNIX_TIMESTAMP(NOW(6)) AS now")[0]["now"]),
            kept_seconds=_kept(looked),
            readers=_readers(connection),
            missing=_missing(connection, looked, gtids),
            rows=rows,
            all_counted=complete,
        )


def _end(connection: Session) -> Position:
    # The second is what it was called before 8.2.
    for statement in ("SHOW BINARY LOG STATUS", "SHOW MASTER STATUS"):
        try:
            rows = connection.rows(statement)
        except RemoteError as error:
            refused = error
            continue
        if rows:
            return Position.of(str(rows[0]["file"]), int(rows[0]["position"]))
        raise RemoteError("MySQL has no binlog", hint="set log_bin")
    raise refused


def _kept(looked: server.Server) -> int | None:
    if looked.managed:
        hours = looked.kept_hours
        # Aurora and RDS remove files as soon as they can where nothing is set.
        return None if hours is None else int(hours or 0) * 3600
    seconds = int(looked.variables.get("binlog_expire_logs_seconds", "0"))
    return seconds or None


def _readers(connection: Session) -> tuple[bool, ...]:
    """Of its own account everybody may see the connections."""
    rows = connection.rows("SHOW PROCESSLIST")
    dumps = [row for row in rows if str(row.get("command", "")).startswith("Binlog Dump")]
    return tuple(bool(_SENT_ALL.search(str(row.get("state") or ""))) for row in dumps)


def _missing(connection: Session, looked: server.Server, gtids: str | None) -> int | None:
    if not gtids or looked.variables.get("gtid_mode") != "ON":
        return None
    found = connection.rows("SELECT GTID_SUBTRACT(@@GLOBAL.gtid_executed, %s) AS missing", [gtids])[0]["missing"]
    return sum(int(last or first) - int(first) + 1 for first, last in _INTERVAL.findall(str(found)))


def _rows(connection: Session, position: Position, files: Sequence[str]) -> tuple[int | None, bool]:
    """How many from the position on, in its own file and those that follow; and whether that is all."""
    count, left = 0, _LOOKED_AT
    try:
        for file in files:
            if Position.of(file, 0).number < position.number:
                continue
            if left <= 0:
                return count, False
            start = position.offset if file == position.file else _FIRST
            rows = connection.rows(f"SHOW BINLOG EVENTS IN %s FROM {start} LIMIT {left}", [file])
            count += sum(1 for row in rows if _ROWS.match(str(row["event_type"])))
            left -= len(rows)
    except RemoteError:
        # It takes REPLICATION SLAVE, and an event must begin at the position.
        return None, True
    return count, left > 0
