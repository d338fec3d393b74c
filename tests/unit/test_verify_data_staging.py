"""The lake's side of verify data: events from Parquet objects, cut, folded, and what they say about their way."""

from __future__ import annotations

import io
from typing import Any

import boto3
import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from moto import mock_aws
from test_verify_layout import AIVEN, CONFLUENT
from verify_tables import PEOPLE, event, parquet

from cdcctl.errors import InputError, LocalEnvironmentError, NotFoundError
from cdcctl.mysql.position import Position
from cdcctl.verify.data.cut import Bracket, up_to
from cdcctl.verify.data.rows import Side
from cdcctl.verify.data.settle import settle
from cdcctl.verify.data.staging import Staging, in_words, open_database
from cdcctl.verify.data.way import way
from cdcctl.verify.lake.layout import layout_of
from cdcctl.verify.lake.objects import ObjectLake
from cdcctl.verify.values import Handling

TABLE, TOPIC = "db.people", "p.db.people"
FOLDER = f"topics/{TOPIC}/partition=0"
EVERYTHING = Bracket(Position.of("binlog.000001", 10**9), Position.of("binlog.000001", 10**9), {})


class World:
    """A bucket with objects of Confluent's sink, and the staging of one table."""

    def __init__(self, folder: Any) -> None:
        self.s3 = boto3.client("s3", region_name="us-east-1")
        self.s3.create_bucket(Bucket="lake")
        self.skipped: dict[int, frozenset[int]] = {}
        self.config = CONFLUENT
        self.database = open_database(folder, 200)
        self.staging = Staging(self.database, PEOPLE, Handling(), folder)

    def put(self, *events: dict[str, Any], start: int = 0, partition: int = 0, own_offsets: bool = True) -> None:
        table = parquet(list(events))
        if not own_offsets:
            table = table.drop_columns(["_topic", "_partition", "_offset"])
        body = io.BytesIO()
        pq.write_table(table, body)
        key = f"topics/{TOPIC}/partition={partition}/{TOPIC}+{partition}+{start:010d}.snappy.parquet"
        self.s3.put_object(Bucket="lake", Key=key, Body=body.getvalue())

    def load(self) -> None:
        lake = ObjectLake(self.s3, layout_of(self.config), {TABLE: TOPIC}, lambda _: self.skipped)
        self.staging.fetch(lake, self.s3)
        self.staging.stage()

    def rows(self) -> list[tuple[int, int]]:
        """Key and offset of the current rows."""
        self.staging.fold()
        return self.database.execute("SELECT k0, off FROM rows ORDER BY 1").fetchall()

    def found(self, end: int, begin: int = 0) -> dict[str, int]:
        return {f.rule.slug: f.rows for f in way(self.staging, {0: (begin, end)}, self.skipped)}


@pytest.fixture
def world(monkeypatch, tmp_path):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        yield World(tmp_path)


def test_the_latest_event_of_a_key_is_its_row_and_a_delete_ends_it(world):
    world.put(event(0, "r", 1, "a"), event(1, "r", 2, "b"), event(2, "r", 3, "c"))
    world.put(event(3, "u", 1, "A"), event(4, "d", 2, "b"), start=3)
    world.load()
    assert world.rows() == [(1, 3), (3, 2)]
    assert world.found(5) == {}


def test_offsets_are_counted_from_the_name_past_what_was_skipped(world):
    world.skipped = {0: frozenset({1})}
    world.put(event(0, "r", 1, "a"), event(2, "r", 2, "b"), own_offsets=False)
    world.put(event(3, "r", 3, "c"), start=3, own_offsets=False)
    world.load()
    assert world.rows() == [(1, 0), (2, 2), (3, 3)]
    assert world.found(4) == {}


def test_an_envelope_is_looked_into(world):
    world.config = {**AIVEN, "format.output.fields": "value,offset"}
    table = parquet([event(0, "r", 1, "a"), event(1, "r", 2, "b")]).drop_columns(["_topic", "_partition", "_offset"])
    wrapped = pa.table({"value": pa.array(table.to_pylist(), pa.struct(list(table.schema))), "offset": [0, 1]})
    body = io.BytesIO()
    pq.write_table(wrapped, body)
    key = layout_of(world.config).template.replace("{{topic}}", TOPIC).replace("{{partition}}", "0")
    world.s3.put_object(Bucket="lake", Key=key.replace("{{start_offset}}", "0"), Body=body.getvalue())
    bucket = layout_of(world.config).bucket
    if bucket != "lake":
        world.s3.create_bucket(Bucket=bucket)
        world.s3.put_object(Bucket=bucket, Key=key.replace("{{start_offset}}", "0"), Body=body.getvalue())
    world.load()
    assert world.rows() == [(1, 0), (2, 1)]


