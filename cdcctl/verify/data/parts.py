"""The parts in which a table is compared: ranges of its key, keys of one hash, or the keys touched since a moment."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Protocol

from cdcctl.errors import InputError
from cdcctl.verify.data import buckets
from cdcctl.verify.data.ahead import Ahead
from cdcctl.verify.data.buckets import Range, Slice
from cdcctl.verify.data.canonical import quoted
from cdcctl.verify.data.naming import KEYS_AT_ONCE, Gathered, Naming
from cdcctl.verify.data.rows import Side
from cdcctl.verify.data.state import TableState
from cdcctl.verify.data.sums import NO_ROWS, Sum, bounds, chunks, lake_sums, mysql_hash_sums, mysql_sum

Say = Callable[[str], None]


@dataclass(frozen=True)
class Question:
    """What is to be compared of each table.

    :ivar size: rows of a bucket, and of a statement.
    :ivar share: of the buckets.
    :ivar since: milliseconds since 1970; only rows with an event since then.
    """

    size: int = 50_000
    share: float = 1.0
    since: int | None = None


@dataclass(frozen=True)
class Parted:
    """How a table was compared, in words, and how many rows of MySQL and of the lake."""

    words: str
    mysql_rows: int
    lake_rows: int


class Differences:
    """The keys that differ, named when there are enough of them, and which buckets are equal, which is kept.

    :ivar gathered: what was found.
    :param keep: called when buckets are done.
    """

    def __init__(self, side: Side, state: TableState, keep: Callable[[], None]) -> None:
        self.gathered = Gathered()
        self._side = side
        self._state = state
        self._keep = keep
        self._naming = Naming(side)
        self._waiting: dict[int, tuple[int, int]] = {}

    def equal(self, bucket: int, rows: tuple[int, int]) -> None:
        """A bucket has the same sums on both sides."""
        self._state.done[bucket] = rows
        self._keep()

    def looked_into(self, rows: Mapping[int, tuple[int, int]]) -> None:
        """The keys that differ of these buckets are known; they are named when there are many, which is cheaper."""
        self._waiting.update(rows)
        if self._found() not in range(1, KEYS_AT_ONCE):
            self.name()

    def name(self) -> None:
        """Name the differences found so far; where they are none after all, such as blanks in JSON, that is kept."""
        before = self.gathered.wrong
        if self._found():
            self._naming.name(self.gathered)
            self._side.forget_differing()
        if self.gathered.wrong == before:
            self._state.done.update(self._waiting)
        self._waiting.clear()
        self._keep()

    def _found(self) -> int:
        return self._side.staging.count("SELECT count(*) FROM differing")


class Parts(Protocol):
    """One of the ways to compare a table, in the order of its methods."""

    def ask(self, ahead: Ahead) -> None:
        """Ask MySQL for all sums."""

    def slices(self) -> Iterable[Slice]:
        """The slices of the events to be folded, and what bucket each row is in."""

    def compare(self, differences: Differences, say: Say) -> Parted:
        """Find what differs."""


def parts_of(side: Side, question: Question, state: TableState) -> Parts:
    """How the table is compared; its files are there, and not read yet."""
    if question.since is not None:
        return _Touched(side, question.since)
    if side.key.is_number:
        state.bounds = bounds(side.staging, question.size) if state.bounds is None else state.bounds
        if state.bounds is not None:
            return _Ranges(side, question, state)
    return _Hashes(side, question, state)


class _Ranges:
    """Where the key begins with an integer."""

    def __init__(self, side: Side, question: Question, state: TableState) -> None:
        self._side = side
        self._state = state
        self._size = question.size
        self._bounds = state.bounds or []
        self._parts = buckets.ranges(self._bounds)
        self._chosen = buckets.sampled(len(self._parts), question.share, str(self._bounds))
        self._theirs: dict[int, Future[Sum]] = {}

    def ask(self, ahead: Ahead) -> None:
        for number in self._chosen:
            if number not in self._state.done:
                self._theirs[number] = ahead.ask(mysql_sum, self._side, self._parts[number])

    def slices(self) -> Iterable[Slice]:
        return buckets.range_slices(self._bounds, self._size)

    def compare(self, differences: Differences, say: Say) -> Parted:
        ours, compared = lake_sums(self._side.staging), dict(self._state.done)
        different = 0
        for number, asked in self._theirs.items():
            part = self._parts[number]
            say(f"keys {part.words}, {len(compared)} of {len(self._chosen)} done")
            theirs, mine = asked.result(), ours.get(number, NO_ROWS)
            compared[number] = rows = theirs[0], mine[0]
            if theirs == mine:
                differences.equal(number, rows)
                continue
            different += 1
            self._look(part)
            differences.looked_into({number: rows})
        differences.name()
        return _parted(compared, len(self._parts), "key ranges", different)

    def _look(self, part: Range) -> None:
        """Find the keys of a range that differ."""
        side = self._side
        side.staging.database.execute("DELETE FROM theirs")
        side.read(side.keyed(part.condition(quoted(side.key.columns[0].name))))
        side.differ(part.condition("k0"))


class _Hashes:
    """Where the key has no order that both sides share."""

    def __init__(self, side: Side, question: Question, state: TableState) -> None:
        self._side = side
        self._state = state
        self._size = question.size
        state.buckets = state.buckets or buckets.hash_buckets(side.staging.events, question.size)
        self._count = state.buckets
        self._chosen = buckets.sampled(self._count, question.share, str(self._count))
        self._left = [at for at in self._chosen if at not in state.done]
        self._theirs: Future[dict[int, Sum]] = Future()

    def ask(self, ahead: Ahead) -> None:
        if self._left:
            self._theirs = ahead.ask(mysql_hash_sums, self._side, self._count, self._size, ahead.stopped)
        else:
            self._theirs.set_result({})

    def slices(self) -> Iterable[Slice]:
        side = self._side
        return buckets.hash_slices(side.key, side.staging.events, side.key.bucket_in_lake(self._count))

    def compare(self, differences: Differences, say: Say) -> Parted:
        side, ours = self._side, lake_sums(self._side.staging)
        say("waiting for MySQL's sums")
        theirs = self._theirs.result()
        rows = {at: (theirs.get(at, NO_ROWS)[0], ours.get(at, NO_ROWS)[0]) for at in self._left}
        compared = {**self._state.done, **rows}
        different = [at for at in self._left if ours.get(at, NO_ROWS) != theirs.get(at, NO_ROWS)]
        for at in set(self._left) - set(different):
            differences.equal(at, rows[at])
        if different:
            say(f"{len(different)} of {self._count} buckets differ")
            side.staging.database.execute("DELETE FROM theirs")
            listed = ", ".join(map(str, different))
            for condition in chunks(side, self._size):
                side.read(side.keyed(f"{condition} AND {side.key.bucket_in_mysql(self._count)} IN ({listed})"))
            side.differ(f"b IN ({listed})")
            differences.looked_into({at: rows[at] for at in different})
        differences.name()
        return _parted(compared, self._count, "buckets of keys by their hash", len(different))


class _Touched:
    """Only the keys with an event since a moment. What MySQL has and no event tells of cannot be found so."""

    def __init__(self, side: Side, since: int) -> None:
        if not any(file.tells_time for file in side.staging.files):
            raise InputError(
                f"no row of {side.staging.definition.full_name} tells when it was written",
                hint="source.ts_ms (source.events.add_fields) must be in each row; or leave --since out",
            )
        self._side = side
        self._since = since

    def ask(self, _: Ahead) -> None:
        """Nothing: which keys these are, the events tell."""

    def slices(self) -> Iterable[Slice]:
        return buckets.hash_slices(self._side.key, self._side.staging.events)

    def compare(self, differences: Differences, say: Say) -> Parted:
        side = self._side
        keys_since = f"SELECT DISTINCT {side.key.joined} FROM events WHERE ts >= {self._since}"
        side.staging.database.execute(f"CREATE OR REPLACE TABLE touched AS {keys_since}")
        keys = side.staging.count("SELECT count(*) FROM touched")
        say(f"{keys} keys")
        asked = side.read_keys("touched")
        touched = f"({side.key.joined}) IN (SELECT ({side.key.joined}) FROM touched)"
        side.differ(touched)
        differences.name()
        rows = side.staging.count(f"SELECT count(*) FROM rows WHERE {touched}")
        return Parted(f"{keys} keys with events since then", asked, rows)


def _parted(compared: Mapping[int, tuple[int, int]], of: int, what: str, different: int) -> Parted:
    """The outcome of buckets, of which there are so many; ``compared``: rows of MySQL and of the lake in each."""
    share = f"{len(compared)} of {of}" if len(compared) < of else f"{of}"
    what = what if of != 1 else what.removesuffix("s")
    words = f"{share} {what}, {different} of them looked into" if different else f"{share} {what}, all equal"
    mysql, lake = (sum(rows[at] for rows in compared.values()) for at in (0, 1))
    return Parted(words, mysql, lake)
