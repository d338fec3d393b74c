"""The protocol layer, with small API objects behind boto3 and behind requests no SDK would send."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.serving import make_server
from werkzeug.test import Client

from cdcctl.local.emulator.json_patch import json_patch
from cdcctl.local.emulator.protocol import ApiError, AwsApplication

ARN = "arn:aws:kafkaconnect:eu-west-1:123456789012:connector/a b+c/d%2F-1"
CREATED = datetime(2026, 1, 2, 3, 4, 5, 678000, timezone(timedelta(hours=1)))


class Recorder:
    """MSK Connect with a few operations, remembering what it was asked."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.reply: dict[str, Any] = {}

    def _answer(self, request: dict[str, Any]) -> dict[str, Any]:
        self.asked.append(request)
        return self.reply

    def describe_connector(self, request: dict[str, Any]) -> dict[str, Any]:
        if request["connectorArn"] == "missing":
            raise ApiError("NotFoundException", "no such connector")
        if request["connectorArn"] == "busy":
            raise ApiError("ConflictException", "not now", 418)
        return self._answer(request)

    list_connectors = create_connector = update_connector = restart_connector = _answer
    tag_resource = untag_resource = list_connector_operations = _answer

    def delete_connector(self, request: dict[str, Any]) -> dict[str, Any]:
        raise RuntimeError("boom")


