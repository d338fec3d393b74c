"""Faults on demand: when they strike, what a client sees of them, and how they are asked for."""

from __future__ import annotations

import base64
import math
from typing import Any

import pytest
import urllib3
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError
from emulated_connect import SESSION, WORKER, Service, refused

from cdcctl.errors import InputError, LocalEnvironmentError, UsageError
from cdcctl.local import fault_client
from cdcctl.local.emulator.admin import FAULTS_PATH
from cdcctl.local.emulator.faults import Faults, FaultSpec, InvalidFaultError, Kind
from cdcctl.local.emulator.incoming import OWN_CALLS
from cdcctl.local.emulator.pace import Change, Pace, parse_speed

AVRO = '{"type": "record", "name": "R", "fields": []}'


def test_count_probability_time_and_clearing() -> None:
    now = [0.0]
    dice = iter([0.6, 0.4, 0.4])
    faults = Faults(clock=lambda: now[0], random=lambda: next(dice))
    twice = faults.set(FaultSpec(Kind.ROLLBACK, resource="b", count=2))
    assert [faults.strikes(Kind.ROLLBACK, name) for name in ("abc", "xyz", "b", "b")] == [twice, None, twice, None]
    faults.set(FaultSpec(Kind.LOST_LOGS, probability=0.5, seconds=10))
    assert [bool(faults.strikes(Kind.LOST_LOGS, "a")) for _ in range(3)] == [False, True, True]
    now[0] = 10
    assert faults.strikes(Kind.LOST_LOGS, "a") is None
    assert [(each["kind"], each["struck"], each["seconds_left"]) for each in faults.described()] == [
        ("rollback", 2, None),
        ("lost-logs", 2, 0),
    ]
    # A fault that has struck holds what it holds until it is over.
    assert not faults.is_over(twice)
    assert faults.clear(twice.id) == 1
    assert faults.is_over(twice)
    assert (faults.clear(twice.id), faults.clear()) == (0, 1)


