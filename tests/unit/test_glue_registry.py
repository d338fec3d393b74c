"""Every operation of the emulated registry through boto3, and every refusal it makes.

Responses that do not fit the service model become HTTP 500 in the protocol layer, so each call here also proves that.
"""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from werkzeug.serving import make_server

from cdcctl.local.emulator.glue_registry import OPERATIONS, TAG_OPERATIONS, GlueRegistryApi
from cdcctl.local.emulator.glue_store import CheckpointScope, RegistryOptions
from cdcctl.local.emulator.protocol import AwsApplication, load_model

DEFAULT = "default-registry"
UNKNOWN_ID = "00000000-0000-0000-0000-000000000000"


class Clock:
    """Time that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Glue:
    client: Any
    clock: Clock
    api: GlueRegistryApi

    def create(self, *fields: Any, name: str = "orders", mode: str | None = "BACKWARD", **more: Any) -> dict[str, Any]:
        compatibility = {"Compatibility": mode} if mode else {}
        definition = {"SchemaDefinition": record(*fields)} if fields else {}
        return dict(
            self.client.create_schema(SchemaName=name, DataFormat="AVRO", **compatibility, **definition, **more)
        )

    def register(self, *fields: Any, name: str = "orders") -> dict[str, Any]:
        return dict(self.client.register_schema_version(SchemaId=schema_id(name), SchemaDefinition=record(*fields)))

    def status(self, version_id: str) -> str:
        return str(self.client.get_schema_version(SchemaVersionId=version_id)["Status"])

    def describe(self, name: str = "orders") -> dict[str, Any]:
        return dict(self.client.get_schema(SchemaId=schema_id(name)))


def schema_id(name: str = "orders", registry: str = DEFAULT) -> dict[str, str]:
    return {"SchemaName": name, "RegistryName": registry}


def record(*fields: Any) -> str:
    return json.dumps({"type": "record", "name": "Value", "namespace": "shop.orders", "fields": list(fields)})


def column(name: str, kind: Any = "int", **more: Any) -> dict[str, Any]:
    return {"name": name, "type": kind, **more}


ID = column("ID")
NAME = column("NAME", ["null", "string"], default=None)
COUNTRY = column("COUNTRY", "string")


@contextmanager
def served(options: RegistryOptions) -> Iterator[Glue]:
    clock = Clock()
    api = GlueRegistryApi("eu-west-1", options, clock=clock)
    server = make_server("127.0.0.1", 0, AwsApplication("glue", api), threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        client = boto3.client(
            "glue",
            endpoint_url=f"http://127.0.0.1:{server.server_port}",
            region_name="eu-west-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(retries={"max_attempts": 0}, parameter_validation=False),
        )
        yield Glue(client, clock, api)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def start() -> Iterator[Callable[..., Glue]]:
    with ExitStack() as stack:
        yield lambda **options: stack.enter_context(served(RegistryOptions(**options)))


@pytest.fixture
def glue(start: Callable[..., Glue]) -> Glue:
    return start()


@contextmanager
def refused(code: str, text: str) -> Iterator[None]:
    with pytest.raises(ClientError) as caught:
        yield
    assert caught.value.response["Error"]["Code"] == code
    assert text in caught.value.response["Error"]["Message"]
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == (501 if code.startswith("Unsupp") else 400)


def test_the_api_has_every_operation_of_the_model() -> None:
    model = load_model("glue")
    shaped = {
        name
        for name in model.operation_names
        if "SchemaVersion" in name or name.endswith(("Registry", "Registries", "Schema", "Schemas", "ByDefinition"))
    }
    assert shaped == OPERATIONS
    assert set(model.operation_names) >= TAG_OPERATIONS


class TestRegistries:
    def test_life(self, glue: Glue) -> None:
        made = glue.client.create_registry(RegistryName="shop", Description="d", Tags={"team": "cdc"})
        assert made["RegistryArn"] == "arn:aws:glue:eu-west-1:123456789012:registry/shop"
        assert made["Tags"] == {"team": "cdc"}
        by_arn = {"RegistryArn": made["RegistryArn"]}
        glue.clock.now += 60
        glue.client.update_registry(RegistryId=by_arn, Description="other")
        found = glue.client.get_registry(RegistryId=by_arn)
        assert (found["Description"], found["Status"]) == ("other", "AVAILABLE")
        assert found["CreatedTime"] < found["UpdatedTime"]

    def test_delete_is_seen_as_deleting_and_takes_the_schemas(self, glue: Glue) -> None:
        shop = {"RegistryName": "shop"}
        glue.client.create_registry(**shop)
        glue.create(ID, RegistryId=shop)
        assert glue.client.delete_registry(RegistryId=shop)["Status"] == "DELETING"
        assert glue.client.get_registry(RegistryId=shop)["Status"] == "DELETING"
        assert glue.client.list_registries()["Registries"] == []
        assert glue.client.get_schema(SchemaId=schema_id(registry="shop"))["SchemaStatus"] == "DELETING"
        with refused("AlreadyExistsException", "Registry already exists"):
            glue.client.create_registry(**shop)
        with refused("InvalidInputException", "being deleted"):
            glue.create(ID, name="late", RegistryId=shop)
        glue.clock.now += 1
        with refused("EntityNotFoundException", "Registry is not found. RegistryName: shop"):
            glue.client.get_registry(RegistryId=shop)
        with refused("EntityNotFoundException", "Schema is not found."):
            glue.client.get_schema(SchemaId=schema_id(registry="shop"))
        glue.client.create_registry(**shop)

    def test_pages(self, glue: Glue) -> None:
        names = [f"r{number:02}" for number in range(27)]
        for name in names:
            glue.client.create_registry(RegistryName=name)
        first = glue.client.list_registries()
        assert len(first["Registries"]) == 25
        assert len(glue.client.list_registries(NextToken=first["NextToken"])["Registries"]) == 2
        pages = glue.client.get_paginator("list_registries").paginate(PaginationConfig={"PageSize": 10})
        assert [each["RegistryName"] for page in pages for each in page["Registries"]] == names
        with refused("InvalidInputException", "NextToken"):
            glue.client.list_registries(NextToken="%")

    def test_limit(self, start: Callable[..., Glue]) -> None:
        glue = start(max_registries=1)
        glue.client.create_registry(RegistryName="one")
        with refused("ResourceNumberLimitExceededException", "More registries cannot be created"):
            glue.client.create_registry(RegistryName="two")

    def test_identifiers(self, glue: Glue) -> None:
        with refused("InvalidInputException", "both cannot be provided"):
            glue.client.get_registry(RegistryId={"RegistryName": "a", "RegistryArn": "arn:aws:glue:x:1:registry/a"})
        with refused("EntityNotFoundException", "Registry is not found. RegistryName: default-registry"):
            glue.client.get_registry(RegistryId={})


class TestSchemas:
    def test_first_schema_brings_the_default_registry(self, glue: Glue) -> None:
        made = glue.create(ID, Description="orders", Tags={"a": "b"})
        assert made["RegistryName"] == DEFAULT
        assert made["SchemaArn"].endswith(":schema/default-registry/orders")
        assert (made["SchemaCheckpoint"], made["LatestSchemaVersion"], made["NextSchemaVersion"]) == (1, 1, 2)
        assert (made["SchemaStatus"], made["SchemaVersionStatus"]) == ("AVAILABLE", "AVAILABLE")
        assert glue.client.get_registry(RegistryId={"RegistryName": DEFAULT})["Status"] == "AVAILABLE"
        found = glue.client.get_schema(SchemaId={"SchemaArn": made["SchemaArn"]})
        assert found["Description"] == "orders"
        assert found["RegistryArn"] == made["RegistryArn"]
        assert (found["DataFormat"], found["Compatibility"]) == ("AVRO", "BACKWARD")

    def test_without_definition_the_first_version_comes_later(self, glue: Glue) -> None:
        made = glue.create(mode=None)
        assert "SchemaVersionId" not in made
        assert made["NextSchemaVersion"] == 1
        assert made["Compatibility"] == "BACKWARD"
        with refused("EntityNotFoundException", "Schema version is not found."):
            glue.client.get_schema_version(SchemaId=schema_id(), SchemaVersionNumber={"LatestVersion": True})
        assert glue.register(ID)["VersionNumber"] == 1

    def test_taken_name(self, glue: Glue) -> None:
        glue.create(ID)
        with refused("AlreadyExistsException", "Schema already exists. SchemaName: orders"):
            glue.create(ID, NAME)

    def test_unknown_registry(self, glue: Glue) -> None:
        with refused("EntityNotFoundException", "Registry is not found. RegistryName: nowhere"):
            glue.create(ID, RegistryId={"RegistryName": "nowhere"})

    @pytest.mark.parametrize(
        "definition", ['{"hello":"world"}', "not json", record(column("a", ["null", "int"], default=1))]
    )
    def test_invalid_avro(self, glue: Glue, definition: str) -> None:
        said = "Schema definition of AVRO data format is invalid: "
        with refused("InvalidInputException", said):
            glue.client.create_schema(SchemaName="x", DataFormat="AVRO", SchemaDefinition=definition)
        glue.create(ID)
        for call in (glue.client.register_schema_version, glue.client.get_schema_by_definition):
            with refused("InvalidInputException", said):
                call(SchemaId=schema_id(), SchemaDefinition=definition)

    def test_delete_is_seen_as_deleting(self, glue: Glue) -> None:
        glue.create(ID)
        assert glue.client.delete_schema(SchemaId=schema_id())["Status"] == "DELETING"
        assert glue.describe()["SchemaStatus"] == "DELETING"
        assert glue.client.list_schemas()["Schemas"] == []
        with refused("EntityNotFoundException", "Schema is not found."):
            glue.register(ID, NAME)
        with refused("AlreadyExistsException", "Schema already exists"):
            glue.create(ID)
        with refused("InvalidInputException", "being deleted"):
            glue.client.update_schema(SchemaId=schema_id(), Description="x")
        glue.clock.now += 1
        with refused("EntityNotFoundException", "Schema is not found."):
            glue.client.delete_schema(SchemaId=schema_id())

    def test_list_of_one_or_all_registries(self, glue: Glue) -> None:
        glue.client.create_registry(RegistryName="shop")
        glue.create(ID, name="b")
        glue.create(ID, name="a", RegistryId={"RegistryName": "shop"})
        listed = glue.client.list_schemas(RegistryId={"RegistryName": "shop"})["Schemas"]
        assert [each["SchemaName"] for each in listed] == ["a"]
        pages = glue.client.get_paginator("list_schemas").paginate(PaginationConfig={"PageSize": 1})
        assert {each["SchemaName"] for page in pages for each in page["Schemas"]} == {"a", "b"}
        with refused("EntityNotFoundException", "Registry is not found."):
            glue.client.list_schemas(RegistryId={"RegistryName": "nowhere"})

    def test_identifiers(self, glue: Glue) -> None:
        arn = "arn:aws:glue:eu-west-1:123456789012:schema/default-registry/orders"
        with refused(
            "EntityNotFoundException", f"Schema is not found. RegistryName: null, SchemaName: null, SchemaArn: {arn}"
        ):
            glue.client.get_schema(SchemaId={"SchemaArn": arn})
        with refused("InvalidInputException", "both cannot be provided"):
            glue.client.get_schema(SchemaId={"SchemaArn": arn, "SchemaName": "orders"})
        with refused("InvalidInputException", "At least one of"):
            glue.client.get_schema(SchemaId={"SchemaName": "orders"})

    @pytest.mark.parametrize("data_format", ["JSON", "PROTOBUF"])
    def test_other_formats_are_kept_but_not_compared(self, glue: Glue, data_format: str) -> None:
        texts = {"JSON": ('{"type": "object"}', '{"type": "array"}'), "PROTOBUF": ("message A {}", "message B {}")}
        first, second = texts[data_format]
        with refused("UnsupportedOperationException", "AVRO only"):
            glue.client.create_schema(SchemaName="x", DataFormat=data_format, Compatibility="FULL")
        glue.client.create_schema(SchemaName="x", DataFormat=data_format, Compatibility="NONE", SchemaDefinition=first)
        made = glue.client.register_schema_version(SchemaId=schema_id("x"), SchemaDefinition=second)
        assert made["Status"] == "AVAILABLE"
        found = glue.client.get_schema_by_definition(SchemaId=schema_id("x"), SchemaDefinition=f" {second}\n")
        assert found["SchemaVersionId"] == made["SchemaVersionId"]
        with refused("UnsupportedOperationException", "AVRO only"):
            glue.client.update_schema(
                SchemaId=schema_id("x"), Compatibility="FULL", SchemaVersionNumber={"VersionNumber": 1}
            )

    def test_invalid_json_schema(self, glue: Glue) -> None:
        with refused("InvalidInputException", "Schema definition of JSON data format is invalid"):
            glue.client.create_schema(SchemaName="x", DataFormat="JSON", Compatibility="NONE", SchemaDefinition="{")


class TestUpdateSchema:
    def test_description_alone(self, glue: Glue) -> None:
        glue.create(ID)
        glue.client.update_schema(SchemaId=schema_id(), Description="new")
        assert glue.describe()["Description"] == "new"

    def test_mode_and_checkpoint(self, glue: Glue) -> None:
        glue.create(ID)
        glue.register(ID, NAME)
        glue.client.update_schema(
            SchemaId=schema_id(), Compatibility="NONE", SchemaVersionNumber={"LatestVersion": True}
        )
        assert (glue.describe()["Compatibility"], glue.describe()["SchemaCheckpoint"]) == ("NONE", 2)

    @pytest.mark.parametrize(
        ("change", "text"),
        [
            ({"Compatibility": "FULL"}, "SchemaVersionNumber is required"),
            ({"Compatibility": "BACKWARD", "SchemaVersionNumber": {"VersionNumber": 2}}, "already BACKWARD"),
            ({"SchemaVersionNumber": {"VersionNumber": 1}}, "cannot be moved back"),
            ({"SchemaVersionNumber": {"VersionNumber": 3}}, "FAILURE"),
            ({"SchemaVersionNumber": {}}, "One of version number (or) latest version is required."),
            ({"SchemaVersionNumber": {"VersionNumber": 2, "LatestVersion": True}}, "Only one of VersionNumber"),
            ({}, "At least one of"),
        ],
    )
    def test_refusals(self, glue: Glue, change: dict[str, Any], text: str) -> None:
        glue.create(ID)
        glue.register(ID, NAME)
        assert glue.register(ID, NAME, COUNTRY)["Status"] == "FAILURE"
        glue.client.update_schema(SchemaId=schema_id(), SchemaVersionNumber={"VersionNumber": 2})
        with refused("InvalidInputException", text):
            glue.client.update_schema(SchemaId=schema_id(), **change)
        assert glue.describe()["SchemaCheckpoint"] == 2

    def test_unknown_checkpoint(self, glue: Glue) -> None:
        glue.create(ID)
        with refused("EntityNotFoundException", "Schema version is not found."):
            glue.client.update_schema(SchemaId=schema_id(), SchemaVersionNumber={"VersionNumber": 9})


class TestVersions:
    def test_compatible_version(self, glue: Glue) -> None:
        glue.create(ID)
        made = glue.register(ID, NAME)
        assert (made["VersionNumber"], made["Status"]) == (2, "AVAILABLE")
        by_id = glue.client.get_schema_version(SchemaVersionId=made["SchemaVersionId"])
        assert by_id["SchemaDefinition"] == record(ID, NAME)
        for number in ({"VersionNumber": 2}, {"LatestVersion": True}):
            found = glue.client.get_schema_version(SchemaId=schema_id(), SchemaVersionNumber=number)
            assert found["SchemaVersionId"] == made["SchemaVersionId"]

    def test_incompatible_version_is_a_failure_with_http_200(self, glue: Glue) -> None:
        first = glue.create(ID)
        failed = glue.register(ID, COUNTRY)
        assert (failed["VersionNumber"], failed["Status"]) == (2, "FAILURE")
        assert glue.status(failed["SchemaVersionId"]) == "FAILURE"
        assert (glue.describe()["LatestSchemaVersion"], glue.describe()["NextSchemaVersion"]) == (1, 2)
        latest = glue.client.get_schema_version(SchemaId=schema_id(), SchemaVersionNumber={"LatestVersion": True})
        assert latest["SchemaVersionId"] == first["SchemaVersionId"]
        listed = glue.client.list_schema_versions(SchemaId=schema_id())["Schemas"]
        assert [(each["VersionNumber"], each["Status"]) for each in listed] == [(1, "AVAILABLE"), (2, "FAILURE")]

    def test_failure_poisons_its_definition_until_it_is_deleted(self, glue: Glue) -> None:
        glue.create(ID)
        failed = glue.register(ID, COUNTRY)
        glue.client.update_schema(SchemaId=schema_id(), Compatibility="NONE", SchemaVersionNumber={"VersionNumber": 1})
        found = glue.client.get_schema_by_definition(SchemaId=schema_id(), SchemaDefinition=record(ID, COUNTRY))
        assert (found["SchemaVersionId"], found["Status"]) == (failed["SchemaVersionId"], "FAILURE")
        again = glue.register(ID, COUNTRY)
        assert (again["SchemaVersionId"], again["Status"]) == (failed["SchemaVersionId"], "FAILURE")
        assert glue.client.delete_schema_versions(SchemaId=schema_id(), Versions="2")["SchemaVersionErrors"] == []
        assert glue.register(ID, COUNTRY)["Status"] == "AVAILABLE"

    @pytest.mark.parametrize(("consumes", "number"), [(True, 3), (False, 2)])
    def test_number_after_a_failure(self, start: Callable[..., Glue], consumes: bool, number: int) -> None:
        glue = start(failure_consumes_number=consumes)
        glue.create(ID)
        assert glue.register(ID, COUNTRY)["VersionNumber"] == 2
        good = glue.register(ID, NAME)
        assert good["VersionNumber"] == number
        found = glue.client.get_schema_version(SchemaId=schema_id(), SchemaVersionNumber={"VersionNumber": number})
        assert found["SchemaVersionId"] == good["SchemaVersionId"]

    def test_same_definition_gives_the_version_there_is(self, glue: Glue) -> None:
        first = glue.create(ID)
        other_text = json.dumps(json.loads(record(ID)), indent=2, sort_keys=True)
        again = glue.client.register_schema_version(SchemaId=schema_id(), SchemaDefinition=other_text)
        assert (again["SchemaVersionId"], again["VersionNumber"]) == (first["SchemaVersionId"], 1)
        found = glue.client.get_schema_by_definition(SchemaId=schema_id(), SchemaDefinition=other_text)
        assert (found["SchemaVersionId"], found["Status"]) == (first["SchemaVersionId"], "AVAILABLE")

    def test_what_the_serializers_read_in_the_errors(self, glue: Glue) -> None:
        with refused("EntityNotFoundException", "Schema is not found."):
            glue.client.get_schema_by_definition(SchemaId=schema_id(), SchemaDefinition=record(ID))
        with refused("EntityNotFoundException", "Schema is not found."):
            glue.register(ID)
        glue.create(ID)
        with refused("EntityNotFoundException", "Schema version is not found."):
            glue.client.get_schema_by_definition(SchemaId=schema_id(), SchemaDefinition=record(ID, NAME))

    def test_disabled(self, glue: Glue) -> None:
        first = glue.create(ID, mode="DISABLED")
        assert glue.register(ID)["SchemaVersionId"] == first["SchemaVersionId"]
        with refused("InvalidInputException", "Compatibility DISABLED does not allow versioning."):
            glue.register(ID, NAME)

    @pytest.mark.parametrize(
        ("mode", "accepted"),
        [
            ("NONE", [True, True, True]),
            ("BACKWARD", [False, True, True]),
            ("FORWARD", [True, False, True]),
            ("FULL", [False, False, True]),
            ("BACKWARD_ALL", [False, True, True]),
            ("FORWARD_ALL", [True, False, True]),
            ("FULL_ALL", [False, False, True]),
        ],
    )
    def test_modes(self, glue: Glue, mode: str, accepted: list[bool]) -> None:
        """Adding a required field, dropping one, adding an optional one: LocalStack's AWS-validated matrix."""
        changes = [(ID, COUNTRY, column("X")), (ID,), (ID, COUNTRY, NAME)]
        for number, fields in enumerate(changes):
            name = f"s{number}"
            glue.create(ID, COUNTRY, name=name, mode=mode)
            assert (glue.register(*fields, name=name)["Status"] == "AVAILABLE") is accepted[number]

    def test_all_looks_further_back_than_the_latest(self, glue: Glue) -> None:
        for name, status in (("BACKWARD", "AVAILABLE"), ("BACKWARD_ALL", "FAILURE")):
            glue.create(ID, name=name, mode=name)
            glue.register(ID, column("X", default=0), name=name)
            assert glue.register(ID, column("X"), name=name)["Status"] == status

    def test_checkpoint_can_bound_all(self, start: Callable[..., Glue]) -> None:
        for scope, status in (
            (CheckpointScope.ALL_VERSIONS, "FAILURE"),
            (CheckpointScope.FROM_CHECKPOINT, "AVAILABLE"),
        ):
            glue = start(checkpoint_scope=scope)
            glue.create(ID, mode="BACKWARD_ALL")
            glue.register(ID, column("X", default=0))
            glue.client.update_schema(SchemaId=schema_id(), SchemaVersionNumber={"VersionNumber": 2})
            assert glue.register(ID, column("X"))["Status"] == status

    def test_pending(self, start: Callable[..., Glue]) -> None:
        glue = start(pending_seconds=3)
        assert glue.create(ID)["SchemaVersionStatus"] == "AVAILABLE"
        good, bad = glue.register(ID, NAME), glue.register(ID, COUNTRY)
        assert (good["Status"], bad["Status"]) == ("PENDING", "PENDING")
        assert glue.describe()["LatestSchemaVersion"] == 1
        with refused("InvalidInputException", "PENDING"):
            glue.client.delete_schema_versions(SchemaId=schema_id(), Versions="2-3")
        glue.clock.now += 3
        assert (glue.status(good["SchemaVersionId"]), glue.status(bad["SchemaVersionId"])) == ("AVAILABLE", "FAILURE")

    def test_limit(self, start: Callable[..., Glue]) -> None:
        glue = start(max_schema_versions=2)
        glue.create(ID)
        glue.register(ID, NAME)
        said = "More schema versions cannot be created"
        with refused("ResourceNumberLimitExceededException", said):
            glue.register(ID, NAME, column("X", default=1))
        with refused("ResourceNumberLimitExceededException", said):
            glue.create(ID, name="other")

    def test_pages(self, glue: Glue) -> None:
        glue.create(ID, mode="NONE")
        for number in range(11):
            glue.register(ID, column(f"C{number}"))
        pages = glue.client.get_paginator("list_schema_versions").paginate(
            SchemaId=schema_id(), PaginationConfig={"PageSize": 5}
        )
        assert [each["VersionNumber"] for page in pages for each in page["Schemas"]] == list(range(1, 13))

    def test_lookup_refusals(self, glue: Glue) -> None:
        with refused("EntityNotFoundException", f"Schema version is not found. SchemaVersionId: {UNKNOWN_ID}"):
            glue.client.get_schema_version(SchemaVersionId=UNKNOWN_ID)
        with refused("InvalidInputException", "No other input parameters"):
            glue.client.get_schema_version(SchemaVersionId=UNKNOWN_ID, SchemaId=schema_id())
        with refused("InvalidInputException", "At least one of"):
            glue.client.get_schema_version()
        with refused("InvalidInputException", "Member must satisfy regular expression pattern"):
            glue.client.get_schema_version(SchemaVersionId=str(uuid.uuid4()).upper().replace("0", "A"))

    def test_many_writers_of_one_definition_get_one_version(self, glue: Glue) -> None:
        glue.create(ID)
        seen: list[str] = []
        writers = [
            threading.Thread(target=lambda: seen.append(glue.register(ID, NAME)["SchemaVersionId"])) for _ in range(8)
        ]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()
        assert len(seen) == 8
        assert len(set(seen)) == 1


