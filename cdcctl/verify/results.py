"""What the comparison of a table comes to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from cdcctl.verify.findings import Finding


@dataclass(frozen=True)
class Difference:
    """One value that is not the same, or one whole row (no column)."""

    code: str
    key: str
    column: str | None
    mysql: str | None
    parquet: str | None


@dataclass(frozen=True)
class TableResult:
    """The comparison of one table.

    :param parquet_rows: current rows, after the fold.
    :param events: rows of the Parquet table, each Kafka offset once.
    :param mismatches: values and rows that are different, without those the scenario expects (a note is none).
    :param operations: events in Kafka by operation: c, r (read by a snapshot), u, d; empty where they were not read.
    :param versions: events in Kafka by the schema version they were written with.
    """

    table: str
    mysql_rows: int
    parquet_rows: int
    events: int
    mismatches: int
    findings: tuple[Finding, ...] = ()
    differences: tuple[Difference, ...] = ()
    operations: Mapping[str, int] = field(default_factory=dict)
    versions: Mapping[int, int] = field(default_factory=dict)
