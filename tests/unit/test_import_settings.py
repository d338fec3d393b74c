"""``cdcctl import``: which keys of the pipeline the connectors' and the worker's settings become."""

from __future__ import annotations

from typing import Any

import pytest
from tests_of_import import DEBEZIUM, GLUE_CONVERTER, REGION, S3, imported, notes, rendered, source

from cdcctl.importing.yaml_text import document, to_yaml


def test_several_sinks_and_a_worker() -> None:
    worker = {
        "key.converter": "org.apache.kafka.connect.json.JsonConverter",
        "value.converter": "org.apache.kafka.connect.json.JsonConverter",
        "value.converter.schemas.enable": "false",
        "offset.storage.topic": "offsets",
        "offset.flush.interval.ms": "5000",
        "bootstrap.servers": "b:9092",
        "group.id": "g",
    }
    more = {**S3, "s3.bucket.name": "copy"}
    made = imported(DEBEZIUM, S3, more, worker)
    assert list(made.pipeline.sinks) == ["confluent-s3", "confluent-s3-2"]
    result = rendered(made)
    assert result.source["value.converter.schemas.enable"] == "false"
    assert not [key for key in result.source if "registry" in key]
    assert (result.worker["offset.storage.topic"], result.worker["offset.flush.interval.ms"]) == ("offsets", "5000")
    assert {"bootstrap.servers", "group.id"} <= notes(made, "dropped").keys()


def test_one_registry_for_both_stays_one() -> None:
    glue = {
        f"{side}.converter{key}": value
        for side in ("key", "value")
        for key, value in {"": GLUE_CONVERTER, ".registry.name": "one", ".region": REGION}.items()
    }
    made = imported({**DEBEZIUM, **glue})
    assert "registries.keys" in notes(made, "note")
    config = rendered(made).source
    assert (config["key.converter.registry.name"], config["value.converter.registry.name"]) == ("one", "one")
    # What was not set was BACKWARD, and no schema was registered by itself.
    assert (config["key.converter.compatibility"], config["value.converter.schemaAutoRegistrationEnabled"]) == (
        "BACKWARD",
        "false",
    )


def test_converters_of_a_worker_that_is_not_known_are_told() -> None:
    assert {"key.converter", "value.converter"} <= notes(imported(DEBEZIUM), "changed").keys()


def test_variables_of_a_template_become_the_pipelines_own() -> None:
    made = imported(source(database__hostname="${var.db_host}"))
    assert made.pipeline.source.host == "${var.db_host}"
    assert document(made)["variables"] == {"db_host": "fill-in"}
    to_yaml(made)


PARTITIONER = "io.confluent.connect.storage.partitioner."
ICEBERG = {"connector.class": "org.apache.iceberg.connect.IcebergSinkConnector", "topics": "db1.shop.orders"}
AIVEN = {"connector.class": "io.aiven.kafka.connect.s3.AivenKafkaConnectS3SinkConnector", "topics": "t"}
BY_DAY = {
    "partitioner.class": f"{PARTITIONER}DailyPartitioner",
    "locale": "IT_it",
    "timezone": "Europe/Rome",
    "timestamp.extractor": "RecordField",
    "timestamp.field": "generation_time",
}
BY_HOUR = {
    "partitioner.class": f"{PARTITIONER}HourlyPartitioner",
    "partition.duration.ms": "300000",
    "timezone": "UTC",
    "locale": "en",
}
GLUE = {"iceberg.catalog.type": "glue", "iceberg.catalog.warehouse": "s3://lake/w"}
REST = {"topics.regex": "cdc.*", "iceberg.tables.dynamic-enabled": "true", "iceberg.catalog.type": "rest"}
NO_TOPICS = {key: value for key, value in ICEBERG.items() if key != "topics"}
BEFORE_APACHE = {**ICEBERG, "connector.class": "io.tabular.iceberg.connect.IcebergSinkConnector"}
BUILT_IN = ["information_schema", "mysql", "performance_schema", "sys"]


# Facts of configurations that people published, each as small as shows it.
@pytest.mark.parametrize(
    ("config", "path", "value"),
    [
        (source(table__include__list=None, database__include__list="fakeshop"), "source.databases", ["fakeshop"]),
        (source(table__include__list=None), "source.exclude_databases", BUILT_IN),
        (source(table__include__list="shop.*", database__include__list="shop"), "source.databases", ["shop"]),
        (source(table__include__list=r"shop\.(a|b)"), "source.tables_matching", [r"shop\.(a|b)"]),
        (source(table__include__list="shop.a, shop.b"), "source.tables", ["shop.a", "shop.b"]),
        (source(a__key__nobody__knows="x"), "source.properties.a.key.nobody.knows", "x"),
        ({**S3, **BY_DAY}, "sink.partitioning.timestamp_field", "generation_time"),
        ({**S3, **BY_HOUR}, "sink.partitioning", {"by": "hourly", "timestamp": "wallclock", "locale": "en"}),
        ({**S3, **BY_HOUR}, "sink.properties.partition.duration.ms", "300000"),
        ({**S3, "topics": "pub.ecomm.customer.customer.state.v1"}, "topic_prefix", "pub.ecomm.customer.customer"),
        ({**S3, "topics": "energy"}, "sink.properties.topics", "energy"),
        ({**AIVEN, "aws_s3_bucket": "archive", "output_compression": "none"}, "sink.compression", "none"),
        ({**AIVEN, "format.output.type": "parquet"}, "sink.file_name", "{{topic}}-{{partition}}-{{start_offset}}"),
        ({**ICEBERG, **GLUE, "iceberg.tables": "raw.orders"}, "sink.database", "raw"),
        ({**NO_TOPICS, **REST}, "sink.properties.iceberg.catalog.catalog-impl", None),
        ({**BEFORE_APACHE, "iceberg.tables": "shop.orders"}, "sink.properties.transforms", None),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_people_write(config: dict[str, str], path: str, value: Any) -> None:
    made = imported(config)
    found: Any = document(made)
    steps = path.split(".", 2) if ".properties." in path else path.split(".")
    for step in steps:
        found = found[step]
    assert found == value
    to_yaml(made)


BROKERS = "schema__history__internal__kafka__bootstrap__servers"


@pytest.mark.parametrize(
    ("changes", "region"),
    [
        ({BROKERS: "b-1.m.abc.c4.kafka.ap-south-1.amazonaws.com:9098,b-2.m.abc.c4.kafka.ap-south-1.amazonaws.com:9098"},
         "ap-south-1"),
        ({BROKERS: "boot-x.kafka-serverless.eu-west-2.amazonaws.com:9098"}, "eu-west-2"),
        ({"database__hostname": "a.cluster-b.cn-north-1.rds.amazonaws.com.cn"}, "cn-north-1"),
        ({"database__hostname": "amazonaws.com"}, REGION),
    ],
)  # fmt: skip
def test_the_region_of_a_source_alone_is_that_of_its_brokers_or_its_database(
    changes: dict[str, str], region: str
) -> None:
    assert imported(source(**changes)).region == region
    assert imported(
        source(**changes, value__converter=GLUE_CONVERTER, value__converter__region="us-west-2")
    ).region == ("us-west-2")
