"""Notes on things: metadata of schema versions, tags of registries and schemas."""

from __future__ import annotations

from typing import Any

from cdcctl.local.emulator.glue_operations import Operations, Reply, Request, operation, page
from cdcctl.local.emulator.glue_store import Registry, Schema, Version, invalid, not_found
from cdcctl.local.emulator.glue_versions import VersionOperations
from cdcctl.local.emulator.protocol import ApiError

MAX_METADATA_PAIRS = 10
MAX_TAGS = 50


class MetadataOperations(VersionOperations):
    """Key-value pairs on a version. A key may have several values; the newest one stands in front."""

    @operation
    def put_schema_version_metadata(self, request: Request) -> Reply:
        """Adds a pair; the same pair twice is an error, the same key with another value is not."""
        schema, version = self.version_of(_version_part(request))
        key, value = _pair(request)
        if value in version.metadata.get(key, {}):
            said = f"schema version id: {version.id}, metadata key: {key}, metadata value: {value}"
            raise ApiError("AlreadyExistsException", f"Resource already exist for {said}")
        if sum(len(values) for values in version.metadata.values()) >= MAX_METADATA_PAIRS:
            message = "Your resource limits for Schema Version Metadata have been exceeded."
            raise ApiError("ResourceNumberLimitExceededException", message)
        version.metadata.setdefault(key, {})[value] = self.store.now()
        return _noted(schema, version, key, value)

    @operation
    def remove_schema_version_metadata(self, request: Request) -> Reply:
        """Removes one pair, which must be there."""
        schema, version = self.version_of(_version_part(request))
        key, value = _pair(request)
        if value not in version.metadata.get(key, {}):
            said = f"SchemaVersionId: {version.id}, MetadataKey: {key}, MetadataValue: {value}"
            raise not_found(f"Schema version metadata is not found. {said}")
        del version.metadata[key][value]
        if not version.metadata[key]:
            del version.metadata[key]
        return _noted(schema, version, key, value)

    @operation
    def query_schema_version_metadata(self, request: Request) -> Reply:
        """All pairs, or those that match one of MetadataList; an entry may give key, value or both."""
        _, version = self.version_of(_version_part(request))
        wanted = request.get("MetadataList", [])
        found = {key: _matching(key, values, wanted) for key, values in version.metadata.items()}
        keys, token = page([key for key in found if found[key]], request, str)
        info = {key: _info(found[key]) for key in keys}
        return {"MetadataInfoMap": info, "SchemaVersionId": version.id, "NextToken": token}


class TagOperations(Operations):
    """Tags, by ARN."""

    @operation
    def tag_resource(self, request: Request) -> Reply:
        """Adds tags or gives them new values."""
        tags = self._tagged(request["ResourceArn"]).tags
        if len(tags | request["TagsToAdd"]) > MAX_TAGS:
            raise invalid(f"New Tags cannot be empty or more than {MAX_TAGS}")
        tags.update(request["TagsToAdd"])
        return {}

    @operation
    def untag_resource(self, request: Request) -> Reply:
        """Removes tags; unknown keys do no harm."""
        tags = self._tagged(request["ResourceArn"]).tags
        for key in request["TagsToRemove"]:
            tags.pop(key, None)
        return {}

    @operation
    def get_tags(self, request: Request) -> Reply:
        """All tags of a registry or schema."""
        return {"Tags": dict(self._tagged(request["ResourceArn"]).tags)}

    def _tagged(self, arn: str) -> Registry | Schema:
        resources: list[Registry | Schema] = [*self.store.registries.values(), *self.store.all_schemas()]
        for resource in resources:
            if resource.arn == arn:
                return resource
        kind = "Schema" if ":schema/" in arn else "Registry"
        raise not_found(f"{kind} is not found. {kind}Arn: {arn}")


def _version_part(request: Request) -> Request:
    return {name: request[name] for name in ("SchemaId", "SchemaVersionNumber", "SchemaVersionId") if name in request}


def _pair(request: Request) -> tuple[str, str]:
    pair = request["MetadataKeyValue"]
    if "MetadataKey" not in pair or "MetadataValue" not in pair:
        raise invalid("MetadataKey and MetadataValue have to be provided.")
    return pair["MetadataKey"], pair["MetadataValue"]


def _noted(schema: Schema, version: Version, key: str, value: str) -> Reply:
    return {
        "SchemaArn": schema.arn,
        "SchemaName": schema.name,
        "RegistryName": schema.registry,
        "LatestVersion": version is schema.latest,
        "VersionNumber": version.number,
        "SchemaVersionId": version.id,
        "MetadataKey": key,
        "MetadataValue": value,
    }


def _matching(key: str, values: dict[str, str], wanted: list[dict[str, str]]) -> dict[str, str]:
    return {value: created for value, created in values.items() if not wanted or _is_wanted(key, value, wanted)}


def _is_wanted(key: str, value: str, wanted: list[dict[str, str]]) -> bool:
    return any(each.get("MetadataKey", key) == key and each.get("MetadataValue", value) == value for each in wanted)


def _info(values: dict[str, str]) -> dict[str, Any]:
    newest, *others = [{"MetadataValue": value, "CreatedTime": when} for value, when in reversed(values.items())]
    return newest | ({"OtherMetadataValueList": others} if others else {})
