"""Buckets of a table and the lake's sums of them, in DuckDB, and the thread that asks MySQL meanwhile."""

from __future__ import annotations

import threading
import time
from concurrent.futures import CancelledError
from itertools import pairwise
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from verify_tables import PEOPLE

from cdcctl.verify.data.ahead import ahead
from cdcctl.verify.data.buckets import Slice, hash_slices, range_slices
from cdcctl.verify.data.keys import Key
from cdcctl.verify.data.parquet_file import opened
from cdcctl.verify.data.snapshot import Pace, Snapshot
from cdcctl.verify.data.staging import Staging, open_database
from cdcctl.verify.data.sums import bounds, lake_sums
from cdcctl.verify.lake.contents import DataFile
from cdcctl.verify.table import Column, TableDefinition
from cdcctl.verify.values import Handling

COLUMNS = (
    "k0 BIGINT, part INTEGER, off BIGINT, dead BOOLEAN, ts BIGINT, number INTEGER, pos BIGINT, row INTEGER, h BIGINT"
)


@pytest.fixture(scope="module")
def staging(tmp_path_factory):
    folder = tmp_path_factory.mktemp("staging")
    return Staging(open_database(folder, 200), PEOPLE, Handling(), folder)


def put(staging: Staging, events: list[tuple[int, int, bool]]) -> None:
    """Key, partition and whether it is a delete; the number of an event is its offset, its place and its hash."""
    staging.database.execute(f"CREATE OR REPLACE TABLE events ({COLUMNS})")
    rows = [(k, part, n, dead, 0, 1, n, 0, n) for n, (k, part, dead) in enumerate(events)]
    if rows:
        staging.database.executemany("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)


def expected(events: list[tuple[int, int, bool]], bounds: list[int]) -> dict[int, tuple[int, int]]:
    current = {key: None if dead else number for number, (key, _, dead) in enumerate(events)}
    sums: dict[int, tuple[int, int]] = {}
    for key, number in current.items():
        if number is not None:
            bucket = sum(bound < key for bound in bounds)
            rows, total = sums.get(bucket, (0, 0))
            sums[bucket] = (rows + 1, total + number)
    return sums


EVENTS = st.lists(st.tuples(st.integers(-20, 20), st.integers(0, 1), st.booleans()), max_size=30)
LIMITS = st.lists(st.integers(-22, 22), unique=True, max_size=9).map(sorted)


@settings(max_examples=60)
@given(
    EVENTS, st.lists(st.integers(-22, 22), unique=True, max_size=9).map(sorted), st.sampled_from([1, 300_000, 10**7])
)
def test_slices_give_the_sums_of_a_fold_in_one_piece(staging, events, limits, size):
    put(staging, events)
    staging.fold(range_slices(limits, size))
    assert lake_sums(staging) == expected(events, limits)


def test_slices_of_ranges_have_every_key_once():
    slices = list(range_slices(list(range(10, 2000, 10)), 50_000))
    assert len(slices) == 10
    assert slices[0].condition == "k0 <= 200"
    assert slices[-1].condition == "k0 > 1800"
    assert list(range_slices([], 50_000)) == [Slice("TRUE", "0")]
    # Small buckets are no reason for long expressions.
    assert max(each.bucket.count("CASE") for each in range_slices(list(range(5000)), 10)) == 63


def test_slices_of_hashes_have_every_key_once(staging):
    put(staging, [(key, 0, False) for key in range(500)])
    key = Key((Column("id", "int", "int"),), Handling())
    slices = list(hash_slices(key, 2_500_000, "k0 % 2"))
    assert len(slices) == 3
    staging.fold(slices)
    assert {bucket: rows for bucket, (rows, _) in lake_sums(staging).items()} == {0: 250, 1: 250}


@pytest.mark.parametrize(("key", "fit"), [(("tenant", "id"), False), (("id", "tenant"), True), (("tenant",), True)])
def test_ranges_of_a_column_in_which_one_value_fills_a_table_would_not_be_small(tmp_path, key, fit):
    pq.write_table(pa.table({"tenant": [1] * 900 + list(range(2, 102)), "id": range(1000)}), tmp_path / "0.parquet")
    columns = (Column("tenant", "int", "int"), Column("id", "int", "int"))
    found = Staging(open_database(tmp_path, 200), TableDefinition("db", "t", columns, key), Handling(), tmp_path)
    found.files.append(opened(found.database, DataFile("b", "k", 1000), tmp_path / "0.parquet"))
    limits = bounds(found, 50)
    assert (limits is not None) is fit
    if key[0] == "id" and limits:
        assert max(after - before for before, after in pairwise(limits)) <= 75


class Cursor:
    """A connection's cursor that notices when two statements run at once."""

    def __init__(self, busy: threading.Lock) -> None:
        self._busy = busy

    def __enter__(self) -> Cursor:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def execute(self, _: str) -> None:
        assert self._busy.acquire(blocking=False), "two statements at once on one connection"
        time.sleep(0.001)
        self._busy.release()

    def fetchall(self) -> list[Any]:
        return [(0, 1, 1)]


class Connection:
    def __init__(self) -> None:
        self._busy = threading.Lock()

    def cursor(self, _: object) -> Cursor:
        return Cursor(self._busy)


def test_two_threads_take_turns_on_the_connection():
    source = Snapshot(Connection(), Pace(None))  # type: ignore[arg-type]
    with ahead() as later:
        asked = [later.ask(source.scan, "SELECT 1", len) for _ in range(30)]
        for _ in range(30):
            source.run("SELECT 2")
        assert all(each.result() == [(0, 1, 1)] for each in asked)
    assert source.pace.rows == 30


def test_what_was_not_asked_yet_is_not_asked_any_more_after_an_error():
    begun, go = threading.Event(), threading.Event()

    def slow() -> None:
        begun.set()
        go.wait(5)

    with pytest.raises(ValueError, match="the lake"), ahead() as later:  # noqa: PT012
        first, second = later.ask(slow), later.ask(slow)
        begun.wait(5)
        threading.Timer(0.05, go.set).start()
        raise ValueError("the lake")
    assert first.done()
    assert later.stopped()
    with pytest.raises(CancelledError):
        second.result()
