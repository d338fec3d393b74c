"""The typed clients: exact requests, our dataclasses out, and every error of botocore mapped to one of ours."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any
from unittest.mock import ANY

import boto3
import botocore.exceptions
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from cdcctl.aws.connect_requests import ConnectorRequest, LogDelivery, Provisioned, plugin_member
from cdcctl.aws.connect_resources import Connector, Operation, Plugin, WorkerConfiguration, settings_of
from cdcctl.aws.errors import from_client_error, translated
from cdcctl.aws.glue_registry import GlueRegistry
from cdcctl.aws.logs import Logs, error_lines
from cdcctl.aws.metrics import Metrics, TaskCounts, last_changed
from cdcctl.aws.msk_connect import MskConnect
from cdcctl.aws.storage import Storage
from cdcctl.aws.target import aws_target
from cdcctl.errors import (
    CdcctlError,
    ConflictError,
    InputError,
    NotFoundError,
    RemoteError,
    UnavailableError,
    UsageError,
)

NOW = datetime(2026, 1, 1, tzinfo=timezone.utc)


def stubbed(service: str) -> tuple[Any, Stubber]:
    client = boto3.client(service, region_name="eu-central-1", aws_access_key_id="a", aws_secret_access_key="b")
    stub = Stubber(client)
    stub.activate()
    return client, stub


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


def test_schema_versions_include_failed_ones_in_order() -> None:
    client, stub = stubbed("glue")
    listed = {"Schemas": [{"SchemaVersionId": "b" * 36}, {"SchemaVersionId": "a" * 36}]}
    stub.add_response("list_schema_versions", listed, {"SchemaId": {"RegistryName": "r", "SchemaName": "s"}})
    for identifier, number, status in (("b", 2, "FAILURE"), ("a", 1, "AVAILABLE")):
        answer = {
            "SchemaVersionId": identifier * 36,
            "VersionNumber": number,
            "Status": status,
            "SchemaDefinition": "{}",
        }
        stub.add_response("get_schema_version", answer, {"SchemaVersionId": identifier * 36})
    found = GlueRegistry(client).versions("r", "s")
    assert [(version.number, version.status) for version in found] == [(1, "AVAILABLE"), (2, "FAILURE")]


def test_what_is_not_there() -> None:
    client, stub = stubbed("glue")
    for operation in ("get_registry", "get_schema", "list_schema_versions", "get_database"):
        stub.add_client_error(operation, "EntityNotFoundException", "none", 400)
    registry = GlueRegistry(client)
    assert registry.find_registry("r") is None
    assert registry.find_schema("r", "s") is None
    assert registry.versions("r", "s") == []
    s3, bucket = stubbed("s3")
    bucket.add_client_error("head_bucket", "404", "Not Found", 404)
    bucket.add_client_error("head_object", "404", "Not Found", 404)
    storage = Storage(s3, client, "eu-central-1")
    assert storage.has_database("d") is False
    assert storage.has_bucket("b") is False
    assert storage.size("b", "k") is None


def test_what_exists_already_is_left_as_it_is() -> None:
    glue, stub = stubbed("glue")
    stub.add_client_error("create_database", "AlreadyExistsException", "there", 400)
    Storage(None, glue, "r").create_database("d")
    logs, stub = stubbed("logs")
    stub.add_client_error("create_log_group", "ResourceAlreadyExistsException", "there", 400)
    Logs(logs).create_group("/g")


def test_log_group_by_exact_name() -> None:
    client, stub = stubbed("logs")
    stub.add_response("describe_log_groups", {"logGroups": [{"logGroupName": "/g/2"}]}, {"logGroupNamePrefix": "/g"})
    assert Logs(client).has_group("/g") is False


def test_log_lines_since_in_order() -> None:
    client, stub = stubbed("logs")
    events = [{"timestamp": 2, "message": "b"}, {"timestamp": 1, "message": "a"}]
    request = {"logGroupName": "/g", "logStreamNamePrefix": "c-", "startTime": int(NOW.timestamp() * 1000)}
    stub.add_response("filter_log_events", {"events": events}, request)
    assert Logs(client).lines("/g", "c-", since=NOW) == ["a", "b"]
    stub.add_client_error("filter_log_events", "ResourceNotFoundException", "none", 400)
    assert Logs(client).lines("/g", "c-") == []


LOG = """\
[Worker-1] [t] INFO Kafka Connect starting (x.Y)
[Worker-1] [t] ERROR Failed to discover Converter (org.apache.kafka.connect.runtime.isolation.PluginScanner)
Caused by: java.lang.NoSuchMethodException: harmless
[Worker-1] [t] ERROR Failed testing connection for jdbc:mysql (io.debezium.X)
java.sql.SQLException: Access denied for user 'debezium'
\tat com.mysql.cj.jdbc.Some.frame(Some.java:1)
\t... 9 more
Caused by: com.example.Inner: why
[Worker-1] [t] WARN Something (x.Y)
java.lang.Exception: of a warning
[Worker-1] [t] FATAL The end (x.Y)
""".splitlines()


def test_error_lines_keep_causes_and_drop_frames_and_harmless_entries() -> None:
    assert error_lines(LOG) == [LOG[3], LOG[4], LOG[7], LOG[10]]
    assert error_lines(LOG + LOG) == [LOG[3], LOG[4], LOG[7], LOG[10]]
    assert error_lines(LOG, 1) == [LOG[10]]
    assert error_lines([]) == []


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("NotFoundException", NotFoundError),
        ("NoSuchKey", NotFoundError),
        ("ConflictException", ConflictError),
        ("BadRequestException", InputError),
        ("InvalidInputException", InputError),
        ("ForbiddenException", RemoteError),
        ("ExpiredToken", RemoteError),
        ("TooManyRequestsException", UnavailableError),
        ("SomethingNew", RemoteError),
    ],
)
def test_service_errors(code: str, kind: type[CdcctlError]) -> None:
    error = from_client_error(
        "connector x", ClientError({"Error": {"Code": code, "Message": "why"}}, "CreateConnector")
    )
    assert type(error) is kind
    assert error.message == f"CreateConnector of connector x failed: {code}: why"
    assert error.hint


@pytest.mark.parametrize(
    "kind",
    [
        each
        for each in vars(botocore.exceptions).values()
        if isinstance(each, type) and issubclass(each, botocore.exceptions.BotoCoreError)
    ],
)
def test_every_error_of_botocore_is_mapped(kind: type[botocore.exceptions.BotoCoreError]) -> None:
    class Silent(kind):  # type: ignore[misc, valid-type]
        """The same error without its required arguments."""

        def __init__(self) -> None:
            Exception.__init__(self, "silent")

    with pytest.raises((RemoteError, UsageError)) as caught, translated("x"):
        raise Silent
    assert "x: silent" in caught.value.message
    assert caught.value.hint


def test_no_region(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, "/dev/null")
    with pytest.raises(UsageError, match="no AWS region"):
        aws_target(None, None)
    with pytest.raises(UsageError, match="nobody"):
        aws_target("nobody", "eu-central-1")


def test_a_change_that_collides_with_another_is_tried_again() -> None:
    client, stub = stubbed("glue")
    schema = {"RegistryName": "r", "SchemaName": "s"}
    asked = {"SchemaId": schema, "SchemaDefinition": "{}"}
    stub.add_client_error("register_schema_version", "ConcurrentModificationException", "busy", expected_params=asked)
    made = {"SchemaVersionId": "0" * 36, "VersionNumber": 3, "Status": "PENDING"}
    stub.add_response("register_schema_version", made, asked)
    found = GlueRegistry(client).register("r", "s", "{}")
    assert (found.number, found.status, found.id) == (3, "PENDING", "0" * 36)
    stub.assert_no_pending_responses()


def test_versions_that_could_not_be_deleted_are_told() -> None:
    client, stub = stubbed("glue")
    asked = {"SchemaId": {"RegistryName": "r", "SchemaName": "s"}, "Versions": "3-4"}
    details = {"ErrorCode": "EntityNotFoundException", "ErrorMessage": "Schema version is not found."}
    answer = {"SchemaVersionErrors": [{"VersionNumber": 4, "ErrorDetails": details}]}
    stub.add_response("delete_schema_versions", answer, asked)
    assert GlueRegistry(client).delete_versions("r", "s", "3-4") == {4: "Schema version is not found."}


def test_metadata_comes_in_pages() -> None:
    client, stub = stubbed("glue")
    identifier = "0" * 36
    first = {"MetadataInfoMap": {"a": {"MetadataValue": "1"}}, "SchemaVersionId": identifier, "NextToken": "t"}
    stub.add_response("query_schema_version_metadata", first, {"SchemaVersionId": identifier})
    second = {"MetadataInfoMap": {"b": {"MetadataValue": "2"}}, "SchemaVersionId": identifier}
    stub.add_response("query_schema_version_metadata", second, {"SchemaVersionId": identifier, "NextToken": "t"})
    assert GlueRegistry(client).metadata(identifier) == {"a": "1", "b": "2"}


def described(name: str = "c", **more: Any) -> Connector:
    return Connector.from_api({"connectorName": name, "connectorArn": "1", "connectorState": "RUNNING", **more})


def test_tasks_as_cloudwatch_counts_them() -> None:
    client, stub = stubbed("cloudwatch")
    since = datetime.now(timezone.utc) - timedelta(seconds=150)
    begin = (since + timedelta(microseconds=999_999)).replace(microsecond=0)
    # CloudWatch goes down to the minute, which was partly before.
    minutes = [begin.replace(second=0) + timedelta(minutes=number) for number in range(3)]
    before = minutes[0] < begin

    def result(name: str, values: list[float], times: list[datetime]) -> dict[str, Any]:
        return {"Id": name, "Label": name, "Timestamps": times, "Values": values, "StatusCode": "Complete"}

    def query(name: str, stat: str) -> dict[str, Any]:
        dimensions = [{"Name": "ConnectorName", "Value": "c"}]
        metric = {"Namespace": "AWS/KafkaConnect", "MetricName": name, "Dimensions": dimensions}
        return {"Id": name.lower(), "MetricStat": {"Metric": metric, "Period": 60, "Stat": stat}}

    queries = [query("RunningTaskCount", "Minimum"), query("ErroredTaskCount", "Maximum")]
    asked = {"MetricDataQueries": queries, "StartTime": begin, "EndTime": ANY}
    # Of the newest minute one of the two is not there yet.
    told = [
        result("runningtaskcount", [3.0, 1.0, 0.0], [minutes[2], minutes[1], minutes[0]]),
        result("erroredtaskcount", [2.0, 3.0], [minutes[1], minutes[0]]),
    ]
    stub.add_response("get_metric_data", {"MetricDataResults": told}, asked)
    assert Metrics(client).tasks("c", since) == TaskCounts(1, 2, minutes[1])
    told = [result(each["Id"], [1.0], [minutes[0]]) for each in told]
    stub.add_response("get_metric_data", {"MetricDataResults": told}, asked)
    assert Metrics(client).tasks("c", since) == (None if before else TaskCounts(1, 1, minutes[0]))
    stub.assert_no_pending_responses()


def test_since_when_a_connector_is_as_it_is() -> None:
    made = described(creationTime=NOW)
    restarted = Operation("1", "RESTART_CONNECTOR", "RESTART_COMPLETE", created=NOW, ended=NOW + timedelta(minutes=2))
    under_way = Operation("2", "UPDATE_WORKER_SETTING", "UPDATE_IN_PROGRESS", created=NOW + timedelta(minutes=3))
    assert last_changed(made, []) == NOW
    assert last_changed(made, [restarted]) == NOW + timedelta(minutes=2)
    assert last_changed(made, [under_way, restarted]) is None
