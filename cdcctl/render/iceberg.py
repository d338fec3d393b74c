"""The Apache Iceberg sink's configuration (Iceberg 1.12), appending to tables of the Glue Data Catalog."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from cdcctl.pipeline import IcebergSink, Pipeline
from cdcctl.render import names
from cdcctl.render import sink as every_sink
from cdcctl.render.converter import glue_converters
from cdcctl.render.kafka import client_security
from cdcctl.render.settings import (
    FLAG,
    MEGABYTES,
    NUMBER,
    DefaultOf,
    Found,
    Setting,
    laid_over,
    read,
    split,
    words,
    written,
)

CONNECTOR_CLASS = "org.apache.iceberg.connect.IcebergSinkConnector"
PLUGIN = "iceberg"
# Where each row stood in Kafka. The offset is the only order per key that survives snapshots and binlog resets.
TOPIC_COLUMN, PARTITION_COLUMN, OFFSET_COLUMN = "_topic", "_partition", "_offset"
# Settings of the writers (TableProperties); they win over a table's own.
_WRITER = "iceberg.tables.write-props.write."
_CODECS = words({**{codec: codec for codec in ("zstd", "snappy", "gzip", "lz4")}, "none": "uncompressed"})


def _writes(chosen: str) -> Callable[[IcebergSink], bool]:
    return lambda sink: sink.format == chosen


# As many as the default gives on the smallest worker.
_FEW_TABLES = 2
# Each holds a table's metadata, and connections to S3, of which the client has 50.
MOST_COMMIT_THREADS = 64
# Compressing Parquet takes two buffers of a page's size for each table that is written to, rows or none; measured with
# Iceberg 1.12: 2.2 MB a writer of seven columns, 0.3 MB with pages of 64 KiB, 20 KB for each further column.
PAGE_SIZE = f"{_WRITER}parquet.page-size-bytes"
BUFFERS_OF_A_WRITER = 2
LARGEST_PAGE, SMALLEST_PAGE = 1 << 20, 1 << 16
# Of a worker's 4 GiB per MCU, so much at most for the buffers of all its writers.
_FOR_BUFFERS = 256 << 20
SETTINGS = (
    Setting("warehouse", "iceberg.catalog.warehouse"),
    Setting("create_tables", "iceberg.tables.auto-create-enabled", FLAG),
    Setting("evolve_schema", "iceberg.tables.evolve-schema-enabled", FLAG),
    Setting("commit_interval_ms", "iceberg.control.commit.interval-ms", NUMBER),
    Setting("commit_timeout_ms", "iceberg.control.commit.timeout-ms", NUMBER, omit=None),
    Setting("format", f"{_WRITER}format.default", omit="parquet"),
    *(
        Setting("compression", f"{_WRITER}{name}.compression-codec", _CODECS, None, _writes(name))
        for name in ("parquet", "orc", "avro")
    ),
    Setting("file_size_mb", f"{_WRITER}target-file-size-bytes", MEGABYTES, omit=None),
)


def iceberg_config(pipeline: Pipeline, sink: IcebergSink, region: str) -> dict[str, str]:
    """Return the connector configuration, keys sorted.

    :param region: AWS region of the registries, the catalog and the bucket.
    """
    config = {
        "connector.class": CONNECTOR_CLASS,
        **every_sink.common(pipeline, sink),
        **written(SETTINGS, sink),
        # A column that is required kills the task with the first row after DROP COLUMN, which has none.
        "iceberg.tables.schema-force-optional": "true",
        "iceberg.control.topic": names.control_topic(pipeline, sink),
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
        **_threads(pipeline, sink),
        **_pages(pipeline, sink),
        **{f"iceberg.kafka.{key}": value for key, value in client_security(pipeline.kafka).items()},
        **_routes(pipeline, sink),
        **_position(),
        **glue_converters(pipeline, region),
    }
    return laid_over(config, sink.properties)


def _threads(pipeline: Pipeline, sink: IcebergSink) -> dict[str, str]:
    """A thread for each table, of those that commit; the sink's own default is two for each processor.

    A rebalance shuts the threads down. A table that still waits for one is waited for without end then (Tasks.waitFor
    of Iceberg), and nothing is committed until Kafka has put the coordinator out of its group, five minutes later.
    """
    tables = len(pipeline.tables_of(sink))
    if tables <= _FEW_TABLES:
        return {}
    return {"iceberg.control.commit.threads": str(min(tables, MOST_COMMIT_THREADS))}


def _pages(pipeline: Pipeline, sink: IcebergSink) -> dict[str, str]:
    """With hundreds of tables, Parquet pages so small that a writer for each of them fits into the worker's heap."""
    size = fitting_page(len(pipeline.tables_of(sink)), pipeline.capacity_of(sink).mcu)
    return {PAGE_SIZE: str(size)} if sink.format == "parquet" and size < LARGEST_PAGE else {}


def fitting_page(tables: int, mcu: int) -> int:
    """The largest page size in bytes, a power of two, with which the buffers of all writers fit into a worker."""
    most = mcu * _FOR_BUFFERS // (BUFFERS_OF_A_WRITER * max(1, tables))
    return min(LARGEST_PAGE, max(SMALLEST_PAGE, 1 << most.bit_length() - 1))


def iceberg_of(config: Mapping[str, str], tables: Sequence[str], default_of: DefaultOf) -> Found:
    """What a configuration says, by path below the sink.

    :param tables: the MySQL tables whose topics it takes.
    """
    found = {**every_sink.common_of(config, default_of), **read(SETTINGS, config, default_of)}
    return {**found, **_routes_of(config, tables)}


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


def _routes_of(config: Mapping[str, str], tables: Sequence[str]) -> Found:
    """The database of all tables, where it is not that of each in MySQL, and how they are partitioned."""
    targets = split(config.get("iceberg.tables", ""))
    found: Found = {}
    folded = [table.lower() for table in tables]
    places = dict(zip(targets, tables, strict=True)) if len(targets) == len(tables) else {}
    if targets and targets != folded:
        database = targets[0].partition(".")[0]
        if targets != [f"{database}.{table.partition('.')[2]}" for table in folded]:
            return {}
        found[("database",)] = database
    partitioned = {
        table: _outside_brackets(config[key])
        for target, table in places.items()
        if (key := f"iceberg.table.{target}.partition-by") in config
    }
    return {**found, ("partition_by",): partitioned} if partitioned else found


def _outside_brackets(text: str) -> list[str]:
    """Split at the commas that are outside of brackets."""
    return [part.strip() for part in re.split(r",(?![^(]*\))", text) if part.strip()]


def _position() -> dict[str, str]:
    return {
        "transforms": "position",
        "transforms.position.type": "org.apache.kafka.connect.transforms.InsertField$Value",
        "transforms.position.topic.field": TOPIC_COLUMN,
        "transforms.position.partition.field": PARTITION_COLUMN,
        "transforms.position.offset.field": OFFSET_COLUMN,
    }
