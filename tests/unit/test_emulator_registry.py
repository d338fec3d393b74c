"""The emulated registry: registries, and what holds for every request to it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from emulated_registry import ID, Glue, record, refused, schema_id

from cdcctl.local.emulator.glue_registry import OPERATIONS, TAG_OPERATIONS
from cdcctl.local.emulator.protocol import load_model


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

    def test_limit(self, start_registry: Callable[..., Glue]) -> None:
        glue = start_registry(max_registries=1)
        glue.client.create_registry(RegistryName="one")
        with refused("ResourceNumberLimitExceededException", "More registries cannot be created"):
            glue.client.create_registry(RegistryName="two")

    def test_identifiers(self, glue: Glue) -> None:
        with refused("InvalidInputException", "both cannot be provided"):
            glue.client.get_registry(RegistryId={"RegistryName": "a", "RegistryArn": "arn:aws:glue:x:1:registry/a"})
        with refused("EntityNotFoundException", "Registry is not found. RegistryName: default-registry"):
            glue.client.get_registry(RegistryId={})


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
