"""The emulated MSK Connect asked by boto3 over a real port; what runs a connector is scripted by the test."""

from __future__ import annotations

import base64
import io
import queue
import threading
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import pytest
import urllib3
from botocore.config import Config
from botocore.exceptions import ClientError

from cdcctl.local.emulator.connector_runtime import ConnectorSpec
from cdcctl.local.emulator.faults import Faults
from cdcctl.local.emulator.msk_connect import MskConnectApi
from cdcctl.local.emulator.pace import Pace
from cdcctl.local.emulator.plugin_store import PluginStore
from cdcctl.local.emulator.server import MOTO_RESET_PATH

REGION = "us-east-1"
# One session: each new one would read the service models again.
SESSION = boto3.Session("local", "local", region_name=REGION)
WORKER = "key.converter=x\nvalue.converter=y\n"


class Scripted:
    """A runtime whose health the test decides."""

    def __init__(self, spec: ConnectorSpec) -> None:
        self.spec = spec
        self.says: queue.Queue[bool | Exception] = queue.Queue()
        self.healthy = True
        self.may_stop = threading.Event()
        self.stopped = 0
        self.closed = 0
        self.acts: list[Any] = []
        self.lines: list[str] = []

    def _said(self, *act: Any) -> bool:
        self.acts.append(act)
        said = self.says.get()
        if isinstance(said, Exception):
            raise said
        return said

    def start(self, spec: ConnectorSpec) -> bool:
        return self._said("start", spec)

    def change(self, spec: ConnectorSpec, *, paused: bool) -> bool:
        return self._said("change", spec, paused)

    def pause(self) -> bool:
        return self._said("pause")

    def resume(self) -> bool:
        return self._said("resume")

    def restart(self, *, only_failed: bool) -> bool:
        return self._said("restart", only_failed)

    def is_healthy(self) -> bool:
        return self.healthy

    def say(self, line: str) -> None:
        self.lines.append(line)

    def stop(self) -> None:
        self.stopped += 1
        self.may_stop.wait(30)
        self.says.put(False)

    def close(self) -> None:
        self.closed += 1


@dataclass
class Service:
    connect: Any
    s3: Any
    store: Path
    faults: Faults
    runtimes: list[Scripted] = field(default_factory=list)

    def plugin(self, name: str = "p", key: str = "plugin.zip", content_type: str = "ZIP") -> dict[str, Any]:
        made = self.connect.create_custom_plugin(
            name=name,
            contentType=content_type,
            location={"s3Location": {"bucketArn": "arn:aws:s3:::bucket", "fileKey": key}},
        )
        assert made["customPluginState"] == "CREATING"
        return self.settled(
            lambda: self.connect.describe_custom_plugin(customPluginArn=made["customPluginArn"]), "customPluginState"
        )

    def worker(self, name: str = "w", text: str = WORKER) -> dict[str, Any]:
        return self.connect.create_worker_configuration(
            name=name, propertiesFileContent=base64.b64encode(text.encode()).decode()
        )

    def request(self, name: str = "c", **changes: Any) -> dict[str, Any]:
        return {
            "connectorName": name,
            "connectorConfiguration": {"connector.class": "x.Y", "a": "b"},
            "capacity": {"provisionedCapacity": {"mcuCount": 1, "workerCount": 1}},
            "kafkaCluster": {"apacheKafkaCluster": {"bootstrapServers": "b:1", "vpc": {"subnets": ["s"]}}},
            "kafkaClusterClientAuthentication": {"authenticationType": "NONE"},
            "kafkaClusterEncryptionInTransit": {"encryptionType": "PLAINTEXT"},
            "kafkaConnectVersion": "3.7.x",
            "plugins": [{"customPlugin": {"customPluginArn": changes.pop("plugin", ""), "revision": 1}}],
            "serviceExecutionRoleArn": "arn:aws:iam::123456789012:role/x",
            **changes,
        }

    def connector(self, name: str = "c", healthy: bool | None = True, **changes: Any) -> str:
        arn: str = self.connect.create_connector(**self.request(name, **changes))["connectorArn"]
        if healthy is not None:
            self.runtimes[-1].says.put(healthy)
            state = self.settled(lambda: self.connect.describe_connector(connectorArn=arn), "connectorState")
            assert state["connectorState"] == ("RUNNING" if healthy else "FAILED")
        return arn

    def described(self, arn: str) -> dict[str, Any]:
        found: dict[str, Any] = self.connect.describe_connector(connectorArn=arn)
        return found

    def until(self, arn: str, *states: str) -> dict[str, Any]:
        for _ in range(2000):
            if (found := self.described(arn))["connectorState"] in states:
                return found
        raise AssertionError(found)

    def update(self, arn: str, **changes: Any) -> str:
        version = changes.pop("currentVersion", None) or self.described(arn)["currentVersion"]
        made = self.connect.update_connector(connectorArn=arn, currentVersion=version, **changes)
        assert made["connectorState"] == "UPDATING"
        assert made["connectorArn"] == arn
        operation: str = made["connectorOperationArn"]
        return operation

    def operation(self, arn: str) -> dict[str, Any]:
        """The operation, once it has ended."""
        for _ in range(2000):
            found: dict[str, Any] = self.connect.describe_connector_operation(connectorOperationArn=arn)
            if "endTime" in found:
                return found
        raise AssertionError(found)

    @staticmethod
    def gone(describe: Callable[..., Any], **arguments: Any) -> str:
        """What is said of a thing once its deletion is done."""
        for _ in range(2000):
            try:
                found = describe(**arguments)
            except ClientError as error:
                if error.response["Error"]["Code"] != "NotFoundException":
                    raise
                return str(error.response["Error"]["Message"])
        raise AssertionError(found)

    @staticmethod
    def settled(describe: Callable[[], dict[str, Any]], key: str) -> dict[str, Any]:
        for _ in range(2000):
            found = describe()
            if found[key] != "CREATING":
                return found
        raise AssertionError(found)


