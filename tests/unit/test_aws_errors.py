"""Errors of AWS: each becomes one of ours, or an answer where what is or is not there was the question."""

from __future__ import annotations

import botocore.exceptions
import pytest
from botocore.exceptions import ClientError
from stubbed_client import stubbed

from cdcctl.aws.errors import from_client_error, translated
from cdcctl.aws.glue_registry import GlueRegistry
from cdcctl.aws.logs import Logs
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
