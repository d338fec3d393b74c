"""The emulated MSK Connect, asked by boto3 over a real port; what runs a connector is scripted here."""

from __future__ import annotations

import base64
import io
import queue
import threading
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import pytest
import urllib3
from botocore.config import Config
from botocore.exceptions import ClientError

from cdcctl.local.emulator.connect_lifecycle import ConnectorSpec
from cdcctl.local.emulator.glue_registry import GlueRegistryApi
from cdcctl.local.emulator.msk_connect import MskConnectApi
from cdcctl.local.emulator.plugin_store import PluginStore
from cdcctl.local.emulator.server import MOTO_RESET_PATH, make_server
from cdcctl.render.worker import SECRETS_PROVIDER_CLASS

REGION = "us-east-1"
# One session: each new one would read the service models again.
SESSION = boto3.Session("local", "local", region_name=REGION)
WORKER = "key.converter=x\nvalue.converter=y\n"


class Scripted:
    """A lifecycle whose health the test decides."""

    def __init__(self, spec: ConnectorSpec) -> None:
        self.spec = spec
        self.says: queue.Queue[bool | None] = queue.Queue()
        self.may_stop = threading.Event()
        self.stopped = 0

    def run(self) -> Iterator[bool]:
        while (healthy := self.says.get()) is not None:
            yield healthy

    def stop(self) -> None:
        self.stopped += 1
        self.may_stop.wait(30)
        self.says.put(None)


@dataclass
class Service:
    connect: Any
    s3: Any
    store: Path
    lifecycles: list[Scripted] = field(default_factory=list)

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
            self.lifecycles[-1].says.put(healthy)
            state = self.settled(lambda: self.connect.describe_connector(connectorArn=arn), "connectorState")
            assert state["connectorState"] == ("RUNNING" if healthy else "FAILED")
        return arn

    @staticmethod
    def settled(describe: Callable[[], dict[str, Any]], key: str) -> dict[str, Any]:
        for _ in range(2000):
            found = describe()
            if found[key] != "CREATING":
                return found
        raise AssertionError(found)


@pytest.fixture(scope="module")
def _server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, dict[str, Any]]]:
    """One port for the module; each test has its own API object behind it."""
    behind: dict[str, Any] = {}

    class Behind:
        def __getattr__(self, name: str) -> Any:
            return getattr(behind["api"], name)

    server = make_server("127.0.0.1", 0, glue_registry=GlueRegistryApi(region=REGION), msk_connect=Behind())
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", behind
    server.shutdown()
    server.server_close()


@pytest.fixture
def service(_server: tuple[str, dict[str, Any]], tmp_path: Path) -> Service:
    endpoint, behind = _server
    settings = Config(retries={"max_attempts": 1}, s3={"addressing_style": "path"})
    clients = [SESSION.client(name, endpoint_url=endpoint, config=settings) for name in ("kafkaconnect", "s3")]
    made = Service(*clients, store=tmp_path / "store")

    def new_lifecycle(spec: ConnectorSpec) -> Scripted:
        made.lifecycles.append(Scripted(spec))
        return made.lifecycles[-1]

    behind["api"] = MskConnectApi(REGION, PluginStore(made.store, made.s3), new_lifecycle, {"/there"}.__contains__)
    urllib3.request("POST", endpoint + MOTO_RESET_PATH)
    made.s3.create_bucket(Bucket="bucket")
    made.s3.put_object(Bucket="bucket", Key="plugin.zip", Body=plugin_zip())
    made.s3.put_object(Bucket="bucket", Key="text.zip", Body=b"not a zip")
    return made


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