class TestDeleteVersions:
    @pytest.fixture
    def glue(self, glue: Glue) -> Glue:
        glue.create(ID, mode="NONE")
        for number in range(3):
            glue.register(ID, column(f"C{number}"))
        return glue

    def delete(self, glue: Glue, versions: str) -> list[dict[str, Any]]:
        return list(glue.client.delete_schema_versions(SchemaId=schema_id(), Versions=versions)["SchemaVersionErrors"])

    def test_range_with_missing_numbers(self, glue: Glue) -> None:
        errors = self.delete(glue, "3-6")
        assert [each["VersionNumber"] for each in errors] == [5, 6]
        assert errors[0]["ErrorDetails"]["ErrorCode"] == "EntityNotFoundException"
        assert glue.describe()["LatestSchemaVersion"] == 2

    def test_numbers_do_not_come_back(self, glue: Glue) -> None:
        assert self.delete(glue, "4") == []
        assert glue.register(ID, column("NEW"))["VersionNumber"] == 5

    @pytest.mark.parametrize(
        ("versions", "text"),
        [
            ("1", "first schema version"),
            ("1-3", "first schema version"),
            ("3", "checkpoint"),
            ("2-4", "checkpoint"),
            ("4-3", "empty"),
            ("2-27", "No more than 25"),
            ("x", "regular expression"),
        ],
    )
    def test_refusals(self, glue: Glue, versions: str, text: str) -> None:
        glue.client.update_schema(SchemaId=schema_id(), SchemaVersionNumber={"VersionNumber": 3})
        with refused("InvalidInputException", text):
            self.delete(glue, versions)
        assert len(glue.client.list_schema_versions(SchemaId=schema_id())["Schemas"]) == 4


