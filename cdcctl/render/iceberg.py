"""The Apache Iceberg sink's configuration (Iceberg 1.12), appending to tables of the Glue Data Catalog."""

from __future__ import annotations

import re

from cdcctl.pipeline import IcebergSink, Pipeline
from cdcctl.render import names
from cdcctl.render.converter import glue_converters
from cdcctl.render.source import kafka_security

CONNECTOR_CLASS = "org.apache.iceberg.connect.IcebergSinkConnector"
PLUGIN = "iceberg"
# Where each row stood in Kafka. The offset is the only order per key that survives snapshots and binlog resets.
TOPIC_COLUMN, PARTITION_COLUMN, OFFSET_COLUMN = "_topic", "_partition", "_offset"


def iceberg_config(pipeline: Pipeline, sink: IcebergSink, region: str) -> dict[str, str]:
    """Return the connector configuration, keys sorted.

    :param region: AWS region of the registries, the catalog and the bucket.
    """
    config = {
        "connector.class": CONNECTOR_CLASS,
        "tasks.max": str(sink.tasks),
        "topics": ",".join(pipeline.topics.values()),
        "config.action.reload": "none",
        # A consumer looks for new topics only this often; a table's topic is made by its first event.
        "consumer.override.metadata.max.age.ms": "10000",
        # The snapshot of a topic is data like any other: start where the topic starts.
        "consumer.override.auto.offset.reset": "earliest",
        "iceberg.tables.auto-create-enabled": "true",
        "iceberg.tables.evolve-schema-enabled": "true",
        "iceberg.control.topic": names.control_topic(pipeline, sink),
        "iceberg.control.commit.interval-ms": str(sink.commit_interval_ms),
        "iceberg.catalog.catalog-impl": "org.apache.iceberg.aws.glue.GlueCatalog",
        "iceberg.catalog.io-impl": "org.apache.iceberg.aws.s3.S3FileIO",
        "iceberg.catalog.warehouse": sink.warehouse.rstrip("/"),
        "iceberg.catalog.client.region": region,
        "iceberg.kafka.bootstrap.servers": pipeline.kafka.bootstrap_servers,
        # A coordinator that subscribes before the control topic exists would look for it again after five minutes.
        "iceberg.kafka.metadata.max.age.ms": "10000",
        # The sink's own default, latest, loses files: what a worker announces before the coordinator has got its
        # partition is never read, and the rows' offsets are committed all the same (apache/iceberg#18006).
        "iceberg.kafka.auto.offset.reset": "earliest",
        **{f"iceberg.kafka.{key}": value for key, value in kafka_security(pipeline.kafka).items()},
        **_routes(pipeline, sink),
        **_position(),
        **glue_converters(pipeline, region),
    }
    config.update(sink.properties)
    return dict(sorted(config.items()))


def _routes(pipeline: Pipeline, sink: IcebergSink) -> dict[str, str]:
    """Topic → table. With several tables each is routed by the topic column (IcebergSinkConfig, route-regex)."""
    tables = {sink.table_of(table): topic for table, topic in pipeline.topics.items()}
    config = {"iceberg.tables": ",".join(tables)}
    if len(tables) > 1:
        config["iceberg.tables.route-field"] = TOPIC_COLUMN
        config.update({f"iceberg.table.{table}.route-regex": re.escape(topic) for table, topic in tables.items()})
    return config


def _position() -> dict[str, str]:
    return {
        "transforms": "position",
        "transforms.position.type": "org.apache.kafka.connect.transforms.InsertField$Value",
        "transforms.position.topic.field": TOPIC_COLUMN,
        "transforms.position.partition.field": PARTITION_COLUMN,
        "transforms.position.offset.field": OFFSET_COLUMN,
    }
