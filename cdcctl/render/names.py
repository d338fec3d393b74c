"""Names of everything a pipeline creates. One place, so that render, deploy and verify agree."""

from __future__ import annotations

from cdcctl.pipeline import ONLY_SINK, IcebergSink, Pipeline, Sink


def source_connector(pipeline: Pipeline) -> str:
    """Name of the Debezium connector."""
    return f"{pipeline.name}-source"


def sink_connector(pipeline: Pipeline, sink: Sink) -> str:
    """Name of a sink's connector; its consumer group is ``connect-<name>``."""
    return f"{pipeline.name}-{sink.name}"


def connectors(pipeline: Pipeline) -> list[str]:
    """Names of all connectors, the source's first."""
    return [source_connector(pipeline), *(sink_connector(pipeline, sink) for sink in pipeline.sinks.values())]


def sink_group(pipeline: Pipeline, sink: Sink) -> str:
    """Consumer group of a sink (SinkUtils.consumerGroupId of Kafka Connect)."""
    return f"connect-{sink_connector(pipeline, sink)}"


def offset_topic(pipeline: Pipeline) -> str:
    """The topic that keeps source offsets: ours, so that they outlive a connector that is deleted and made again."""
    return pipeline.worker.offset_topic or f"{pipeline.name}-connect-offsets"


def schema_history_topic(pipeline: Pipeline) -> str:
    """The topic with Debezium's schema history."""
    return pipeline.source.schema_history.topic or f"{pipeline.name}-schema-history"


def control_topic(pipeline: Pipeline, sink: IcebergSink) -> str:
    """The topic by which an Iceberg sink's coordinator and workers agree on commits; no two sinks share it."""
    return f"{pipeline.name}-{'iceberg' if sink.name == ONLY_SINK else sink.name}-control"