class TestValidityAndDiff:
    def test_validity_is_syntax_only(self, glue: Glue) -> None:
        check = glue.client.check_schema_version_validity
        assert check(DataFormat="AVRO", SchemaDefinition=record(ID))["Valid"] is True
        bad = check(DataFormat="AVRO", SchemaDefinition=record(column("a-b")))
        assert bad["Valid"] is False
        assert "Illegal character in: a-b" in bad["Error"]
        assert check(DataFormat="JSON", SchemaDefinition="{")["Valid"] is False
        assert check(DataFormat="PROTOBUF", SchemaDefinition="message A {}")["Valid"] is True

    def test_diff_is_a_json_patch(self, glue: Glue) -> None:
        glue.create(ID)
        glue.register(ID, NAME)
        diff = glue.client.get_schema_versions_diff(
            SchemaId=schema_id(),
            FirstSchemaVersionNumber={"VersionNumber": 1},
            SecondSchemaVersionNumber={"LatestVersion": True},
            SchemaDiffType="SYNTAX_DIFF",
        )["Diff"]
        assert json.loads(diff) == [{"op": "add", "path": "/fields/1", "value": NAME}]

    def test_diff_of_protobuf_is_not_pretended(self, glue: Glue) -> None:
        glue.client.create_schema(
            SchemaName="p", DataFormat="PROTOBUF", Compatibility="NONE", SchemaDefinition="message A {}"
        )
        with refused("UnsupportedOperationException", "JSON definitions only"):
            glue.client.get_schema_versions_diff(
                SchemaId=schema_id("p"),
                FirstSchemaVersionNumber={"VersionNumber": 1},
                SecondSchemaVersionNumber={"VersionNumber": 1},
                SchemaDiffType="SYNTAX_DIFF",
            )


