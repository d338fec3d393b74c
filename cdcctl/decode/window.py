"""Which messages of a topic are wanted, and these messages."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cdcctl.errors import InputError, NotFoundError
from cdcctl.kafka.cluster import Cluster, Ends
from cdcctl.kafka.messages import messages


@dataclass(frozen=True)
class Window:
    """The last ``count`` messages of a topic, or as many from an offset of a partition on.

    :param partition: only this one; None for all.
    :param offset: where to begin; None: so that the last ones are seen.
    """

    count: int
    partition: int | None = None
    offset: int | None = None


def read(cluster: Cluster, topic: str, window: Window) -> Iterator[Any]:
    """The messages, in the order in which they were written.

    :raises NotFoundError: there is no such topic or partition.
    :raises InputError: there is no such offset.
    """
    parts = _parts(cluster, topic, window)
    if window.offset is not None:
        yield from _first(messages(cluster.settings, topic, parts), window.count)
        return
    # Of each partition the end, as compaction and markers may have thinned it; then the latest of all.
    found: list[Any] = []
    for partition, ends in parts.items():
        found += _last(cluster, topic, partition, ends, window.count)
    latest = heapq.nlargest(window.count, found, key=_moment)
    yield from sorted(latest, key=_moment)


def _last(cluster: Cluster, topic: str, partition: int, ends: tuple[int, int], count: int) -> list[Any]:
    """The last messages of a partition: looked for further back while there are too few."""
    low, high = ends
    span = count
    while True:
        begin = max(low, high - span)
        found = list(messages(cluster.settings, topic, {partition: (begin, high)}))
        if len(found) >= count or begin == low:
            return found[-count:] if count else []
        span *= 8


def _first(found: Iterator[Any], count: int) -> Iterator[Any]:
    for _, message in zip(range(count), found, strict=False):
        yield message


def _moment(message: Any) -> tuple[int, int, int]:
    return message.timestamp()[1], message.partition(), message.offset()


def _parts(cluster: Cluster, topic: str, window: Window) -> Mapping[int, tuple[int, int]]:
    ends: Ends | None = cluster.ends([topic]).get(topic)
    if ends is None:
        raise NotFoundError(f"there is no topic {topic}", hint=_near(cluster, topic))
    if window.partition is None:
        return ends
    if window.partition not in ends:
        raise NotFoundError(
            f"topic {topic} has {len(ends)} partition(s), and none {window.partition}", hint="from 0 on"
        )
    low, high = ends[window.partition]
    if window.offset is None:
        return {window.partition: (low, high)}
    if not low <= window.offset < high:
        there = f"offsets {low} to {high - 1}" if high > low else "no messages"
        raise InputError(
            f"{topic}, partition {window.partition}: there is no offset {window.offset}", hint=f"it has {there}"
        )
    return {window.partition: (window.offset, high)}


def _near(cluster: Cluster, topic: str) -> str:
    import difflib

    names = sorted(name for name in cluster.topic_names() if not name.startswith("_"))
    near = difflib.get_close_matches(topic, names, 5) or names[:10]
    return f"there are {', '.join(near)}" if near else "there are no topics at all"
