"""Parquet tables as the sink appends them, for the tests of verify."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from cdcctl.verify.table import Column, TableDefinition

ID = Column("id", "int", "int", nullable=False)
NAME = Column("name", "varchar", "varchar(20)")
COUNTRY = Column("country", "varchar", "varchar(64)", nullable=False)
PEOPLE = TableDefinition("db", "people", (ID, NAME), ("id",))
KEYLESS = TableDefinition("db", "people", (ID, NAME), ())
SCHEMA = pa.schema([("id", pa.int32()), ("name", pa.string())])


_METADATA = {
    "__deleted": pa.string(),
    "__op": pa.string(),
    "__source_ts_ms": pa.int64(),
    "__source_file": pa.string(),
    "__source_pos": pa.int64(),
    "__source_row": pa.int32(),
    "_topic": pa.string(),
    "_partition": pa.int32(),
    "_offset": pa.int64(),
}


def event(
    offset: int, op: str, *values: Any, partition: int = 0, place: tuple[str, int, int] | None = None, ts: int = 0
) -> dict[str, Any]:
    """One row as the sink writes it; ``values`` are of the columns in order."""
    file, pos, row = place or ("binlog.000001", 0 if op == "r" else 1000 + offset, 0)
    return {
        "values": values,
        "__deleted": "true" if op == "d" else "false",
        "__op": op,
        "__source_ts_ms": ts,
        "__source_file": file,
        "__source_pos": pos,
        "__source_row": row,
        "_topic": "p.db.people",
        "_partition": partition,
        "_offset": offset,
    }


def parquet(events: list[dict[str, Any]], schema: pa.Schema = SCHEMA) -> pa.Table:
    """The Parquet table of some events."""
    data = {name: [each["values"][place] for each in events] for place, name in enumerate(schema.names)}
    table = {name: pa.array(values, schema.field(name).type) for name, values in data.items()}
    for name, kind in _METADATA.items():
        table[name] = pa.array([each[name] for each in events], kind)
    return pa.table(table)
