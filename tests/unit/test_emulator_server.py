"""One port: who answers what, and the Glue serializer against it."""

from __future__ import annotations

import hashlib
import json
import threading
import time
import urllib.request
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from aws_schema_registry import DataAndSchema, KafkaDeserializer, KafkaSerializer, SchemaRegistryClient
from aws_schema_registry.avro import AvroSchema
from aws_schema_registry.exception import SchemaRegistryException
from botocore.config import Config
from botocore.exceptions import ClientError

from cdcctl.local.emulator.admin import HEALTH_PATH
from cdcctl.local.emulator.glue_registry import GlueRegistryApi
from cdcctl.local.emulator.server import make_server


class Connect:
    """Stands for MSK Connect."""

    def reset(self) -> None:
        pass

    def list_connectors(self, request: dict[str, Any]) -> dict[str, Any]:
        return {"connectors": [{"connectorName": "here"}]}


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = make_server("127.0.0.1", 0, glue_registry=GlueRegistryApi(), msk_connect=Connect())
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def client(endpoint: str, service: Any) -> Any:
    return boto3.client(
        service,
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(retries={"max_attempts": 0}),
    )


@pytest.fixture
def glue(endpoint: str) -> Any:
    urllib.request.urlopen(urllib.request.Request(f"{endpoint}/moto-api/reset", method="POST")).close()
    return client(endpoint, "glue")


def test_health(endpoint: str) -> None:
    with urllib.request.urlopen(endpoint + HEALTH_PATH) as answer:
        assert json.load(answer) == {"status": "ok"}


def test_msk_connect_is_ours(endpoint: str) -> None:
    assert client(endpoint, "kafkaconnect").list_connectors()["connectors"] == [{"connectorName": "here"}]


def test_without_msk_connect_it_says_so() -> None:
    server = make_server("127.0.0.1", 0, glue_registry=GlueRegistryApi())
    thread = threading.Thread(target=server.handle_request)
    thread.start()
    with pytest.raises(ClientError, match="ListConnectors is not emulated locally"):
        client(f"http://127.0.0.1:{server.server_port}", "kafkaconnect").list_connectors()
    thread.join()
    server.server_close()


def test_data_catalog_and_other_services_are_motos(endpoint: str, glue: Any) -> None:
    glue.create_database(DatabaseInput={"Name": "lake"})
    assert [each["Name"] for each in glue.get_databases()["DatabaseList"]] == ["lake"]
    secrets = client(endpoint, "secretsmanager")
    secrets.create_secret(Name="s", SecretString="x")
    assert secrets.get_secret_value(SecretId="s")["SecretString"] == "x"
    assert client(endpoint, "logs").describe_log_groups()["logGroups"] == []


def test_tags_go_where_the_arn_belongs(glue: Any) -> None:
    schema = glue.create_schema(SchemaName="s", DataFormat="AVRO", SchemaDefinition='"int"', Tags={"a": "b"})
    assert glue.get_tags(ResourceArn=schema["SchemaArn"])["Tags"] == {"a": "b"}
    glue.create_job(Name="j", Role="r", Command={"Name": "glueetl"})
    job = "arn:aws:glue:us-east-1:123456789012:job/j"
    glue.tag_resource(ResourceArn=job, TagsToAdd={"c": "d"})
    assert glue.get_tags(ResourceArn=job)["Tags"] == {"c": "d"}


def test_reset_reaches_the_registry(endpoint: str, glue: Any) -> None:
    glue.create_registry(RegistryName="r")
    urllib.request.urlopen(urllib.request.Request(f"{endpoint}/moto-api/reset", method="POST")).close()
    assert glue.list_registries()["Registries"] == []


