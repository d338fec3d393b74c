"""What MSK Connect takes in a worker configuration."""

from __future__ import annotations

import pytest

from cdcctl.aws.worker_rules import problems

CONVERTERS = {"key.converter": "x", "value.converter": "y"}


def test_both_converters_are_required() -> None:
    assert problems({}) == ["key.converter is required", "value.converter is required"]
    assert problems(CONVERTERS) == []


@pytest.mark.parametrize(
    "key",
    [
        "offset.storage.topic",
        "offset.storage.partitions",
        "status.storage.partitions",
        "offset.flush.interval.ms",
        "config.providers",
        "config.providers.secretsmanager.class",
        "producer.linger.ms",
        "consumer.max.poll.records",
        "plugin.discovery",
    ],
)
def test_allowed(key: str) -> None:
    assert problems({**CONVERTERS, key: "1"}) == []


@pytest.mark.parametrize(
    "key",
    [
        "bootstrap.servers",
        "group.id",
        "plugin.path",
        "config.storage.topic",
        "status.storage.topic",
        "connector.client.config.override.policy",
        "sasl.mechanism",
        "security.protocol",
        "rest.port",
        "admin.retries",
        "producer.retries",
        "producer.sasl.jaas.config",
        "consumer.group.id",
        "listeners",
        "listeners.https.ssl.keystore",
    ],
)
def test_refused(key: str) -> None:
    assert problems({**CONVERTERS, key: "1"}) == [f"{key} is not supported"]
