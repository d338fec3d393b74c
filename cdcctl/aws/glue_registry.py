"""The Glue Schema Registry: registries, schemas and their versions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cdcctl.aws.errors import translated
from cdcctl.errors import NotFoundError


@dataclass(frozen=True)
class Schema:
    """A schema. ``status``: AVAILABLE, PENDING or DELETING.

    :param latest: number of the last AVAILABLE version; None when there is none.
    :param checkpoint: number of the version from which ``_ALL`` modes may compare; never moves back.
    """

    registry: str
    name: str
    compatibility: str
    status: str
    latest: int | None = None
    checkpoint: int | None = None


@dataclass(frozen=True)
class SchemaVersion:
    """One version. ``status``: AVAILABLE, PENDING, FAILURE or DELETING; a FAILURE has an id and a number too."""

    id: str
    number: int
    status: str
    definition: str


class GlueRegistry:
    """The operations cdcctl uses; ``client`` is boto3's ``glue``."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def find_registry(self, name: str) -> str | None:
        """ARN of the registry, or None; one that is being deleted is none any more."""
        try:
            with translated(f"registry {name}"):
                found = self._client.get_registry(RegistryId={"RegistryName": name})
        except NotFoundError:
            return None
        return None if found.get("Status") == "DELETING" else str(found["RegistryArn"])

    def create_registry(self, name: str, tags: Mapping[str, str]) -> str:
        """Create a registry; returns its ARN."""
        with translated(f"registry {name}"):
            return str(self._client.create_registry(RegistryName=name, Tags=dict(tags))["RegistryArn"])

    def delete_registry(self, name: str) -> None:
        """Delete a registry with all its schemas (asynchronous)."""
        with translated(f"registry {name}"):
            self._client.delete_registry(RegistryId={"RegistryName": name})

    def find_schema(self, registry: str, name: str) -> Schema | None:
        """The schema, or None."""
        try:
            with translated(f"schema {registry}/{name}"):
                found = self._client.get_schema(SchemaId={"RegistryName": registry, "SchemaName": name})
        except NotFoundError:
            return None
        return Schema(
            registry,
            name,
            found["Compatibility"],
            found["SchemaStatus"],
            found.get("LatestSchemaVersion"),
            found.get("SchemaCheckpoint"),
        )

    def create_schema(self, registry: str, name: str, compatibility: str) -> None:
        """Create an Avro schema that has no version yet."""
        with translated(f"schema {registry}/{name}"):
            self._client.create_schema(
                RegistryId={"RegistryName": registry}, SchemaName=name, DataFormat="AVRO", Compatibility=compatibility
            )

    def set_compatibility(self, registry: str, name: str, compatibility: str, checkpoint: int | None = None) -> None:
        """Change a schema's compatibility mode. The service wants a checkpoint with it; None: the latest version."""
        with translated(f"schema {registry}/{name}"):
            self._client.update_schema(
                SchemaId={"RegistryName": registry, "SchemaName": name},
                SchemaVersionNumber={"VersionNumber": checkpoint} if checkpoint else {"LatestVersion": True},
                Compatibility=compatibility,
            )

    def register(self, registry: str, name: str, definition: str) -> SchemaVersion:
        """Register a definition; one that is there gives its version back, a FAILURE too.

        The version may be PENDING: ask for the versions until it is not.
        """
        with translated(f"schema {registry}/{name}"):
            made = self._client.register_schema_version(
                SchemaId={"RegistryName": registry, "SchemaName": name}, SchemaDefinition=definition
            )
        return SchemaVersion(made["SchemaVersionId"], made["VersionNumber"], made["Status"], definition)

    def delete_versions(self, registry: str, name: str, versions: str) -> dict[int, str]:
        """Delete versions (``5`` or ``5-8``) for good; number → why it could not be."""
        with translated(f"versions {versions} of schema {registry}/{name}"):
            answer = self._client.delete_schema_versions(
                SchemaId={"RegistryName": registry, "SchemaName": name}, Versions=versions
            )
        errors = answer.get("SchemaVersionErrors", ())
        return {each["VersionNumber"]: each["ErrorDetails"]["ErrorMessage"] for each in errors}

    def definition(self, version: str) -> str:
        """The definition of the version with this id.

        :raises NotFoundError: there is none.
        """
        with translated(f"schema version {version}"):
            return str(self._client.get_schema_version(SchemaVersionId=version)["SchemaDefinition"])

    def versions(self, registry: str, name: str) -> list[SchemaVersion]:
        """All versions in order of their numbers, failed ones included; empty when there is no such schema."""
        schema = {"RegistryName": registry, "SchemaName": name}
        found = []
        try:
            with translated(f"schema {registry}/{name}"):
                for page in self._client.get_paginator("list_schema_versions").paginate(SchemaId=schema):
                    for item in page["Schemas"]:
                        version = self._client.get_schema_version(SchemaVersionId=item["SchemaVersionId"])
                        found.append(
                            SchemaVersion(
                                version["SchemaVersionId"],
                                version["VersionNumber"],
                                version["Status"],
                                version["SchemaDefinition"],
                            )
                        )
        except NotFoundError:
            return []
        return sorted(found, key=lambda version: version.number)
