"""Records as bytes, with their headers: read between given offsets, and written where they belong."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition

from cdcctl.errors import RemoteError
from cdcctl.kafka.cluster import Cluster, refused

_SECONDS = 30.0
Headers = tuple[tuple[str, bytes | None], ...]


@dataclass(frozen=True)
class RawRecord:
    """A record; ``timestamp_ms`` since the epoch, 0 when it has none."""

    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Headers = ()
    timestamp_ms: int = 0


def read(
    cluster: Cluster, topic: str, parts: Mapping[int, tuple[int, int]], check: Callable[[], None]
) -> Iterator[RawRecord]:
    """All records between the given offsets, in the order of each partition.

    :param parts: partition → first offset, and the one after the last.
    :param check: raises when the brokers cannot answer any more; called while waiting.
    :raises RemoteError: Kafka does not deliver.
    """
    left = {partition: high for partition, (low, high) in parts.items() if high > low}
    if not left:
        return
    own = {"group.id": "cdcctl", "enable.auto.commit": False, "fetch.wait.max.ms": 50}
    consumer = Consumer({**cluster.settings, **own})
    try:
        consumer.assign([TopicPartition(topic, partition, parts[partition][0]) for partition in left])
        last = time.monotonic()
        while left:
            message = consumer.poll(0.5)
            check()
            error = message.error() if message is not None else None
            if message is None or error is not None:
                if time.monotonic() - last > _SECONDS:
                    why = f": {error.str()}" if error is not None else ""
                    raise RemoteError(f"Kafka did not deliver the rest of {topic}{why}", hint="may you read it?")
                _let_go(consumer, topic, left)
                continue
            last = time.monotonic()
            record = _record(message)
            if record.offset < left.get(record.partition, 0):
                yield record
            if record.offset + 1 >= left.get(record.partition, 0):
                left.pop(record.partition, None)
    finally:
        consumer.close()


def _let_go(consumer: Consumer, topic: str, left: dict[int, int]) -> None:
    """Partitions whose last records are gone, compacted or markers of transactions: nothing more comes of them."""
    for each in consumer.position([TopicPartition(topic, partition) for partition in left]):
        if each.offset >= left[each.partition]:
            del left[each.partition]


def write(cluster: Cluster, topic: str, records: Sequence[RawRecord]) -> None:
    """Write records in their order into the partitions they name, each acknowledged by all replicas.

    :raises RemoteError: one of them was not taken; those before it may have been.
    """
    problems: list[str] = []

    def delivered(error: Any, _message: Any) -> None:
        if error is not None:
            problems.append(str(error.str()))

    producer = Producer({**cluster.settings, "enable.idempotence": True})
    try:
        for each in records:
            producer.produce(
                topic,
                each.value,
                each.key,
                each.partition,
                on_delivery=delivered,
                timestamp=each.timestamp_ms,
                headers=list(each.headers),
            )
            producer.poll(0)
        left = producer.flush(_SECONDS)
    except (KafkaException, BufferError) as error:
        known = error if isinstance(error, KafkaException) else None
        if known is None:
            raise RemoteError(f"Kafka takes no more of topic {topic}: {error}", hint="try again") from error
        raise refused(f"write to topic {topic}", known) from error
    if problems or left:
        why = problems[0] if problems else f"{left} record(s) were not acknowledged in time"
        raise RemoteError(f"Kafka did not take all records of topic {topic}: {why}", hint="run the command again")


def _record(message: Any) -> RawRecord:
    headers = tuple((str(name), value) for name, value in message.headers() or ())
    kind, timestamp = message.timestamp()
    return RawRecord(
        message.partition(), message.offset(), message.key(), message.value(), headers, timestamp if kind else 0
    )
