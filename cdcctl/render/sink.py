"""What the configurations of all sinks share."""

from __future__ import annotations

from cdcctl.pipeline import Pipeline, Sink
from cdcctl.render import selection

BYTES_CONVERTER = "org.apache.kafka.connect.converters.ByteArrayConverter"


def common(pipeline: Pipeline, sink: Sink) -> dict[str, str]:
    """All but the class, the converters and what is the sink's own."""
    return {
        "tasks.max": str(sink.tasks),
        **selection.topics(pipeline, sink),
        "config.action.reload": "none",
        # A consumer looks for new topics only this often; a table's topic is made by its first event.
        "consumer.override.metadata.max.age.ms": "10000",
        # Brokers would make a topic that is asked for before the source has made it, and not as source.topics says.
        "consumer.override.allow.auto.create.topics": "false",
        # The snapshot of a topic is data like any other: start where the topic starts, unless told otherwise.
        "consumer.override.auto.offset.reset": sink.start,
        **_dead_letters(sink),
    }


def _dead_letters(sink: Sink) -> dict[str, str]:
    """Tolerance goes with a queue: without one, a tolerated record is gone."""
    if sink.dead_letters is None:
        return {}
    return {
        "errors.tolerance": "all",
        # The log gets the place of a bad record; its content stays in the queue.
        "errors.log.enable": "true",
        "errors.log.include.messages": "false",
        "errors.deadletterqueue.topic.name": sink.dead_letters.topic,
        "errors.deadletterqueue.topic.replication.factor": str(sink.dead_letters.replication),
        "errors.deadletterqueue.context.headers.enable": "true" if sink.dead_letters.headers else "false",
    }
