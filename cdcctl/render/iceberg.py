"""The Apache Iceberg sink's configuration (Iceberg 1.12), appending to tables of the Glue Data Catalog."""

from __future__ import annotations

import re

from cdcctl.pipeline import IcebergSink, Pipeline
from cdcctl.render import names
from cdcctl.render.converter import glue_converters
from cdcctl.render.kafka import client_security
from cdcctl.render.sink import common

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
        **common(pipeline, sink),
        "iceberg.tables.auto-create-enabled": "true" if sink.create_tables else "false",
        "iceberg.tables.evolve-schema-enabled": "true" if sink.evolve_schema else "false",
        # A column that is required kills the task with the first row after DROP COLUMN, which has none.
        "iceberg.tables.schema-force-optional": "true",
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
        **{f"iceberg.kafka.{key}": value for key, value in client_security(pipeline.kafka).items()},
        **_routes(pipeline, sink),
        **_files(sink),
        **_position(),
        **glue_converters(pipeline, region),
    }
    if sink.commit_timeout_ms is not None:
        config["iceberg.control.commit.timeout-ms"] = str(sink.commit_timeout_ms)
    config.update(sink.properties)
    return dict(sorted(config.items()))


def _routes(pipeline: Pipeline, sink: IcebergSink) -> dict[str, str]:
    """Topic → table. With several tables each is routed by the topic column (IcebergSinkConfig, route-regex)."""
    topics = {table: pipeline.topic_of(table) for table in pipeline.tables_of(sink)}
    config = {"iceberg.tables": ",".join(map(sink.table_of, topics))}
    if len(topics) > 1:
        config["iceberg.tables.route-field"] = TOPIC_COLUMN
        config.update({f"iceberg.table.{sink.table_of(each)}.route-regex": re.escape(topics[each]) for each in topics})
    for table, transforms in sink.partition_by.items():
        config[f"iceberg.table.{sink.table_of(table)}.partition-by"] = ",".join(transforms)
    return config


def _files(sink: IcebergSink) -> dict[str, str]:
    """Settings of the writers (TableProperties); they win over a table's own."""
    chosen: dict[str, str] = {}
    if sink.format != "parquet":
        chosen["format.default"] = sink.format
    if sink.compression:
        codec = "uncompressed" if sink.compression == "none" else sink.compression
        chosen[f"{sink.format}.compression-codec"] = codec
    if sink.file_size_mb:
        chosen["target-file-size-bytes"] = str(sink.file_size_mb * 1024 * 1024)
    return {f"iceberg.tables.write-props.write.{key}": value for key, value in chosen.items()}


def _position() -> dict[str, str]:
    return {
        "transforms": "position",
        "transforms.position.type": "org.apache.kafka.connect.transforms.InsertField$Value",
        "transforms.position.topic.field": TOPIC_COLUMN,
        "transforms.position.partition.field": PARTITION_COLUMN,
        "transforms.position.offset.field": OFFSET_COLUMN,
    }
