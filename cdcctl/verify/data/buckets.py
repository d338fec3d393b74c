"""Buckets: what is hashed as one on both sides, and looked into only where the sums differ.

Where a key begins with an integer a bucket is a range of it. Text is not ordered the same in MySQL as anywhere else
(collations), so there a bucket is all keys of one hash. So it is where a few values of the first column have most of
the rows: a range of it could not be small.

Events are folded a slice at a time: what DuckDB keeps of a key while it folds fits into memory then.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from cdcctl.verify.data.keys import Key

# The most buckets of keys without an order; more would not make a difference smaller than a statement.
_MOST = 4096
# Events of a slice: about 100 MB while they are folded.
_OF_A_SLICE = 1_000_000
# More in one slice would make the expression of a row's bucket slow.
_MOST_OF_A_SLICE = 64


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


@dataclass(frozen=True)
class Slice:
    """Keys that are folded together.

    :ivar condition: on their columns in DuckDB.
    :ivar bucket: the expression of the bucket of each.
    """

    condition: str = "TRUE"
    bucket: str = "0"


def ranges(bounds: Sequence[int]) -> list[Range]:
    """The ranges between bounds, the first and the last without an end."""
    ends: list[int | None] = [None, *bounds, None]
    return [Range(low, high) for low, high in pairwise(ends)]


def sampled(count: int, share: float, seed: str) -> list[int]:
    """Which of ``count`` buckets are compared when a share of them is; at least one."""
    if share >= 1:
        return list(range(count))
    chosen = random.Random(seed).sample(range(count), max(1, round(count * share)))  # noqa: S311 - no secret
    return sorted(chosen)


def hash_buckets(events: int, size: int) -> int:
    """How many buckets of hashes a table of so many events has."""
    return min(_MOST, max(1, -(-events // size)))


def range_slices(bounds: Sequence[int], size: int) -> Iterator[Slice]:
    """Slices of neighbouring ranges, each of about ``size`` events."""
    parts = ranges(bounds)
    step = min(_MOST_OF_A_SLICE, max(1, _OF_A_SLICE // size))
    for first in range(0, len(parts), step):
        some = parts[first : first + step]
        between = [part.high for part in some[:-1] if part.high is not None]
        yield Slice(Range(some[0].low, some[-1].high).condition("k0"), _bucket("k0", between, first))


def _bucket(column: str, bounds: Sequence[int], first: int) -> str:
    """A search among the bounds as an expression: with each question half of them are left."""
    if not bounds:
        return str(first)
    middle = len(bounds) // 2
    low, high = _bucket(column, bounds[:middle], first), _bucket(column, bounds[middle + 1 :], first + middle + 1)
    return f"CASE WHEN {column} <= {bounds[middle]} THEN {low} ELSE {high} END"


def hash_slices(key: Key, events: int, bucket: str = "0") -> Iterator[Slice]:
    """Slices of keys by DuckDB's own hash, which nothing else has to agree with."""
    count = max(1, -(-events // _OF_A_SLICE))
    for number in range(count):
        yield Slice(f"hash({key.joined}) % {count} = {number}" if count > 1 else "TRUE", bucket)
