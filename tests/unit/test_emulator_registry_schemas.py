"""The emulated registry: schemas, their compatibility modes and checkpoints as they are changed, and every refusal."""

from __future__ import annotations

from typing import Any

import pytest
from emulated_registry import COUNTRY, DEFAULT, ID, NAME, Glue, column, record, refused, schema_id


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
