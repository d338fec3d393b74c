"""The AWS CLI against ``cdcctl local serve`` and a Kafka of somebody else's: what any other tool would do."""

from __future__ import annotations

import base64
import io
import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import urllib3

from cdcctl.local.account import CREDENTIALS
from cdcctl.local.ports import LOOPBACK, free_ports
from cdcctl.local.state import Stack

AWS = Path(sys.executable).parent / "aws"
COMMAND = Path(sys.executable).parent / "cdcctl"
CONVERTER = "org.apache.kafka.connect.storage.StringConverter"
AVRO = '{"type": "record", "name": "R", "fields": [{"name": "a", "type": "int"}]}'
Aws = Callable[..., Any]


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An emulator of its own; in the end, SIGTERM leaves nothing of it."""
    folder = tmp_path_factory.mktemp("serve")
    argv = [str(COMMAND), "local", "serve", "--port", "0", "--json"]
    environment = {**os.environ, "TMPDIR": str(folder)}
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment) as serve:
        assert serve.stdout is not None
        yield json.loads(serve.stdout.readline())["aws"]
        workers = psutil.Process(serve.pid).children(recursive=True)
        assert workers, "a connector is left for the end"
        serve.send_signal(signal.SIGTERM)
        _, stderr = serve.communicate(timeout=60)
    assert (serve.returncode, stderr) == (0, "")
    assert not any(worker.is_running() for worker in workers)
    assert list(folder.iterdir()) == []


@pytest.fixture
def aws(endpoint: str, tmp_path: Path) -> Aws:
    environment = {
        **os.environ,
        **CREDENTIALS,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_MAX_ATTEMPTS": "1",
    }

    def run(*arguments: str, code: int = 0, error: str = "", **options: Any) -> Any:
        given = [
            part
            for name, value in options.items()
            for part in (f"--{name.replace('_', '-')}", value if isinstance(value, str) else json.dumps(value))
        ]
        done = subprocess.run(
            [sys.executable, str(AWS), "--endpoint-url", endpoint, "--output", "json", *arguments, *given],
            env=environment,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == code, done.stderr
        assert error in done.stderr
        return json.loads(done.stdout) if done.stdout.startswith("{") else done.stdout

    return run


def wait(describe: Callable[[], dict[str, Any]], key: str, *states: str, meanwhile: str = "CREATING") -> dict[str, Any]:
    deadline = time.monotonic() + 120
    while (found := describe())[key] not in states:
        assert found[key] == meanwhile, found
        assert time.monotonic() < deadline
    return found


def plugin(aws: Aws, name: str, path: Path) -> str:
    """ARN of an ACTIVE custom plugin."""
    bucket = f"{name}-bucket"
    aws("s3", "mb", f"s3://{bucket}")
    aws("s3", "cp", "--no-progress", str(path), f"s3://{bucket}/plugin.zip")
    location = {"s3Location": {"bucketArn": f"arn:aws:s3:::{bucket}", "fileKey": "plugin.zip"}}
    made = aws("kafkaconnect", "create-custom-plugin", name=name, content_type="ZIP", location=location)
    arn: str = made["customPluginArn"]
    wait(lambda: aws("kafkaconnect", "describe-custom-plugin", custom_plugin_arn=arn), "customPluginState", "ACTIVE")
    return arn


def connector(name: str, plugin_arn: str, brokers: str, configuration: dict[str, str], **more: Any) -> dict[str, Any]:
    """The options of create-connector."""
    return {
        "connector_name": name,
        "connector_configuration": {"tasks.max": "1", **configuration},
        "capacity": {"provisionedCapacity": {"mcuCount": 1, "workerCount": 1}},
        "kafka_cluster": {"apacheKafkaCluster": {"bootstrapServers": brokers, "vpc": {"subnets": ["subnet-1"]}}},
        "kafka_cluster_client_authentication": {"authenticationType": "NONE"},
        "kafka_cluster_encryption_in_transit": {"encryptionType": "PLAINTEXT"},
        "kafka_connect_version": "3.7.x",
        "plugins": [{"customPlugin": {"customPluginArn": plugin_arn, "revision": 1}}],
        "service_execution_role_arn": "arn:aws:iam::123456789012:role/connect",
        "log_delivery": {"workerLogDelivery": {"cloudWatchLogs": {"enabled": True, "logGroup": f"/{name}"}}},
        **more,
    }


def log_of(aws: Aws, name: str) -> str:
    group = f"/{name}"
    streams = aws("logs", "describe-log-streams", log_group_name=group)["logStreams"]
    assert [each["logStreamName"].startswith(name) for each in streams] == [True]
    stream = streams[0]["logStreamName"]
    found = aws("logs", "get-log-events", "--start-from-head", log_group_name=group, log_stream_name=stream)
    return "\n".join(each["message"] for each in found["events"])


def sink(name: str, brokers: str) -> dict[str, str]:
    return {
        "connector.class": "org.apache.iceberg.connect.IcebergSinkConnector",
        "topics": f"{name}-topic",
        "iceberg.tables": "a.b",
        "iceberg.control.topic": f"{name}-control",
        "iceberg.catalog.catalog-impl": "org.apache.iceberg.aws.glue.GlueCatalog",
        "iceberg.catalog.warehouse": "s3://warehouse/w",
        "iceberg.catalog.io-impl": "org.apache.iceberg.aws.s3.S3FileIO",
        "iceberg.kafka.bootstrap.servers": brokers,
    }


def test_connector_by_the_aws_cli(aws: Aws, stack: Stack, cdcctl: Any) -> None:
    built = json.loads(cdcctl("plugin", "build", "iceberg", "--json").stdout)
    name, brokers = f"aws-cli-{os.getpid()}", stack.bootstrap_servers
    plugin_arn = plugin(aws, name, Path(built["path"]))
    content = base64.b64encode(f"key.converter={CONVERTER}\nvalue.converter={CONVERTER}\n".encode()).decode()
    worker = aws("kafkaconnect", "create-worker-configuration", name=name, properties_file_content=content)
    worker_arn = worker["workerConfigurationArn"]
    aws("logs", "create-log-group", log_group_name=f"/{name}")
    configuration = sink(name, brokers)
    options = connector(name, plugin_arn, brokers, configuration, tags={"team": "data"})
    options["worker_configuration"] = {"workerConfigurationArn": worker_arn, "revision": 1}
    made = aws("kafkaconnect", "create-connector", **options)
    assert made["connectorState"] == "CREATING"
    arn = made["connectorArn"]

    def describe() -> Any:
        return aws("kafkaconnect", "describe-connector", connector_arn=arn)

    def operation(started: dict[str, Any]) -> dict[str, Any]:
        found = started
        deadline = time.monotonic() + 120
        while "endTime" not in found:
            found = aws(
                "kafkaconnect",
                "describe-connector-operation",
                connector_operation_arn=started["connectorOperationArn"],
            )
            assert time.monotonic() < deadline, found
        return found

    running = wait(describe, "connectorState", "RUNNING")
    listed = aws("kafkaconnect", "list-connectors", connector_name_prefix=name)["connectors"]
    assert [each["connectorArn"] for each in listed] == [arn]
    in_use = "is in use by connector"
    aws("kafkaconnect", "delete-custom-plugin", custom_plugin_arn=plugin_arn, code=255, error=in_use)

    # In place, in the worker that runs.
    tuned = {**running["connectorConfiguration"], "iceberg.control.commit.interval-ms": "5000"}
    version = running["currentVersion"]
    update = ("kafkaconnect", "update-connector")
    started = aws(*update, connector_arn=arn, current_version=version, connector_configuration=tuned)
    assert started["connectorState"] == "UPDATING"
    done = operation(started)
    assert done["connectorOperationState"] == "UPDATE_COMPLETE"
    assert {each["stepState"] for each in done["operationSteps"]} == {"COMPLETED"}
    stale = "currentVersion given is not the connector's current version"
    aws(*update, connector_arn=arn, current_version=version, connector_configuration=tuned, code=255, error=stale)

    # Unhealthy: rolled back, and the connector says RUNNING.
    version = describe()["currentVersion"]
    bad = {**tuned, "iceberg.catalog.catalog-impl": "com.example.NoSuchCatalog"}
    done = operation(aws(*update, connector_arn=arn, current_version=version, connector_configuration=bad))
    assert done["connectorOperationState"] == "ROLLBACK_COMPLETE"
    assert done["errorInfo"]["code"] == "UnknownError.Unknown"
    found = describe()
    assert (found["connectorState"], found["connectorConfiguration"]) == ("RUNNING", tuned)
    assert "NoSuchCatalog" in log_of(aws, name)

    # Another worker for the same connector.
    bigger = {"provisionedCapacity": {"mcuCount": 2, "workerCount": 1}}
    version = found["currentVersion"]
    done = operation(aws(*update, connector_arn=arn, current_version=version, capacity=bigger))
    assert done["connectorOperationState"] == "UPDATE_COMPLETE"
    assert done["targetWorkerSetting"]["capacity"] == bigger
    assert (describe()["connectorState"], describe()["capacity"]) == ("RUNNING", bigger)
    listed = aws("kafkaconnect", "list-connector-operations", connector_arn=arn)["connectorOperations"]
    assert [(each["connectorOperationType"], each["connectorOperationState"]) for each in listed] == [
        ("UPDATE_WORKER_SETTING", "UPDATE_COMPLETE"),
        ("UPDATE_CONNECTOR_CONFIGURATION", "ROLLBACK_COMPLETE"),
        ("UPDATE_CONNECTOR_CONFIGURATION", "UPDATE_COMPLETE"),
    ]

    aws("kafkaconnect", "tag-resource", resource_arn=arn, tags={"stage": "test"})
    aws("kafkaconnect", "untag-resource", resource_arn=arn, tag_keys="team")
    assert aws("kafkaconnect", "list-tags-for-resource", resource_arn=arn)["tags"] == {"stage": "test"}

    assert aws("kafkaconnect", "delete-connector", connector_arn=arn)["connectorState"] == "DELETING"
    deadline = time.monotonic() + 60
    while aws("kafkaconnect", "list-connectors", connector_name_prefix=name)["connectors"]:
        assert time.monotonic() < deadline
    aws("kafkaconnect", "describe-connector", connector_arn=arn, code=255, error="NotFoundException")
    aws("kafkaconnect", "delete-custom-plugin", custom_plugin_arn=plugin_arn)
    aws("kafkaconnect", "delete-worker-configuration", worker_configuration_arn=worker_arn)


def test_connectors_that_cannot_run_say_why_in_their_logs(aws: Aws, stack: Stack, tmp_path: Path) -> None:
    """Both at once; the second is left to the end of ``local serve``."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("empty/readme.txt", "no connector in here")
    (tmp_path / "wrong.zip").write_bytes(content.getvalue())
    name = f"aws-cli-bad-{os.getpid()}"
    plugin_arn = plugin(aws, name, tmp_path / "wrong.zip")
    unreachable = f"{LOOPBACK}:{free_ports(1)[0]}"
    cases = (
        (f"{name}-brokers", unreachable, f"none of the brokers {unreachable} was reached"),
        (f"{name}-plugin", stack.bootstrap_servers, "Failed to find any class that implements Connector"),
    )
    arns = {}
    for each, brokers, _ in cases:
        aws("logs", "create-log-group", log_group_name=f"/{each}")
        options = connector(
            each, plugin_arn, brokers, {"connector.class": "io.debezium.connector.mysql.MySqlConnector"}
        )
        arns[each] = aws("kafkaconnect", "create-connector", **options)["connectorArn"]
    for each, _, said in cases:
        found = wait(
            lambda each=each: aws("kafkaconnect", "describe-connector", connector_arn=arns[each]),  # type: ignore[misc]
            "connectorState",
            "FAILED",
        )
        assert found["stateDescription"]["code"] == "UnknownError.Unknown"
        assert said in log_of(aws, each)
    aws("kafkaconnect", "delete-connector", connector_arn=arns[cases[0][0]])


