"""``cdcctl bootstrap``: what is done with a stack's outputs: the database is prepared, a pipeline gets its overlay."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from bootstrap_stack import ARN
from botocore.stub import Stubber
from ruamel.yaml import YAML
from stubbed_client import answering

from cdcctl.aws.cloudformation import Stack
from cdcctl.aws.msk import Msk
from cdcctl.aws.target import Target
from cdcctl.bootstrap.database import has_database, prepare_database
from cdcctl.bootstrap.overlay import overlay, to_yaml
from cdcctl.bootstrap.template import load_template
from cdcctl.documents import Document
from cdcctl.errors import InputError, RemoteError
from cdcctl.pipeline import AivenS3Sink, ConfluentS3Sink, IcebergSink, parse

CLUSTER = "arn:aws:kafka:us-east-1:123456789012:cluster/cdcctl-movies/0a1b-2"
OUTPUTS = {
    "DatabaseHost": "db.example",
    "DatabasePort": "3306",
    "DatabaseArn": "arn:aws:rds:us-east-1:123456789012:cluster:movies",
    "DatabaseAdminSecretArn": "arn:aws:secretsmanager:us-east-1:123456789012:secret:admin",
    "DatabaseSecretName": "movies/mysql",
    "BinlogRetentionHours": "72",
    "KeyRegistry": "movies-keys",
    "ValueRegistry": "movies-values",
    "ClusterArn": CLUSTER,
    "SubnetIds": "s-1,s-2",
    "SecurityGroupId": "sg-1",
    "RoleArn": "arn:aws:iam::123456789012:role/movies",
    "Bucket": "lake",
    "Warehouse": "s3://lake/warehouse",
    "LogGroup": "/cdcctl/movies",
}


@pytest.fixture
def statements(place: Target, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The SQL that reaches the Data API."""
    sent: list[str] = []
    place.client("secretsmanager").create_secret(
        Name="movies/mysql", SecretString='{"username": "debezium", "password": "it\'s\\\\x"}'
    )
    make: Callable[..., Any] = Target.client

    def client(self: Target, service: str) -> Any:
        made = make(self, service)
        if service == "rds-data":
            made.meta.events.register(
                "provide-client-params.rds-data.ExecuteStatement", lambda params, **_: sent.append(params["sql"])
            )
        return made

    monkeypatch.setattr(Target, "client", client)
    return sent


def test_the_database_is_prepared(place, statements):
    assert has_database(OUTPUTS)
    told = prepare_database(place, OUTPUTS)
    assert statements == [
        "CALL mysql.rds_set_configuration('binlog retention hours', 72)",
        "CREATE USER IF NOT EXISTS 'debezium'@'%' IDENTIFIED BY 'it\\'s\\\\x'",
        "ALTER USER 'debezium'@'%' IDENTIFIED BY 'it\\'s\\\\x'",
        "GRANT SELECT, RELOAD, SHOW DATABASES, REPLICATION SLAVE, REPLICATION CLIENT, LOCK TABLES "
        "ON *.* TO 'debezium'@'%'",
    ]
    assert not [line for line in told if "it's" in line]


def test_a_database_that_refuses_says_so_without_the_password(place, statements, monkeypatch):
    client = place.client("rds-data")
    stub = Stubber(client)
    stub.add_client_error("execute_statement", "BadRequestException", "Database error code: 1045", 400)
    stub.activate()
    make = Target.client
    monkeypatch.setattr(Target, "client", lambda self, name: client if name == "rds-data" else make(self, name))
    with pytest.raises(RemoteError, match="Database error code: 1045") as caught:
        prepare_database(place, OUTPUTS)
    assert "it's" not in f"{caught.value} {caught.value.hint}"
    assert "binlog retention hours" in str(caught.value.hint)


def test_a_stack_without_a_database():
    assert not has_database({"Bucket": "b"})


PIPELINE = {
    "name": "movies",
    "topic_prefix": "movies",
    "source": {"tables": ["sampledatabase.movies"]},
    "sinks": {"lake": {}, "files": {"type": "confluent-s3"}, "more": {"type": "aiven-s3"}},
}


@pytest.fixture
def msk(place: Target) -> Stubber:
    """MSK's answers, which moto does not give."""
    client = place.client("kafka")
    place.__dict__["msk"] = Msk(client)
    return answering(client)


def test_outputs_become_an_overlay_that_completes_a_pipeline(place, msk):
    brokers = {"BootstrapBrokerStringSaslIam": "b-1:9098,b-2:9098"}
    msk.add_response("get_bootstrap_brokers", brokers, {"ClusterArn": CLUSTER})
    stack = Stack("cdcctl-movies", ARN, "CREATE_COMPLETE", outputs=OUTPUTS)
    text = to_yaml(overlay(place, stack))
    pipeline = parse([Document("pipeline.yaml", PIPELINE), Document("aws.yaml", YAML(typ="safe").load(text))])
    assert (pipeline.source.host, pipeline.source.credentials.secret) == ("db.example", "movies/mysql")
    assert (pipeline.registries.keys, pipeline.registries.values) == ("movies-keys", "movies-values")
    kafka = pipeline.kafka
    assert (kafka.cluster_arn, kafka.bootstrap_servers) == (CLUSTER, "b-1:9098,b-2:9098")
    assert (kafka.authentication, kafka.subnets, kafka.security_groups) == ("IAM", ["s-1", "s-2"], ["sg-1"])
    connect = pipeline.connect
    assert (connect.role_arn, connect.plugin_bucket) == (OUTPUTS["RoleArn"], "lake")
    assert pipeline.log_group == "/cdcctl/movies"
    lake, files, more = pipeline.sinks.values()
    assert isinstance(lake, IcebergSink)
    assert lake.warehouse == "s3://lake/warehouse"
    assert isinstance(files, ConfluentS3Sink)
    assert (files.bucket, files.prefix) == ("lake", "warehouse")
    assert isinstance(more, AivenS3Sink)
    assert (more.bucket, more.prefix) == ("lake", "warehouse/")


def test_outputs_that_a_stack_lacks_are_left_out(place):
    stack = Stack("cdcctl-movies", ARN, "CREATE_COMPLETE", outputs={"KeyRegistry": "k", "Other": "x"})
    assert overlay(place, stack) == {"registries": {"keys": "k"}}
    with pytest.raises(InputError, match="no outputs that a pipeline could use"):
        overlay(place, Stack("cdcctl-movies", ARN, "CREATE_COMPLETE"))


def test_a_cluster_without_iam(place, msk):
    msk.add_response("get_bootstrap_brokers", {"BootstrapBrokerString": "b-1:9092"})
    with pytest.raises(InputError, match="does not speak IAM over TLS"):
        overlay(place, Stack("cdcctl-movies", ARN, "CREATE_COMPLETE", outputs=OUTPUTS))


def test_every_output_is_one_of_the_template():
    assert set(OUTPUTS) <= set(re.findall(r"^  (\w+): \{Value:", load_template(None).text, re.MULTILINE))
