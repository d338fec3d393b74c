"""Objects as the S3 sinks write them, in an S3: read back with offsets, put together, folded, compared."""

from __future__ import annotations

import io
from typing import Any

import boto3
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from moto import mock_aws
from test_verify_layout import AIVEN, BY_YEAR, CONFLUENT
from verify_tables import PEOPLE, SCHEMA, event, parquet

from cdcctl.errors import InputError, NotFoundError, RemoteError
from cdcctl.verify.checks import with_files
from cdcctl.verify.compare import compare
from cdcctl.verify.fold import fold
from cdcctl.verify.lake.layout import layout_of
from cdcctl.verify.lake.objects import ObjectLake
from cdcctl.verify.lake.parquet_files import together
from cdcctl.verify.lake.skipped import stood
from cdcctl.verify.offsets import gaps

TABLE, TOPIC = "db.people", "p.db.people"
ENVELOPE = {**AIVEN, "format.output.fields": "value,offset"}
FLAT = {**AIVEN, "format.output.fields": "value", "format.output.envelope": "false"}
BY_FIELD = {**CONFLUENT, "partitioner.class": "io.confluent.connect.storage.partitioner.FieldPartitioner"}


@pytest.fixture
def bucket(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        s3 = boto3.client("s3", region_name="us-east-1")
        s3.create_bucket(Bucket="lake")
        yield Bucket(s3)


class Bucket:
    """The bucket, and a sink that writes into it."""

    def __init__(self, s3: Any) -> None:
        self.s3 = s3
        self.asked: list[str] = []
        self.skipped: dict[int, frozenset[int]] = {}

    def lake(self, config: dict[str, str] = CONFLUENT) -> ObjectLake:
        return ObjectLake(self.s3, layout_of(config), {TABLE: TOPIC}, self._skipped)

    def _skipped(self, topic: str) -> dict[int, frozenset[int]]:
        self.asked.append(topic)
        return self.skipped

    def put(self, key: str, table: pa.Table | bytes) -> None:
        content = table if isinstance(table, bytes) else written(table)
        self.s3.put_object(Bucket="lake", Key=key, Body=content)

    def confluent(self, start: int, *events: dict[str, Any], partition: int = 0, schema: pa.Schema = SCHEMA) -> None:
        self.put(
            f"topics/{TOPIC}/partition={partition}/{TOPIC}+{partition}+{start:010d}.snappy.parquet",
            flat([*events], schema),
        )

    def keys(self) -> list[str]:
        return [each["Key"] for each in self.s3.list_objects_v2(Bucket="lake").get("Contents", ())]


def written(table: pa.Table) -> bytes:
    """A file as parquet-avro writes it: SNAPPY, and the Avro schema in its footer."""
    sink = io.BytesIO()
    footer = {"parquet.avro.schema": '{"type":"record","name":"Value","fields":[]}', "writer.model.name": "avro"}
    pq.write_table(table.replace_schema_metadata(footer), sink, compression="snappy")
    return sink.getvalue()


def flat(events: list[dict[str, Any]], schema: pa.Schema = SCHEMA) -> pa.Table:
    """The value schema itself: NOT NULL columns are required; nothing says where a row stood in Kafka."""
    table = parquet(events, schema).drop_columns(["_topic", "_partition", "_offset"])
    fields = [field.with_nullable(field.name != "id") for field in table.schema]
    return table.cast(pa.schema(fields))


def enveloped(events: list[dict[str, Any]], *members: str) -> pa.Table:
    """Aiven's envelope: one required member for each output field."""
    value = pa.StructArray.from_arrays(
        [column.combine_chunks() for column in flat(events).columns], fields=list(flat(events).schema)
    )
    columns = {
        "key": pa.array([{"id": each["values"][0]} for each in events]),
        "value": value,
        "offset": pa.array([each["_offset"] for each in events], pa.int64()),
        "timestamp": pa.array([0] * len(events), pa.int64()),
    }
    fields = [pa.field(name, columns[name].type, nullable=False) for name in members]
    return pa.table([columns[name] for name in members], schema=pa.schema(fields))


def offsets(table: pa.Table) -> list[tuple[int, int]]:
    return sorted(zip(table["_partition"].to_pylist(), table["_offset"].to_pylist(), strict=True))


def people(table: pa.Table) -> list[tuple[int, str]]:
    return sorted(zip(table["id"].to_pylist(), table["name"].to_pylist(), strict=True))


def test_a_row_has_the_offset_of_the_objects_name_plus_its_position(bucket):
    bucket.confluent(0, event(0, "r", 1, "a"), event(1, "r", 2, "b"))
    bucket.confluent(2, event(2, "u", 1, "a2"), event(3, "d", 2, "b"), event(4, "c", 3, "c"))
    bucket.confluent(7, event(7, "c", 9, "z"), partition=1)
    lake = bucket.lake()
    contents = lake.read(TABLE)
    assert offsets(contents.rows) == [(0, 0), (0, 1), (0, 2), (0, 3), (0, 4), (1, 7)]
    assert people(fold(contents.rows, ["id"]).rows) == [(1, "a2"), (3, "c"), (9, "z")]
    assert (contents.missing, contents.unreadable, contents.overlaps, contents.disagreements) == ({}, {}, (), {})
    assert lake.progress(TABLE) == (6, 7)


def test_equal_tables_are_found_equal(bucket):
    bucket.confluent(0, event(0, "r", 1, "a"), event(1, "r", 2, "b"))
    bucket.confluent(2, event(2, "u", 1, "a2"), event(3, "d", 2, "b"), event(4, "c", 3, None))
    result = compare(PEOPLE, [(1, "a2"), (3, None)], bucket.lake().read(TABLE).rows)
    assert (result.mismatches, result.findings, result.parquet_rows, result.events) == (0, (), 2, 5)


def test_offsets_written_again_after_a_kill_are_folded_and_named(bucket):
    first = [event(n, "c", n, f"n{n}") for n in range(6)]
    bucket.confluent(0, *first[:4])
    # The next run begins at the last committed offset, and finishes its file at another moment.
    bucket.confluent(2, *first[2:])
    contents = bucket.lake().read(TABLE)
    name = f"topics/{TOPIC}/partition=0/{TOPIC}+0+"
    overlap = (
        f"offsets 2 to 3 of partition 0 are in {name}0000000000.snappy.parquet and in {name}0000000002.snappy.parquet"
    )
    assert contents.overlaps == (overlap,)
    result = with_files(compare(PEOPLE, [(n, f"n{n}") for n in range(6)], contents.rows), contents)
    [finding] = result.findings
    assert (finding.rule.slug, finding.rows, finding.detail, finding.rule.severity) == (
        "offset-doubled",
        2,
        overlap,
        "note",
    )
    assert (result.mismatches, result.parquet_rows) == (0, 6)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kills=st.lists(st.tuples(st.integers(0, 19), st.integers(1, 9)), max_size=4),
    sizes=st.lists(st.integers(3, 9), min_size=7, max_size=7),
)
def test_whatever_is_written_again_the_fold_is_the_same(bucket, kills, sizes):
    """Objects hold all offsets in runs of any size; then some runs are written once more, as after a kill."""
    events = [event(n, "cuud"[n % 4], n % 7, f"n{n}") for n in range(20)]
    starts = [sum(sizes[:n]) for n in range(len(sizes))]
    runs = [(start, start + size) for start, size in zip(starts, sizes, strict=True) if start < 20]
    bucket.lake().drop(TABLE)
    # An object of the same name is written over: only runs that begin elsewhere stay beside the first ones.
    for start, end in [*runs, *((start, start + length) for start, length in kills if start not in starts)]:
        bucket.confluent(start, *events[start:end])
    contents = bucket.lake().read(TABLE)
    folded = fold(contents.rows, ["id"])
    assert people(folded.rows) == people(fold(parquet(events), ["id"]).rows)
    assert folded.events.num_rows == 20
    assert folded.doubled == contents.rows.num_rows - 20
    assert bool(contents.overlaps) is bool(folded.doubled)