class TestMetadata:
    def put(self, glue: Glue, key: str, value: str, **version: Any) -> dict[str, Any]:
        pair = {"MetadataKey": key, "MetadataValue": value}
        return dict(glue.client.put_schema_version_metadata(MetadataKeyValue=pair, **version))

    def test_life(self, glue: Glue) -> None:
        version = {"SchemaVersionId": glue.create(ID)["SchemaVersionId"]}
        noted = self.put(glue, "x-amz-meta-transport", "shop.orders", **version)
        assert (noted["VersionNumber"], noted["LatestVersion"], noted["SchemaName"]) == (1, True, "orders")
        by_number = {"SchemaId": schema_id(), "SchemaVersionNumber": {"VersionNumber": 1}}
        self.put(glue, "x-amz-meta-transport", "other", **by_number)
        self.put(glue, "team", "cdc", **by_number)
        found = glue.client.query_schema_version_metadata(**version)["MetadataInfoMap"]
        assert found["x-amz-meta-transport"]["MetadataValue"] == "other"
        others = found["x-amz-meta-transport"]["OtherMetadataValueList"]
        assert [each["MetadataValue"] for each in others] == ["shop.orders"]
        for pair in ({"MetadataKey": "team"}, {"MetadataValue": "cdc"}):
            wanted = glue.client.query_schema_version_metadata(MetadataList=[pair], **version)
            assert list(wanted["MetadataInfoMap"]) == ["team"]
        glue.client.remove_schema_version_metadata(
            MetadataKeyValue={"MetadataKey": "team", "MetadataValue": "cdc"}, **version
        )
        assert "team" not in glue.client.query_schema_version_metadata(**version)["MetadataInfoMap"]

    def test_pages(self, glue: Glue) -> None:
        version = {"SchemaVersionId": glue.create(ID)["SchemaVersionId"]}
        for key in ("a", "b", "c"):
            self.put(glue, key, "v", **version)
        first = glue.client.query_schema_version_metadata(MaxResults=2, **version)
        rest = glue.client.query_schema_version_metadata(NextToken=first["NextToken"], **version)
        assert [*first["MetadataInfoMap"], *rest["MetadataInfoMap"]] == ["a", "b", "c"]

    def test_refusals(self, glue: Glue) -> None:
        version = {"SchemaVersionId": glue.create(ID)["SchemaVersionId"]}
        self.put(glue, "k", "0", **version)
        with refused("AlreadyExistsException", "metadata key: k, metadata value: 0"):
            self.put(glue, "k", "0", **version)
        with refused("EntityNotFoundException", "Schema version metadata is not found."):
            glue.client.remove_schema_version_metadata(
                MetadataKeyValue={"MetadataKey": "k", "MetadataValue": "1"}, **version
            )
        with refused("EntityNotFoundException", "Schema version is not found."):
            self.put(glue, "k", "1", SchemaVersionId=UNKNOWN_ID)
        with refused("InvalidInputException", "MetadataKey and MetadataValue"):
            glue.client.put_schema_version_metadata(MetadataKeyValue={"MetadataKey": "k"}, **version)
        for number in range(1, 10):
            self.put(glue, "k", str(number), **version)
        with refused("ResourceNumberLimitExceededException", "Schema Version Metadata"):
            self.put(glue, "k", "10", **version)