def plugin_zip(*classes: str) -> bytes:
    jar = io.BytesIO()
    with zipfile.ZipFile(jar, "w") as archive:
        archive.writestr("META-INF/services/org.apache.kafka.connect.sink.SinkConnector", "x.Y # comment\n\n")
        for name in classes:
            archive.writestr(name.replace(".", "/") + ".class", b"")
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("p/one.jar", jar.getvalue())
        archive.writestr("../outside.txt", b"")
        archive.writestr("p/broken.jar", b"no jar")
    return content.getvalue()


def scaled(least: int, most: int, **more: int) -> dict[str, Any]:
    return {"autoScaling": {"mcuCount": 2, "minWorkerCount": least, "maxWorkerCount": most, **more}}


def cluster(servers: str, subnets: list[str] | None = None) -> dict[str, Any]:
    vpc = {"subnets": ["s"] if subnets is None else subnets}
    return {"apacheKafkaCluster": {"bootstrapServers": servers, "vpc": vpc}}


def refused(code: str, call: Callable[..., Any], **arguments: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    assert caught.value.response["Error"]["Code"] == code
    return str(caught.value.response["Error"]["Message"])


def new_service(endpoint: str, behind: dict[str, Any], store: Path, pace: Pace | None = None) -> Service:
    settings = Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"})
    clients = [SESSION.client(name, endpoint_url=endpoint, config=settings) for name in ("kafkaconnect", "s3")]
    made = Service(*clients, store=store, faults=behind["faults"])

    def new_runtime(spec: ConnectorSpec) -> Scripted:
        made.runtimes.append(Scripted(spec))
        return made.runtimes[-1]

    made.faults.clear()
    behind["api"] = MskConnectApi(
        REGION, PluginStore(made.store, made.s3), new_runtime, {"/there"}.__contains__, pace, made.faults
    )
    urllib3.request("POST", endpoint + MOTO_RESET_PATH)
    made.s3.create_bucket(Bucket="bucket")
    made.s3.put_object(Bucket="bucket", Key="plugin.zip", Body=plugin_zip())
    made.s3.put_object(Bucket="bucket", Key="text.zip", Body=b"not a zip")
    return made