@contextmanager
def served(service: str, api: object) -> Iterator[Any]:
    server = make_server("127.0.0.1", 0, AwsApplication(service, api), threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield boto3.client(
            service,  # type: ignore[call-overload]
            endpoint_url=f"http://127.0.0.1:{server.server_port}",
            region_name="eu-west-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(retries={"max_attempts": 0}, parameter_validation=False),
        )
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def api() -> Recorder:
    return Recorder()


@pytest.fixture
def client(api: Recorder) -> Iterator[Any]:
    with served("kafkaconnect", api) as made:
        yield made


def error_of(caught: pytest.ExceptionInfo[ClientError]) -> tuple[str, int, str]:
    response = caught.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Message"]


class TestRestRequests:
    def test_path_members_are_decoded_once(self, client: Any, api: Recorder) -> None:
        client.describe_connector(connectorArn=ARN)
        assert api.asked == [{"connectorArn": ARN}]

    def test_longer_routes_win_by_their_tail(self, client: Any, api: Recorder) -> None:
        client.list_connector_operations(connectorArn=ARN, maxResults=7, nextToken="a&b=c")
        assert api.asked == [{"connectorArn": ARN, "maxResults": 7, "nextToken": "a&b=c"}]

    def test_query_members_have_types(self, client: Any, api: Recorder) -> None:
        client.restart_connector(connectorArn=ARN, onlyFailedTasks=False)
        assert api.asked == [{"connectorArn": ARN, "onlyFailedTasks": False}]

    def test_repeated_query_members(self, client: Any, api: Recorder) -> None:
        client.untag_resource(resourceArn=ARN, tagKeys=["a", "b,c"])
        assert api.asked == [{"resourceArn": ARN, "tagKeys": ["a", "b,c"]}]

    def test_path_query_and_body_together(self, client: Any, api: Recorder) -> None:
        api.reply = {"connectorArn": ARN, "connectorState": "UPDATING", "connectorOperationArn": "op"}
        client.update_connector(connectorArn=ARN, currentVersion="V1", connectorConfiguration={"k": "v"})
        assert api.asked == [{"connectorArn": ARN, "currentVersion": "V1", "connectorConfiguration": {"k": "v"}}]

    def test_unknown_members_and_nulls_are_ignored(self, api: Recorder) -> None:
        body = {"tags": {"a": "b"}, "fromTheFuture": 1, "resourceArn": None}
        answer = Client(AwsApplication("kafkaconnect", api)).post("/v1/tags/x", json=body)
        assert answer.status_code == 200
        assert api.asked == [{"tags": {"a": "b"}, "resourceArn": "x"}]


class TestResponses:
    def test_timestamps_are_iso_8601(self, client: Any, api: Recorder) -> None:
        api.reply = {"connectorName": "n", "creationTime": CREATED, "stateDescription": None}
        raw = Client(AwsApplication("kafkaconnect", api)).get("/v1/connectors/x").get_json()
        assert raw == {"connectorName": "n", "creationTime": "2026-01-02T02:04:05.678Z"}
        assert client.describe_connector(connectorArn="x")["creationTime"] == CREATED

    def test_empty_output(self, client: Any) -> None:
        assert client.tag_resource(resourceArn="x", tags={})["ResponseMetadata"]["HTTPStatusCode"] == 200

    @pytest.mark.parametrize(
        ("reply", "words"),
        [
            ({"connectorState": "SLEEPING"}, "connectorState"),
            ({"connectorName": 7}, "connectorName"),
            ({"connectorname": "n"}, "connectorname is not in the model"),
            ({"plugins": [{"customPlugin": {"arn": "x"}}]}, "plugins.customPlugin.arn is not in the model"),
            ({"creationTime": "2026-01-01"}, "creationTime"),
        ],
    )
    def test_invalid_response_is_a_logged_500(
        self, client: Any, api: Recorder, caplog: pytest.LogCaptureFixture, reply: dict[str, Any], words: str
    ) -> None:
        api.reply = reply
        with pytest.raises(ClientError) as caught:
            client.describe_connector(connectorArn="x")
        code, status, message = error_of(caught)
        assert (code, status) == ("InternalServerErrorException", 500)
        assert words in message
        assert "invalid response of kafkaconnect DescribeConnector" in caplog.text


class TestErrors:
    @pytest.mark.parametrize(
        ("arn", "expected"),
        [
            ("missing", ("NotFoundException", 404, "no such connector")),
            ("busy", ("ConflictException", 418, "not now")),
        ],
    )
    def test_api_errors_have_the_status_of_the_model(self, client: Any, arn: str, expected: Any) -> None:
        with pytest.raises(ClientError) as caught:
            client.describe_connector(connectorArn=arn)
        assert error_of(caught) == expected
        assert isinstance(caught.value, client.exceptions.from_code(expected[0]))

    def test_crash(self, client: Any, caplog: pytest.LogCaptureFixture) -> None:
        with pytest.raises(ClientError) as caught:
            client.delete_connector(connectorArn="x")
        assert error_of(caught)[:2] == ("InternalServerErrorException", 500)
        assert "RuntimeError: boom" in caplog.text

    def test_missing_operation_is_named(self, client: Any) -> None:
        with pytest.raises(ClientError) as caught:
            client.list_custom_plugins()
        assert error_of(caught)[:2] == ("UnsupportedOperationException", 501)
        assert "kafkaconnect ListCustomPlugins is not emulated" in str(caught.value)

    def test_validation(self, client: Any) -> None:
        with pytest.raises(ClientError) as caught:
            client.list_connectors(maxResults=101)
        code, status, message = error_of(caught)
        assert (code, status) == ("BadRequestException", 400)
        assert message == (
            "1 validation error detected: Value '101' at 'maxResults' failed to satisfy constraint: "
            "Member must have value less than or equal to 100"
        )

    def test_every_violation_is_told_and_secrets_are_not(self, client: Any) -> None:
        with pytest.raises(ClientError) as caught:
            client.create_connector(connectorName="", connectorConfiguration={"password": 5}, networkType="IPV5")
        message = error_of(caught)[2]
        assert "Value null at 'kafkaCluster'" in message
        assert "at 'connectorName' failed to satisfy constraint: Member must have length greater than" in message
        assert (
            "at 'networkType' failed to satisfy constraint: Member must satisfy enum value set: [IPV4, DUAL]" in message
        )
        assert "at 'connectorConfiguration.password' failed to satisfy constraint: Member must be of type" in message

    @pytest.mark.parametrize(
        ("method", "path", "body", "status", "code"),
        [
            ("GET", "/v2/connectors", b"", 404, "UnknownOperationException"),
            ("PATCH", "/v1/connectors", b"", 404, "UnknownOperationException"),
            ("POST", "/v1/connectors", b"{", 400, "SerializationException"),
            ("POST", "/v1/connectors", b"[]", 400, "SerializationException"),
            ("GET", "/v1/connectors?maxResults=many", b"", 400, "BadRequestException"),
        ],
    )
    def test_odd_rest_requests(self, method: str, path: str, body: bytes, status: int, code: str) -> None:
        answer = Client(AwsApplication("kafkaconnect", Recorder())).open(path, method=method, data=body)
        assert (answer.status_code, answer.headers["x-amzn-ErrorType"]) == (status, code)
        assert answer.get_json()["message"]

    @pytest.mark.parametrize(
        ("target", "body", "code"),
        [
            ("AWSGlue.NoSuchThing", b"{}", "UnknownOperationException"),
            ("Other.GetRegistry", b"{}", "UnknownOperationException"),
            ("AWSGlue.GetRegistry", b"no json", "SerializationException"),
            ("AWSGlue.GetRegistry", b"", "InvalidInputException"),
        ],
    )
    def test_odd_json_requests(self, target: str, body: bytes, code: str) -> None:
        headers = {"X-Amz-Target": target}
        answer = Client(AwsApplication("glue", object())).post("/", data=body, headers=headers)
        told = json.loads(answer.data)
        assert (answer.status_code, told["__type"]) == (400, code)
        assert told["message"] == told["Message"]

    def test_crash_of_a_json_service(self) -> None:
        class Glue:
            def get_registry(self, request: dict[str, Any]) -> dict[str, Any]:
                raise KeyError("x")

        with served("glue", Glue()) as client, pytest.raises(client.exceptions.InternalServiceException):
            client.get_registry(RegistryId={})


_json = st.recursive(
    st.none() | st.booleans() | st.integers(0, 2) | st.sampled_from(["a", "b"]),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["", "a", "/", "~1"]), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(old=_json, new=_json)
def test_json_patch_turns_old_into_new(old: Any, new: Any) -> None:
    assert json.dumps(_patched(old, json_patch(old, new)), sort_keys=True) == json.dumps(new, sort_keys=True)


def _patched(document: Any, patch: list[dict[str, Any]]) -> Any:
    """RFC 6902 for the three operations that are used."""
    whole = {"": json.loads(json.dumps(document))}
    for step in patch:
        *parents, last = [part.replace("~1", "/").replace("~0", "~") for part in step["path"].split("/")]
        target: Any = whole
        for part in parents:
            target = target[int(part) if isinstance(target, list) else part]
        key: Any = int(last) if isinstance(target, list) else last
        if step["op"] == "remove":
            del target[key]
        elif step["op"] == "add" and isinstance(target, list):
            target.insert(key, step["value"])
        else:
            target[key] = step["value"]
    return whole[""]