def refused(code: str, call: Callable[..., Any], **arguments: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    assert caught.value.response["Error"]["Code"] == code
    return str(caught.value.response["Error"]["Message"])


def test_plugin_from_creation_to_deletion(service: Service) -> None:
    plugin = service.plugin()
    assert plugin["customPluginState"] == "ACTIVE"
    revision = plugin["latestRevision"]
    assert revision["fileDescription"]["fileSize"] == len(plugin_zip())
    assert len(revision["fileDescription"]["fileMd5"]) == 32
    arn = plugin["customPluginArn"]
    assert service.connect.delete_custom_plugin(customPluginArn=arn)["customPluginState"] == "DELETING"
    message = refused("NotFoundException", service.connect.describe_custom_plugin, customPluginArn=arn)
    assert arn in message


def test_equal_plugins_are_unpacked_once_and_nothing_leaves_the_folder(service: Service) -> None:
    for name in ("one", "two"):
        assert service.plugin(name)["customPluginState"] == "ACTIVE"
    assert len([folder for folder in service.store.iterdir() if not folder.name.startswith(".")]) == 1
    assert len(list(service.store.rglob("one.jar"))) == 1
    (outside,) = service.store.rglob("outside.txt")
    assert outside.parent.name == "plugin"


@pytest.mark.parametrize(
    ("key", "content_type", "said"),
    [
        ("none.zip", "ZIP", "s3://bucket/none.zip cannot be read"),
        ("text.zip", "ZIP", "s3://bucket/text.zip is not a ZIP file."),
        ("text.zip", "JAR", "s3://bucket/text.zip is not a JAR file."),
    ],
)
def test_unusable_plugin(service: Service, key: str, content_type: str, said: str) -> None:
    plugin = service.plugin(key=key, content_type=content_type)
    assert plugin["customPluginState"] == "CREATE_FAILED"
    assert said in plugin["stateDescription"]["message"]
    assert "latestRevision" not in plugin
    arn = plugin["customPluginArn"]
    request = service.request(plugin=arn)
    assert "not in state ACTIVE" in refused("BadRequestException", service.connect.create_connector, **request)
    service.connect.delete_custom_plugin(customPluginArn=arn)
    assert service.plugin()["customPluginState"] == "ACTIVE"


def test_jar_plugin(service: Service) -> None:
    assert service.plugin(content_type="JAR")["customPluginState"] == "ACTIVE"
    assert len(list(service.store.rglob("plugin.jar"))) == 1


def test_what_a_worker_is_told_of_its_plugin(service: Service) -> None:
    service.s3.put_object(Bucket="bucket", Key="provider.zip", Body=plugin_zip(SECRETS_PROVIDER_CLASS))
    for key, resolves in (("plugin.zip", False), ("provider.zip", True)):
        service.connector(key[:4], plugin=service.plugin(key[:4], key)["customPluginArn"])
        plugin = service.lifecycles[-1].spec.plugin
        assert (plugin.services, plugin.resolves_secrets) == (("x.Y",), resolves)
        assert list(plugin.path.iterdir()) == [plugin.path / "plugin"]


def test_names_are_taken_once(service: Service) -> None:
    plugin = service.plugin()["customPluginArn"]
    service.worker()
    service.connector(plugin=plugin)
    location = {"s3Location": {"bucketArn": "arn:aws:s3:::bucket", "fileKey": "plugin.zip"}}
    create = service.connect.create_custom_plugin
    message = refused("ConflictException", create, name="p", contentType="ZIP", location=location)
    assert message == "A custom plugin with the name p already exists."
    with pytest.raises(ClientError, match="ConflictException"):
        service.worker()
    refused("ConflictException", service.connect.create_connector, **service.request(plugin=plugin))
    # The lifecycle of the refused one never ran.
    assert [each.stopped for each in service.lifecycles] == [0, 0]


def test_worker_configuration_from_creation_to_deletion(service: Service) -> None:
    arn = service.worker()["workerConfigurationArn"]
    found = service.connect.describe_worker_configuration(workerConfigurationArn=arn)
    assert base64.b64decode(found["latestRevision"]["propertiesFileContent"]).decode() == WORKER
    listed = service.connect.list_worker_configurations()["workerConfigurations"]
    assert "propertiesFileContent" not in listed[0]["latestRevision"]
    deleted = service.connect.delete_worker_configuration(workerConfigurationArn=arn)
    assert deleted["workerConfigurationState"] == "DELETING"
    refused("NotFoundException", service.connect.describe_worker_configuration, workerConfigurationArn=arn)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("not base64!", "not base64"),
        (base64.b64encode(b"\xff\xfe").decode(), "not base64"),
        (base64.b64encode(b"a=\\u12").decode(), "not a properties file"),
        (base64.b64encode(b"key.converter=x").decode(), "value.converter is required"),
        (base64.b64encode((WORKER + "group.id=g").encode()).decode(), "group.id is not supported"),
    ],
)
def test_bad_worker_configuration(service: Service, content: str, said: str) -> None:
    create = service.connect.create_worker_configuration
    assert said in refused("BadRequestException", create, name="w", propertiesFileContent=content)
    assert service.connect.list_worker_configurations()["workerConfigurations"] == []


def test_connector_from_creation_to_deletion(service: Service) -> None:
    plugin, worker = service.plugin()["customPluginArn"], service.worker()["workerConfigurationArn"]
    reference = {"workerConfigurationArn": worker, "revision": 1}
    logs = {"workerLogDelivery": {"cloudWatchLogs": {"enabled": True, "logGroup": "/there"}}}
    arn = service.connector(plugin=plugin, healthy=None, workerConfiguration=reference, logDelivery=logs)
    (lifecycle,) = service.lifecycles
    assert lifecycle.spec.worker_properties == {"key.converter": "x", "value.converter": "y"}
    assert lifecycle.spec.log_group == "/there"
    assert arn.endswith(f"connector/c/{lifecycle.spec.identifier}")
    delete = service.connect.delete_connector
    assert "CREATING" in refused("BadRequestException", delete, connectorArn=arn)
    lifecycle.says.put(True)
    found = service.settled(lambda: service.connect.describe_connector(connectorArn=arn), "connectorState")
    assert found["connectorState"] == "RUNNING"
    assert found["connectorConfiguration"] == {"connector.class": "x.Y", "a": "b"}
    assert "stateDescription" not in found
    refused("BadRequestException", delete, connectorArn=arn, currentVersion="other")
    for used, call in (
        ({"customPluginArn": plugin}, service.connect.delete_custom_plugin),
        ({"workerConfigurationArn": worker}, service.connect.delete_worker_configuration),
    ):
        assert "in use by connector c" in refused("BadRequestException", call, **used)
    for _ in range(2):
        answer = delete(connectorArn=arn, currentVersion=found["currentVersion"])
        assert answer["connectorState"] == "DELETING"
    assert service.connect.describe_connector(connectorArn=arn)["connectorState"] == "DELETING"
    # Its health no longer matters, and its name is still taken.
    lifecycle.says.put(False)
    assert service.connect.describe_connector(connectorArn=arn)["connectorState"] == "DELETING"
    refused("ConflictException", service.connect.create_connector, **service.request(plugin=plugin))
    lifecycle.may_stop.set()
    for _ in range(2000):
        if not service.connect.list_connectors()["connectors"]:
            break
    refused("NotFoundException", service.connect.describe_connector, connectorArn=arn)
    assert lifecycle.stopped == 1
    service.connect.delete_custom_plugin(customPluginArn=plugin)


