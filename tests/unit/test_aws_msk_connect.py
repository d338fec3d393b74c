"""The typed client of MSK Connect: exact requests, our dataclasses out."""

from __future__ import annotations

import base64
from collections.abc import Iterator

import pytest
from botocore.stub import Stubber
from stubbed_client import NOW, stubbed

from cdcctl.aws.connect_requests import ConnectorRequest, LogDelivery, Provisioned, plugin_member
from cdcctl.aws.connect_resources import Operation, Plugin, WorkerConfiguration, settings_of
from cdcctl.aws.msk_connect import MskConnect


@pytest.fixture
def connect() -> Iterator[tuple[MskConnect, Stubber]]:
    client, stub = stubbed("kafkaconnect")
    yield MskConnect(client), stub
    stub.assert_no_pending_responses()


def test_find_takes_the_exact_name_from_all_pages(connect: tuple[MskConnect, Stubber]) -> None:
    client, stub = connect
    item = {"name": "other-1", "customPluginArn": "1", "customPluginState": "ACTIVE", "creationTime": NOW}
    listed = {"customPlugins": [item], "nextToken": "t"}
    stub.add_response("list_custom_plugins", listed, {"namePrefix": "other"})
    listed = {"customPlugins": [{**item, "name": "other", "customPluginArn": "2"}]}
    stub.add_response("list_custom_plugins", listed, {"namePrefix": "other", "nextToken": "t"})
    described = {
        "name": "other",
        "customPluginArn": "2",
        "customPluginState": "CREATE_FAILED",
        "stateDescription": {"code": "C", "message": "m"},
    }
    stub.add_response("describe_custom_plugin", described, {"customPluginArn": "2"})
    assert client.find_plugin("other") == Plugin("other", "2", "CREATE_FAILED", reason="C: m")


def test_find_without_a_match(connect: tuple[MskConnect, Stubber]) -> None:
    client, stub = connect
    stub.add_response("list_connectors", {"connectors": []}, {"connectorNamePrefix": "x"})
    assert client.find_connector("x") is None
    stub.add_response("list_worker_configurations", {"workerConfigurations": []}, {"namePrefix": "x"})
    assert client.find_worker_configuration("x") is None


def test_connector_that_goes_between_list_and_describe(connect: tuple[MskConnect, Stubber]) -> None:
    client, stub = connect
    listed = {"connectors": [{"connectorName": "x", "connectorArn": "1"}]}
    stub.add_response("list_connectors", listed, {"connectorNamePrefix": "x"})
    stub.add_client_error("describe_connector", "NotFoundException", "gone", 404)
    assert client.find_connector("x") is None


def test_create_plugin_request(connect: tuple[MskConnect, Stubber]) -> None:
    client, stub = connect
    request = {
        "name": "p",
        "contentType": "ZIP",
        "location": {"s3Location": {"bucketArn": "arn:aws:s3:::b", "fileKey": "k"}},
        "tags": {"a": "b"},
    }
    answer = {"customPluginArn": "1", "customPluginState": "CREATING", "revision": 1}
    stub.add_response("create_custom_plugin", answer, request)
    assert client.create_plugin("p", "b", "k", {"a": "b"}) == Plugin("p", "1", "CREATING", 1, "k")


def test_worker_configuration_travels_as_base64(connect: tuple[MskConnect, Stubber]) -> None:
    client, stub = connect
    content = "key.converter=x\n"
    encoded = base64.b64encode(content.encode()).decode()
    answer = {"workerConfigurationArn": "1", "latestRevision": {"revision": 1, "creationTime": NOW}}
    request = {"name": "w", "propertiesFileContent": encoded}
    stub.add_response("create_worker_configuration", answer, request)
    made = client.create_worker_configuration("w", content, {})
    assert made == WorkerConfiguration("w", "1", "ACTIVE", 1, content)


def test_create_connector_request_is_valid_and_complete(connect: tuple[MskConnect, Stubber]) -> None:
    client, stub = connect
    request = ConnectorRequest(
        name="c",
        configuration={"a": "b"},
        plugin=Plugin("p", "parn", "ACTIVE"),
        worker_configuration=WorkerConfiguration("w", "warn", "ACTIVE"),
        bootstrap_servers="b:1",
        subnets=("s",),
        security_groups=(),
        authentication="IAM",
        encryption="TLS",
        connect_version="3.7.x",
        capacity=Provisioned(2, 1),
        role_arn="role",
        logs=LogDelivery("/g"),
        tags={},
    )
    expected = request.to_api()
    assert "tags" not in expected
    assert expected["capacity"] == {"provisionedCapacity": {"mcuCount": 2, "workerCount": 1}}
    assert expected["logDelivery"]["workerLogDelivery"]["cloudWatchLogs"] == {"enabled": True, "logGroup": "/g"}
    # The stub checks it against the service's model.
    stub.add_response("create_connector", {"connectorArn": "1"}, expected)
    assert client.create_connector(request) == "1"


