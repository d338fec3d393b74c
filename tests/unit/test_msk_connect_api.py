"""The emulated MSK Connect: plugins, worker configurations, connectors, tags."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from botocore.exceptions import ClientError
from emulated_connect import WORKER, Service, cluster, plugin_zip, refused, scaled

from cdcctl.render.worker import SECRETS_PROVIDER_CLASS


def test_plugin_from_creation_to_deletion(service: Service) -> None:
    plugin = service.plugin()
    assert plugin["customPluginState"] == "ACTIVE"
    revision = plugin["latestRevision"]
    assert revision["fileDescription"]["fileSize"] == len(plugin_zip())
    assert len(revision["fileDescription"]["fileMd5"]) == 32
    arn = plugin["customPluginArn"]
    assert service.connect.delete_custom_plugin(customPluginArn=arn)["customPluginState"] == "DELETING"
    assert service.connect.describe_custom_plugin(customPluginArn=arn)["customPluginState"] == "DELETING"
    request = service.request(plugin=arn)
    assert "not in state ACTIVE" in refused("BadRequestException", service.connect.create_connector, **request)
    message = service.gone(service.connect.describe_custom_plugin, customPluginArn=arn)
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
    # The name is free once it is gone.
    with pytest.raises(ClientError, match="ConflictException"):
        service.plugin()
    service.gone(service.connect.describe_custom_plugin, customPluginArn=arn)
    assert service.plugin()["customPluginState"] == "ACTIVE"


def test_jar_plugin(service: Service) -> None:
    assert service.plugin(content_type="JAR")["customPluginState"] == "ACTIVE"
    assert len(list(service.store.rglob("plugin.jar"))) == 1


def test_what_a_worker_is_told_of_its_plugin(service: Service) -> None:
    service.s3.put_object(Bucket="bucket", Key="provider.zip", Body=plugin_zip(SECRETS_PROVIDER_CLASS))
    for key, resolves in (("plugin.zip", False), ("provider.zip", True)):
        service.connector(key[:4], plugin=service.plugin(key[:4], key)["customPluginArn"])
        plugin = service.runtimes[-1].spec.plugin
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
    assert len(service.runtimes) == 1


def test_worker_configuration_from_creation_to_deletion(service: Service) -> None:
    arn = service.worker()["workerConfigurationArn"]
    found = service.connect.describe_worker_configuration(workerConfigurationArn=arn)
    assert base64.b64decode(found["latestRevision"]["propertiesFileContent"]).decode() == WORKER
    listed = service.connect.list_worker_configurations()["workerConfigurations"]
    assert "propertiesFileContent" not in listed[0]["latestRevision"]
    deleted = service.connect.delete_worker_configuration(workerConfigurationArn=arn)
    assert deleted["workerConfigurationState"] == "DELETING"
    found = service.connect.describe_worker_configuration(workerConfigurationArn=arn)
    assert found["workerConfigurationState"] == "DELETING"
    service.gone(service.connect.describe_worker_configuration, workerConfigurationArn=arn)


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
    (runtime,) = service.runtimes
    assert runtime.spec.worker_properties == {"key.converter": "x", "value.converter": "y"}
    assert runtime.spec.log_group == "/there"
    assert arn.endswith(f"connector/c/{runtime.spec.identifier}")
    delete = service.connect.delete_connector
    assert "CREATING" in refused("BadRequestException", delete, connectorArn=arn)
    runtime.says.put(True)
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
    runtime.healthy = False
    assert service.connect.describe_connector(connectorArn=arn)["connectorState"] == "DELETING"
    refused("ConflictException", service.connect.create_connector, **service.request(plugin=plugin))
    runtime.may_stop.set()
    for _ in range(2000):
        if not service.connect.list_connectors()["connectors"]:
            break
    refused("NotFoundException", service.connect.describe_connector, connectorArn=arn)
    assert runtime.stopped == 1
    service.connect.delete_custom_plugin(customPluginArn=plugin)


def test_failed_connector_says_no_more_than_on_aws_and_can_be_deleted(service: Service) -> None:
    arn = service.connector(plugin=service.plugin()["customPluginArn"], healthy=False)
    found = service.connect.describe_connector(connectorArn=arn)
    assert found["stateDescription"]["code"] == "UnknownError.Unknown"
    listed = service.connect.list_connectors()["connectors"][0]
    assert "connectorConfiguration" not in listed
    assert listed["connectorState"] == "FAILED"
    service.runtimes[0].may_stop.set()
    service.connect.delete_connector(connectorArn=arn)


def test_running_connector_becomes_failed(service: Service) -> None:
    arn = service.connector(plugin=service.plugin()["customPluginArn"])
    service.runtimes[0].healthy = False
    for _ in range(2000):
        if service.connect.describe_connector(connectorArn=arn)["connectorState"] == "FAILED":
            return
    raise AssertionError


def test_two_connectors_share_a_plugin(service: Service) -> None:
    plugin = service.plugin()["customPluginArn"]
    first, second = (service.connector(name, plugin=plugin) for name in ("one", "two"))
    assert first != second
    assert service.runtimes[0].spec.plugin == service.runtimes[1].spec.plugin


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"capacity": {}}, "exactly one of autoScaling"),
        ({"capacity": {"provisionedCapacity": {"mcuCount": 3, "workerCount": 1}}}, "mcuCount must be one of"),
        ({"capacity": {"provisionedCapacity": {"mcuCount": 1, "workerCount": 11}}}, "workerCount must be between"),
        ({"capacity": {"provisionedCapacity": {"mcuCount": 1, "workerCount": 0}}}, "workerCount must be between"),
        ({"capacity": scaled(3, 2)}, "minWorkerCount <= maxWorkerCount"),
        ({"capacity": scaled(1, 4, maxAutoscalingTaskCount=3)}, "at least maxWorkerCount"),
        ({"kafkaConnectVersion": "3.9.0"}, "kafkaConnectVersion must be one of 2.7.1, 3.7.x"),
        ({"serviceExecutionRoleArn": "arn:aws:iam::1:user/x"}, "not the ARN of an IAM role"),
        ({"kafkaCluster": cluster("b1:9098,b2")}, "list of host:port"),
        ({"kafkaCluster": cluster("b:1", subnets=[])}, "at least one subnet"),
        ({"tags": {"aws:x": "y"}}, "reserved"),
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
    assert service.runtimes == []


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


def test_pages_neither_skip_nor_repeat_when_things_come_and_go_between_them(service: Service) -> None:
    arns = [service.worker(f"w{number}")["workerConfigurationArn"] for number in range(5)]
    first = service.connect.list_worker_configurations(maxResults=2)
    service.connect.delete_worker_configuration(workerConfigurationArn=arns[0])
    service.gone(service.connect.describe_worker_configuration, workerConfigurationArn=arns[0])
    service.worker("w5")
    second = service.connect.list_worker_configurations(nextToken=first["nextToken"])
    assert [each["name"] for each in second["workerConfigurations"]] == ["w2", "w3", "w4", "w5"]


def test_quotas(service: Service) -> None:
    for number in range(100):
        service.worker(f"w{number}")
    with pytest.raises(ClientError, match=r"TooManyRequestsException.*100 worker configurations"):
        service.worker("w100")
    plugin = service.plugin()["customPluginArn"]
    ten = {"provisionedCapacity": {"mcuCount": 1, "workerCount": 10}}
    for number in range(6):
        service.connector(f"c{number}", plugin=plugin, capacity=ten, healthy=None)
    request = service.request("c6", plugin=plugin)
    assert "60 workers" in refused("TooManyRequestsException", service.connect.create_connector, **request)


def test_revisions_that_do_not_exist(service: Service) -> None:
    plugin = service.plugin()["customPluginArn"]
    create = service.connect.create_connector
    request = service.request(plugin=plugin)
    request["plugins"][0]["customPlugin"]["revision"] = 2
    assert "Revision 2 of the custom plugin" in refused("NotFoundException", create, **request)
    worker = {"workerConfigurationArn": service.worker()["workerConfigurationArn"], "revision": 3}
    request = service.request(plugin=plugin, workerConfiguration=worker)
    assert "Revision 3 of the worker configuration" in refused("NotFoundException", create, **request)


def test_autoscaling_has_policies_and_replaces_the_number_of_tasks(service: Service) -> None:
    capacity = scaled(2, 4, maxAutoscalingTaskCount=5)
    configuration = {"connector.class": "x.Y", "tasks.max": "1"}
    arn = service.connector(
        plugin=service.plugin()["customPluginArn"], capacity=capacity, connectorConfiguration=configuration
    )
    found = service.described(arn)
    assert found["capacity"]["autoScaling"]["scaleInPolicy"] == {"cpuUtilizationPercentage": 20}
    assert found["capacity"]["autoScaling"]["scaleOutPolicy"] == {"cpuUtilizationPercentage": 80}
    assert found["connectorConfiguration"] == configuration
    assert service.runtimes[0].spec.configuration["tasks.max"] == "5"
    assert service.runtimes[0].spec.mcu == capacity["autoScaling"]["mcuCount"]


def test_tags(service: Service) -> None:
    connect = service.connect
    plugin = service.plugin()["customPluginArn"]
    arns = [
        service.connector(plugin=plugin, tags={"team": "data", "a": ""}),
        plugin,
        service.worker()["workerConfigurationArn"],
    ]
    assert connect.list_tags_for_resource(resourceArn=arns[0])["tags"] == {"team": "data", "a": ""}
    for arn in arns:
        connect.tag_resource(resourceArn=arn, tags={"a": "b", "c/d e": "ü"})
        connect.untag_resource(resourceArn=arn, tagKeys=["team", "c/d e", "unknown"])
        assert connect.list_tags_for_resource(resourceArn=arn)["tags"] == {"a": "b"}
        refused("BadRequestException", connect.tag_resource, resourceArn=arn, tags={"aws:x": "y"})
        many = {str(number): "" for number in range(50)}
        refused("BadRequestException", connect.tag_resource, resourceArn=arn, tags=many)
        assert connect.list_tags_for_resource(resourceArn=arn)["tags"] == {"a": "b"}
    unknown = arns[1].replace("/p/", "/q/")
    refused("NotFoundException", connect.list_tags_for_resource, resourceArn=unknown)
