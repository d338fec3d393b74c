"""What Kafka can tell without looking at a single event: how far everybody has come."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, wait
from typing import Any

from confluent_kafka import (
    OFFSET_BEGINNING,
    Consumer,
    ConsumerGroupTopicPartitions,
    KafkaError,
    KafkaException,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient, OffsetSpec  # type: ignore[attr-defined]

from cdcctl.errors import RemoteError
from cdcctl.pipeline import Kafka
from cdcctl.verify.replay import Position

_SECONDS = 10.0


class Offsets:
    """Ends of topics, offsets of consumer groups, and the source offsets that Kafka Connect keeps in a topic.

    :param check: raises when the brokers cannot answer any more; called while waiting for an answer.
    """

    def __init__(self, kafka: Kafka, check: Callable[[], None]) -> None:
        self._check = check
        # librdkafka would print what we raise.
        settings: dict[str, str | int | float | bool] = {"bootstrap.servers": kafka.bootstrap_servers, "log_level": 0}
        self._admin = AdminClient(settings)
        own = {"group.id": "cdcctl-verify", "enable.auto.commit": False, "fetch.wait.max.ms": 50}
        self._consumer = Consumer({**settings, **own})
        self._source: dict[str, dict[str, Any] | None] = {}
        self._assigned: tuple[str, int] = ("", 0)

    def close(self) -> None:
        """Leave the cluster."""
        self._consumer.close()

    def ends(self, topics: Sequence[str]) -> dict[str, dict[int, tuple[int, int]]]:
        """Topic → partition → its first offset and the one after its last; topics that do not exist are left out."""
        known = self._topics()
        there = {topic: sorted(known[topic].partitions) for topic in topics if topic in known}
        places = [(topic, partition) for topic, partitions in there.items() for partition in partitions]
        either: tuple[Any, Any] = OffsetSpec.earliest(), OffsetSpec.latest()  # type: ignore[no-untyped-call]
        first, last = (self._list(places, which) for which in either)
        return {
            topic: {p: (first[topic, p], last[topic, p]) for p in partitions} for topic, partitions in there.items()
        }

    def _topics(self) -> dict[str, Any]:
        deadline = time.monotonic() + _SECONDS
        while True:
            try:
                topics = self._admin.list_topics(timeout=1.0).topics
                break
            except KafkaException as error:
                self._check()
                if time.monotonic() > deadline:
                    raise RemoteError(
                        f"Kafka did not answer: {error.args[0].str()}", hint="are the brokers reachable?"
                    ) from error
        return {name: topic for name, topic in topics.items() if topic.error is None}

    def _list(self, places: Sequence[tuple[str, int]], which: OffsetSpec) -> dict[tuple[str, int], int]:
        """One request for all partitions. Asking the consumer instead would wait behind its own fetches."""
        if not places:
            return {}
        futures = self._admin.list_offsets({TopicPartition(*place): which for place in places})
        try:
            return {(each.topic, each.partition): int(self._awaited(f).offset) for each, f in futures.items()}
        except KafkaException as error:
            raise RemoteError(f"Kafka did not say where topics end: {error.args[0].str()}", hint="try again") from error

    def _awaited(self, future: Future[Any]) -> Any:
        while not wait([future], timeout=0.5).done:
            self._check()
        return future.result()

    def group(self, name: str) -> dict[tuple[str, int], int]:
        """(topic, partition) → offset that a consumer group has committed."""
        try:
            future = self._admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(name)])[name]
            partitions = self._awaited(future).topic_partitions
        except KafkaException as error:
            if error.args[0].code() in (KafkaError.GROUP_ID_NOT_FOUND, KafkaError.NOT_COORDINATOR):
                return {}
            raise RemoteError(f"Kafka did not tell the offsets of group {name}: {error.args[0].str()}") from error
        return {(each.topic, each.partition): each.offset for each in partitions if each.offset >= 0}

    def source(self, topic: str, connector: str, server: str) -> dict[str, Any] | None:
        """The source offset that a connector has committed, e.g. ``{"file": …, "pos": …}``; None when there is none.

        The key is ``[connector, {"server": topic.prefix}]`` (OffsetStorageWriter, BinlogPartition).
        """
        self._read_source_offsets(topic)
        return self._source.get(json.dumps([connector, {"server": server}]))

    def _read_source_offsets(self, topic: str) -> None:
        """Follow the topic to its present end."""
        ends = self.ends([topic]).get(topic)
        if ends is None:
            return
        if self._assigned != (topic, len(ends)):
            self._consumer.assign([TopicPartition(topic, partition, OFFSET_BEGINNING) for partition in ends])
            self._assigned = (topic, len(ends))
            self._source = {}
        while self._is_behind(topic, ends):
            self._check()
            message = self._consumer.poll(0.2)
            if message is not None and message.error() is None:
                self._keep(message)

    def _is_behind(self, topic: str, ends: Mapping[int, tuple[int, int]]) -> bool:
        positions = self._consumer.position([TopicPartition(topic, partition) for partition in ends])
        return any(max(each.offset, 0) < ends[each.partition][1] for each in positions)

    def _keep(self, message: Any) -> None:
        key, value = message.key(), message.value()
        if key is not None:
            self._source[json.dumps(json.loads(key))] = json.loads(value) if value else None


def binlog_position(offset: dict[str, Any] | None) -> Position | None:
    """The place in the binlog of a source offset; None when there is none, or while a snapshot is being taken."""
    if not offset or "file" not in offset or offset.get("snapshot") not in (None, False, "false"):
        return None
    return Position.of(str(offset["file"]), int(offset["pos"]))
