from __future__ import annotations

from collections import Counter
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from verify_tables import event, parquet

from cdcctl.errors import InputError
from cdcctl.verify.fold import fold


def rows(table: pa.Table) -> list[tuple[Any, ...]]:
    return sorted(zip(table["id"].to_pylist(), table["name"].to_pylist(), strict=True), key=str)


def test_the_latest_event_of_each_key_counts_and_deletes_apply() -> None:
    snapshot = [event(0, "r", 1, "a"), event(1, "r", 2, "b")]
    changes = [event(2, "u", 1, "a2"), event(3, "d", 2, "b"), event(4, "c", 3, "c")]
    folded = fold(parquet([*snapshot, *changes]), ["id"])
    assert rows(folded.rows) == [(1, "a2"), (3, "c")]
    assert folded.events.num_rows == 5


def test_a_key_that_is_deleted_and_made_again_is_there() -> None:
    folded = fold(parquet([event(0, "c", 1, "a"), event(1, "d", 1, "a"), event(2, "c", 1, "b")]), ["id"])
    assert rows(folded.rows) == [(1, "b")]


def test_an_offset_written_twice_is_one_event() -> None:
    folded = fold(parquet([event(0, "c", 1, "a"), event(1, "c", 2, "b"), event(1, "c", 2, "b")]), ["id"])
    assert (folded.doubled, folded.events.num_rows, rows(folded.rows)) == (1, 2, [(1, "a"), (2, "b")])


def test_a_binlog_position_sent_twice_is_counted_but_changes_nothing() -> None:
    place = ("binlog.000001", 4711, 0)
    folded = fold(parquet([event(0, "c", 1, "a", place=place), event(1, "c", 1, "a", place=place)]), ["id"])
    assert (folded.replayed, rows(folded.rows)) == (1, [(1, "a")])


def test_both_events_of_a_key_update_stand_at_one_position() -> None:
    place = ("binlog.000001", 4711, 0)
    folded = fold(parquet([event(0, "d", 1, "a", place=place), event(1, "c", 2, "a", place=place)]), ["id"])
    assert (folded.replayed, rows(folded.rows)) == (0, [(2, "a")])


def test_between_partitions_the_binlog_decides() -> None:
    early, late = ("binlog.000002", 10, 0), ("binlog.000010", 4, 0)
    events = [
        event(7, "u", 1, "early", partition=0, place=early, ts=1),
        event(0, "u", 1, "late", partition=1, place=late, ts=2),
        event(8, "c", 2, "alone", partition=0),
    ]
    for some in (events, events[::-1]):
        folded = fold(parquet(some), ["id"])
        assert (rows(folded.rows), folded.in_partitions) == ([(1, "late"), (2, "alone")], 1)


def test_no_events_fold_to_no_rows() -> None:
    for key in (["id"], []):
        folded = fold(parquet([]), key)
        assert (folded.rows.num_rows, folded.events.num_rows) == (0, 0)


def test_a_table_without_the_place_in_kafka_cannot_be_folded() -> None:
    table = parquet([event(0, "c", 1, "a")])
    with pytest.raises(InputError, match="_offset"):
        fold(table.drop_columns(["_offset"]), ["id"])
    with pytest.raises(InputError, match="id"):
        fold(table.drop_columns(["id"]), ["id"])


def test_without_a_key_inserts_minus_deletes() -> None:
    events = [event(i, "c", 1, "a") for i in range(3)] + [event(3, "d", 1, "a"), event(4, "c", 2, None)]
    folded = fold(parquet(events), [])
    assert (rows(folded.rows), folded.updates, folded.unmatched_deletes) == ([(1, "a"), (1, "a"), (2, None)], 0, 0)


def test_without_a_key_a_replay_is_no_second_row_but_equal_snapshot_rows_are_two() -> None:
    place = ("binlog.000001", 4711, 0)
    snapshot = [event(0, "r", 1, "a"), event(1, "r", 1, "a")]
    replay = [event(2, "c", 2, "b", place=place), event(3, "c", 2, "b", place=place)]
    assert rows(fold(parquet([*snapshot, *replay]), []).rows) == [(1, "a"), (1, "a"), (2, "b")]


def test_without_a_key_an_update_leaves_the_row_it_replaced() -> None:
    folded = fold(parquet([event(0, "c", 1, "a"), event(1, "u", 1, "b")]), [])
    assert (rows(folded.rows), folded.updates) == ([(1, "a"), (1, "b")], 1)


@st.composite
def histories(draw: st.DrawFn) -> list[dict[str, Any]]:
    """A history of some keys as MySQL could write it; each key stays in its partition."""
    present: dict[int, str] = {}
    offsets = Counter[int]()
    events = []
    for key, name in draw(st.lists(st.tuples(st.integers(0, 5), st.sampled_from("abc")), max_size=25)):
        partition = key % 2
        op = draw(st.sampled_from("ud")) if key in present else "c"
        value = present.pop(key) if op == "d" else name
        if op != "d":
            present[key] = value
        place = ("binlog.000001", len(events), 0)
        events.append(event(offsets[partition], op, key, value, partition=partition, place=place))
        offsets[partition] += 1
    return events


@given(histories(), st.randoms(use_true_random=False))
def test_the_order_in_which_events_are_read_does_not_matter(events: list[dict[str, Any]], random: Any) -> None:
    shuffled = random.sample(events, len(events))
    twice = [*shuffled, *random.sample(events, len(events) // 2)]
    expected: dict[int, str] = {}
    for each in events:
        key, name = each["values"]
        expected.pop(key, None)
        if each["__op"] != "d":
            expected[key] = name
    for some in (events, shuffled, twice):
        folded = fold(parquet(some), ["id"])
        assert rows(folded.rows) == sorted(expected.items(), key=str)
        assert folded.events.num_rows == len(events)


@given(histories(), st.randoms(use_true_random=False))
def test_nor_does_it_without_a_key(events: list[dict[str, Any]], random: Any) -> None:
    shuffled = random.sample(events, len(events))
    first, second = fold(parquet(events), []), fold(parquet(shuffled), [])
    assert rows(first.rows) == rows(second.rows)
    assert first.updates == second.updates == sum(each["__op"] == "u" for each in events)