def test_what_the_sink_has_left_out_moves_the_offsets_of_what_follows(bucket):
    bucket.skipped = {0: frozenset({1, 2, 5})}
    bucket.confluent(0, event(0, "c", 1, "a"), event(3, "c", 2, "b"), event(4, "c", 3, "c"), event(6, "c", 4, "d"))
    rows = bucket.lake().read(TABLE).rows
    assert offsets(rows) == [(0, 0), (0, 3), (0, 4), (0, 6)]
    assert [(gap.first, gap.last, gap.at_end) for gap in gaps(rows, {0: (0, 8)})] == [
        (1, 2, False), (5, 5, False), (7, 7, True),
    ]  # fmt: skip
    assert bucket.asked == [TOPIC]


def test_a_lost_object_is_a_gap(bucket):
    bucket.confluent(0, event(0, "c", 1, "a"))
    bucket.confluent(4, event(4, "c", 2, "b"))
    [gap] = gaps(bucket.lake().read(TABLE).rows, {0: (0, 5)})
    assert (gap.first, gap.last, gap.at_end) == (1, 3, False)


def test_an_offset_that_a_transform_has_added_is_believed(bucket):
    key = f"topics/{TOPIC}/name=a/{TOPIC}+0+0000000000.snappy.parquet"
    bucket.put(key, parquet([event(0, "c", 1, "a"), event(5, "u", 1, "b"), event(6, "u", 1, "c")]))
    assert offsets(bucket.lake(BY_FIELD).read(TABLE).rows) == [(0, 0), (0, 5), (0, 6)]
    assert bucket.asked == []


