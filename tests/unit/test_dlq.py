"""Which dead letters are sent again, and which must not be."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from cdcctl.dlq.decoding import payload
from cdcctl.dlq.letters import REPLAYED, DeadLetter, letter
from cdcctl.dlq.plan import Choice, Seen, Verdict, decide
from cdcctl.errors import InputError
from cdcctl.kafka.raw import RawRecord

TOPIC = "p.db.t"
NOTHING = Seen(frozenset(), {})
ALL = Choice()


def dead(number: int, offset: int, key: bytes | None = b"k", topic: str = TOPIC, **headers: str) -> DeadLetter:
    stood = {"topic": topic, "partition": "0", "offset": str(offset), **headers}
    told = tuple((f"__connect.errors.{name.replace('_', '.')}", value.encode()) for name, value in stood.items())
    return letter("dlq", RawRecord(0, number, key, b"v", (("own", b"1"), *told), 1000 + number))


def verdicts(letters: list[DeadLetter], seen: Seen = NOTHING, choice: Choice = ALL, marked: Any = ()) -> list[str]:
    plan = decide(letters, [TOPIC], frozenset(marked), seen, choice)
    return [each.verdict.value for each in plan.decisions]


def test_headers_tell_where_it_stood_and_why() -> None:
    found = dead(
        3,
        17,
        connector_name="c-sink",
        exception_class_name="org.X",
        exception_message="no access, password=hunter2 for jdbc://u:pw@h",
    )
    assert found.origin is not None
    assert (found.origin.topic, found.origin.partition, found.origin.offset) == (TOPIC, 0, 17)
    assert (found.connector, found.error, found.name) == ("c-sink", "org.X", "0:3")
    assert found.message == "no access, password=(hidden) for jdbc://u:(hidden)@h"
    # Only the record's own headers go along when it is sent again.
    assert found.headers == (("own", b"1"),)


def test_they_are_sent_in_the_order_in_which_they_stood() -> None:
    plan = decide([dead(0, 9), dead(1, 4), dead(2, 6, key=None)], [TOPIC], frozenset(), NOTHING, Choice())
    assert [each.origin.offset for each in plan.replays if each.origin] == [4, 6, 9]
    assert plan.counts == {Verdict.REPLAY: 3}


def test_a_letter_whose_key_has_a_newer_event_is_not_sent_unless_told() -> None:
    seen = Seen(frozenset(), {(TOPIC, 0, b"k"): 6})
    letters = [dead(0, 5), dead(1, 7), dead(2, 5, key=b"other"), dead(3, 5, key=None)]
    assert verdicts(letters, seen) == ["superseded", "replay", "replay", "replay"]
    assert verdicts(letters, seen, Choice(superseded=True)) == ["replay"] * 4


def test_what_was_sent_again_is_not_sent_twice_whether_marked_in_the_bucket_or_in_the_topic() -> None:
    letters = [dead(0, 5), dead(1, 6), dead(2, 7)]
    seen = Seen(frozenset({letters[1].mark}), {})
    assert verdicts(letters, seen, marked=[letters[0].mark]) == ["replayed", "replayed", "replay"]


def test_a_queue_that_was_made_anew_is_another_one() -> None:
    old, new = dead(0, 5), letter("dlq", RawRecord(0, 0, b"k", b"v", dead(0, 5).record.headers, 99))
    assert verdicts([new], marked=[old.mark]) == ["replay"]


def test_what_cannot_be_placed_stays() -> None:
    untold = letter("dlq", RawRecord(0, 0, b"k", b"v"))
    assert verdicts([untold, dead(1, 2, topic="another")]) == ["untold", "foreign"]
    strange = dead(0, 1, topic=TOPIC, partition="x")
    assert strange.origin is None


def test_only_what_was_chosen() -> None:
    letters = [dead(0, 5), dead(1, 6)]
    assert verdicts(letters, choice=Choice(names=("0:1",))) == ["not chosen", "replay"]
    with pytest.raises(InputError, match="no dead letter of topic nope, letter 0:7"):
        verdicts(letters, choice=Choice(topics=("nope",), names=("0:7",)))


def test_a_key_is_the_same_in_every_version_of_its_schema() -> None:
    frames = [b"\x03\x00" + uuid.uuid4().bytes + b"\x02" for _ in range(2)]
    assert payload(frames[0]) == payload(frames[1]) == b"\x02"
    assert payload(b"plain") == b"plain"
    assert payload(b"\x03\x05short") == b"\x03\x05short"


def test_a_record_that_comes_back_is_known() -> None:
    back = letter("dlq", RawRecord(0, 9, b"k", b"v", ((REPLAYED, b"dlq/0/1/1"), *dead(9, 30).record.headers), 1))
    assert back.was_replayed_before
    assert verdicts([back]) == ["replay"]
