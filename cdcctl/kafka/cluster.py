"""A Kafka cluster: its topics, where they end, and what consumer groups have committed."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass
from typing import Any

from confluent_kafka import (
    ConsumerGroupTopicPartitions,
    KafkaError,
    KafkaException,
    TopicPartition,
)
from confluent_kafka.admin import (  # type: ignore[attr-defined]
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewTopic,
    OffsetSpec,
    ResourceType,
)

from cdcctl.errors import RemoteError

_SECONDS = 10.0
# A question that is lost with its connection is asked again after a few seconds, for half a minute.
_PATIENT, _TRIED, _BETWEEN = 5.0, 30.0, 0.2
_PASSING = (
    KafkaError._TIMED_OUT,
    KafkaError._TRANSPORT,
    KafkaError._WAIT_COORD,
    # No leaders found: of a partition whose broker was away and has not been taken back yet.
    KafkaError._NOENT,
    KafkaError.COORDINATOR_NOT_AVAILABLE,
    KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
    KafkaError.LEADER_NOT_AVAILABLE,
    KafkaError.NOT_LEADER_FOR_PARTITION,
    KafkaError.REQUEST_TIMED_OUT,
    KafkaError.NETWORK_EXCEPTION,
    KafkaError.BROKER_NOT_AVAILABLE,
    KafkaError.KAFKA_STORAGE_ERROR,
    KafkaError.OFFSET_NOT_AVAILABLE,
    # Of a leader that was away, or of a client that has not heard of the new one.
    KafkaError.FENCED_LEADER_EPOCH,
    KafkaError.UNKNOWN_LEADER_EPOCH,
)
_NO_GROUP = (KafkaError.GROUP_ID_NOT_FOUND, KafkaError.NOT_COORDINATOR)
# Partition → its first offset, and the one after its last.
Ends = dict[int, tuple[int, int]]
# (topic, partition) → offset of the next record to read.
GroupOffsets = dict[tuple[str, int], int]


@dataclass(frozen=True)
class Topic:
    """A topic; ``settings`` are those that were set for it, not the broker's defaults."""

    name: str
    partitions: int
    settings: Mapping[str, str]


