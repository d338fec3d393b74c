"""Buckets: what is hashed as one on both sides, and looked into only where the sums differ.

Where a key begins with an integer a bucket is a range of it. Text is not ordered the same in MySQL as anywhere else
(collations), so there a bucket is all keys of one hash; MySQL reads the table in the order of its index all the same,
a chunk at a time, and the sums of the chunks are added up.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from cdcctl.verify.data.canonical import quoted
from cdcctl.verify.data.rows import Side, totals
from cdcctl.verify.data.snapshot import rows_of

# The most buckets of keys without an order; more would not make a difference smaller than a statement.
_MOST = 4096
Sum = tuple[int, int]


@dataclass(frozen=True)
class Range:
    """Keys above ``low`` up to ``high``; None: no end on that side."""

    low: int | None
    high: int | None

    def condition(self, column: str) -> str:
        """As a condition on a column."""
        parts = [f"{column} > {self.low}"] if self.low is not None else []
        parts += [f"{column} <= {self.high}"] if self.high is not None else []
        return " AND ".join(parts) or "TRUE"

    @property
    def words(self) -> str:
        """For people."""
        return f"({'-∞' if self.low is None else self.low}, {'∞' if self.high is None else self.high}]"


def ranges(bounds: Sequence[int]) -> list[Range]:
    """The ranges between bounds, the first and the last without an end."""
    ends: list[int | None] = [None, *bounds, None]
    return [Range(low, high) for low, high in pairwise(ends)]


def bounds(side: Side, size: int) -> list[int]:
    """Bounds such that about ``size`` of the lake's rows lie in a bucket: it costs MySQL nothing to find them."""
    database = side.staging.database
    rows = side.staging.count("SELECT count(*) FROM rows")
    parts = -(-rows // size)
    if parts < 2:
        return []
    shares = [at / parts for at in range(1, parts)]
    found = database.execute(f"SELECT approx_quantile(CAST(k0 AS DOUBLE), {shares}) FROM rows").fetchone()
    return sorted({round(each) for each in (found[0] if found else ())})


def sampled(count: int, share: float, seed: str) -> list[int]:
    """Which of ``count`` buckets are compared when a share of them is; at least one."""
    if share >= 1:
        return list(range(count))
    chosen = random.Random(seed).sample(range(count), max(1, round(count * share)))  # noqa: S311 - no secret
    return sorted(chosen)


def range_sums(side: Side, parts: Sequence[Range]) -> dict[int, Sum]:
    """The lake's sums of all ranges."""
    values = ", ".join(f"({at}, {each.high if each.high is not None else 'NULL'})" for at, each in enumerate(parts))
    side.staging.database.execute(
        f"CREATE OR REPLACE TABLE bounds AS SELECT i, COALESCE(hi::HUGEINT, 170141183460469231731687303715884105727) "
        f"AS hi FROM (VALUES {values}) AS v(i, hi)"
    )
    found = side.staging.database.execute(
        "SELECT b.i, count(*), sum(r.h) FROM (SELECT k0::HUGEINT AS k, h FROM rows) AS r "
        "ASOF JOIN bounds AS b ON r.k <= b.hi GROUP BY b.i"
    ).fetchall()
    return totals(found)


def mysql_sum(side: Side, part: Range) -> Sum:
    """MySQL's sum of one range, in one statement."""
    condition = part.condition(quoted(side.key.columns[0].name))
    statement = f"SELECT 0, COUNT(*), SUM({side.hash}) FROM {side.table} WHERE {condition}"
    return totals(side.source.scan(statement, rows_of))[0]


def hash_buckets(rows: int, size: int) -> int:
    """How many buckets of hashes a table of so many rows has."""
    return min(_MOST, max(1, -(-rows // size)))


def lake_hash_sums(side: Side, count: int) -> dict[int, Sum]:
    """The lake's sums of buckets of hashes."""
    bucket = side.key.bucket_in_lake(count)
    found = side.staging.database.execute(f"SELECT {bucket} AS b, count(*), sum(h) FROM rows GROUP BY b")
    return totals(found.fetchall())


def mysql_hash_sums(side: Side, count: int, size: int) -> dict[int, Sum]:
    """MySQL's sums of the same, chunk by chunk."""
    sums: defaultdict[int, Sum] = defaultdict(lambda: (0, 0))
    bucket = side.key.bucket_in_mysql(count)
    for condition in chunks(side, size):
        statement = (
            f"SELECT b, COUNT(*), SUM(h) FROM (SELECT {bucket} AS b, {side.hash} AS h FROM {side.table} "
            f"WHERE {condition}) AS chunk GROUP BY b"
        )
        for number, (rows, total) in totals(side.source.scan(statement, rows_of)).items():
            sums[number] = (sums[number][0] + rows, sums[number][1] + total)
    return dict(sums)


def chunks(side: Side, size: int) -> Iterator[str]:
    """Conditions that walk the table in the order of its key, ``size`` rows at a time."""
    last: list[str] | None = None
    raw = ", ".join(side.key.raw())
    while True:
        after = side.key.after(last)
        found = side.source.run(
            f"SELECT {raw} FROM {side.table} WHERE {after} ORDER BY {side.key.order()} LIMIT 1 OFFSET {size - 1}"
        )
        end = [_text(value) for value in found[0]] if found else None
        yield f"{after} AND {side.key.up_to(end)}"
        if end is None:
            return
        last = end


def _text(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
