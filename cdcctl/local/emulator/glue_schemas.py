"""Registries and schemas: create, describe, update, list, delete."""

from __future__ import annotations

from typing import Any

from cdcctl.local.emulator import glue_definitions
from cdcctl.local.emulator.glue_operations import Operations, Reply, Request, operation, page
from cdcctl.local.emulator.glue_store import AVAILABLE, DEFAULT_REGISTRY, Registry, Schema, Version, invalid, not_found
from cdcctl.local.emulator.protocol import ApiError
from cdcctl.schema.compatibility import Mode


class RegistryOperations(Operations):
    """Operations on registries."""

    @operation
    def create_registry(self, request: Request) -> Reply:
        """Fails when the name is taken, also by a registry that is being deleted."""
        name = request["RegistryName"]
        if name in self.store.registries:
            raise ApiError("AlreadyExistsException", f"Registry already exists. RegistryName: {name}")
        registry = self._new_registry(name)
        registry.description = request.get("Description")
        registry.tags = dict(request.get("Tags", {}))
        return _members(registry, "RegistryName RegistryArn Description") | {"Tags": registry.tags}

    @operation
    def get_registry(self, request: Request) -> Reply:
        """Shows a registry being deleted as DELETING."""
        return _members(self.store.registry(request["RegistryId"]))

    @operation
    def update_registry(self, request: Request) -> Reply:
        """Changes the description, the only thing that can change."""
        registry = self._usable_registry(request["RegistryId"])
        registry.description = request["Description"]
        registry.updated = self.store.now()
        return _members(registry, "RegistryName RegistryArn")

    @operation
    def list_registries(self, request: Request) -> Reply:
        """Leaves out those being deleted."""
        kept = [registry for registry in self.store.registries.values() if registry.gone_at is None]
        shown, token = page(kept, request, lambda registry: registry.name)
        return {"Registries": [_members(registry) for registry in shown], "NextToken": token}

    @operation
    def delete_registry(self, request: Request) -> Reply:
        """Takes all schemas with it, a moment later."""
        registry = self._usable_registry(request["RegistryId"])
        registry.gone_at = self.store.clock() + self.store.options.deleting_seconds
        for schema in registry.schemas.values():
            schema.gone_at = registry.gone_at
        return _members(registry, "RegistryName RegistryArn Status")

    def _usable_registry(self, registry_id: dict[str, Any]) -> Registry:
        registry = self.store.registry(registry_id)
        if registry.gone_at is not None:
            raise invalid(f"Registry is being deleted. RegistryName: {registry.name}")
        return registry

    def _new_registry(self, name: str) -> Registry:
        if len(self.store.registries) >= self.store.options.max_registries:
            raise _limit_reached("registries")
        now = self.store.now()
        registry = Registry(name, self.store.arn("registry", name), created=now, updated=now)
        self.store.registries[name] = registry
        return registry