def test_the_first_fault_that_concerns_a_request_strikes() -> None:
    faults = Faults()
    assert not faults.any_of_requests()
    faults.set(FaultSpec(Kind.STUCK_CREATING))
    assert not faults.any_of_requests()
    glue = faults.set(FaultSpec(Kind.THROTTLE, service="glue", operation="GetSchema"))
    named = faults.set(FaultSpec(Kind.SLOW, resource="movies"))
    assert faults.any_of_requests()
    assert faults.strikes_request("glue", "GetSchema", lambda _text: False) is glue
    assert faults.strikes_request("glue", "ListSchemas", lambda _text: False) is None
    assert faults.strikes_request("s3", "GetObject", "movies".__eq__) is named


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([], "a fault is a JSON object"),
        ({}, "None is no kind of fault; there are throttle, 5xx"),
        ({"kind": "flood"}, "'flood' is no kind of fault"),
        ({"kind": "slow", "colour": 1, "age": 2}, "a fault has no age, colour"),
        ({"kind": "slow", "count": "many"}, "count cannot be 'many'"),
        ({"kind": "slow", "count": True}, "count cannot be True"),
        ({"kind": "slow", "service": 7}, "service cannot be 7"),
        ({"kind": "slow", "probability": 0}, "more than 0 and at most 1, not 0"),
        ({"kind": "slow", "probability": math.nan}, "more than 0 and at most 1"),
        ({"kind": "slow", "seconds": -1, "delay": 0}, "seconds must be more than 0, not -1; delay must be more than 0"),
        ({"kind": "slow", "operation": "GetObject"}, "an operation needs its service"),
        ({"kind": "throttle", "delay": 1}, "delay is for slow"),
        ({"kind": "slow", "code": "X"}, "code is for throttle and 5xx"),
        ({"kind": "lost-task", "count": 1}, "count and probability are not for lost-task"),
        ({"kind": "rollback", "service": "glue"}, "service is for faults of requests, which rollback is not"),
    ],
)
def test_what_is_no_fault(given: Any, said: str) -> None:
    with pytest.raises(InvalidFaultError) as caught:
        FaultSpec.parse(given)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ({"service": "nosuch"}, "there is no service 'nosuch'"),
        ({"service": "glue", "operation": "Get"}, "glue has no operation 'Get'"),
        ({"service": "glue", "code": "Oops"}, "glue has no error 'Oops'"),
    ],
)
def test_faults_of_what_does_not_exist(emulator_port: tuple[str, Any], fault: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        fault_client.set_fault(emulator_port[0], {"kind": "5xx", **fault})


def test_admin_endpoint(emulator_port: tuple[str, Any], service: Service) -> None:
    endpoint = emulator_port[0]
    first = fault_client.set_fault(endpoint, {"kind": "slow", "service": "s3", "delay": 0.1, "count": None})
    fault_client.set_fault(endpoint, {"kind": "rollback"})
    service.s3.list_buckets()
    listed = fault_client.list_faults(endpoint)
    assert [(each["kind"], each["struck"]) for each in listed] == [("slow", 1), ("rollback", 0)]
    assert fault_client.in_words(listed[0]) == f"{first['id']}  slow of s3 by 0.1 s; struck 1"
    assert fault_client.clear_faults(endpoint, [first["id"]]) == 1
    with pytest.raises(InputError, match=f"there is no fault {first['id']}"):
        fault_client.clear_faults(endpoint, [first["id"]])
    assert fault_client.clear_faults(endpoint) == 1
    for method, path, status in (("PUT", FAULTS_PATH, 404), ("GET", "/_cdcctl/other", 404), ("POST", FAULTS_PATH, 400)):
        assert urllib3.request(method, endpoint + path, body=b"{").status == status


def test_nobody_answers() -> None:
    with pytest.raises(LocalEnvironmentError, match="no emulator answers at http"):
        fault_client.list_faults("http://127.0.0.1:9")


@pytest.mark.parametrize(
    ("name", "throttle", "failure"),
    [
        ("kafkaconnect", ("TooManyRequestsException", 429), ("InternalServerErrorException", 500)),
        ("glue", ("ThrottlingException", 400), ("InternalServiceException", 500)),
        ("s3", ("SlowDown", 503), ("InternalError", 500)),
        ("logs", ("ThrottlingException", 400), ("ServiceUnavailableException", 500)),
        ("secretsmanager", ("ThrottlingException", 400), ("InternalServiceError", 500)),
        ("sts", ("ThrottlingException", 400), ("InternalFailure", 500)),
    ],
)
def test_throttle_and_5xx_in_the_words_of_each_service(
    emulator_port: tuple[str, Any], service: Service, name: str, throttle: Any, failure: Any
) -> None:
    client = SESSION.client(name, endpoint_url=emulator_port[0], config=Config(retries={"total_max_attempts": 1}))
    calls = {
        "kafkaconnect": ("ListConnectors", {}),
        "glue": ("ListRegistries", {}),
        "s3": ("GetObject", {"Bucket": "bucket", "Key": "a/b"}),
        "logs": ("DescribeLogGroups", {}),
        "secretsmanager": ("ListSecrets", {}),
        "sts": ("GetCallerIdentity", {}),
    }
    operation, arguments = calls[name]
    call = getattr(client, _python_name(client, operation))
    for kind, expected in ((Kind.THROTTLE, throttle), (Kind.SERVER_ERROR, failure)):
        fault = service.faults.set(FaultSpec(kind, service=name, operation=operation, count=1))
        with pytest.raises(ClientError) as caught:
            call(**arguments)
        response = caught.value.response
        assert (response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]) == expected
        assert fault.id in response["Error"]["Message"]


def _python_name(client: Any, operation: str) -> str:
    (found,) = [name for name, api in client.meta.method_to_api_mapping.items() if api == operation]
    return str(found)


def test_sdks_retry_what_they_should(emulator_port: tuple[str, Any], service: Service) -> None:
    config = Config(retries={"mode": "standard", "total_max_attempts": 3})
    client = SESSION.client("kafkaconnect", endpoint_url=emulator_port[0], config=config)
    fault = service.faults.set(FaultSpec(Kind.THROTTLE, count=2))
    assert client.list_connectors()["connectors"] == []
    assert fault.struck == 2


