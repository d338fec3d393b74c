"""The S3 sinks, secrets of other places, and the settings of clients."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore.stub import Stubber
from tests_of_render import BASE, REGION

from cdcctl.aws.msk import Msk
from cdcctl.aws.worker_rules import problems
from cdcctl.documents import Document
from cdcctl.errors import InputError
from cdcctl.pipeline import Pipeline, parse
from cdcctl.render.configurations import Configurations, render
from cdcctl.render.iceberg import PAGE_SIZE

ARN = "arn:aws:kafka:eu-central-1:111122223333:cluster/main/0e1f"


def pipeline(*more: dict[str, Any], sink: dict[str, Any] | None = None) -> Pipeline:
    sinks = {"sink": sink or {"warehouse": "s3://lake/w"}}
    return parse([Document("base", BASE), Document("sink", sinks), *(Document("own", each) for each in more)])


def rendered(*more: dict[str, Any], sink: dict[str, Any] | None = None) -> Configurations:
    return render(pipeline(*more, sink=sink), REGION)


def confluent(**more: Any) -> dict[str, str]:
    return rendered(sink={"type": "confluent-s3", "bucket": "archive", **more}).sink


def aiven(**more: Any) -> dict[str, str]:
    return rendered(sink={"type": "aiven-s3", "bucket": "archive", **more}).sink


def test_confluent_defaults_are_safe() -> None:
    config = confluent()
    assert config["schema.compatibility"] == "NONE"
    # A schedule without a time zone is taken, and then the task fails.
    assert (config["rotate.schedule.interval.ms"], config["timezone"]) == ("300000", "UTC")
    assert config["flush.size"] == "50000"
    assert config["behavior.on.null.values"] == "fail"
    assert config["parquet.codec"] == "snappy"
    assert config["partitioner.class"].endswith(".DefaultPartitioner")


@pytest.mark.parametrize(
    ("sink", "key", "value"),
    [
        ({"format": "avro"}, "avro.codec", "snappy"),
        ({"format": "avro", "compression": "none"}, "avro.codec", "null"),
        ({"format": "json"}, "s3.compression.type", "none"),
        ({"format": "bytes", "compression": "gzip"}, "s3.compression.type", "gzip"),
        ({"partitioning": {"by": "fields", "fields": ["a", "b"]}}, "partition.field.name", "a,b"),
        ({"partitioning": {"by": "daily"}, "timezone": "Asia/Tokyo"}, "timezone", "Asia/Tokyo"),
        ({"partitioning": {"by": "hourly"}}, "timestamp.extractor", "Record"),
        ({"null_values": "write"}, "store.kafka.keys", "true"),
    ],
)
def test_confluent_choices(sink: dict[str, Any], key: str, value: str) -> None:
    assert confluent(**sink)[key] == value


def test_a_codec_is_written_for_its_own_format_only() -> None:
    """The sink refuses s3.compression.type with Parquet."""
    codecs = ("parquet.codec", "avro.codec", "s3.compression.type")
    for chosen in ("parquet", "avro", "json", "bytes"):
        assert len([key for key in confluent(format=chosen) if key in codecs]) == 1


@pytest.mark.parametrize(
    ("sink", "said"),
    [
        ({"type": "confluent-s3", "format": "json", "compression": "snappy"}, "compression of json is one of gzip"),
        ({"type": "confluent-s3", "rotation": {"interval_ms": 5}}, "does nothing unless partitioning is by time"),
        ({"type": "aiven-s3", "version": 2.15, "encryption": "AES256"}, "encryption needs version 3.0"),
        ({"type": "aiven-s3", "external_id": "x"}, "external_id is for role_arn"),
    ],
)  # fmt: skip
def test_what_a_sink_cannot_do(sink: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError) as caught:
        pipeline(sink={"bucket": "archive", **sink})
    assert any(said in line for line in caught.value.details), caught.value.details


def test_aiven_defaults_are_safe() -> None:
    config = aiven()
    # Unset, its Parquet would not be compressed; unnamed, the one field would be refused.
    assert (config["file.compression.type"], config["format.output.fields"]) == ("snappy", "value")
    assert config["format.output.envelope"] == "false"
    # With aws.s3.prefix the template would be ignored.
    assert "aws.s3.prefix" not in config
    name = config["file.name.template"]
    assert (
        name == "{{topic}}/partition={{partition}}/{{topic}}+{{partition}}+{{start_offset:padding=true}}.snappy.parquet"
    )
    # A table without a key has no key schema, which this sink takes for a failure.
    assert config["key.converter"] == "org.apache.kafka.connect.converters.ByteArrayConverter"


def test_aiven_with_keys_reads_them_by_their_schema() -> None:
    config = aiven(fields=["key", "value"], envelope=True, prefix="cdc/", format="jsonl", compression="gzip")
    assert config["key.converter.registry.name"] == "k"
    assert config["file.name.template"].startswith("cdc/{{topic}}/")
    assert config["file.name.template"].endswith(".jsonl.gz")


def test_the_worker_flushes_less_often_for_aiven() -> None:
    """Its sink writes its files at each flush."""
    assert rendered().worker["offset.flush.interval.ms"] == "10000"
    sink = {"type": "aiven-s3", "bucket": "archive"}
    assert rendered(sink=sink).worker["offset.flush.interval.ms"] == "60000"


@pytest.mark.parametrize(
    ("credentials", "user", "provider"),
    [
        ({"secret": None, "ssm": "/prod/db"}, "${ssm::/prod/db/username}", "Ssm"),
        ({"secret": None, "environment": "DB"}, "${env:DB_USERNAME}", "EnvVar"),
        ({"secret": "x", "username_key": "u"}, "${secretsmanager:x:u}", "SecretsManager"),
    ],
)
def test_credentials_are_references_to_their_place(credentials: dict[str, Any], user: str, provider: str) -> None:
    made = rendered({"source": {"credentials": credentials}})
    assert made.source["database.user"] == user
    name = user[2:].partition(":")[0]
    assert made.worker["config.providers"] == name
    assert provider in made.worker[f"config.providers.{name}.class"]
    assert problems(made.worker) == []


def test_providers_of_raw_properties_are_set_up_too() -> None:
    made = rendered({"sink": {"properties": {"x.password": "${ssm::/p}", "y": "${file:/a:b}"}}})
    assert made.worker["config.providers"] == "secretsmanager,ssm"


def test_scram_and_mutual_tls() -> None:
    made = rendered({"kafka": {"authentication": "SASL_SCRAM", "credentials": {"secret": "kafka"}}})
    jaas = made.source["schema.history.internal.producer.sasl.jaas.config"]
    assert 'username="${secretsmanager:kafka:username}" password="${secretsmanager:kafka:password}"' in jaas
    assert made.sink["iceberg.kafka.sasl.mechanism"] == "SCRAM-SHA-512"
    keystore = {"ssl.keystore.location": "/k.jks", "ssl.keystore.password": "${secretsmanager:k:p}"}
    mutual = rendered({"kafka": {"authentication": "MTLS", "properties": keystore}})
    assert mutual.sink["iceberg.kafka.security.protocol"] == "SSL"
    assert mutual.source["schema.history.internal.consumer.ssl.keystore.location"] == "/k.jks"


def test_dead_letters_come_with_tolerance() -> None:
    config = rendered(sink={"warehouse": "s3://lake/w", "dead_letters": {"topic": "dead"}}).sink
    assert (config["errors.tolerance"], config["errors.deadletterqueue.topic.name"]) == ("all", "dead")
    # Rows do not belong into logs.
    assert config["errors.log.include.messages"] == "false"


def test_brokers_are_looked_up_by_the_clusters_listener() -> None:
    client = boto3.client("kafka", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
    only_arn = pipeline({"kafka": {"cluster_arn": ARN, "bootstrap_servers": ""}})
    with Stubber(client) as stub:
        stub.add_response(
            "get_bootstrap_brokers", {"BootstrapBrokerStringSaslIam": "b-1:9098,b-2:9098"}, {"ClusterArn": ARN}
        )
        assert Msk(client).with_brokers(only_arn).kafka.bootstrap_servers == "b-1:9098,b-2:9098"
        stub.add_response("get_bootstrap_brokers", {"BootstrapBrokerStringTls": "b-1:9094"}, {"ClusterArn": ARN})
        with pytest.raises(InputError, match="does not speak IAM over TLS"):
            Msk(client).with_brokers(only_arn)


@pytest.mark.parametrize(
    ("tables", "more", "page"),
    [
        (128, {}, None),
        (129, {}, "524288"),
        (1000, {}, "131072"),
        (1000, {"capacity": {"mcu": 8}}, None),
        (1000, {"format": "orc"}, None),
        (1000, {"properties": {PAGE_SIZE: "8192"}}, "8192"),
        (9000, {}, "65536"),
    ],
)
def test_writers_of_very_many_tables_fit_into_the_workers_heap(
    tables: int, more: dict[str, Any], page: str | None
) -> None:
    named = {"tables": [f"shop.t{number}" for number in range(tables)]}
    config = rendered({"source": named}, sink={"type": "iceberg", "warehouse": "s3://lake/w", **more}).sink
    assert config.get(PAGE_SIZE) == page
