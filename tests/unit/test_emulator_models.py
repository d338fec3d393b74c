"""Every operation and every error of both APIs, held against the botocore model and not only by the server itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.validate import ParamValidator
from emulated_connect import SESSION, Service

from cdcctl.local.emulator.faults import FaultSpec, Kind
from cdcctl.local.emulator.glue_registry import OPERATIONS, TAG_OPERATIONS, GlueRegistryApi
from cdcctl.local.emulator.msk_connect import MskConnectApi
from cdcctl.local.emulator.protocol import load_model

CONNECT, GLUE = load_model("kafkaconnect"), load_model("glue")
REGISTRY_OPERATIONS = sorted(OPERATIONS | TAG_OPERATIONS)
AVRO = '{"type": "record", "name": "R", "fields": [{"name": "a", "type": "int"}]}'
WIDER = AVRO.replace('"int"', '"long"')


@pytest.fixture
def glue(emulator_port: tuple[str, dict[str, Any]], service: Service) -> Any:
    return SESSION.client("glue", endpoint_url=emulator_port[0], config=Config(retries={"total_max_attempts": 1}))


def test_nothing_of_the_models_is_missing(service: Service) -> None:
    of_registry = {name for name in GLUE.operation_names if "Schema" in name or "Registr" in name}
    assert of_registry == OPERATIONS
    for name in REGISTRY_OPERATIONS:
        assert callable(getattr(GlueRegistryApi, xform_name(name)))
    api = MskConnectApi("r", None, lambda _spec: None, lambda _group: True)  # type: ignore[arg-type,return-value]
    assert [name for name in CONNECT.operation_names if not hasattr(api, xform_name(name))] == []


class Walk:
    """Notes every operation that a client gets a good answer to, and what is wrong with the answer."""

    def __init__(self, client: Any) -> None:
        self.client = client
        self.answered: set[str] = set()
        self.wrong: list[str] = []
        client.meta.events.register("after-call.*.*", self._note)

    def _note(self, http_response: Any, parsed: dict[str, Any], model: Any, **_: Any) -> None:
        if http_response.status_code >= 300:
            return
        self.answered.add(model.name)
        if model.output_shape is None:
            return
        given = {name: value for name, value in parsed.items() if name != "ResponseMetadata"}
        report = ParamValidator().validate(given, model.output_shape)
        self.wrong += [f"{model.name}: {report.generate_report()}"] if report.has_errors() else []
        self.wrong += [f"{model.name}: {each}" for each in outside_enums(given, model.output_shape)]


def outside_enums(value: Any, shape: Any) -> Iterator[str]:
    if shape.type_name == "structure":
        for name, each in value.items():
            yield from outside_enums(each, shape.members[name])
    elif shape.type_name == "list":
        for each in value:
            yield from outside_enums(each, shape.member)
    elif shape.type_name == "map":
        for each in value.values():
            yield from outside_enums(each, shape.value)
    elif getattr(shape, "enum", None) and value not in shape.enum:
        yield f"{value!r} is none of {shape.enum}"


def test_every_operation_of_msk_connect_answers_by_the_model(service: Service) -> None:
    connect, walk = service.connect, Walk(service.connect)
    arn = maximal_connector(service)
    runtime = service.runtimes[0]
    begin = {
        "connectorConfiguration": lambda: service.update(arn, connectorConfiguration={"connector.class": "x.Y"}),
        "capacity": lambda: service.update(arn, capacity={"provisionedCapacity": {"mcuCount": 1, "workerCount": 1}}),
        "pause": lambda: connect.pause_connector(connectorArn=arn)["connectorOperationArn"],
        "resume": lambda: connect.resume_connector(connectorArn=arn)["connectorOperationArn"],
        "restart": lambda: connect.restart_connector(connectorArn=arn)["connectorOperationArn"],
    }
    for operation in begin.values():
        started = operation()
        connect.describe_connector(connectorArn=arn)
        runtime.says.put(True)
        service.operation(started)
        service.until(arn, "RUNNING", "PAUSED")
    connect.list_connector_operations(connectorArn=arn, maxResults=1)
    connect.list_connectors()
    connect.list_custom_plugins()
    connect.list_worker_configurations()
    connect.tag_resource(resourceArn=arn, tags={"a": "b"})
    connect.list_tags_for_resource(resourceArn=arn)
    connect.untag_resource(resourceArn=arn, tagKeys=["a"])
    found = connect.describe_connector(connectorArn=arn)
    service.plugin("broken", key="text.zip")
    runtime.may_stop.set()
    connect.delete_connector(connectorArn=arn)
    service.gone(connect.describe_connector, connectorArn=arn)
    plugin = found["plugins"][0]["customPlugin"]["customPluginArn"]
    worker = found["workerConfiguration"]["workerConfigurationArn"]
    connect.describe_custom_plugin(customPluginArn=plugin)
    connect.describe_worker_configuration(workerConfigurationArn=worker)
    connect.delete_custom_plugin(customPluginArn=plugin)
    connect.delete_worker_configuration(workerConfigurationArn=worker)
    assert walk.wrong == []
    assert walk.answered == set(CONNECT.operation_names)


def maximal_connector(service: Service) -> str:
    """A connector for which everything is given that CreateConnector takes."""
    plugin = service.plugin()["customPluginArn"]
    worker = service.worker()["workerConfigurationArn"]
    return service.connector(
        plugin=plugin,
        connectorDescription="d",
        networkType="DUAL",
        tags={"a": "b"},
        workerConfiguration={"workerConfigurationArn": worker, "revision": 1},
        capacity={
            "autoScaling": {
                "mcuCount": 1,
                "minWorkerCount": 1,
                "maxWorkerCount": 2,
                "maxAutoscalingTaskCount": 4,
                "scaleInPolicy": {"cpuUtilizationPercentage": 10},
                "scaleOutPolicy": {"cpuUtilizationPercentage": 90},
            }
        },
        kafkaCluster={
            "apacheKafkaCluster": {"bootstrapServers": "b:1", "vpc": {"subnets": ["s"], "securityGroups": ["g"]}}
        },
        logDelivery={
            "workerLogDelivery": {
                "cloudWatchLogs": {"enabled": True, "logGroup": "/there"},
                "firehose": {"enabled": False, "deliveryStream": "x"},
                "s3": {"enabled": False, "bucket": "bucket", "prefix": "p"},
            }
        },
    )


def absent(value: Any, shape: Any, path: str = "") -> Iterator[str]:
    """Paths of members that the model has and an answer has not."""
    if shape.type_name == "structure":
        for name, member in shape.members.items():
            if name in value:
                yield from absent(value[name], member, f"{path}.{name}")
            else:
                yield f"{path}.{name}"
    elif shape.type_name == "list":
        for each in value:
            yield from absent(each, shape.member, path)


def test_what_is_described_leaves_nothing_out_that_was_given(service: Service) -> None:
    arn = maximal_connector(service)
    connector = service.described(arn)
    assert set(absent(connector, CONNECT.operation_model("DescribeConnector").output_shape)) == {
        ".stateDescription",
        ".capacity.provisionedCapacity",
    }
    operation = service.update(arn, useDefaultWorkerConfiguration=True)
    for said in (False, True):
        service.runtimes[0].says.put(said)
    found = service.operation(operation)
    assert set(absent(found, CONNECT.operation_model("DescribeConnectorOperation").output_shape)) == {
        ".originConnectorConfiguration",
        ".targetConnectorConfiguration",
        ".originWorkerSetting.capacity.provisionedCapacity",
        ".targetWorkerSetting.capacity.provisionedCapacity",
        ".targetWorkerSetting.workerConfiguration",
    }
    listed = service.connect.list_connector_operations(connectorArn=arn)["connectorOperations"][0]
    assert set(absent(listed, CONNECT.shape_for("ConnectorOperationSummary"))) == set()


def test_every_operation_of_the_registry_answers_by_the_model(glue: Any) -> None:
    walk = Walk(glue)
    made = glue.create_registry(RegistryName="r", Description="d", Tags={"a": "b"})
    registry = {"RegistryName": "r"}
    schema = {"RegistryName": "r", "SchemaName": "s"}
    first = glue.create_schema(
        RegistryId=registry,
        SchemaName="s",
        DataFormat="AVRO",
        Compatibility="BACKWARD",
        Description="d",
        Tags={"a": "b"},
        SchemaDefinition=AVRO,
    )
    second = glue.register_schema_version(SchemaId=schema, SchemaDefinition=WIDER)
    assert second["Status"] == "AVAILABLE"
    assert glue.register_schema_version(SchemaId=schema, SchemaDefinition='"string"')["Status"] == "FAILURE"
    version = {"SchemaVersionId": second["SchemaVersionId"]}
    pair = {"MetadataKey": "k", "MetadataValue": "v"}
    arn = {"ResourceArn": made["RegistryArn"]}
    numbers = {
        "FirstSchemaVersionNumber": {"VersionNumber": 1},
        "SecondSchemaVersionNumber": {"LatestVersion": True},
    }
    calls: dict[str, dict[str, Any]] = {
        "GetRegistry": {"RegistryId": registry},
        "ListRegistries": {"MaxResults": 1},
        "UpdateRegistry": {"RegistryId": registry, "Description": "e"},
        "GetSchema": {"SchemaId": schema},
        "ListSchemas": {},
        "ListSchemaVersions": {"SchemaId": schema, "MaxResults": 2},
        "GetSchemaVersion": version,
        "GetSchemaByDefinition": {"SchemaId": schema, "SchemaDefinition": WIDER},
        "GetSchemaVersionsDiff": {"SchemaId": schema, "SchemaDiffType": "SYNTAX_DIFF", **numbers},
        "CheckSchemaVersionValidity": {"DataFormat": "AVRO", "SchemaDefinition": "{"},
        "PutSchemaVersionMetadata": {**version, "MetadataKeyValue": pair},
        "QuerySchemaVersionMetadata": version,
        "RemoveSchemaVersionMetadata": {**version, "MetadataKeyValue": pair},
        "UpdateSchema": {"SchemaId": schema, "SchemaVersionNumber": {"VersionNumber": 2}, "Compatibility": "NONE"},
        "DeleteSchemaVersions": {"SchemaId": schema, "Versions": "3-5"},
        "TagResource": {**arn, "TagsToAdd": {"c": "d"}},
        "GetTags": arn,
        "UntagResource": {**arn, "TagsToRemove": ["c"]},
        "DeleteSchema": {"SchemaId": schema},
        "DeleteRegistry": {"RegistryId": registry},
    }
    for name, arguments in calls.items():
        getattr(glue, xform_name(name))(**arguments)
    assert first["SchemaVersionStatus"] == "AVAILABLE"
    assert walk.wrong == []
    assert walk.answered == set(REGISTRY_OPERATIONS)


@pytest.mark.parametrize(
    ("name", "operation"),
    [("kafkaconnect", each) for each in CONNECT.operation_names] + [("glue", each) for each in REGISTRY_OPERATIONS],
)
def test_every_error_reaches_the_client_as_what_it_is(service: Service, glue: Any, name: str, operation: str) -> None:
    client, model = (glue, GLUE) if name == "glue" else (service.connect, CONNECT)
    shape = model.operation_model(operation)
    assert shape.error_shapes
    for error in shape.error_shapes:
        service.faults.set(FaultSpec(Kind.SERVER_ERROR, service=name, operation=operation, code=error.name, count=1))
        with pytest.raises(getattr(client.exceptions, error.name)) as caught:
            call(client, operation)(**sample(shape.input_shape))
        response = caught.value.response
        declared = error.metadata.get("error", {}).get("httpStatusCode", 400)
        assert response["ResponseMetadata"]["HTTPStatusCode"] == declared
        assert "fault" in response["Error"]["Message"]


def call(client: Any, operation: str) -> Callable[..., Any]:
    found: Callable[..., Any] = getattr(client, xform_name(operation))
    return found


def sample(shape: Any) -> Any:
    """The least that botocore sends."""
    if shape.type_name == "structure":
        return {name: sample(shape.members[name]) for name in shape.required_members}
    if shape.type_name == "list":
        return [sample(shape.member)]
    if shape.type_name == "map":
        return {}
    if shape.type_name in ("integer", "long"):
        return max(1, shape.metadata.get("min", 1))
    if shape.type_name == "boolean":
        return False
    return (shape.enum or ["x" * max(1, shape.metadata.get("min", 1))])[0]


@pytest.mark.parametrize(
    "operation", [name for name in CONNECT.operation_names if not name.startswith(("Create", "List"))]
)
def test_what_does_not_exist_is_not_found(service: Service, operation: str) -> None:
    with pytest.raises(service.connect.exceptions.NotFoundException) as caught:
        call(service.connect, operation)(**sample(CONNECT.operation_model(operation).input_shape))
    assert "x does not exist" in caught.value.response["Error"]["Message"]


@pytest.mark.parametrize(
    ("operation", "request_", "said"),
    [
        ("CreateConnector", {}, "at 'connectorName' failed to satisfy constraint: Member must not be null"),
        ("CreateConnector", {"connectorName": "n" * 129}, "length less than or equal to 128"),
        ("CreateCustomPlugin", {"contentType": "TAR"}, "Member must satisfy enum value set: [JAR, ZIP]"),
        ("CreateWorkerConfiguration", {"description": "d" * 1025}, "length less than or equal to 1024"),
        ("ListConnectors", {"maxResults": 101}, "value less than or equal to 100"),
        ("ListCustomPlugins", {"maxResults": 0}, "value greater than or equal to 1"),
        ("TagResource", {"resourceArn": "x", "tags": {"k" * 129: "v"}}, "length less than or equal to 128"),
        ("UpdateConnector", {"connectorArn": "x"}, "at 'currentVersion' failed"),
        ("RestartConnector", {"connectorArn": "x", "onlyFailedTasks": "maybe"}, "must be of type boolean"),
    ],
)
def test_what_breaks_the_model_is_refused_with_the_member_named(
    emulator_port: tuple[str, dict[str, Any]], service: Service, operation: str, request_: dict[str, Any], said: str
) -> None:
    lax = Config(retries={"total_max_attempts": 1}, parameter_validation=False)
    client = SESSION.client("kafkaconnect", endpoint_url=emulator_port[0], config=lax)
    with pytest.raises(ClientError) as caught:
        call(client, operation)(**request_)
    error = caught.value.response["Error"]
    assert error["Code"] == "BadRequestException"
    assert "validation error" in error["Message"]
    assert said in error["Message"]