def test_a_request_that_is_cut_off_has_no_answer_and_was_not_carried_out(
    emulator_port: tuple[str, Any], service: Service
) -> None:
    config = Config(retries={"total_max_attempts": 1})
    client = SESSION.client("kafkaconnect", endpoint_url=emulator_port[0], config=config)
    service.faults.set(FaultSpec(Kind.CUT_OFF, service="kafkaconnect", operation="CreateWorkerConfiguration", count=1))
    wanted = {"name": "w", "propertiesFileContent": base64.b64encode(WORKER.encode()).decode()}
    with pytest.raises(ConnectionClosedError):
        client.create_worker_configuration(**wanted)
    assert client.list_worker_configurations()["workerConfigurations"] == []
    # The next request of the same client finds its way over a new connection.
    assert client.create_worker_configuration(**wanted)["name"] == "w"


def test_a_lost_reply_is_one_whose_work_is_done(service: Service) -> None:
    service.faults.set(FaultSpec(Kind.LOST_REPLY, service="kafkaconnect", operation="CreateWorkerConfiguration"))
    with pytest.raises(ClientError, match="InternalServerErrorException"):
        service.worker("lost")
    with pytest.raises(ClientError, match="InternalServerErrorException"):
        service.worker("lost")
    service.faults.clear()
    assert [each["name"] for each in service.connect.list_worker_configurations()["workerConfigurations"]] == ["lost"]
    with pytest.raises(ClientError, match="ConflictException"):
        service.worker("lost", WORKER)


def test_only_requests_that_mention_a_name(service: Service) -> None:
    service.faults.set(FaultSpec(Kind.THROTTLE, service="kafkaconnect", resource="mine"))
    service.worker("yours")
    with pytest.raises(ClientError, match="TooManyRequestsException"):
        service.worker("mine")
    connect = service.connect
    connect.list_worker_configurations(namePrefix="yo")
    refused("TooManyRequestsException", connect.list_worker_configurations, namePrefix="mine")
    arn = "arn:aws:kafkaconnect:r:123456789012:connector/mine/1"
    refused("TooManyRequestsException", connect.describe_connector, connectorArn=arn)


def test_the_emulators_own_calls_are_spared(emulator_port: tuple[str, Any], service: Service) -> None:
    config = Config(user_agent_extra=OWN_CALLS, retries={"total_max_attempts": 1}, s3={"addressing_style": "path"})
    own = SESSION.client("s3", endpoint_url=emulator_port[0], config=config)
    service.faults.set(FaultSpec(Kind.SERVER_ERROR, service="s3"))
    assert [each["Name"] for each in own.list_buckets()["Buckets"]] == ["bucket"]
    refused("InternalError", service.s3.list_buckets)


def test_schema_versions_fail_on_demand(emulator_port: tuple[str, Any], service: Service) -> None:
    glue = SESSION.client("glue", endpoint_url=emulator_port[0])
    schema = {"RegistryName": "r", "SchemaName": "movies"}
    glue.create_registry(RegistryName="r")
    glue.create_schema(RegistryId={"RegistryName": "r"}, SchemaName="movies", DataFormat="AVRO", SchemaDefinition=AVRO)
    service.faults.set(FaultSpec(Kind.SCHEMA_FAILURE, resource="movies", count=1))
    wider = AVRO.replace("[]", '[{"name": "a", "type": "int", "default": 0}]')
    assert glue.register_schema_version(SchemaId=schema, SchemaDefinition=wider)["Status"] == "FAILURE"
    # Asking again gives the failed version back, as on AWS.
    assert glue.register_schema_version(SchemaId=schema, SchemaDefinition=wider)["Status"] == "FAILURE"
    widest = wider.replace('"a"', '"b"')
    assert glue.register_schema_version(SchemaId=schema, SchemaDefinition=widest)["Status"] == "AVAILABLE"


@pytest.mark.parametrize(("text", "speed"), [("instant", math.inf), ("aws", 1), ("60", 60), ("0.5", 0.5)])
def test_speeds(text: str, speed: float) -> None:
    assert parse_speed(text) == Pace(speed)


@pytest.mark.parametrize("text", ["", "fast", "0", "-1", "nan", "inf", "1e999"])
def test_no_speeds(text: str) -> None:
    with pytest.raises(UsageError, match="is no speed"):
        parse_speed(text)


def test_a_deletion_can_be_seen_at_every_speed() -> None:
    assert Pace().seconds(Change.CONNECTOR_CREATED) == 0
    assert Pace().seconds(Change.PLUGIN_DELETED) > 0
    assert Pace(1).seconds(Change.CONNECTOR_CREATION_FAILED) == 20 * 60
