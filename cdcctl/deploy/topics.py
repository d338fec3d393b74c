"""Which topics are a pipeline's own, by what they are for."""

from __future__ import annotations

import re
from collections.abc import Iterable

from cdcctl.pipeline import IcebergSink, Pipeline, Sink
from cdcctl.render import names, selection

_HEARTBEAT = "__debezium-heartbeat"
_DEAD_LETTERS = "errors.deadletterqueue.topic.name"


def table_topics(pipeline: Pipeline, existing: Iterable[str], sink: Sink | None = None) -> list[str]:
    """Those of the existing topics that hold events of captured tables, of a sink's tables alone where one is named."""
    one = sink or next(iter(pipeline.sinks.values())).model_copy(update={"tables": None})
    chosen = selection.topics(pipeline, one)
    if "topics" in chosen:
        wanted = set(chosen["topics"].split(","))
        return sorted(wanted.intersection(existing))
    pattern = re.compile(chosen["topics.regex"])
    return sorted(topic for topic in existing if pattern.fullmatch(topic) and topic not in position_topics(pipeline))


def position_topics(pipeline: Pipeline) -> list[str]:
    """Those that say how far the pipeline has come: source offsets, schema history, control topics of the sinks."""
    control = [names.control_topic(pipeline, sink) for sink in pipeline.sinks.values() if isinstance(sink, IcebergSink)]
    return [names.offset_topic(pipeline), names.schema_history_topic(pipeline), *control]


def heartbeat_topic(pipeline: Pipeline) -> str | None:
    """The topic of Debezium's heartbeats; None when it sends none."""
    source = pipeline.source
    if source.heartbeat is None:
        return None
    return f"{source.heartbeat.topic_prefix or _HEARTBEAT}.{pipeline.topic_prefix}"


def dead_letter_topic(sink: Sink) -> str | None:
    """The topic of a sink's dead letter queue; None when it has none."""
    return sink.properties.get(_DEAD_LETTERS) or (sink.dead_letters.topic if sink.dead_letters else None)


def dead_letter_topics(pipeline: Pipeline) -> list[str]:
    """Those of all sinks."""
    return list(dict.fromkeys(topic for sink in pipeline.sinks.values() if (topic := dead_letter_topic(sink))))


def worker_topics(connector: str, existing: Iterable[str]) -> list[str]:
    """What MSK Connect itself made for the workers of a connector; it leaves them behind when one is deleted."""
    pattern = re.compile(
        rf"__amazon_msk_connect_(offsets|configs|status)_{re.escape(connector)}_[0-9a-f]{{8}}-[0-9a-f-]+"
    )
    return sorted(topic for topic in existing if pattern.fullmatch(topic))


def own_topics(pipeline: Pipeline, existing: Iterable[str]) -> list[str]:
    """Every topic of the pipeline that exists, but for what MSK Connect keeps for itself."""
    there = set(existing)
    heartbeat = heartbeat_topic(pipeline)
    others = [*position_topics(pipeline), *dead_letter_topics(pipeline), *([heartbeat] if heartbeat else [])]
    return sorted({*table_topics(pipeline, there), *there.intersection(others)})
