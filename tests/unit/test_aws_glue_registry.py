"""The typed client of the schema registry: versions, their metadata, and changes that collide."""

from __future__ import annotations

from stubbed_client import stubbed

from cdcctl.aws.glue_registry import GlueRegistry


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
