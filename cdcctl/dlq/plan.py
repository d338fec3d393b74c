"""Which dead letters to send again: decided from what is in Kafka and what was marked, nothing is changed here.

A record that is sent again comes after everything that its topic holds by now. Where a newer event of the same key is
there already, the old one would undo it: such a letter is superseded, and stays where it is.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from cdcctl.dlq.decoding import payload
from cdcctl.dlq.letters import REPLAYED, DeadLetter, Origin
from cdcctl.errors import InputError
from cdcctl.kafka.cluster import Cluster
from cdcctl.kafka.raw import read


class Verdict(str, Enum):
    """What is to be done with a letter."""

    REPLAY = "replay"
    REPLAYED = "replayed"
    SUPERSEDED = "superseded"
    NOT_CHOSEN = "not chosen"
    FOREIGN = "foreign"
    UNTOLD = "untold"


WORDS: Mapping[Verdict, str] = {
    Verdict.REPLAY: "to be sent again",
    Verdict.REPLAYED: "sent again before",
    Verdict.SUPERSEDED: "superseded: its key has a newer event, which it would undo; --superseded sends it",
    Verdict.NOT_CHOSEN: "not chosen",
    Verdict.FOREIGN: "of a topic that is not this pipeline's",
    Verdict.UNTOLD: "its headers do not tell where it stood (dead_letters.headers is off)",
}


@dataclass(frozen=True)
class Decision:
    """A letter, and what is to be done with it."""

    letter: DeadLetter
    verdict: Verdict

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {**self.letter.to_dict(), "verdict": self.verdict.value}


@dataclass(frozen=True)
class Choice:
    """What a user chose.

    :ivar topics: of these topics only; empty: of all.
    :ivar names: these letters only, as PARTITION:OFFSET of the queue; empty: all.
    :ivar superseded: send those again, too, that undo something newer.
    """

    topics: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    superseded: bool = False

    def takes(self, letter: DeadLetter) -> bool:
        """Whether a letter is among them."""
        topic = letter.origin.topic if letter.origin else None
        return (not self.topics or topic in self.topics) and (not self.names or letter.name in self.names)

    def require_there(self, letters: Sequence[DeadLetter]) -> None:
        """:raises InputError: something was named that does not exist."""
        topics = {each.origin.topic for each in letters if each.origin}
        missing = [f"topic {each}" for each in self.topics if each not in topics]
        missing += [f"letter {each}" for each in self.names if each not in {letter.name for letter in letters}]
        if missing:
            raise InputError(f"there is no dead letter of {', '.join(missing)}", hint="see: cdcctl dlq list")


@dataclass(frozen=True)
class Plan:
    """All letters, each with its verdict, in the order in which they stood in their topics."""

    decisions: tuple[Decision, ...]

    @property
    def replays(self) -> list[DeadLetter]:
        """Those to be sent again."""
        return [each.letter for each in self.decisions if each.verdict is Verdict.REPLAY]

    @property
    def counts(self) -> dict[Verdict, int]:
        """How many letters have each verdict; verdicts without any are left out."""
        counted = Counter(each.verdict for each in self.decisions)
        return {verdict: counted[verdict] for verdict in Verdict if counted[verdict]}

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "counts": {verdict.value: count for verdict, count in self.counts.items()},
            "letters": [each.to_dict() for each in self.decisions],
        }


@dataclass(frozen=True)
class Seen:
    """What the topics hold behind the letters.

    :ivar marks: of letters that were sent again.
    :ivar newest: topic, partition and key → the highest offset of an event of that key that is no dead letter.
    """

    marks: frozenset[str]
    newest: Mapping[tuple[str, int, bytes], int]


def decide(
    letters: Sequence[DeadLetter], topics: Iterable[str], marked: frozenset[str], seen: Seen, choice: Choice
) -> Plan:
    """Decide for every letter.

    :param topics: of the pipeline.
    :param marked: marks that were kept of letters that were sent again.
    """
    choice.require_there(letters)
    own = frozenset(topics)
    done = marked | seen.marks
    decided = [Decision(each, _verdict(each, own, done, seen, choice)) for each in letters]
    return Plan(tuple(sorted(decided, key=_place)))


def _verdict(letter: DeadLetter, own: frozenset[str], done: frozenset[str], seen: Seen, choice: Choice) -> Verdict:
    origin, key = letter.origin, letter.record.key
    if origin is None:
        return Verdict.UNTOLD
    if origin.topic not in own:
        return Verdict.FOREIGN
    if letter.mark in done:
        return Verdict.REPLAYED
    if not choice.takes(letter):
        return Verdict.NOT_CHOSEN
    newest = seen.newest.get((origin.topic, origin.partition, payload(key)), -1) if key is not None else -1
    return Verdict.SUPERSEDED if newest > origin.offset and not choice.superseded else Verdict.REPLAY


def _place(decision: Decision) -> tuple[str, int, int]:
    origin = decision.letter.origin
    return (origin.topic, origin.partition, origin.offset) if origin else ("", -1, decision.letter.record.offset)


def look(letters: Sequence[DeadLetter], cluster: Cluster, check: Callable[[], None]) -> Seen:
    """Read what came after the letters in their topics; only keys of letters are kept.

    :raises RemoteError: Kafka does not deliver.
    """
    dead = {each.origin for each in letters}
    first: dict[str, dict[int, int]] = defaultdict(dict)
    keys: set[tuple[str, int, bytes]] = set()
    for each in letters:
        if each.origin:
            topic, partition, offset = each.origin.topic, each.origin.partition, each.origin.offset
            first[topic][partition] = min(offset + 1, first[topic].get(partition, offset + 1))
            if each.record.key is not None:
                keys.add((topic, partition, payload(each.record.key)))
    marks: set[str] = set()
    newest: dict[tuple[str, int, bytes], int] = {}
    for topic, begins in first.items():
        ends = cluster.ends([topic]).get(topic, {})
        parts = {p: (max(begin, ends[p][0]), ends[p][1]) for p, begin in begins.items() if p in ends}
        for record in read(cluster, topic, parts, check):
            marks.update(
                value.decode("utf-8", "replace") for name, value in record.headers if name == REPLAYED and value
            )
            place = (topic, record.partition, payload(record.key)) if record.key is not None else None
            if place in keys and Origin(topic, record.partition, record.offset) not in dead:
                newest[place] = record.offset
    return Seen(frozenset(marks), newest)
