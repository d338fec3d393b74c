"""Whether the brokers and the topics that exist already suit a pipeline."""

from __future__ import annotations

from collections.abc import Callable

from cdcctl.doctor.brokers import Brokers, Topic
from cdcctl.doctor.findings import Finding, fail, ok, unchecked, warn
from cdcctl.pipeline import Pipeline
from cdcctl.render import names

Check = Callable[[Pipeline, Brokers], list[Finding]]
_HOUR = 3_600_000
# KafkaSchemaHistory.checkTopicSettings wants five years, or no limit.
_HISTORY_MS = 5 * 365 * 24 * _HOUR
_ENOUGH_MS = 24 * _HOUR


def topic_names(pipeline: Pipeline) -> list[str]:
    """Every topic that is looked at where it exists."""
    own = [names.schema_history_topic(pipeline), names.offset_topic(pipeline)]
    return list(dict.fromkeys([*pipeline.topics.values(), *own, *_made_by_nobody(pipeline)]))


def _made_by_nobody(pipeline: Pipeline) -> list[str]:
    """Topics that must be there, or be made by the brokers. The others are made by Connect, Debezium and deploy."""
    source = pipeline.source
    of_tables = [] if source.topics.create else list(pipeline.topics.values())
    return [*of_tables, *([source.signal_topic] if source.signal_topic else [])]


def reachable(_pipeline: Pipeline, brokers: Brokers) -> list[Finding]:
    """They answered, or this would not be asked."""
    return [ok("1 broker answers" if brokers.count == 1 else f"{brokers.count} brokers answer")]


def automatic_topics(pipeline: Pipeline, brokers: Brokers) -> list[Finding]:
    """Brokers of MSK make no topics by themselves unless told so."""
    missing = [topic for topic in _made_by_nobody(pipeline) if topic not in brokers.topics]
    if brokers.settings is None:
        told = "whether the brokers make topics by themselves could not be checked: the account may not ask"
        cure = "allow kafka-cluster:DescribeClusterDynamicConfiguration; MSK Serverless has no answer"
        return [unchecked(told, cure)] if missing else []
    automatic = brokers.settings.get("auto.create.topics.enable")
    if automatic == "true" or not missing:
        who = "the brokers make topics that are missing" if automatic == "true" else "no topic is missing for that"
        return [ok(f"auto.create.topics.enable is {automatic}: {who}")]
    return [
        fail(
            f"topic {topic} does not exist, and nobody makes it (auto.create.topics.enable is {automatic})",
            f"kafka-topics --create --topic {topic} --partitions {pipeline.source.topics.partitions}",
        )
        for topic in missing
    ]


def replication(_pipeline: Pipeline, brokers: Brokers) -> list[Finding]:
    """Topics are made with as many replicas as the brokers' default says."""
    found = (brokers.settings or {}).get("default.replication.factor")
    if found == "1" and brokers.count > 1:
        told = f"default.replication.factor is 1 on {brokers.count} brokers: new topics are lost with one of them"
        return [warn(told, "set default.replication.factor=3 and min.insync.replicas=2 in the cluster's configuration")]
    return []


def table_topics(pipeline: Pipeline, brokers: Brokers) -> list[Finding]:
    """Topics that exist stay as they are: what the pipeline file says of topics is for new ones."""
    found = []
    existing = [brokers.topics[name] for name in pipeline.topics.values() if name in brokers.topics]
    for topic in existing:
        found += _kept_long_enough(pipeline, topic)
        wanted = pipeline.source.topics.partitions
        if topic.partitions != wanted:
            told = f"topic {topic.name} has {topic.partitions} partitions, the pipeline says {wanted}"
            found.append(warn(told, "set source.topics.partitions to what is there, or start with an empty topic"))
    count = "no table has a topic yet" if not existing else f"{len(existing)} topic(s) of tables exist and suit"
    return found or [ok(count)]


