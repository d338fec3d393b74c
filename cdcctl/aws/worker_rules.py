"""What MSK Connect allows in a worker configuration.

Source: Amazon MSK developer guide, "Supported worker configuration properties".
"""

from __future__ import annotations

from collections.abc import Mapping


def _keys(text: str) -> tuple[str, ...]:
    return tuple(text.split())


REQUIRED = ("key.converter", "value.converter")
_PRODUCER = _keys(
    "acks batch.size buffer.memory compression.type enable.idempotence key.serializer linger.ms max.request.size "
    "metadata.max.age.ms metadata.max.idle.ms partitioner.class reconnect.backoff.max.ms reconnect.backoff.ms "
    "request.timeout.ms retry.backoff.ms value.serializer"
)
_CONSUMER = _keys(
    "allow.auto.create.topics auto.offset.reset check.crcs fetch.max.bytes fetch.max.wait.ms fetch.min.bytes "
    "heartbeat.interval.ms key.deserializer max.partition.fetch.bytes max.poll.interval.ms max.poll.records "
    "metadata.max.age.ms partition.assignment.strategy reconnect.backoff.max.ms reconnect.backoff.ms "
    "request.timeout.ms retry.backoff.ms session.timeout.ms value.deserializer"
)
_FORBIDDEN_PREFIXES = _keys(
    "access.control. admin. admin.listeners.https. client. connect. inter.worker. internal. listeners.https. metrics. "
    "metrics.context. rest. sasl. security. socket. ssl. topic.tracking. worker."
)
_FORBIDDEN = _keys(
    "bootstrap.servers config.storage.topic connections.max.idle.ms connector.client.config.override.policy group.id "
    "listeners metric.reporters plugin.path receive.buffer.bytes response.http.headers.config "
    "scheduled.rebalance.max.delay.ms send.buffer.bytes status.storage.topic"
)


def problems(properties: Mapping[str, str]) -> list[str]:
    """Why the service refuses these worker properties; empty when it takes them."""
    found = [f"{key} is required" for key in REQUIRED if key not in properties]
    found += [f"{key} is not supported" for key in properties if not allowed(key)]
    return found


def allowed(key: str) -> bool:
    """Whether the service takes a property of this name."""
    if key.startswith("producer."):
        return key.removeprefix("producer.") in _PRODUCER
    if key.startswith("consumer."):
        return key.removeprefix("consumer.") in _CONSUMER
    return key not in _FORBIDDEN and not key.startswith(_FORBIDDEN_PREFIXES)