def test_registry_by_the_aws_cli(aws: Aws, endpoint: str) -> None:
    registry, schema = {"RegistryName": "cli"}, {"RegistryName": "cli", "SchemaName": "s"}
    arn = aws("glue", "create-registry", registry_name="cli", tags={"a": "b"})["RegistryArn"]
    created = {"schema_name": "s", "data_format": "AVRO", "compatibility": "BACKWARD", "schema_definition": AVRO}
    assert aws("glue", "create-schema", registry_id=registry, **created)["SchemaVersionStatus"] == "AVAILABLE"
    register = ("glue", "register-schema-version")
    wider = AVRO.replace('"int"', '"long"')
    assert aws(*register, schema_id=schema, schema_definition=wider)["Status"] == "AVAILABLE"
    narrower = AVRO.replace('"int"', '"string"')
    assert aws(*register, schema_id=schema, schema_definition=narrower)["Status"] == "FAILURE"
    found = aws("glue", "get-schema", schema_id=schema)
    assert (found["LatestSchemaVersion"], found["Compatibility"]) == (2, "BACKWARD")
    listed = aws("glue", "list-schema-versions", schema_id=schema)["Schemas"]
    assert [each["Status"] for each in listed] == ["AVAILABLE", "AVAILABLE", "FAILURE"]
    assert aws("glue", "delete-schema-versions", schema_id=schema, versions="3")["SchemaVersionErrors"] == []
    options = {"schema_version_number": {"LatestVersion": True}, "compatibility": "NONE"}
    aws("glue", "update-schema", schema_id=schema, **options)
    assert aws("glue", "get-schema", schema_id=schema)["SchemaCheckpoint"] == 2
    assert aws("glue", "get-tags", resource_arn=arn)["Tags"] == {"a": "b"}
    fault = {"kind": "throttle", "service": "glue", "operation": "GetSchema"}
    urllib3.request("POST", f"{endpoint}/_cdcctl/faults", json=fault)
    aws("glue", "get-schema", schema_id=schema, code=255, error="ThrottlingException")
    urllib3.request("DELETE", f"{endpoint}/_cdcctl/faults")
    assert aws("glue", "delete-registry", registry_id=registry)["Status"] == "DELETING"
    error = "Registry is not found"
    deadline = time.monotonic() + 30
    while aws("glue", "list-registries")["Registries"]:
        assert time.monotonic() < deadline
    time.sleep(1)
    aws("glue", "get-registry", registry_id=registry, code=255, error=error)