def test_an_update_names_the_version_and_returns_the_operation(connect: tuple[MskConnect, Stubber]) -> None:
    client, stub = connect
    stub.add_response("describe_connector", {"connectorArn": "1", "connectorName": "c", "currentVersion": "V"})
    found = client.describe_connector("1")
    request = {"connectorArn": "1", "currentVersion": "V", "connectorConfiguration": {"a": "c"}}
    stub.add_response("update_connector", {"connectorOperationArn": "op"}, request)
    assert client.update_connector(found, {"connectorConfiguration": {"a": "c"}}) == "op"
    what = plugin_member(Plugin("p", "parn", "ACTIVE"))
    request = {"connectorArn": "1", "currentVersion": "V", "skipHealthValidation": True, **what}
    stub.add_response("update_connector", {}, request)
    assert client.update_connector(found, what, skip_health_validation=True) is None
    assert {"plugins", "workerConfiguration", "capacity"} <= client.update_members


@pytest.mark.parametrize(
    ("state", "over", "succeeded"),
    [
        ("PENDING", False, False),
        ("UPDATE_IN_PROGRESS", False, False),
        ("UPDATE_COMPLETE", True, True),
        ("UPDATE_FAILED", True, False),
        ("ROLLBACK_IN_PROGRESS", False, False),
        ("ROLLBACK_COMPLETE", True, False),
        ("ROLLBACK_FAILED", True, False),
        ("RESTART_COMPLETE", True, True),
        ("PAUSE_FAILED", True, False),
    ],
)
def test_a_completed_rollback_is_a_failure(state: str, over: bool, succeeded: bool) -> None:
    operation = Operation("1", "UPDATE_WORKER_SETTING", state)
    assert (operation.is_over, operation.succeeded) == (over, succeeded)


def test_a_described_operation_has_its_steps_and_reason(connect: tuple[MskConnect, Stubber]) -> None:
    client, stub = connect
    answer = {
        "connectorOperationArn": "op",
        "connectorOperationState": "ROLLBACK_COMPLETE",
        "connectorOperationType": "UPDATE_CONNECTOR_CONFIGURATION",
        "operationSteps": [{"stepType": "VALIDATE_UPDATE", "stepState": "FAILED"}],
        "errorInfo": {"code": "C", "message": "m"},
    }
    stub.add_response("describe_connector_operation", answer, {"connectorOperationArn": "op"})
    found = client.describe_operation("op")
    assert (found.steps, found.reason) == ((("VALIDATE_UPDATE", "FAILED"),), "C: m")


def test_settings_are_equal_however_defaults_are_spelled_out() -> None:
    asked = {
        "kafkaCluster": {"apacheKafkaCluster": {"vpc": {"subnets": ["b", "a"], "securityGroups": []}}},
        "logDelivery": {"workerLogDelivery": {"cloudWatchLogs": {"enabled": True, "logGroup": "/g"}}},
    }
    told = {
        "kafkaCluster": {"apacheKafkaCluster": {"vpc": {"subnets": ["a", "b"]}}},
        "logDelivery": {
            "workerLogDelivery": {
                "cloudWatchLogs": {"enabled": True, "logGroup": "/g"},
                "firehose": {"enabled": False, "deliveryStream": ""},
            }
        },
        "networkType": "IPV4",
        "connectorName": "c",
    }
    assert settings_of(asked) == settings_of(told)
    assert settings_of(asked)["kafkaCluster.apacheKafkaCluster.vpc.subnets"] == "a,b"


def test_described_connector(connect: tuple[MskConnect, Stubber]) -> None:
    client, stub = connect
    answer = {
        "connectorArn": "1",
        "connectorName": "c",
        "connectorState": "FAILED",
        "connectorConfiguration": {"a": "b"},
        "creationTime": NOW,
        "plugins": [{"customPlugin": {"customPluginArn": "p", "revision": 1}}],
        "stateDescription": {"code": "C", "message": "m"},
    }
    stub.add_response("describe_connector", answer, {"connectorArn": "1"})
    found = client.describe_connector("1")
    assert (found.plugin_arn, found.worker_configuration_arn, found.reason) == ("p", "", "C: m")
    assert found.created == NOW
