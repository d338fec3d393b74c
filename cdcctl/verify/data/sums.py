"""Rows and sum of hashes of each bucket: of MySQL by its own statements, of the lake from the table of current rows."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator

from cdcctl.verify.data.buckets import Range
from cdcctl.verify.data.canonical import quoted
from cdcctl.verify.data.dialect import DuckDB
from cdcctl.verify.data.rows import Side
from cdcctl.verify.data.snapshot import rows_of
from cdcctl.verify.data.staging import Staging
from cdcctl.verify.table import Row

Sum = tuple[int, int]
NO_ROWS: Sum = (0, 0)
# A first key column of which one value fills so many buckets has no ranges that are small.
_FULL = 4


def bounds(staging: Staging, size: int) -> list[int] | None:
    """Bounds such that no more than about ``size`` events lie between two; None: the key is no good for ranges.

    They come from the lake's files, of which only this column is read: it costs MySQL nothing to find them.
    """
    parts = -(-staging.events // size)
    if parts < 2:
        return []
    database = staging.database
    database.execute("CREATE OR REPLACE TABLE first_keys (k DOUBLE)")
    for file in staging.files:
        first = staging.key.in_lake(file.columns, DuckDB())[0]
        database.execute(f"INSERT INTO first_keys SELECT {first} FROM {file.relation}")
    shares = [at / parts for at in range(1, parts)]
    found = database.execute(f"SELECT approx_quantile(k, {shares}) FROM first_keys").fetchone()
    database.execute("DROP TABLE first_keys")
    times = Counter(round(each) for each in (found[0] if found else ()))
    if len(staging.key.columns) > 1 and max(times.values(), default=0) >= _FULL:
        return None
    return sorted(times)


def lake_sums(staging: Staging) -> dict[int, Sum]:
    """The lake's sums of all buckets."""
    return _sums(staging.database.execute("SELECT b, count(*), sum(h) FROM rows GROUP BY b").fetchall())


def mysql_sum(side: Side, part: Range) -> Sum:
    """MySQL's sum of one range, in one statement."""
    condition = part.condition(quoted(side.key.columns[0].name))
    statement = f"SELECT 0, COUNT(*), SUM({side.hash}) FROM {side.table} WHERE {condition}"
    return _sums(side.source.scan(statement, rows_of))[0]


def mysql_hash_sums(side: Side, count: int, size: int, stopped: Callable[[], bool]) -> dict[int, Sum]:
    """MySQL's sums of buckets of hashes: it reads the table in the order of its key, a chunk at a time."""
    sums: defaultdict[int, Sum] = defaultdict(lambda: NO_ROWS)
    bucket = side.key.bucket_in_mysql(count)
    for condition in chunks(side, size):
        if stopped():
            break
        statement = (
            f"SELECT b, COUNT(*), SUM(h) FROM (SELECT {bucket} AS b, {side.hash} AS h FROM {side.table} "
            f"WHERE {condition}) AS chunk GROUP BY b"
        )
        for number, (rows, total) in _sums(side.source.scan(statement, rows_of)).items():
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


def _sums(rows: Iterable[Row]) -> dict[int, Sum]:
    """From rows of bucket, rows, sum."""
    return {int(bucket): (int(count), int(total or 0)) for bucket, count, total in rows}