class SchemaOperations(RegistryOperations):
    """Operations on schemas."""

    @operation
    def create_schema(self, request: Request) -> Reply:
        """Creates the schema, with its first version when a definition is given.

        Without Compatibility, which the model leaves optional, it is BACKWARD, the mode AWS recommends and its
        serializers ask for; what AWS itself takes is not documented.
        """
        mode = Mode(request.get("Compatibility", Mode.BACKWARD.value))
        glue_definitions.require_checkable(request["DataFormat"], mode)
        if "SchemaDefinition" in request:
            glue_definitions.require_valid(request["DataFormat"], request["SchemaDefinition"])
        registry = self._registry_for_schema(request.get("RegistryId", {}))
        name = request["SchemaName"]
        if name in registry.schemas:
            raise ApiError("AlreadyExistsException", f"Schema already exists. SchemaName: {name}")
        schema = self._new_schema(registry, request, mode)
        first = self._first_version(schema, request["SchemaDefinition"]) if "SchemaDefinition" in request else None
        registry.schemas[name] = schema
        return self._created(registry, schema, first)

    @operation
    def get_schema(self, request: Request) -> Reply:
        """LatestSchemaVersion and NextSchemaVersion look past FAILURE versions (terraform-provider-aws #35152)."""
        schema = self.store.schema(request["SchemaId"])
        registry = self.store.registries[schema.registry]
        return _described(schema) | _numbers(schema) | {"RegistryArn": registry.arn}

    @operation
    def update_schema(self, request: Request) -> Reply:
        """Changes description, mode or checkpoint; a new mode is not checked against the versions there are."""
        schema = self.store.schema(request["SchemaId"])
        if schema.gone_at is not None:
            raise invalid(f"Schema is being deleted. SchemaArn: {schema.arn}")
        self._require_change(schema, request)
        checkpoint = self._checkpoint(schema, request)
        schema.checkpoint = checkpoint
        schema.mode = Mode(request.get("Compatibility", schema.mode.value))
        schema.description = request.get("Description", schema.description)
        schema.updated = self.store.now()
        return {"SchemaArn": schema.arn, "SchemaName": schema.name, "RegistryName": schema.registry}

    @operation
    def list_schemas(self, request: Request) -> Reply:
        """Schemas of one registry, or of all when none is named; leaves out those being deleted."""
        schemas = self.store.all_schemas()
        if "RegistryId" in request:
            schemas = list(self.store.registry(request["RegistryId"]).schemas.values())
        kept = [schema for schema in schemas if schema.gone_at is None]
        shown, token = page(kept, request, lambda schema: f"{schema.registry}/{schema.name}")
        return {"Schemas": [_listed(schema) for schema in shown], "NextToken": token}

    @operation
    def delete_schema(self, request: Request) -> Reply:
        """Takes all versions with it, a moment later."""
        schema = self.store.schema(request["SchemaId"])
        if schema.gone_at is None:
            schema.gone_at = self.store.clock() + self.store.options.deleting_seconds
        return {"SchemaArn": schema.arn, "SchemaName": schema.name, "Status": schema.status}

    def _registry_for_schema(self, registry_id: dict[str, Any]) -> Registry:
        """The default registry comes into being when it is first needed (API CreateSchema)."""
        is_default = registry_id.get("RegistryName", DEFAULT_REGISTRY) == DEFAULT_REGISTRY
        if is_default and "RegistryArn" not in registry_id and DEFAULT_REGISTRY not in self.store.registries:
            return self._new_registry(DEFAULT_REGISTRY)
        return self._usable_registry(registry_id)

    def _new_schema(self, registry: Registry, request: Request, mode: Mode) -> Schema:
        now, name = self.store.now(), request["SchemaName"]
        return Schema(
            registry=registry.name,
            name=name,
            arn=self.store.arn("schema", registry.name, name),
            data_format=request["DataFormat"],
            mode=mode,
            created=now,
            updated=now,
            description=request.get("Description"),
            tags=dict(request.get("Tags", {})),
        )

    def _first_version(self, schema: Schema, definition: str) -> Version:
        if self.store.versions_used() >= self.store.options.max_schema_versions:
            raise _limit_reached("schema versions")
        canonical = glue_definitions.canonical(schema.data_format, definition)
        version = Version(1, definition, canonical, AVAILABLE, self.store.now())
        schema.versions.append(version)
        return version

    def _created(self, registry: Registry, schema: Schema, first: Version | None) -> Reply:
        described = _described(schema) | _numbers(schema) | {"RegistryArn": registry.arn, "Tags": schema.tags}
        del described["CreatedTime"], described["UpdatedTime"]
        return described | {
            "SchemaVersionId": first.id if first else None,
            "SchemaVersionStatus": first.status if first else None,
        }

    def _require_change(self, schema: Schema, request: Request) -> None:
        """The refusals an AWS-validated LocalStack test pins down."""
        mode = request.get("Compatibility")
        if mode is not None and "SchemaVersionNumber" not in request:
            raise invalid("SchemaVersionNumber is required when Compatibility is updated.")
        if mode == schema.mode.value:
            raise invalid(f"Compatibility is already {mode}.")
        if mode is not None:
            glue_definitions.require_checkable(schema.data_format, Mode(mode))
        if not request.keys() & {"Compatibility", "SchemaVersionNumber", "Description"}:
            raise invalid("At least one of Compatibility, SchemaVersionNumber or Description has to be provided.")

    def _checkpoint(self, schema: Schema, request: Request) -> int:
        """The checkpoint after the update: a version that is AVAILABLE, and never an earlier one."""
        if "SchemaVersionNumber" not in request:
            return schema.checkpoint
        version = find_version(schema, request["SchemaVersionNumber"])
        if version.number < schema.checkpoint:
            raise invalid(f"The checkpoint {schema.checkpoint} cannot be moved back to {version.number}.")
        if version.status != AVAILABLE:
            raise invalid(f"Schema version {version.number} is in {version.status} status.")
        return version.number


def find_version(schema: Schema, number: dict[str, Any]) -> Version:
    """The version a SchemaVersionNumber names. Of two with one number, the AVAILABLE one."""
    wanted, latest = number.get("VersionNumber"), number.get("LatestVersion", False)
    if wanted is not None and latest:
        raise invalid("Only one of VersionNumber or LatestVersion is required.")
    if wanted is None and not latest:
        raise invalid("One of version number (or) latest version is required.")
    same = [version for version in schema.versions if version.number == wanted]
    found = schema.latest if latest else next(iter(sorted(same, key=lambda each: each.status != AVAILABLE)), None)
    if found is None:
        said = f"RegistryName: {schema.registry}, SchemaName: {schema.name}, SchemaArn: {schema.arn}"
        which = f"VersionNumber: {wanted or 'null'}, isLatestVersion: {str(latest).lower()}"
        raise not_found(f"Schema version is not found. {said}, {which}")
    return found


def _limit_reached(what: str) -> ApiError:
    message = f"More {what} cannot be created. The maximum limit has been reached."
    return ApiError("ResourceNumberLimitExceededException", message)


def _members(
    registry: Registry, only: str = "RegistryName RegistryArn Description Status CreatedTime UpdatedTime"
) -> Reply:
    every = {
        "RegistryName": registry.name,
        "RegistryArn": registry.arn,
        "Description": registry.description,
        "Status": registry.status,
        "CreatedTime": registry.created,
        "UpdatedTime": registry.updated,
    }
    return {name: every[name] for name in only.split()}


def _listed(schema: Schema) -> Reply:
    return {
        "RegistryName": schema.registry,
        "SchemaName": schema.name,
        "SchemaArn": schema.arn,
        "Description": schema.description,
        "SchemaStatus": schema.status,
        "CreatedTime": schema.created,
        "UpdatedTime": schema.updated,
    }


def _described(schema: Schema) -> Reply:
    return _listed(schema) | {"DataFormat": schema.data_format, "Compatibility": schema.mode.value}


def _numbers(schema: Schema) -> Reply:
    latest = schema.latest.number if schema.latest else None
    return {
        "SchemaCheckpoint": schema.checkpoint,
        "LatestSchemaVersion": latest,
        "NextSchemaVersion": (latest or 0) + 1,
    }