def test_objects_that_are_written_side_by_side_do_not_tell_offsets(bucket):
    for name, found in (("a", [0, 2, 4]), ("b", [1, 3])):
        key = f"topics/{TOPIC}/name={name}/{TOPIC}+0+{found[0]:010d}.snappy.parquet"
        bucket.put(key, flat([event(n, "c", n, name) for n in found]))
    with pytest.raises(InputError, match="do not tell the offsets") as caught:
        bucket.lake(BY_FIELD).read(TABLE)
    assert "offset.field: _offset" in caught.value.hint


def test_objects_partitioned_by_time_that_follow_on_each_other_are_read(bucket):
    by_hour = {**CONFLUENT, "partitioner.class": "io.confluent.connect.storage.partitioner.HourlyPartitioner"}
    for hour, found in ((1, [0, 1]), (2, [2, 3])):
        key = f"topics/{TOPIC}/year=2024/month=01/day=01/hour={hour:02d}/{TOPIC}+0+{found[0]:010d}.snappy.parquet"
        bucket.put(key, flat([event(n, "c", n, "x") for n in found]))
    assert offsets(bucket.lake(by_hour).read(TABLE).rows) == [(0, n) for n in range(4)]


@pytest.mark.parametrize("members", [("value", "offset"), ("key", "value", "offset", "timestamp")])
def test_aivens_envelope_is_opened_and_its_offset_believed(bucket, members):
    events = [event(10, "r", 1, "a"), event(11, "u", 1, None), event(20, "c", 2, "b")]
    bucket.put(f"{TOPIC}-0-10.gz", enveloped(events, *members))
    rows = bucket.lake(ENVELOPE).read(TABLE).rows
    assert offsets(rows) == [(0, 10), (0, 11), (0, 20)]
    assert "key" not in rows.column_names
    assert compare(PEOPLE, [(1, None), (2, "b")], rows).mismatches == 0


def test_aivens_envelope_of_values_alone_and_no_envelope_count_from_the_name(bucket):
    events = [event(10, "r", 1, "a"), event(11, "u", 1, "b")]
    bucket.put(f"{TOPIC}-0-10", enveloped(events, "value"))
    assert offsets(bucket.lake(ENVELOPE).read(TABLE).rows) == [(0, 10), (0, 11)]
    bucket.put(f"{TOPIC}-0-10", flat(events))
    assert offsets(bucket.lake(FLAT).read(TABLE).rows) == [(0, 10), (0, 11)]


def test_aivens_files_by_time_share_a_start_and_need_the_offset(bucket):
    by_year = {**ENVELOPE, "file.name.template": BY_YEAR}
    for year, found in ((2023, [0, 1]), (2024, [2, 3])):
        bucket.put(f"x/{year}/{TOPIC}-0000000000-0.parquet", enveloped([event(n, "c", n, "x") for n in found], "value"))
    with pytest.raises(InputError, match="do not tell the offsets"):
        bucket.lake(by_year).read(TABLE)
    for year, found in ((2023, [0, 1]), (2024, [2, 3])):
        rows = enveloped([event(n, "c", n, "x") for n in found], "value", "offset")
        bucket.put(f"x/{year}/{TOPIC}-0000000000-0.parquet", rows)
    assert offsets(bucket.lake(by_year).read(TABLE).rows) == [(0, n) for n in range(4)]


def test_an_envelope_without_a_value_is_told(bucket):
    bucket.put(f"{TOPIC}-0-10", enveloped([event(10, "r", 1, "a")], "key", "offset"))
    with pytest.raises(RemoteError, match="no member 'value'"):
        bucket.lake(ENVELOPE).read(TABLE)


WIDER = pa.schema([("id", pa.int64()), ("name", pa.string()), ("country", pa.string())])


def test_a_column_that_came_later_is_null_in_older_files(bucket):
    bucket.confluent(0, event(0, "r", 1, "a"))
    bucket.confluent(1, event(1, "c", 2, "b", "Japan"), schema=WIDER)
    contents = bucket.lake().read(TABLE)
    assert contents.rows["country"].to_pylist() == [None, "Japan"]
    assert contents.disagreements == {"id": ("int32", "int64")}
    assert contents.rows["id"].to_pylist() == [1, 2]