@pytest.mark.parametrize("size", [0, 1, 70_000, 9_000_000])
def test_s3_objects_arrive_whole(endpoint: str, glue: Any, size: int, tmp_path: Any) -> None:
    s3 = client(endpoint, "s3")
    s3.create_bucket(Bucket="bucket")
    body = bytes(number % 251 for number in range(1000)) * (size // 1000) + b"x" * (size % 1000)
    s3.put_object(Bucket="bucket", Key="put", Body=body)
    (tmp_path / "file").write_bytes(body)
    s3.upload_file(str(tmp_path / "file"), "bucket", "uploaded")
    for key in ("put", "uploaded"):
        found = s3.get_object(Bucket="bucket", Key=key)["Body"].read()
        assert hashlib.sha256(found).digest() == hashlib.sha256(body).digest()


def avro(*fields: dict[str, Any]) -> AvroSchema:
    return AvroSchema(json.dumps({"type": "record", "name": "Value", "fields": list(fields)}))


class TestGlueSerializer:
    """The Python client that registers by itself, driven by the texts of our errors as Java's is."""

    @pytest.fixture
    def serializer(self, glue: Any) -> KafkaSerializer:
        return KafkaSerializer(SchemaRegistryClient(glue, wait_interval_seconds=0))

    def test_round_trip_registers_schema_and_versions(self, glue: Any, serializer: KafkaSerializer) -> None:
        first, second = (
            avro({"name": "a", "type": "int"}),
            avro({"name": "a", "type": "int"}, {"name": "b", "type": ["null", "int"], "default": None}),
        )
        encoded = [
            serializer.serialize("topic", ({"a": 1}, first)),
            serializer.serialize("topic", ({"a": 2, "b": 3}, second)),
        ]
        listed = glue.list_schema_versions(SchemaId={"SchemaName": "topic-value", "RegistryName": "default-registry"})
        assert [each["Status"] for each in listed["Schemas"]] == ["AVAILABLE", "AVAILABLE"]
        deserializer = KafkaDeserializer(SchemaRegistryClient(glue))
        decoded = [deserializer.deserialize("topic", each) for each in encoded]
        assert [each.data for each in decoded if isinstance(each, DataAndSchema)] == [{"a": 1}, {"a": 2, "b": 3}]

    def test_incompatible_schema_fails_now_and_ever_after(self, glue: Any, serializer: KafkaSerializer) -> None:
        bad = avro({"name": "a", "type": "string"})
        serializer.serialize("topic", ({"a": 1}, avro({"name": "a", "type": "int"})))
        with pytest.raises(SchemaRegistryException) as caught:
            serializer.serialize("topic", ({"a": "x"}, bad))
        assert "is in FAILURE status" in str(caught.value.__cause__)
        with pytest.raises(SchemaRegistryException) as caught:
            serializer.serialize("topic", ({"a": "x"}, bad))
        assert "Schema Found but status is FAILURE" in str(getattr(caught.value.__cause__, "__cause__", None))


def test_log_events_of_the_streams_asked_for(endpoint: str, glue: Any) -> None:
    logs = client(endpoint, "logs")
    logs.create_log_group(logGroupName="/g")
    for name in ("source-1", "sink-1"):
        logs.create_log_stream(logGroupName="/g", logStreamName=name)
        event = {"timestamp": int(time.time() * 1000), "message": name}
        logs.put_log_events(logGroupName="/g", logStreamName=name, logEvents=[event])
    for prefix, expected in (("source-", ["source-1"]), ("s", ["sink-1", "source-1"]), ("other-", [])):
        found = logs.filter_log_events(logGroupName="/g", logStreamNamePrefix=prefix)["events"]
        assert sorted(each["message"] for each in found) == expected
    assert len(logs.filter_log_events(logGroupName="/g")["events"]) == 2
    with pytest.raises(logs.exceptions.ResourceNotFoundException):
        logs.filter_log_events(logGroupName="/none", logStreamNamePrefix="x")


def test_a_table_is_updated_only_from_its_latest_version(glue: Any) -> None:
    """Else one of two commits to an Iceberg table at the same moment would be lost."""
    glue.create_database(DatabaseInput={"Name": "db"})
    glue.create_table(DatabaseName="db", TableInput={"Name": "t", "Parameters": {"location": "0"}})
    read = glue.get_table(DatabaseName="db", Name="t")["Table"]["VersionId"]

    def update(location: str, **version: str) -> None:
        table = {"Name": "t", "Parameters": {"location": location}}
        glue.update_table(DatabaseName="db", TableInput=table, SkipArchive=True, **version)

    update("1", VersionId=read)
    with pytest.raises(glue.exceptions.ConcurrentModificationException, match="concurrent modifications"):
        update("lost", VersionId=read)
    update("2", VersionId=glue.get_table(DatabaseName="db", Name="t")["Table"]["VersionId"])
    update("3")
    assert glue.get_table(DatabaseName="db", Name="t")["Table"]["Parameters"] == {"location": "3"}
    with pytest.raises(glue.exceptions.EntityNotFoundException):
        glue.update_table(DatabaseName="db", TableInput={"Name": "none"}, VersionId="1")


def test_of_updates_at_the_same_moment_one_goes_through(glue: Any) -> None:
    glue.create_database(DatabaseInput={"Name": "db"})
    glue.create_table(DatabaseName="db", TableInput={"Name": "t"})
    done: list[str] = []

    def update(number: int) -> None:
        try:
            glue.update_table(DatabaseName="db", TableInput={"Name": "t", "Description": str(number)}, VersionId="1")
            done.append(str(number))
        except glue.exceptions.ConcurrentModificationException:
            pass

    threads = [threading.Thread(target=update, args=(number,)) for number in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert [glue.get_table(DatabaseName="db", Name="t")["Table"]["Description"]] == done
