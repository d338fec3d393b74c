"""The AWS CLI against the running stack: what any other tool would do."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cdcctl.local.account import CREDENTIALS
from cdcctl.local.state import Stack

AWS = Path(sys.executable).parent / "aws"


@pytest.fixture
def aws(stack: Stack, tmp_path: Path) -> Callable[..., Any]:
    environment = {
        **os.environ,
        **CREDENTIALS,
        "AWS_DEFAULT_REGION": stack.region,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }

    def run(*arguments: str, code: int = 0, error: str = "") -> Any:
        done = subprocess.run(
            [sys.executable, str(AWS), "--endpoint-url", stack.endpoint, "--output", "json", *arguments],
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


def wait(describe: Callable[[], dict[str, Any]], key: str, *states: str) -> None:
    deadline = time.monotonic() + 120
    while (state := describe()[key]) not in states:
        assert state == "CREATING", state
        assert time.monotonic() < deadline


def test_connector_by_the_aws_cli(aws: Callable[..., Any], stack: Stack, cdcctl: Any, tmp_path: Path) -> None:
    built = json.loads(cdcctl("plugin", "build", "iceberg", "--json").stdout)
    name = f"aws-cli-test-{os.getpid()}"
    bucket, key = stack.bucket, f"{name}.zip"
    aws("s3", "cp", "--no-progress", built["path"], f"s3://{bucket}/{key}")
    location = {"s3Location": {"bucketArn": f"arn:aws:s3:::{bucket}", "fileKey": key}}
    create = ("create-custom-plugin", "--name", name, "--content-type", "ZIP", "--location", json.dumps(location))
    plugin = aws("kafkaconnect", *create)["customPluginArn"]
    describe = ("kafkaconnect", "describe-custom-plugin", "--custom-plugin-arn", plugin)
    wait(lambda: aws(*describe), "customPluginState", "ACTIVE")
    converter = "org.apache.kafka.connect.storage.StringConverter"
    content = base64.b64encode(f"key.converter={converter}\nvalue.converter={converter}\n".encode()).decode()
    create = ("create-worker-configuration", "--name", name, "--properties-file-content", content)
    worker = aws("kafkaconnect", *create)["workerConfigurationArn"]
    aws("logs", "create-log-group", "--log-group-name", f"/{name}")
    request = {
        "connectorName": name,
        "connectorConfiguration": {
            "connector.class": "org.apache.iceberg.connect.IcebergSinkConnector",
            "tasks.max": "1",
            "topics": f"{name}-topic",
            "iceberg.tables": "a.b",
            "iceberg.control.topic": f"{name}-control",
            "iceberg.catalog.catalog-impl": "org.apache.iceberg.aws.glue.GlueCatalog",
            "iceberg.catalog.warehouse": f"s3://{bucket}/w",
            "iceberg.catalog.io-impl": "org.apache.iceberg.aws.s3.S3FileIO",
            "iceberg.kafka.bootstrap.servers": stack.bootstrap_servers,
        },
        "capacity": {"provisionedCapacity": {"mcuCount": 1, "workerCount": 1}},
        "kafkaCluster": {
            "apacheKafkaCluster": {"bootstrapServers": stack.bootstrap_servers, "vpc": {"subnets": ["subnet-1"]}}
        },
        "kafkaClusterClientAuthentication": {"authenticationType": "NONE"},
        "kafkaClusterEncryptionInTransit": {"encryptionType": "PLAINTEXT"},
        "kafkaConnectVersion": "3.7.x",
        "plugins": [{"customPlugin": {"customPluginArn": plugin, "revision": 1}}],
        "serviceExecutionRoleArn": "arn:aws:iam::123456789012:role/connect",
        "workerConfiguration": {"workerConfigurationArn": worker, "revision": 1},
        "logDelivery": {"workerLogDelivery": {"cloudWatchLogs": {"enabled": True, "logGroup": f"/{name}"}}},
    }
    (tmp_path / "request.json").write_text(json.dumps(request))
    made = aws("kafkaconnect", "create-connector", "--cli-input-json", "file://request.json")
    assert made["connectorState"] == "CREATING"
    connector = made["connectorArn"]
    describe = ("kafkaconnect", "describe-connector", "--connector-arn", connector)
    wait(lambda: aws(*describe), "connectorState", "RUNNING")
    listed = aws("kafkaconnect", "list-connectors", "--connector-name-prefix", name)["connectors"]
    assert [each["connectorArn"] for each in listed] == [connector]
    in_use = "is in use by connector"
    aws("kafkaconnect", "delete-custom-plugin", "--custom-plugin-arn", plugin, code=255, error=in_use)
    streams = aws("logs", "describe-log-streams", "--log-group-name", f"/{name}")["logStreams"]
    assert [each["logStreamName"].startswith(name) for each in streams] == [True]
    deleted = aws("kafkaconnect", "delete-connector", "--connector-arn", connector)
    assert deleted["connectorState"] == "DELETING"
    deadline = time.monotonic() + 60
    while aws("kafkaconnect", "list-connectors", "--connector-name-prefix", name)["connectors"]:
        assert time.monotonic() < deadline
    aws(*describe, code=255, error="NotFoundException")
    aws("kafkaconnect", "delete-custom-plugin", "--custom-plugin-arn", plugin)
    aws("kafkaconnect", "delete-worker-configuration", "--worker-configuration-arn", worker)
