"""What an incremental snapshot can heal, and the signal that asks for one: of the ranges of keys that differ only."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from cdcctl.mysql.signals import snapshot_data
from cdcctl.verify.data.canonical import quoted
from cdcctl.verify.data.rows import Side
from cdcctl.verify.findings import Finding
from cdcctl.verify.table import BYTES

# A signal's data has this much room (VARCHAR(2048) in Debezium's documentation).
_ROOM = 2048
_MOST_RANGES = 24
_MOST_KEYS = 50
# Sending the row again writes the same value again.
_COMES_AGAIN = frozenset(
    {
        "null-became-default", "unsigned-wrapped", "zero-date", "year-zero", "time-out-of-range", "json-time",
        "float-rounded", "decimal-rounded", "row-extra", "row-doubled", "column-kept", "enum-comma",
        "time-fraction-lost",
    }
)  # fmt: skip


@dataclass(frozen=True)
class Healing:
    """What to send again of a table.

    :ivar condition: in MySQL's words; None: all rows.
    :ivar rows: how many differ.
    """

    table: str
    condition: str | None
    rows: int

    def signal(self) -> dict[str, Any]:
        """The data of the signal ``execute-snapshot``. Conditions need Debezium 2.3."""
        return snapshot_data(self.table, self.condition)


def healing(side: Side, findings: Iterable[Finding]) -> Healing | None:
    """What would heal the keys in ``healed``; None when sending them again is no cure."""
    curable = [f for f in findings if f.rule.severity != "note" and f.rule.slug not in _COMES_AGAIN]
    rows = side.staging.count("SELECT count(*) FROM healed WHERE in_mysql")
    if not curable or not rows:
        return None
    table = side.staging.definition.full_name
    if len(side.key.columns) > 1 and rows <= _MOST_KEYS:
        # A value of the first column may have very many rows.
        found = Healing(table, _listed(side), rows)
        if found.condition and len(json.dumps(found.signal())) <= _ROOM:
            return found
    for most in (_MOST_RANGES, 8, 2, 1):
        found = Healing(table, _condition(side, rows, most), rows)
        if len(json.dumps(found.signal())) <= _ROOM:
            return found
    return Healing(table, None, rows)


def _condition(side: Side, rows: int, most: int) -> str | None:
    column = side.key.columns[0]
    if side.key.is_number:
        name = quoted(column.name)
        parts = [f"{name} = {low}" if low == high else f"{name} BETWEEN {low} AND {high}"
                 for low, high in _ranges(side, most)]  # fmt: skip
        return " OR ".join(parts)
    return _listed(side) if rows <= _MOST_KEYS else None


def _listed(side: Side) -> str | None:
    """Every key by itself; None: a signal cannot hold its bytes."""
    if any(column.data_type in BYTES for column in side.key.columns):
        return None
    raws = ", ".join(f"r{at}" for at in range(len(side.key.columns)))
    keys = side.staging.database.execute(f"SELECT {raws} FROM healed WHERE in_mysql ORDER BY ALL").fetchall()
    return side.key.among(keys)


def _ranges(side: Side, most: int) -> Sequence[tuple[int, int]]:
    """At most so many ranges of the first key column that hold all keys; the widest gaps stay out of them."""
    keys = "SELECT DISTINCT k0::HUGEINT AS k FROM healed WHERE in_mysql"
    gaps = f"SELECT k, k - lag(k) OVER (ORDER BY k) AS gap FROM ({keys})"
    begins = f"SELECT k FROM ({gaps}) WHERE gap > 1 ORDER BY gap DESC, k LIMIT {most - 1}"
    found = side.staging.database.execute(
        f"SELECT min(k), max(k) FROM (SELECT k, count(b.k) OVER (ORDER BY a.k) AS island FROM ({keys}) AS a "
        f"LEFT JOIN ({begins}) AS b USING (k)) GROUP BY island ORDER BY 1"
    ).fetchall()
    return [(int(low), int(high)) for low, high in found]
