"""Names of everything a pipeline creates. One place, so that render, deploy and verify agree."""

from __future__ import annotations

from cdcctl.pipeline import Pipeline


def source_connector(pipeline: Pipeline) -> str:
    """Name of the Debezium connector."""
    return f"{pipeline.name}-source"


def sink_connector(pipeline: Pipeline) -> str:
    """Name of the sink connector; its consumer group is ``connect-<name>``."""
    return f"{pipeline.name}-sink"


def sink_group(pipeline: Pipeline) -> str:
    """Consumer group of the sink (SinkUtils.consumerGroupId of Kafka Connect)."""
    return f"connect-{sink_connector(pipeline)}"


def offset_topic(pipeline: Pipeline) -> str:
    """The topic that keeps source offsets: ours, so that they outlive a connector that is deleted and made again."""
    return f"{pipeline.name}-connect-offsets"


def schema_history_topic(pipeline: Pipeline) -> str:
    """The topic with Debezium's schema history."""
    return f"{pipeline.name}-schema-history"


def control_topic(pipeline: Pipeline) -> str:
    """The topic by which the Iceberg sink's coordinator and workers agree on commits."""
    return f"{pipeline.name}-iceberg-control"


def iceberg_table(table: str) -> str:
    """The Iceberg table of a MySQL table. Glue folds names to lower case, so it is done here, visibly."""
    return table.lower()
