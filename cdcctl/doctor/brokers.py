"""What is asked of Kafka once, for all checks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NoAnswer
from dataclasses import dataclass
from typing import Any

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient, ConfigResource, ResourceType  # type: ignore[attr-defined]

from cdcctl.aws.target import Target
from cdcctl.errors import RemoteError
from cdcctl.kafka.connection import client_settings, unreachable
from cdcctl.pipeline import Kafka

_SECONDS = 15.0


@dataclass(frozen=True)
class Topic:
    """A topic; ``settings`` are those in force, its own and the brokers'; None when the account may not ask."""

    name: str
    partitions: int
    settings: Mapping[str, str] | None


@dataclass(frozen=True)
class Brokers:
    """A cluster.

    :ivar settings: of one of the brokers, as all of them should have; None when the account may not ask.
    :ivar topics: those that were asked for and exist.
    """

    count: int
    settings: Mapping[str, str] | None
    topics: Mapping[str, Topic]


def look(kafka: Kafka, target: Target, names: Iterable[str]) -> Brokers:
    """Ask for the cluster and the topics of these names.

    :raises RemoteError: no broker can be reached, or none lets us in.
    """
    refused = unreachable(kafka)
    if refused:
        raise RemoteError(f"no broker can be reached from here: {refused}", hint="run this inside the VPC")
    admin = AdminClient(client_settings(kafka, target.session, target.region))
    # The first token is fetched when the client is polled.
    admin.poll(0)
    try:
        metadata = admin.list_topics(timeout=_SECONDS)
    except KafkaException as error:
        words = error.args[0].str()
        raise RemoteError(f"the brokers do not let us in: {words}", hint="check kafka.authentication") from error
    there = [name for name in names if name in metadata.topics]
    broker = ConfigResource(ResourceType.BROKER, str(next(iter(metadata.brokers))))
    asked = [broker, *(ConfigResource(ResourceType.TOPIC, name) for name in there)]
    answers = {resource.name: future for resource, future in _described(admin, asked)}
    topics = {name: Topic(name, len(metadata.topics[name].partitions), _settings(answers[name])) for name in there}
    return Brokers(len(metadata.brokers), _settings(answers[broker.name]), topics)


def _described(admin: Any, asked: Sequence[Any]) -> Iterable[tuple[Any, Future[Any]]]:
    # A request may name one broker at most.
    for resource in asked:
        yield from admin.describe_configs([resource], request_timeout=_SECONDS).items()


def _settings(future: Future[Any]) -> dict[str, str] | None:
    try:
        found = future.result(timeout=_SECONDS)
    except (KafkaException, NoAnswer):
        return None
    return {entry.name: str(entry.value) for entry in found.values() if entry.value is not None}
