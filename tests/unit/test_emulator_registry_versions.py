"""The emulated registry: versions of a schema, what the modes let through, deleting and comparing them."""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from emulated_registry import COUNTRY, ID, NAME, UNKNOWN_ID, Glue, column, record, refused, schema_id

from cdcctl.local.emulator.glue_store import CheckpointScope


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
    def test_number_after_a_failure(self, start_registry: Callable[..., Glue], consumes: bool, number: int) -> None:
        glue = start_registry(failure_consumes_number=consumes)
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

    def test_checkpoint_can_bound_all(self, start_registry: Callable[..., Glue]) -> None:
        for scope, status in (
            (CheckpointScope.ALL_VERSIONS, "FAILURE"),
            (CheckpointScope.FROM_CHECKPOINT, "AVAILABLE"),
        ):
            glue = start_registry(checkpoint_scope=scope)
            glue.create(ID, mode="BACKWARD_ALL")
            glue.register(ID, column("X", default=0))
            glue.client.update_schema(SchemaId=schema_id(), SchemaVersionNumber={"VersionNumber": 2})
            assert glue.register(ID, column("X"))["Status"] == status

    def test_pending(self, start_registry: Callable[..., Glue]) -> None:
        glue = start_registry(pending_seconds=3)
        assert glue.create(ID)["SchemaVersionStatus"] == "AVAILABLE"
        good, bad = glue.register(ID, NAME), glue.register(ID, COUNTRY)
        assert (good["Status"], bad["Status"]) == ("PENDING", "PENDING")
        assert glue.describe()["LatestSchemaVersion"] == 1
        with refused("InvalidInputException", "PENDING"):
            glue.client.delete_schema_versions(SchemaId=schema_id(), Versions="2-3")
        glue.clock.now += 3
        assert (glue.status(good["SchemaVersionId"]), glue.status(bad["SchemaVersionId"])) == ("AVAILABLE", "FAILURE")

    def test_limit(self, start_registry: Callable[..., Glue]) -> None:
        glue = start_registry(max_schema_versions=2)
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