class Cluster:
    """An administrator's connection.

    :param settings: of a librdkafka client; see :func:`cdcctl.kafka.connection.client_settings`.
    :param check: raises when the brokers cannot answer any more; called while waiting for an answer.
    """

    def __init__(self, settings: Mapping[str, Any], check: Callable[[], None]) -> None:
        self.settings = dict(settings)
        self._check = check
        self._admin = AdminClient(self.settings)
        if "oauth_cb" in settings:
            # The first token is fetched when the client is polled.
            self._admin.poll(0)

    def topic_names(self) -> dict[str, int]:
        """Topic → how many partitions it has.

        :raises RemoteError: no broker answers.
        """
        return {name: len(topic.partitions) for name, topic in self._topics().items()}

    def describe(self, names: Sequence[str]) -> dict[str, Topic]:
        """Those of the topics that exist, with their settings."""
        known = self._topics()
        there = [name for name in names if name in known]
        asked = [ConfigResource(ResourceType.TOPIC, name) for name in there]
        answers = self._admin.describe_configs(asked) if asked else {}
        settings = {
            resource.name: {
                entry.name: str(entry.value)
                for entry in self._answer(future, "describe topics").values()
                if _own(entry)
            }
            for resource, future in answers.items()
        }
        return {name: Topic(name, len(known[name].partitions), settings[name]) for name in there}

    def create(self, topic: str, partitions: int = 1, settings: Mapping[str, str] | None = None) -> None:
        """Make a topic; one that exists is left as it is. Replicas are as many as the brokers' default says."""
        new = NewTopic(topic, partitions, -1, config=dict(settings or {}))
        try:
            self._admin.create_topics([new])[topic].result(timeout=_SECONDS)
        except KafkaException as error:
            if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                raise refused(f"make topic {topic}", error) from error

    def set(self, topic: str, settings: Mapping[str, str]) -> None:
        """Change settings of a topic; the others stay as they are."""
        entries = [
            ConfigEntry(name, value, incremental_operation=AlterConfigOpType.SET) for name, value in settings.items()
        ]
        resource = ConfigResource(ResourceType.TOPIC, topic, incremental_configs=entries)
        self._answer(self._admin.incremental_alter_configs([resource])[resource], f"change topic {topic}")

    def delete(self, topics: Sequence[str]) -> None:
        """Delete topics; those that do not exist are none to delete. They go some time after this has returned."""
        for topic, future in (self._admin.delete_topics(list(topics)) if topics else {}).items():
            self._answer(future, f"delete topic {topic}", fine=(KafkaError.UNKNOWN_TOPIC_OR_PART,))

    def ends(self, topics: Sequence[str]) -> dict[str, Ends]:
        """Topic → where its partitions begin and end; topics that do not exist are left out."""
        known = self._topics()
        there = {topic: sorted(known[topic].partitions) for topic in topics if topic in known}
        places = [(topic, partition) for topic, partitions in there.items() for partition in partitions]
        either: tuple[Any, Any] = OffsetSpec.earliest(), OffsetSpec.latest()  # type: ignore[no-untyped-call]
        first, last = (self._list(places, which) for which in either)
        return {
            topic: {p: (first[topic, p], last[topic, p]) for p in partitions} for topic, partitions in there.items()
        }

    def group(self, name: str) -> GroupOffsets:
        """What a consumer group has committed; empty when there is no such group."""
        asked = [ConsumerGroupTopicPartitions(name)]

        def ask() -> Future[Any]:
            return self._admin.list_consumer_group_offsets(asked, request_timeout=_PATIENT)[name]

        found = self._asked(ask, f"tell the offsets of group {name}", fine=_NO_GROUP)
        partitions = found.topic_partitions if found else ()
        return {(each.topic, each.partition): each.offset for each in partitions if each.offset >= 0}

    def members(self, group: str) -> int:
        """How many consumers a group has now; 0 when there is no such group."""
        future = self._admin.describe_consumer_groups([group])[group]
        found = self._answer(future, f"describe group {group}", fine=_NO_GROUP)
        return len(found.members) if found else 0

    def set_group(self, name: str, offsets: GroupOffsets) -> None:
        """Commit offsets for a group without members.

        :raises RemoteError: it has members.
        """
        if not offsets:
            return
        places = [TopicPartition(topic, partition, offset) for (topic, partition), offset in offsets.items()]
        request = [ConsumerGroupTopicPartitions(name, places)]
        self._answer(self._admin.alter_consumer_group_offsets(request)[name], f"set the offsets of group {name}")

    def delete_groups(self, names: Sequence[str]) -> None:
        """Delete groups without members, and what they have committed; those that do not exist are none to delete."""
        for name, future in (self._admin.delete_consumer_groups(list(names)) if names else {}).items():
            self._answer(future, f"delete group {name}", fine=_NO_GROUP)

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
        """One request for all partitions. Asking a consumer instead would wait behind its own fetches."""
        if not places:
            return {}
        asked, what = {TopicPartition(*place): which for place in places}, "say where topics end"
        deadline = time.monotonic() + _TRIED
        while True:
            futures = self._admin.list_offsets(asked, request_timeout=_PATIENT)
            try:
                return {(each.topic, each.partition): int(self._result(f).offset) for each, f in futures.items()}
            except KafkaException as error:
                self._again(error, deadline, what)

    def _asked(self, ask: Callable[[], Future[Any]], what: str, fine: Sequence[int]) -> Any:
        """The answer to a question that may be asked again, as after a restart of the broker that it went to."""
        deadline = time.monotonic() + _TRIED
        while True:
            try:
                return self._result(ask())
            except KafkaException as error:
                if error.args[0].code() in fine:
                    return None
                self._again(error, deadline, what)

    def _again(self, error: KafkaException, deadline: float, what: str) -> None:
        """:raises RemoteError: it makes no sense to ask once more."""
        if error.args[0].code() not in _PASSING or time.monotonic() > deadline:
            raise refused(what, error) from error
        self._check()
        time.sleep(_BETWEEN)
        # librdkafka's client may go on waiting for the connection that it has lost; a new one asks anew.
        self._admin = AdminClient(self.settings)

    def _result(self, future: Future[Any]) -> Any:
        while not wait([future], timeout=0.5).done:
            self._check()
        return future.result()

    def _answer(self, future: Future[Any], what: str, fine: Sequence[int] = ()) -> Any:
        """The result, waited for as long as the brokers are there; None where its error is a ``fine`` one."""
        try:
            return self._result(future)
        except KafkaException as error:
            if error.args[0].code() in fine:
                return None
            raise refused(what, error) from error


def refused(what: str, error: KafkaException) -> RemoteError:
    """Our error for one of Kafka's."""
    return RemoteError(f"Kafka did not {what}: {error.args[0].str()}", hint="try again")


def _own(entry: Any) -> bool:
    # ConfigSource.DYNAMIC_TOPIC_CONFIG: set for this topic.
    return int(entry.source) == 1
