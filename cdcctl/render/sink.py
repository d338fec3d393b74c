"""What the configurations of all sinks share."""

from __future__ import annotations

from collections.abc import Mapping

from cdcctl.pipeline import Pipeline, Sink
from cdcctl.render import selection
from cdcctl.render.settings import FLAG, NUMBER, DefaultOf, Found, Setting, read, written

BYTES_CONVERTER = "org.apache.kafka.connect.converters.ByteArrayConverter"
SETTINGS = (
    Setting("tasks", "tasks.max", NUMBER),
    # The snapshot of a topic is data like any other: start where the topic starts, unless told otherwise.
    Setting("start", "consumer.override.auto.offset.reset"),
    Setting("dead_letters.topic", "errors.deadletterqueue.topic.name"),
    Setting("dead_letters.replication", "errors.deadletterqueue.topic.replication.factor", NUMBER),
    Setting("dead_letters.headers", "errors.deadletterqueue.context.headers.enable", FLAG),
)


def common(pipeline: Pipeline, sink: Sink) -> dict[str, str]:
    """All but the class, the converters and what is the sink's own."""
    return {
        **selection.topics(pipeline, sink),
        "config.action.reload": "none",
        # A consumer looks for new topics only this often; a table's topic is made by its first event.
        "consumer.override.metadata.max.age.ms": "10000",
        # Brokers would make a topic that is asked for before the source has made it, and not as source.topics says.
        "consumer.override.allow.auto.create.topics": "false",
        **written(SETTINGS, sink),
        **_tolerance(sink),
    }


def common_of(config: Mapping[str, str], default_of: DefaultOf) -> Found:
    """What a configuration says of that but for the topics, by path below the sink."""
    found = read(SETTINGS, config, default_of)
    if found.get(("dead_letters", "topic")):
        return found
    return {path: value for path, value in found.items() if path[0] != "dead_letters"}


def _tolerance(sink: Sink) -> dict[str, str]:
    """Tolerance goes with a queue: without one, a tolerated record is gone."""
    if sink.dead_letters is None:
        return {}
    return {
        "errors.tolerance": "all",
        # The log gets the place of a bad record; its content stays in the queue.
        "errors.log.enable": "true",
        "errors.log.include.messages": "false",
    }
