"""Reading whole small topics, and writing records into them: offsets and histories, not data."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaException, Producer, TopicPartition

from cdcctl.errors import RemoteError
from cdcctl.kafka.cluster import Cluster, Ends, refused

_SECONDS = 30.0
# How long single records are waited for.
_MOMENTS = 5.0


@dataclass(frozen=True)
class Record:
    """A record as text; ``timestamp_ms`` since the epoch."""

    partition: int
    offset: int
    key: str | None
    value: str | None
    timestamp_ms: int = 0


class TopicReader:
    """Reads one topic at a time up to its present end, without joining a group.

    :param check: raises when the brokers cannot answer any more; called while waiting.
    """

    def __init__(self, cluster: Cluster, check: Callable[[], None]) -> None:
        self._cluster = cluster
        self._check = check
        own = {"group.id": "cdcctl", "enable.auto.commit": False, "fetch.wait.max.ms": 50}
        self._consumer = Consumer({**cluster.settings, **own})
        self._assigned: tuple[str, int] = ("", 0)

    def close(self) -> None:
        """Leave the cluster."""
        self._consumer.close()

    def read(self, topic: str) -> list[Record]:
        """All records of a topic, in the order of each partition; empty when there is no such topic."""
        self._assigned = ("", 0)
        found: list[Record] = []
        self.follow(topic, found.append)
        return found

    def follow(self, topic: str, keep: Callable[[Record], None]) -> None:
        """Read what has been written since the last call for the same topic; the first one reads from the beginning.

        :raises RemoteError: the brokers send nothing more although there is more.
        """
        ends = self._cluster.ends([topic]).get(topic)
        if ends is None:
            return
        if self._assigned != (topic, len(ends)):
            self._consumer.assign([TopicPartition(topic, partition, OFFSET_BEGINNING) for partition in ends])
            self._assigned = (topic, len(ends))
        since, reason = time.monotonic(), ""
        while self._is_behind(topic, ends):
            self._check()
            message = self._consumer.poll(0.2)
            error = message.error() if message is not None else None
            if error is not None:
                reason = f": {error.str()}"
            elif message is not None:
                keep(_record(message))
                since = time.monotonic()
            if time.monotonic() - since > _SECONDS:
                raise RemoteError(f"topic {topic} could not be read to its end{reason}", hint="may you read it?")

    def one(self, topic: str, partition: int, offset: int) -> Record | None:
        """The record at an offset, or the next one there is; None when there is none after a second."""
        self._consumer.assign([TopicPartition(topic, partition, offset)])
        self._assigned = ("", 0)
        deadline = time.monotonic() + 1
        while time.monotonic() < deadline:
            message = self._consumer.poll(0.2)
            if message is not None and message.error() is None:
                return _record(message)
        return None

    def at(self, places: Mapping[tuple[str, int], int]) -> dict[tuple[str, int], Record]:
        """(topic, partition) → the record at an offset, or the next one there is.

        Places where none comes in a few seconds are left out: a marker of a transaction may be all there is.
        """
        found: dict[tuple[str, int], Record] = {}
        self._consumer.assign([TopicPartition(*place, offset) for place, offset in places.items()])
        self._assigned = ("", 0)
        deadline = time.monotonic() + _MOMENTS
        while len(found) < len(places) and time.monotonic() < deadline:
            self._check()
            message = self._consumer.poll(0.2)
            if message is None or message.error() is not None:
                continue
            place = (str(message.topic()), int(message.partition() or 0))
            if place not in found:
                found[place] = _record(message)
                self._consumer.pause([TopicPartition(*place)])
        # A partition stays paused when it is assigned again.
        self._consumer.resume([TopicPartition(*place) for place in found])
        return found

    def _is_behind(self, topic: str, ends: Ends) -> bool:
        positions = self._consumer.position([TopicPartition(topic, partition) for partition in ends])
        return any(max(each.offset, 0) < ends[each.partition][1] for each in positions)


def write(cluster: Cluster, topic: str, records: Sequence[Record], *, keep_partitions: bool) -> None:
    """Write records in their order, each acknowledged by all replicas.

    :param keep_partitions: into the partitions they name; otherwise where Java's producers put their keys.
    :raises RemoteError: one of them was not taken.
    """
    problems: list[str] = []

    def delivered(error: Any, _message: Any) -> None:
        if error is not None:
            problems.append(str(error.str()))

    # Kafka Connect's own producer hashes keys so; another partitioner would leave a key in two partitions.
    own = {"enable.idempotence": True, "partitioner": "murmur2_random"}
    producer = Producer({**cluster.settings, **own})
    try:
        for record in records:
            # -1: the partitioner decides.
            partition = record.partition if keep_partitions else -1
            producer.produce(topic, record.value, record.key, partition, on_delivery=delivered)
            producer.poll(0)
        left = producer.flush(_SECONDS)
    except KafkaException as error:
        raise refused(f"write to topic {topic}", error) from error
    if problems or left:
        why = problems[0] if problems else f"{left} record(s) were not acknowledged in time"
        raise RemoteError(f"Kafka did not take all records of topic {topic}: {why}", hint="run the command again")


def _record(message: Any) -> Record:
    key, value = _text(message.key()), _text(message.value())
    return Record(message.partition(), message.offset(), key, value, message.timestamp()[1])


def _text(part: bytes | None) -> str | None:
    # Lossless both ways, whatever the bytes are.
    return None if part is None else part.decode("utf-8", errors="surrogateescape")
