"""Topics: who creates them, what they keep, and whether a sink reads those that its source writes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cdcctl.lint.behaviour import (
    history,
    literals,
    matches,
    prefix,
    routed,
    sinks_of,
    source_of,
    table_topics,
    tables,
)
from cdcctl.lint.configuration import DEBEZIUM, ICEBERG, PARQUET_SINKS, SINKS, SOURCES, Configuration, Setup
from cdcctl.lint.rule import Problem, put, rule

_DEFAULT = "topic.creation.default."
_DAY_MS = 86_400_000


@rule(
    "CDC220",
    "warning",
    (DEBEZIUM,),
    title="topics are left to the brokers to create",
    why="MSK's brokers do not create topics by default (auto.create.topics.enable=false): the first event of a table "
    "waits for its topic in vain. Where they do, the topic has their default partitions and retention.",
    source="MSK developer guide, default MSK configuration; KIP-158",
    cure="Set topic.creation.default.partitions=1 and topic.creation.default.replication.factor=-1.",
)
def not_created(source: Configuration, _: Setup) -> Iterator[Problem]:
    if not source.below("topic.creation."):
        fix = (*put(f"{_DEFAULT}partitions", "1"), *put(f"{_DEFAULT}replication.factor", "-1"))
        yield Problem("there is no topic.creation.default.partitions", None, fix)


@rule(
    "CDC221",
    "error",
    SOURCES,
    title="half a rule for new topics",
    why="Once any topic.creation property is there, Connect asks for both partitions and replication factor of the "
    "default group and refuses the configuration without.",
    source="TopicCreationConfig.defaultGroupConfigDef of Connect, KIP-158",
    cure="Set both; a replication factor of -1 is the brokers' default (KIP-464).",
)
def half_a_rule(source: Configuration, _: Setup) -> Iterator[Problem]:
    if not source.below("topic.creation."):
        return
    for name, value in (("partitions", "1"), ("replication.factor", "-1")):
        if not source.get(_DEFAULT + name):
            yield Problem(f"{_DEFAULT}{name} is missing", None, put(_DEFAULT + name, value))


@rule(
    "CDC222",
    "warning",
    SOURCES,
    title="events are compacted away",
    why="A compacted topic keeps the last event of a key: what the sink has not read yet may be gone, and with it the "
    "history. Events without a key are refused, so a table without one stops the source.",
    source="Kafka documentation, log compaction",
    cure="Set cleanup.policy to delete.",
)
def compacted(source: Configuration, _: Setup) -> Iterator[Problem]:
    for key in source.values:
        if re.fullmatch(r"topic\.creation\.[^.]+\.cleanup\.policy", key) and "compact" in source.get(key):
            yield Problem(f"{key} is {source.get(key)}", key, put(key, "delete"))


@rule(
    "CDC223",
    "warning",
    SOURCES,
    title="events are kept for less than a day",
    why="A sink that stops on a Friday evening must find Friday's events on Monday. What retention removes before the "
    "sink has read it is missing in Parquet, and no component notices.",
    source="Kafka documentation, retention.ms; derived",
    cure="Set retention.ms to a week (604800000) or -1.",
)
def short_retention(source: Configuration, _: Setup) -> Iterator[Problem]:
    for key in source.values:
        if re.fullmatch(r"topic\.creation\.[^.]+\.retention\.ms", key) and 0 <= (source.number(key) or -1) < _DAY_MS:
            yield Problem(f"{key} is {source.get(key)}", key)


@rule(
    "CDC224",
    "warning",
    SINKS,
    title="new topics are found after five minutes",
    why="A consumer with a regular expression looks for topics when it renews its metadata, by default every five "
    "minutes. A sink that starts before its topics, and every table made later, waits that long.",
    source="Kafka consumer, metadata.max.age.ms; measured",
    cure="Set consumer.override.metadata.max.age.ms to 10000, or create the topics first.",
)
def late_topics(sink: Configuration, setup: Setup) -> Iterator[Problem]:
    key = "consumer.override.metadata.max.age.ms"
    by_worker = setup.worker is not None and setup.worker.get("consumer.metadata.max.age.ms")
    if sink.get("topics.regex") and not sink.get(key) and not by_worker:
        yield Problem(f"{key} is not set", "topics.regex", put(key, "10000"))


@rule(
    "CDC225",
    "error",
    SINKS,
    title="topics and topics.regex",
    why="A sink takes exactly one of the two; Connect refuses none and both.",
    source="SinkConnectorConfig.validate of Connect",
    cure="Keep one.",
)
def topics_and_regex(sink: Configuration, _: Setup) -> Iterator[Problem]:
    both = [key for key in ("topics", "topics.regex") if sink.get(key)]
    if len(both) == 2:
        yield Problem("both are set", "topics.regex")
    elif not both:
        yield Problem("neither is set")


@rule(
    "CDC226",
    "error",
    PARQUET_SINKS,
    title="the sink reads topics that hold no rows",
    why="Schema changes, heartbeats, the schema history, control records and dead letters have other schemas, or "
    "none: the sink fails at them or writes them among the tables. A dead letter that is read again comes back for "
    "ever.",
    source="AbstractTopicNamingStrategy of Debezium; derived",
    cure="Write the expression so that it takes tables only: PREFIX, DATABASE and a dot before the name of a table.",
)
def reads_other_topics(sink: Configuration, setup: Setup) -> Iterator[Problem]:
    others = {
        sink.get("errors.deadletterqueue.topic.name"): "dead letters",
        sink.get("iceberg.control.topic", "control-iceberg") if sink.kind == ICEBERG else "": "the control topic",
    }
    for source in setup.of(DEBEZIUM):
        name = prefix(source)
        others |= {source.get(f"{history(source, setup)}.kafka.topic"): "the schema history"}
        if source.flag("include.schema.changes", True):
            others |= {name: "schema changes"}
        if source.number("heartbeat.interval.ms", 0):
            others |= {f"{source.get('topic.heartbeat.prefix') or '__debezium-heartbeat'}.{name}": "heartbeats"}
    for topic, what in others.items():
        if topic and matches(sink, topic):
            key = "topics.regex" if "topics.regex" in sink.values else "topics"
            yield Problem(f"{topic}, {what}, is among its topics", key)


@rule(
    "CDC227",
    "warning",
    PARQUET_SINKS,
    title="a topic that no table of the source has",
    why="Either its name is misspelt, and the table meant is not read, or the table is not captured. Nothing fails: "
    "the sink waits for a topic that never comes.",
    source="DefaultTopicNamingStrategy of Debezium: prefix.database.table",
    cure="Correct the name, or capture the table.",
)
def unknown_topic(sink: Configuration, setup: Setup) -> Iterator[Problem]:
    source = source_of(sink, setup)
    known = list(table_topics(source).values()) if source else []
    for topic in sink.entries("topics") if known else ():
        if source and topic.startswith(f"{prefix(source)}.") and topic not in known:
            yield Problem(f"{topic} is the topic of no captured table", "topics")


@rule(
    "CDC228",
    "warning",
    (DEBEZIUM,),
    title="captured tables that no sink reads",
    why="Their events wait in Kafka until retention removes them.",
    source="DefaultTopicNamingStrategy of Debezium: prefix.database.table",
    cure="Add their topics to a sink, or do not capture them.",
)
def unread_tables(source: Configuration, setup: Setup) -> Iterator[Problem]:
    sinks = sinks_of(source, setup)
    unread = [t for t, topic in table_topics(source).items() if not any(matches(sink, topic) for sink in sinks)]
    signals = source.get("signal.data.collection")
    unread = [table for table in unread if table != signals]
    if sinks and unread:
        yield Problem(f"no sink here reads {', '.join(unread)}", "table.include.list")


@rule(
    "CDC229",
    "note",
    (DEBEZIUM,),
    title="schema changes are published for nobody",
    why="include.schema.changes is true by default: each DDL statement becomes an event in a topic called like the "
    "prefix, and through the Glue converter two more schemas in the registries. A sink with a regular expression may "
    "read it among the tables.",
    source="CommonConnectorConfig and RelationalDatabaseConnectorConfig of Debezium, include.schema.changes",
    cure="Set include.schema.changes to false, unless something reads these events.",
)
def schema_changes(source: Configuration, _: Setup) -> Iterator[Problem]:
    key = "include.schema.changes"
    if source.flag(key, True):
        yield Problem(f"{key} is {source.get(key) or 'not set'}", key, put(key, "false"))


@rule(
    "CDC230",
    "warning",
    SINKS,
    title="the sink may have the brokers make its topics",
    why="A consumer asks for its topics before the source has made them. Brokers that create topics on demand then "
    "make them with their own partitions, retention and clean-up, and the source's topic.creation settings come too "
    "late.",
    source="Kafka consumer, allow.auto.create.topics; seen live",
    cure="Set consumer.override.allow.auto.create.topics to false.",
)
def made_by_consumer(sink: Configuration, setup: Setup) -> Iterator[Problem]:
    key = "consumer.override.allow.auto.create.topics"
    source = source_of(sink, setup)
    stated = setup.worker is not None and not setup.worker.flag("consumer.allow.auto.create.topics", True)
    if source and source.below("topic.creation.") and sink.get("topics") and sink.flag(key, True) and not stated:
        yield Problem(f"{key} is {sink.get(key) or 'not set'}", key, put(key, "false"))


@rule(
    "CDC231",
    "warning",
    PARQUET_SINKS,
    title="the sink waits for topics that the source calls otherwise",
    why="A transform of the source gives the events another topic than prefix.database.table. Nothing fails: the sink "
    "waits for topics that never come, or that hold nothing new.",
    source="RegexRouter of Connect, ByLogicalTableRouter of Debezium",
    cure="Name the topics as they are called after the source's transforms, or take the transform out.",
)
def renamed_topics(sink: Configuration, setup: Setup) -> Iterator[Problem]:
    source = source_of(sink, setup)
    if source is None:
        return
    example = (
        next(iter(tables(source)), None) or f"{(literals(source, 'database.include.list') or ['database'])[0]}.table"
    )
    topic = f"{prefix(source)}.{example}"
    becomes = routed(source, topic)
    if becomes and becomes != topic and matches(sink, topic) and not matches(sink, becomes):
        key = "topics.regex" if "topics.regex" in sink.values else "topics"
        yield Problem(f"the source writes to {becomes}, this reads {topic}", key)
