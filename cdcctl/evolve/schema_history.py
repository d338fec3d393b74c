"""The statements that Debezium's schema history has of a table.

A record is JSON: ``ddl`` with the ``databaseName`` it ran in, the ``position`` in the binlog, ``ts_ms`` when the
connector took it in, and ``tableChanges`` with each table's model after it (HistoryRecord and JsonTableChangeSerializer
of Debezium).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from pydantic import BaseModel, Field

from cdcctl.kafka.records import Record

# The last one that a date can have.
_LAST_SECOND = 253_402_300_799
_PART = re.compile(r'"((?:[^"]|"")*)"')


@dataclass(frozen=True)
class Statement:
    """One statement, as the binlog has it, or as a snapshot read the table with it.

    :ivar index: its place in the history.
    :ivar at: when MySQL ran it, or when a snapshot read the table.
    :ivar change: CREATE, ALTER or DROP.
    """

    index: int
    ddl: str
    database: str
    at: datetime | None
    file: str
    position: int | None
    snapshot: bool
    change: str
    renamed_from: str | None = None

    @property
    def place(self) -> str:
        """Where it stands in the binlog."""
        return f"{self.file}:{self.position}" if self.file else ""

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "ddl": self.ddl,
            "database": self.database,
            "at": iso(self.at),
            "place": self.place or None,
            "snapshot": self.snapshot,
            "change": self.change,
            "renamed_from": self.renamed_from,
        }


def iso(moment: datetime | None) -> str | None:
    """A moment as ISO 8601."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z") if moment else None


class _Position(BaseModel):
    ts_sec: int | None = Field(None, ge=0, le=_LAST_SECOND)
    file: str | None = None
    pos: int | None = None
    snapshot: Any = None


class _Change(BaseModel):
    type: str = ""
    id: str | None = None
    previous: str | None = Field(None, alias="previousId")


class _Written(BaseModel):
    """A record as far as it matters here; one that is not like this is none of Debezium's."""

    position: _Position = _Position()
    ts_ms: int | None = Field(None, ge=0, le=_LAST_SECOND * 1000)
    database: str | None = Field(None, alias="databaseName")
    ddl: str | None = None
    changes: list[_Change] | None = Field(None, alias="tableChanges")


def every_statement(records: Iterable[Record]) -> list[dict[str, str]]:
    """Database and text of all statements, for whatever table, in order; nothing where a record is none."""
    return [{"database": found.database or "", "sql": found.ddl or ""} for found in map(_read, records)]


def statements_of(records: Iterable[Record], table: str) -> list[Statement]:
    """Those that changed a table, or that a snapshot read it with.

    Before a snapshot Debezium writes that it drops what it is about to read; such a DROP never ran in MySQL.
    """
    found: list[Statement] = []
    for index, record in enumerate(records):
        written = _read(record)
        for change in written.changes or ():
            statement = _statement(index, written, change)
            if _name(change.id) == table and not (statement.snapshot and statement.change == "DROP"):
                found.append(statement)
    return found


def _statement(index: int, written: _Written, change: _Change) -> Statement:
    position = written.position
    snapshot = position.snapshot not in (None, False, "false")
    # The position has the moment in MySQL; of a snapshot it has none.
    streamed = position.ts_sec * 1000 if position.ts_sec and not snapshot else None
    milliseconds = streamed or written.ts_ms
    return Statement(
        index,
        (written.ddl or "").strip(),
        written.database or "",
        datetime.fromtimestamp(milliseconds / 1000, timezone.utc) if milliseconds else None,
        position.file or "",
        position.pos,
        snapshot,
        change.type,
        _name(change.previous),
    )


def _name(quoted: str | None) -> str | None:
    """``"db"."t"`` as ``db.t``."""
    return ".".join(part.replace('""', '"') for part in _PART.findall(quoted or "")) or None


def _read(record: Record) -> _Written:
    try:
        return _Written.model_validate_json(record.value or "")
    # ValidationError is one; bytes that are no text lead to another.
    except ValueError:
        return _Written()