def test_files_that_disagree_about_a_column_are_a_finding(bucket):
    bucket.confluent(0, event(0, "r", 1, "a"))
    text = pa.schema([("id", pa.int32()), ("name", pa.int64())])
    bucket.confluent(1, event(1, "c", 2, 7), schema=text)
    contents = bucket.lake().read(TABLE)
    assert contents.disagreements == {"name": ("string", "int64")}
    findings = with_files(compare(PEOPLE, [(1, "a"), (2, "7")], contents.rows), contents).findings
    [found] = [finding for finding in findings if finding.rule.slug == "files-disagree"]
    assert (found.column, found.detail) == ("name", "its files hold it as string, int64")


@pytest.mark.parametrize(
    ("first", "second", "together_as", "values"),
    [
        (pa.array([1], pa.int32()), pa.array([2**40], pa.int64()), pa.int64(), [1, 2**40]),
        (pa.array([1.5], pa.float32()), pa.array([2.5], pa.float64()), pa.float64(), [1.5, 2.5]),
        (pa.array([1], pa.int64()), pa.array(["x"]), pa.string(), ["1", "x"]),
        (pa.array(["x"]), pa.array([1], pa.int64()), pa.int64(), [None, 1]),
        (pa.array(["a"]), pa.array([b"\xff"]), pa.binary(), [b"a", b"\xff"]),
        (pa.array([True]), pa.array([2], pa.int32()), pa.int32(), [1, 2]),
        (pa.array([None], pa.null()), pa.array(["x"]), pa.string(), [None, "x"]),
    ],
)
def test_types_are_brought_together_without_losing_a_value_where_that_can_be(first, second, together_as, values):
    rows, differing = together([pa.table({"c": first}), pa.table({"c": second})])
    assert rows["c"].type == together_as
    assert rows["c"].to_pylist() == values
    assert set(differing) == {"c"}


def test_an_object_that_is_no_parquet_is_named_and_the_rest_is_read(bucket):
    bucket.confluent(0, event(0, "c", 1, "a"))
    broken = f"topics/{TOPIC}/partition=0/{TOPIC}+0+0000000001.snappy.parquet"
    bucket.put(broken, b"PAR1 not really")
    contents = bucket.lake().read(TABLE)
    assert list(contents.unreadable) == [f"s3://lake/{broken}"]
    [finding] = [
        finding
        for finding in with_files(compare(PEOPLE, [(1, "a")], contents.rows), contents).findings
        if finding.rule.slug == "parquet-file-missing"
    ]
    assert finding.detail.startswith(f"s3://lake/{broken} cannot be read: ")


def test_when_nothing_can_be_read_that_is_said(bucket):
    with pytest.raises(NotFoundError, match="no object of topic"):
        bucket.lake().read(TABLE)
    assert bucket.lake().progress(TABLE) == (0, -1)
    bucket.put(f"topics/{TOPIC}/partition=0/{TOPIC}+0+0000000001.snappy.parquet", b"")
    with pytest.raises(RemoteError, match="none of the 1 objects"):
        bucket.lake().read(TABLE)


def test_keys_headers_and_other_topics_are_not_read_and_only_the_sinks_own_is_dropped(bucket):
    bucket.confluent(0, event(0, "c", 1, "a"))
    mine = f"topics/{TOPIC}/partition=0/{TOPIC}+0+0000000000.keys.snappy.parquet"
    others = [f"topics/{TOPIC}/notes.txt", f"topics/{TOPIC}2/partition=0/{TOPIC}2+0+0000000000.snappy.parquet", "x"]
    for key in (mine, *others):
        bucket.put(key, b"something")
    lake = bucket.lake()
    assert lake.progress(TABLE) == (1, 0)
    lake.drop(TABLE)
    assert sorted(bucket.keys()) == sorted(others)
    lake.drop(TABLE)


def test_many_objects_are_listed_and_dropped_in_pages(bucket, monkeypatch):
    monkeypatch.setattr("cdcctl.verify.lake.objects._DELETED_AT_ONCE", 7)
    monkeypatch.setenv("MOTO_S3_DEFAULT_MAX_KEYS", "10")
    for n in range(35):
        bucket.put(f"topics/{TOPIC}/partition=0/{TOPIC}+0+{n:010d}.keys.parquet", b"")
    bucket.confluent(0, event(0, "c", 1, "a"))
    lake = bucket.lake()
    assert lake.progress(TABLE) == (1, 0)
    lake.drop(TABLE)
    assert bucket.keys() == []


def test_a_dead_letter_says_where_it_stood():
    headers = [
        ("__connect.errors.topic", TOPIC.encode()),
        ("__connect.errors.partition", b"1"),
        ("__connect.errors.offset", b"42"),
    ]
    assert stood(headers, TOPIC) == (1, 42)
    assert stood(headers, "another") is None
    assert stood(headers[:2], TOPIC) is None
    assert stood([], TOPIC) is None
    assert stood([*headers[:2], ("__connect.errors.offset", b"x")], TOPIC) is None
