"""Schema versions: register, look up, compare, delete."""

from __future__ import annotations

import json
from typing import Any

from cdcctl.local.emulator import glue_definitions
from cdcctl.local.emulator.glue_operations import Operations, Reply, Request, operation, page
from cdcctl.local.emulator.glue_schemas import find_version
from cdcctl.local.emulator.glue_store import FAILURE, PENDING, Schema, Version, invalid, not_found
from cdcctl.local.emulator.json_patch import json_patch
from cdcctl.local.emulator.protocol import ApiError
from cdcctl.schema.compatibility import Mode

MAX_DELETED_AT_ONCE = 25


class VersionOperations(Operations):
    """Operations on schema versions."""

    @operation
    def register_schema_version(self, request: Request) -> Reply:
        """A definition that is there already gives its version back, whatever state that is in."""
        schema = self.store.usable_schema(request["SchemaId"])
        definition = request["SchemaDefinition"]
        glue_definitions.require_valid(schema.data_format, definition)
        canonical = glue_definitions.canonical(schema.data_format, definition)
        version = schema.with_definition(canonical) or self._new_version(schema, definition, canonical)
        return {"SchemaVersionId": version.id, "VersionNumber": version.number, "Status": version.status}

    @operation
    def get_schema_version(self, request: Request) -> Reply:
        """By id, or by schema and number."""
        schema, version = self.version_of(request)
        return _listed(schema, version) | {"SchemaDefinition": version.definition, "DataFormat": schema.data_format}

    @operation
    def get_schema_by_definition(self, request: Request) -> Reply:
        """Finds FAILURE versions too: that is how a failed version poisons its definition."""
        schema = self.store.usable_schema(request["SchemaId"])
        glue_definitions.require_valid(schema.data_format, request["SchemaDefinition"])
        canonical = glue_definitions.canonical(schema.data_format, request["SchemaDefinition"])
        version = schema.with_definition(canonical)
        if version is None:
            raise not_found("Schema version is not found.")
        found = _listed(schema, version) | {"DataFormat": schema.data_format}
        del found["VersionNumber"]
        return found

    @operation
    def list_schema_versions(self, request: Request) -> Reply:
        """All versions, FAILURE ones too."""
        schema = self.store.schema(request["SchemaId"])
        shown, token = page(schema.versions, request, lambda version: f"{version.number:06} {version.id}")
        return {"Schemas": [_listed(schema, version) for version in shown], "NextToken": token}

    @operation
    def check_schema_version_validity(self, request: Request) -> Reply:
        """Syntax only, never compatibility."""
        problem = glue_definitions.syntax_error(request["DataFormat"], request["SchemaDefinition"])
        return {"Valid": problem is None, "Error": problem[:5000] if problem else None}

    @operation
    def get_schema_versions_diff(self, request: Request) -> Reply:
        """A JSON Patch that turns the first definition into the second."""
        schema = self.store.schema(request["SchemaId"])
        first = find_version(schema, request["FirstSchemaVersionNumber"])
        second = find_version(schema, request["SecondSchemaVersionNumber"])
        if schema.data_format == glue_definitions.PROTOBUF:
            raise ApiError("UnsupportedOperationException", "The local registry compares JSON definitions only.", 501)
        patch = json_patch(json.loads(first.definition), json.loads(second.definition))
        return {"Diff": json.dumps(patch)}

    @operation
    def delete_schema_versions(self, request: Request) -> Reply:
        """Deletes at once and for good. Refuses as a whole, except that missing numbers are reported one by one.

        The rules are the Glue guide's ("Deleting a schema version"): not version 1, not the checkpoint, at most 25,
        not while the last version is PENDING. The API text speaks of a 409 for the checkpoint; no such exception is
        in the model, so all are InvalidInputException.
        """
        schema = self.store.usable_schema(request["SchemaId"])
        numbers = _range(request["Versions"])
        self._require_deletable(schema, numbers)
        missing = [number for number in numbers if not _has(schema, number)]
        self._delete(schema, numbers)
        return {"SchemaVersionErrors": [_missing(number) for number in missing]}

    def version_of(self, request: Request) -> tuple[Schema, Version]:
        """The version a request names by SchemaVersionId, or by SchemaId and SchemaVersionNumber."""
        if "SchemaVersionId" in request:
            if request.keys() & {"SchemaId", "SchemaVersionNumber"}:
                raise invalid("No other input parameters can be specified when fetching by SchemaVersionId.")
            return self._version_by_id(request["SchemaVersionId"])
        schema = self.store.schema(request.get("SchemaId", {}))
        return schema, find_version(schema, request.get("SchemaVersionNumber", {}))

    def _version_by_id(self, version_id: str) -> tuple[Schema, Version]:
        for schema in self.store.all_schemas():
            for version in schema.versions:
                if version.id == version_id:
                    return schema, version
        raise not_found(f"Schema version is not found. SchemaVersionId: {version_id}")

    def _new_version(self, schema: Schema, definition: str, canonical: str) -> Version:
        if schema.mode is Mode.DISABLED and schema.versions:
            named = f"schemaArn={schema.arn}, schemaName={schema.name}, registryName={schema.registry}"
            raise invalid(f"Compatibility DISABLED does not allow versioning. SchemaId: SchemaId({named})")
        if self.store.versions_used() >= self.store.options.max_schema_versions:
            message = "More schema versions cannot be created. The maximum limit has been reached."
            raise ApiError("ResourceNumberLimitExceededException", message)
        wait = self.store.options.pending_seconds if schema.versions else 0
        version = Version(
            number=self._next_number(schema),
            definition=definition,
            canonical=canonical,
            status=PENDING if wait else self.store.judged(schema, definition),
            created=self.store.now(),
            settles_at=self.store.clock() + wait,
        )
        schema.versions.append(version)
        return version

    def _next_number(self, schema: Schema) -> int:
        taken = [version.number for version in schema.versions if self._takes_number(version)]
        return max([schema.retired_number, *taken]) + 1

    def _takes_number(self, version: Version) -> bool:
        return version.status != FAILURE or self.store.options.failure_consumes_number

    def _require_deletable(self, schema: Schema, numbers: range) -> None:
        if not numbers:
            raise invalid("The range of versions is empty.")
        if len(numbers) > MAX_DELETED_AT_ONCE:
            raise invalid(f"No more than {MAX_DELETED_AT_ONCE} contiguous versions can be deleted at once.")
        if 1 in numbers:
            raise invalid("The first schema version cannot be deleted; delete the schema.")
        if schema.checkpoint in numbers:
            raise invalid(f"Schema version {schema.checkpoint} is the checkpoint and cannot be deleted.")
        if schema.versions and schema.versions[-1].status == PENDING:
            raise invalid("Versions cannot be deleted while the latest version is PENDING.")

    def _delete(self, schema: Schema, numbers: range) -> None:
        gone = [version for version in schema.versions if version.number in numbers]
        retired = [version.number for version in gone if self._takes_number(version)]
        schema.retired_number = max([schema.retired_number, *retired])
        schema.versions = [version for version in schema.versions if version not in gone]


def _range(text: str) -> range:
    first, _, last = text.partition("-")
    return range(int(first), int(last or first) + 1)


def _has(schema: Schema, number: int) -> bool:
    return any(version.number == number for version in schema.versions)


def _missing(number: int) -> dict[str, Any]:
    details = {"ErrorCode": "EntityNotFoundException", "ErrorMessage": "Schema version is not found."}
    return {"VersionNumber": number, "ErrorDetails": details}


def _listed(schema: Schema, version: Version) -> Reply:
    return {
        "SchemaArn": schema.arn,
        "SchemaVersionId": version.id,
        "VersionNumber": version.number,
        "Status": version.status,
        "CreatedTime": version.created,
    }
