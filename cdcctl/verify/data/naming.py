"""Rows whose hashes differ, compared exactly: each difference gets the name that :mod:`cdcctl.verify.compare` gives it.

A few thousand keys at a time, so that a table in which every row differs takes time but no memory.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from cdcctl.render.iceberg import OFFSET_COLUMN, PARTITION_COLUMN
from cdcctl.verify.compare import SAMPLES, compare
from cdcctl.verify.data.dialect import identifier
from cdcctl.verify.data.rows import Side
from cdcctl.verify.findings import Finding
from cdcctl.verify.fold import METADATA
from cdcctl.verify.lake.parquet_files import together

if TYPE_CHECKING:
    import pyarrow as pa

KEYS_AT_ONCE = 20_000
# Said of whole tables, by counts over all events.
_OF_TABLES = frozenset({"offset-doubled", "event-replayed", "key-in-partitions", "column-kept"})


@dataclass
class Gathered:
    """Findings by code and column, rows added up."""

    found: dict[tuple[str, str | None], Finding] = field(default_factory=dict)

    def add(self, finding: Finding) -> None:
        """Add a finding to what is known of its kind."""
        place = (finding.code, finding.column)
        known = self.found.get(place)
        if known is None:
            self.found[place] = finding
            return
        examples = (*known.examples, *finding.examples)[:SAMPLES]
        details = dict.fromkeys(each for each in (known.detail, finding.detail) if each)
        rows = known.rows + finding.rows
        self.found[place] = replace(known, rows=rows, examples=examples, detail="; ".join(details) or None)

    @property
    def wrong(self) -> int:
        """How many rows something is wrong with; a note is not."""
        return sum(max(1, each.rows) for each in self.found.values() if each.rule.severity != "note")

    @property
    def findings(self) -> list[Finding]:
        """In order."""
        return [self.found[place] for place in sorted(self.found, key=lambda each: (each[0], each[1] or ""))]


class Naming:
    """The exact comparison of the keys in ``differing``."""

    def __init__(self, side: Side) -> None:
        self._side = side
        self._first = lru_cache(maxsize=None)(self._first_values)

    def name(self, gathered: Gathered) -> None:
        """Compare every key of ``differing``."""
        keys = self._side.key.joined
        self._run(
            f"CREATE OR REPLACE TABLE numbered AS SELECT *, row_number() OVER (ORDER BY {keys}) AS nth FROM differing"
        )
        total = self._side.staging.count("SELECT count(*) FROM numbered")
        for start in range(0, total, KEYS_AT_ONCE):
            within = f"nth > {start} AND nth <= {start + KEYS_AT_ONCE}"
            self._run(f"CREATE OR REPLACE TABLE wanted AS SELECT * FROM numbered WHERE {within}")
            self._batch(gathered)

    def _batch(self, gathered: Gathered) -> None:
        side = self._side
        raws = ", ".join(f"r{at}" for at in range(len(side.key.columns)))
        there = side.staging.database.execute(f"SELECT {raws} FROM wanted WHERE in_mysql").fetchall()
        rows = side.whole(there)
        result = compare(side.known, rows, self.events("wanted"), side.key.handling, self._first)
        for finding in result.findings:
            if finding.rule.slug not in _OF_TABLES:
                gathered.add(finding)

    def events(self, keys: str) -> pa.Table:
        """All events of the keys in a relation of DuckDB, with all columns, as the sink wrote them."""
        side = self._side
        self._run(
            "CREATE OR REPLACE TABLE places AS SELECT e.src, e.rn, e.part, e.off FROM events AS e "
            f"SEMI JOIN {keys} AS w ON {' AND '.join(f'e.{name} = w.{name}' for name in side.key.names)}"
        )
        tables = list(self._of_files())
        if tables:
            return together(tables)[0]
        return _empty([PARTITION_COLUMN, OFFSET_COLUMN, *side.staging.definition.key])

    def _of_files(self) -> Iterator[pa.Table]:
        staging = self._side.staging
        needed = [row[0] for row in staging.database.execute("SELECT DISTINCT src FROM places ORDER BY 1").fetchall()]
        for number in needed:
            file = staging.files[number]
            names = [name for name in file.columns if name not in (PARTITION_COLUMN, OFFSET_COLUMN)]
            first, last = staging.database.execute(
                f"SELECT min(rn), max(rn) FROM places WHERE src = {number}"
            ).fetchall()[0]
            yield staging.database.sql(
                f"SELECT {file.named(names, 'f')}, p.part AS {identifier(PARTITION_COLUMN)}, "
                f"p.off AS {identifier(OFFSET_COLUMN)} FROM {file.relation} AS f "
                f"JOIN places AS p ON p.src = {number} AND p.rn = f.file_row_number "
                f"WHERE f.file_row_number BETWEEN {first} AND {last}"
            ).to_arrow_table()

    def _first_values(self, column: str) -> dict[int, int]:
        """Partition → offset of the first event of the whole table that has a value in the column."""
        first: dict[int, int] = {}
        staging = self._side.staging
        for number, file in enumerate(staging.files):
            if column not in file.columns:
                continue
            found = staging.database.execute(
                f"SELECT e.part, min(e.off) FROM {file.relation} AS f JOIN events AS e "
                f"ON e.src = {number} AND e.rn = f.file_row_number "
                f"WHERE f.{file.columns[column][0]} IS NOT NULL GROUP BY 1"
            ).fetchall()
            for part, offset in found:
                first[part] = min(offset, first.get(part, offset))
        return first

    def _run(self, statement: str) -> None:
        self._side.staging.database.execute(statement)


def _empty(names: Sequence[str]) -> pa.Table:
    import pyarrow as pa

    return pa.table({name: pa.array([], pa.int64() if name in METADATA else pa.string()) for name in names})