def test_what_is_lost_doubled_and_sent_again_is_told(world):
    first = [event(offset, "c", offset, "x", place=("binlog.000001", 100 + offset, 0)) for offset in range(6)]
    again = event(6, "c", 5, "x", place=("binlog.000001", 105, 0))
    world.put(*first[:2], *first[3:], first[5], again)
    world.load()
    assert world.found(9) == {
        "parquet-file-missing": 1, "offset-doubled": 1, "event-replayed": 1, "tail-lost": 2
    }  # fmt: skip


def test_offsets_that_a_sink_leaves_out_rightly_are_not_lost(world):
    world.put(event(0, "c", 0, "x"), event(2, "c", 2, "x"))
    world.load()
    world.skipped = {0: frozenset({1, 3})}
    assert world.found(4) == {}
    world.skipped = {}
    assert world.found(4) == {"parquet-file-missing": 1, "tail-lost": 1}


def test_a_file_that_is_no_parquet_is_told(world):
    world.put(event(0, "r", 1, "a"))
    world.s3.put_object(Bucket="lake", Key=f"{FOLDER}/{TOPIC}+0+0000000001.snappy.parquet", Body=b"no parquet")
    world.load()
    [finding] = way(world.staging, {0: (0, 2)}, {})
    assert finding.rule.slug == "parquet-file-missing"
    assert "cannot be read" in str(finding.detail)


def test_nothing_written_and_no_place_are_errors_in_words(world):
    with pytest.raises(NotFoundError, match="no object of topic"):
        world.load()
    body = io.BytesIO()
    pq.write_table(pa.table({"id": [1], "name": ["a"]}), body)
    world.s3.put_object(Bucket="lake", Key=f"{FOLDER}/{TOPIC}+0+0000000000.snappy.parquet", Body=body.getvalue())
    with pytest.raises(InputError, match="has no column __op, __source_file, __source_pos"):
        world.load()


def test_keys_in_several_partitions_go_by_the_binlog(world):
    early, late = ("binlog.000001", 100, 0), ("binlog.000002", 4, 0)
    world.put(event(0, "c", 1, "old", place=early, ts=1), event(9, "c", 2, "x", place=early, ts=1))
    world.put(event(3, "u", 1, "new", partition=1, place=late, ts=2), partition=1, start=3)
    world.load()
    assert world.rows() == [(1, 3), (2, 9)]


def test_events_behind_the_cut_are_left_out_unless_they_were_there_before_it(world):
    # Of another server, whose binlog was numbered higher.
    world.put(
        event(0, "c", 1, "a", place=("mysql-bin.000900", 7, 0)), event(1, "c", 2, "b", place=("binlog.000001", 50, 0))
    )
    world.put(event(2, "u", 2, "B", place=("binlog.000001", 150, 0)), start=2)
    world.load()
    place = Position.of("binlog.000001", 100)
    bracket = Bracket(place, place, {TOPIC: {0: (0, 1)}})
    world.staging.cut(place, bracket, TOPIC)
    assert world.rows() == [(1, 0), (2, 1)]
    both = [
        event(0, "c", 1, "a", place=("mysql-bin.000900", 7, 0)),
        event(2, "u", 2, "B", place=("binlog.000001", 150, 0)),
    ]
    everything = parquet(both)
    assert up_to(everything, bracket, TOPIC)["id"].to_pylist() == [1]


class Known(Side):
    """MySQL's side, its rows known: those of the lake at one place."""

    def read_keys(self, relation: str) -> int:
        self._run(f"INSERT INTO theirs SELECT k0, NULL, h FROM truth WHERE (k0) IN (SELECT k0 FROM {relation})")
        return 1


@pytest.mark.parametrize("stands", [0, 1, 37, 199, 200])
def test_the_rows_tell_where_in_its_bracket_a_snapshot_stands(world, stands):
    changes = [event(n + 1, "u", n % 3, f"v{n}", place=("binlog.000001", 100 + 10 * n, 0)) for n in range(200)]
    world.put(event(0, "c", 7, "untouched", place=("binlog.000001", 4, 0)), *changes)
    world.load()
    side = Known(None, world.staging)  # type: ignore[arg-type]
    side.begin()
    world.staging.fold(name="truth", where=f"pos < {100 + 10 * stands}")
    bracket = Bracket(
        Position.of("binlog.000001", 100), Position.of("binlog.000001", 100 + 10 * 200), {TOPIC: {0: (0, 0)}}
    )
    settle(side, bracket, TOPIC)
    assert world.staging.count("SELECT max(off) FROM events") == stands


@pytest.mark.parametrize("error", [RuntimeError("Query interrupted"), duckdb.InterruptException("INTERRUPT Error: ")])
def test_ctrl_c_in_a_statement_is_ctrl_c(tmp_path, error):
    with pytest.raises(KeyboardInterrupt), in_words(tmp_path):
        raise error


def test_what_duckdb_cannot_do_is_told_in_words(tmp_path):
    with pytest.raises(LocalEnvironmentError, match="DuckDB could not go on"), in_words(tmp_path):
        open_database(tmp_path, 200).execute("SELECT * FROM no_such")
