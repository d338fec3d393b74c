"""The statements that Debezium's schema history has of a table.

A record is JSON: ``ddl`` with the ``databaseName`` it ran in, the ``position`` in the binlog, ``ts_ms`` when the
connector took it in, and ``tableChanges`` with each table's model after it (HistoryRecord and JsonTableChangeSerializer
of Debezium).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from cdcctl.kafka.records import Record

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


def every_statement(records: Iterable[Record]) -> list[dict[str, str]]:
    """Database and text of all statements, for whatever table, in order; nothing where a record is none."""
    return [
        {"database": str(found.get("databaseName") or ""), "sql": str(found.get("ddl") or "")}
        for found in map(_parsed, records)
    ]


def statements_of(records: Iterable[Record], table: str) -> list[Statement]:
    """Those that changed a table, or that a snapshot read it with.

    Before a snapshot Debezium writes that it drops what it is about to read; such a DROP never ran in MySQL.
    """
    found: list[Statement] = []
    for index, record in enumerate(records):
        data = _parsed(record)
        for change in _changes(data, table):
            statement = _statement(index, data, change)
            if not (statement.snapshot and statement.change == "DROP"):
                found.append(statement)
    return found


def _changes(data: Mapping[str, Any], table: str) -> Iterator[Mapping[str, Any]]:
    for change in data.get("tableChanges") or ():
        if isinstance(change, dict) and _name(change.get("id")) == table:
            yield change


def _statement(index: int, data: Mapping[str, Any], change: Mapping[str, Any]) -> Statement:
    position = data.get("position") or {}
    snapshot = position.get("snapshot") not in (None, False, "false")
    at = position.get("ts_sec") if not snapshot else None
    milliseconds = at * 1000 if at else data.get("ts_ms")
    previous = _name(change.get("previousId"))
    return Statement(
        index,
        str(data.get("ddl") or "").strip(),
        str(data.get("databaseName") or ""),
        datetime.fromtimestamp(milliseconds / 1000, timezone.utc) if milliseconds else None,
        str(position.get("file") or ""),
        position.get("pos"),
        snapshot,
        str(change.get("type") or ""),
        previous,
    )


def _name(quoted: Any) -> str | None:
    """``"db"."t"`` as ``db.t``."""
    parts = [part.replace('""', '"') for part in _PART.findall(quoted)] if isinstance(quoted, str) else []
    return ".".join(parts) or None


def _parsed(record: Record) -> dict[str, Any]:
    try:
        found = json.loads(record.value or "")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
