"""Which records of a topic an S3 sink has left out: no object says so, and the offsets of later rows depend on it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from cdcctl.kafka.messages import messages
from cdcctl.verify.events import LIMIT
from cdcctl.verify.kafka import Offsets

# DeadLetterQueueReporter of Kafka Connect: the headers that say where a dead letter stood.
_TOPIC, _PARTITION, _OFFSET = (f"__connect.errors.{name}" for name in ("topic", "partition", "offset"))


class SkippedRecords:
    """Tombstones, and what the dead letter queue says it has taken.

    :param queue: topic of the sink's dead letter queue, if it has one.
    """

    def __init__(self, offsets: Offsets, queue: str | None) -> None:
        self._offsets = offsets
        self._queue = queue

    def __call__(self, topic: str) -> Mapping[int, frozenset[int]]:
        """Partition → offsets of records that are in no object.

        In a topic too long to be read only the dead letters are known.

        :raises RemoteError: Kafka does not deliver.
        """
        found: dict[int, set[int]] = defaultdict(set)
        for partition, offset in [*self._tombstones(topic), *self._dead_letters(topic)]:
            found[partition].add(offset)
        return {partition: frozenset(offsets) for partition, offsets in found.items()}

    def _tombstones(self, topic: str) -> Iterator[tuple[int, int]]:
        parts = self._offsets.ends([topic]).get(topic, {})
        if sum(high - low for low, high in parts.values()) <= LIMIT:
            for message in messages(self._offsets.settings, topic, parts):
                if message.value() is None:
                    yield message.partition(), message.offset()

    def _dead_letters(self, topic: str) -> Iterator[tuple[int, int]]:
        if self._queue is None:
            return
        parts = self._offsets.ends([self._queue]).get(self._queue, {})
        for message in messages(self._offsets.settings, self._queue, parts):
            if place := stood(message.headers() or (), topic):
                yield place


def stood(headers: Any, topic: str) -> tuple[int, int] | None:
    """Partition and offset at which a dead letter stood in ``topic``, if its headers say so."""
    told = {name: value for name, value in headers if isinstance(value, bytes)}
    if told.get(_TOPIC) != topic.encode():
        return None
    try:
        return int(told[_PARTITION]), int(told[_OFFSET])
    except (KeyError, ValueError):
        return None