def test_failed_connector_says_no_more_than_on_aws_and_can_be_deleted(service: Service) -> None:
    arn = service.connector(plugin=service.plugin()["customPluginArn"], healthy=False)
    found = service.connect.describe_connector(connectorArn=arn)
    assert found["stateDescription"]["code"] == "UnknownError.Unknown"
    listed = service.connect.list_connectors()["connectors"][0]
    assert "connectorConfiguration" not in listed
    assert listed["connectorState"] == "FAILED"
    service.lifecycles[0].may_stop.set()
    service.connect.delete_connector(connectorArn=arn)


def test_running_connector_becomes_failed(service: Service) -> None:
    arn = service.connector(plugin=service.plugin()["customPluginArn"])
    service.lifecycles[0].says.put(False)
    for _ in range(2000):
        if service.connect.describe_connector(connectorArn=arn)["connectorState"] == "FAILED":
            return
    raise AssertionError


def test_two_connectors_share_a_plugin(service: Service) -> None:
    plugin = service.plugin()["customPluginArn"]
    first, second = (service.connector(name, plugin=plugin) for name in ("one", "two"))
    assert first != second
    assert service.lifecycles[0].spec.plugin == service.lifecycles[1].spec.plugin


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"capacity": {}}, "exactly one of autoScaling"),
        ({"capacity": {"provisionedCapacity": {"mcuCount": 3, "workerCount": 1}}}, "mcuCount must be one of"),
        ({"plugins": []}, "exactly one plugin"),
        ({"connectorConfiguration": {"a": "b"}}, "no connector.class"),
        (
            {"logDelivery": {"workerLogDelivery": {"cloudWatchLogs": {"enabled": True, "logGroup": "/none"}}}},
            "log group '/none' does not exist",
        ),
        ({"logDelivery": {"workerLogDelivery": {"cloudWatchLogs": {"enabled": True}}}}, "log group"),
    ],
)
def test_bad_connector(service: Service, changes: dict[str, Any], said: str) -> None:
    request = {**service.request(plugin=service.plugin()["customPluginArn"]), **changes}
    assert said in refused("BadRequestException", service.connect.create_connector, **request)
    assert service.lifecycles == []


def test_unknown_arns(service: Service) -> None:
    arn = "arn:aws:kafkaconnect:eu-central-1:123456789012:connector/x/y"
    for kind in ("connector", "custom_plugin", "worker_configuration"):
        member = "".join([kind.split("_")[0], *(part.title() for part in kind.split("_")[1:])]) + "Arn"
        for verb in ("describe", "delete"):
            refused("NotFoundException", getattr(service.connect, f"{verb}_{kind}"), **{member: arn})
    refused("NotFoundException", service.connect.create_connector, **service.request(plugin=arn))
    reference = {"workerConfigurationArn": arn, "revision": 1}
    request = service.request(plugin=service.plugin()["customPluginArn"], workerConfiguration=reference)
    refused("NotFoundException", service.connect.create_connector, **request)


def test_lists_are_paged_and_filtered(service: Service) -> None:
    for number in range(7):
        service.worker(f"a{number}")
    service.worker("b")
    pages = list(
        service.connect.get_paginator("list_worker_configurations").paginate(
            namePrefix="a", PaginationConfig={"PageSize": 3}
        )
    )
    assert [len(page["workerConfigurations"]) for page in pages] == [3, 3, 1]
    names = [each["name"] for page in pages for each in page["workerConfigurations"]]
    assert names == [f"a{number}" for number in range(7)]
    for token in ("x", "-1"):
        refused("BadRequestException", service.connect.list_connectors, nextToken=token)
    refused("BadRequestException", service.connect.list_connectors, maxResults=101)


def test_operations_that_are_not_there_say_so(service: Service) -> None:
    call = service.connect.list_tags_for_resource
    message = refused("UnsupportedOperationException", call, resourceArn="arn:aws:kafkaconnect:r:a:connector/x/y")
    assert "ListTagsForResource" in message
