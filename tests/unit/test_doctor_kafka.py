"""``cdcctl doctor``: what is said of brokers and topics."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from doctor_pipeline import pipeline

from cdcctl.doctor import kafka_checks
from cdcctl.doctor.brokers import Brokers, Topic
from cdcctl.doctor.findings import Finding, Status

TOPIC = Topic("shop.shop.orders", 1, {"cleanup.policy": "delete", "retention.ms": "604800000", "retention.bytes": "-1"})
HISTORY = Topic("shop-schema-history", 1, {"cleanup.policy": "delete", "retention.ms": "-1", "retention.bytes": "-1"})
OFFSETS = Topic("shop-connect-offsets", 25, {"cleanup.policy": "compact"})
BROKERS = Brokers(
    3,
    {"auto.create.topics.enable": "false", "default.replication.factor": "3"},
    {each.name: each for each in (TOPIC, HISTORY, OFFSETS)},
)


def of_brokers(check: str, *topics: Topic, brokers: Brokers = BROKERS, **more: Any) -> list[Finding]:
    known = {**brokers.topics, **{each.name: each for each in topics}}
    return kafka_checks.CHECKS[check](pipeline(**more), replace(brokers, topics=known))


def test_brokers_as_they_should_be():
    found = [each for check in kafka_checks.CHECKS for each in of_brokers(check)]
    assert {each.status for each in found} == {Status.OK}
    assert {*BROKERS.topics} == {*kafka_checks.topic_names(pipeline())}


def setting(topic: Topic, name: str, value: str) -> Topic:
    return replace(topic, settings={**(topic.settings or {}), name: value})


@pytest.mark.parametrize(
    ("check", "topic", "status", "word"),
    [
        ("tables' topics", setting(TOPIC, "retention.ms", "3600000"), Status.WARN, "retention.ms=604800000"),
        ("tables' topics", setting(TOPIC, "cleanup.policy", "compact"), Status.WARN, "cleanup.policy=delete"),
        ("tables' topics", replace(TOPIC, partitions=6), Status.WARN, "source.topics.partitions"),
        ("tables' topics", replace(TOPIC, settings=None), Status.UNCHECKED, "DescribeTopicDynamicConfiguration"),
        ("schema history", setting(HISTORY, "retention.ms", "604800000"), Status.FAIL, "retention.ms=-1"),
        ("schema history", setting(HISTORY, "retention.bytes", "1000"), Status.FAIL, "retention.bytes=-1"),
        ("schema history", setting(HISTORY, "cleanup.policy", "compact"), Status.FAIL, "cleanup.policy=delete"),
        ("schema history", setting(HISTORY, "retention.ms", "9223372036854775807"), Status.OK, ""),
        ("schema history", replace(HISTORY, partitions=2), Status.FAIL, "source.schema_history.topic"),
        ("schema history", replace(HISTORY, settings=None), Status.UNCHECKED, "allow"),
        ("offsets", setting(OFFSETS, "cleanup.policy", "delete"), Status.FAIL, "cleanup.policy=compact"),
        ("offsets", replace(OFFSETS, settings=None), Status.UNCHECKED, "allow"),
    ],
)
def test_a_topic_that_is_not_as_it_should_be(check, topic, status, word):
    (found,) = of_brokers(check, topic)
    assert found.status is status
    assert word in found.cure


def test_retention_that_differs_from_the_pipeline():
    (found,) = of_brokers("tables' topics", source={"topics": {"retention_ms": 86400000}})
    assert found.cure == "kafka-configs --alter --topic shop.shop.orders --add-config retention.ms=86400000"


def test_topics_that_nobody_makes():
    more = {"topics": {"create": False}, "signal_topic": "signals"}
    found = of_brokers("automatic topics", source=more)
    assert [each.text.split(",")[0] for each in found] == ["topic signals does not exist"]
    assert found[0].status is Status.FAIL
    willing = replace(BROKERS, settings={"auto.create.topics.enable": "true"})
    assert of_brokers("automatic topics", brokers=willing, source=more)[0].status is Status.OK
    mute = replace(BROKERS, settings=None)
    assert of_brokers("automatic topics", brokers=mute, source=more)[0].status is Status.UNCHECKED
    assert of_brokers("automatic topics", brokers=mute) == []


def test_one_replica_on_several_brokers():
    lonely = replace(BROKERS, settings={"default.replication.factor": "1"})
    assert of_brokers("replication", brokers=lonely)[0].status is Status.WARN
    assert of_brokers("replication", brokers=replace(lonely, count=1)) == []