def _kept_long_enough(pipeline: Pipeline, topic: Topic) -> list[Finding]:
    if topic.settings is None:
        told = f"the settings of topic {topic.name} could not be checked: the account may not ask"
        return [unchecked(told, "allow kafka-cluster:DescribeTopicDynamicConfiguration")]
    cleanup, kept = topic.settings.get("cleanup.policy", "delete"), int(topic.settings.get("retention.ms", "-1"))
    found = []
    if "compact" in cleanup and pipeline.source.topics.cleanup in (None, "delete"):
        told = f"topic {topic.name} is compacted: events that are followed by another of the same key vanish unread"
        found.append(warn(told, _alter(topic, "cleanup.policy=delete")))
    if "delete" in cleanup and 0 <= kept < _ENOUGH_MS:
        told = f"topic {topic.name} keeps events for {_hours(kept)}: a sink that stands still longer loses some"
        found.append(warn(told, _alter(topic, "retention.ms=604800000")))
    wanted = pipeline.source.topics.retention_ms
    if wanted is not None and wanted != kept and not found:
        told = f"topic {topic.name} has retention.ms {kept}, the pipeline says {wanted}"
        found.append(warn(told, _alter(topic, f"retention.ms={wanted}")))
    return found


def schema_history(pipeline: Pipeline, brokers: Brokers) -> list[Finding]:
    """A source whose schema history has lost anything cannot start again (KafkaSchemaHistory)."""
    name = names.schema_history_topic(pipeline)
    topic = brokers.topics.get(name)
    if topic is None:
        return [ok(f"topic {name} does not exist yet; Debezium makes it as it needs it")]
    found = []
    if topic.partitions != 1:
        told = f"topic {name} has {topic.partitions} partitions: DDL is read in another order than it was written"
        found.append(fail(told, "name an empty topic in source.schema_history.topic and take a new snapshot"))
    if topic.settings is None:
        told = f"the settings of topic {name} could not be checked: the account may not ask"
        return [*found, unchecked(told, "allow kafka-cluster:DescribeTopicDynamicConfiguration")]
    kept, size = int(topic.settings.get("retention.ms", "-1")), topic.settings.get("retention.bytes", "-1")
    if 0 <= kept < _HISTORY_MS:
        told = f"topic {name} keeps the schema history for {_hours(kept)} only: after that the source cannot restart"
        found.append(fail(told, _alter(topic, "retention.ms=-1")))
    if size != "-1":
        told = f"topic {name} keeps {size} bytes of the schema history only: after that the source cannot restart"
        found.append(fail(told, _alter(topic, "retention.bytes=-1")))
    if "compact" in topic.settings.get("cleanup.policy", "delete"):
        told = f"topic {name} is compacted: the schema history loses DDL"
        found.append(fail(told, _alter(topic, "cleanup.policy=delete")))
    return found or [ok(f"topic {name} keeps everything")]


def offsets(pipeline: Pipeline, brokers: Brokers) -> list[Finding]:
    """Connect's offsets are the last value of each key (MSK guide, "Use custom offset storage topic")."""
    name = names.offset_topic(pipeline)
    topic = brokers.topics.get(name)
    if topic is None:
        return [ok(f"topic {name} does not exist yet; Connect makes it as it needs it")]
    if topic.settings is None:
        told = f"the settings of topic {name} could not be checked: the account may not ask"
        return [unchecked(told, "allow kafka-cluster:DescribeTopicDynamicConfiguration")]
    cleanup = topic.settings.get("cleanup.policy", "delete")
    if cleanup != "compact":
        told = f"topic {name} has cleanup.policy {cleanup}: offsets are forgotten, and the connector starts anew"
        return [fail(told, _alter(topic, "cleanup.policy=compact"))]
    return [ok(f"topic {name} keeps the last offsets")]


def _alter(topic: Topic, setting: str) -> str:
    return f"kafka-configs --alter --topic {topic.name} --add-config {setting}"


def _hours(milliseconds: int) -> str:
    hours = milliseconds / _HOUR
    return f"{hours:.0f} hours" if hours >= 1 else f"{milliseconds / 1000:.0f} seconds"


CHECKS: dict[str, Check] = {
    "brokers": reachable,
    "automatic topics": automatic_topics,
    "replication": replication,
    "tables' topics": table_topics,
    "schema history": schema_history,
    "offsets": offsets,
}