class TestTags:
    def test_life(self, glue: Glue) -> None:
        made = glue.create(ID, Tags={"a": "1", "b": "2"})
        for arn, before in ((made["SchemaArn"], {"a": "1", "b": "2"}), (made["RegistryArn"], {})):
            assert glue.client.get_tags(ResourceArn=arn)["Tags"] == before
            glue.client.tag_resource(ResourceArn=arn, TagsToAdd={"a": "3", "c": "4"})
            glue.client.untag_resource(ResourceArn=arn, TagsToRemove=["b", "never"])
            assert glue.client.get_tags(ResourceArn=arn)["Tags"] == {"a": "3", "c": "4"}

    def test_refusals(self, glue: Glue) -> None:
        for kind, name in (("registry", "Registry"), ("schema", "Schema")):
            with refused("EntityNotFoundException", f"{name} is not found."):
                glue.client.get_tags(ResourceArn=f"arn:aws:glue:eu-west-1:123456789012:{kind}/none")
        arn = glue.create(ID, Tags={"a": "1"})["SchemaArn"]
        with refused("InvalidInputException", "New Tags cannot be empty or more than 50"):
            glue.client.tag_resource(ResourceArn=arn, TagsToAdd={str(number): "" for number in range(50)})


@pytest.mark.parametrize(
    ("request_", "where", "rule"),
    [
        ({"SchemaName": "a b"}, "schemaName", "Member must satisfy regular expression pattern: [a-zA-Z0-9-_$#.]+"),
        ({"SchemaName": ""}, "schemaName", "Member must have length greater than or equal to 1"),
        ({"SchemaName": "n" * 256}, "schemaName", "Member must have length less than or equal to 255"),
        ({"DataFormat": "XML"}, "dataFormat", "Member must satisfy enum value set: [AVRO, JSON, PROTOBUF]"),
        ({"DataFormat": None}, "dataFormat", "Member must not be null"),
        ({"Description": "\x00"}, "description", "Member must satisfy regular expression pattern"),
        ({"Description": 3}, "description", "Member must be of type string"),
        (
            {"SchemaDefinition": "x" * 170_001},
            "schemaDefinition",
            "Member must have length less than or equal to 170000",
        ),
        ({"SchemaDefinition": " \n "}, "schemaDefinition", "Member must satisfy regular expression pattern"),
        ({"Tags": {"": "v"}}, "tags.key", "Member must have length greater than or equal to 1"),
        ({"RegistryId": {"RegistryName": "ä"}}, "registryId.registryName", "Member must satisfy regular expression"),
    ],
)
def test_model_constraints(glue: Glue, request_: dict[str, Any], where: str, rule: str) -> None:
    whole = {"SchemaName": "n", "DataFormat": "AVRO", **request_}
    with refused("InvalidInputException", f"at '{where}' failed to satisfy constraint: {rule}"):
        glue.client.create_schema(**whole)


def test_definitions_may_span_lines_and_descriptions_hold_any_letter(glue: Glue) -> None:
    glue.client.create_schema(
        SchemaName="n",
        DataFormat="AVRO",
        SchemaDefinition=json.dumps(json.loads(record(ID)), indent=1),
        Description="größer 𝄞\n",
    )


def test_reset_forgets_everything(glue: Glue) -> None:
    glue.create(ID)
    glue.api.reset()
    assert glue.client.list_schemas()["Schemas"] == []
