"""Messages of a topic as they are, bytes and headers included, between two offsets."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from cdcctl.errors import RemoteError

_SECONDS = 30.0


def messages(settings: Mapping[str, Any], topic: str, parts: Mapping[int, tuple[int, int]]) -> Iterator[Any]:
    """All messages of confluent-kafka between the given offsets, of which compaction may have left few.

    :param settings: of a librdkafka client.
    :param parts: partition → first offset, and the one after the last.
    :raises RemoteError: Kafka does not deliver.
    """
    left = {partition: high for partition, (low, high) in parts.items() if high > low}
    if not left:
        return
    # The end of a partition is told: its last offsets may be markers of transactions, which are no messages.
    own = {
        "group.id": "cdcctl",
        "enable.auto.commit": False,
        "fetch.wait.max.ms": 50,
        "enable.partition.eof": True,
    }
    consumer = Consumer({**settings, **own})
    try:
        consumer.assign([TopicPartition(topic, partition, parts[partition][0]) for partition in left])
        last = time.monotonic()
        while left:
            # One by one: consume() waits for a full batch or its timeout.
            message = consumer.poll(1.0)
            if message is None:
                if time.monotonic() - last > _SECONDS:
                    raise RemoteError(f"Kafka did not deliver the rest of {topic}", hint="are the brokers healthy?")
                continue
            last = time.monotonic()
            partition, offset = _place(message)
            error = message.error()
            if error is None and offset < left.get(partition, 0):
                yield message
            if error is not None and error.code() != KafkaError._PARTITION_EOF:
                raise RemoteError(f"reading {topic}: {error.str()}", hint="try again")
            if error is not None or offset + 1 >= left.get(partition, 0):
                left.pop(partition, None)
    except KafkaException as error:
        raise RemoteError(f"reading {topic}: {error.args[0].str()}", hint="try again") from error
    finally:
        consumer.close()


def _place(message: Any) -> tuple[int, int]:
    return int(message.partition()), int(message.offset())
