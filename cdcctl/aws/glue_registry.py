"""The Glue Schema Registry: registries, schemas and their versions.

Two things of the service that every caller must know (reference: API_RegisterSchemaVersion and what users report):
a version that is refused is no error but a version with the status FAILURE, which keeps its definition occupied; and
numbers of versions may be given twice, so that only ids name a version for certain.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from tenacity import retry, retry_if_exception_type, stop_after_attempt, wait_fixed

from cdcctl.aws.errors import translated
from cdcctl.errors import ConflictError, NotFoundError

AVAILABLE, PENDING, FAILURE = "AVAILABLE", "PENDING", "FAILURE"
# API_CreateSchema: length constraint of SchemaDefinition.
LONGEST_DEFINITION = 170_000
_ARN = re.compile(r".*:schema/(?P<registry>[^/]+)/(?P<schema>[^/]+)")
F = TypeVar("F", bound=Callable[..., Any])


# Try again what collides with another change of the same schema (ConcurrentModificationException).
_again: Callable[[F], F] = cast(
    Any,
    retry(retry=retry_if_exception_type(ConflictError), stop=stop_after_attempt(6), wait=wait_fixed(1), reraise=True),
)


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
    data_format: str = "AVRO"
    description: str | None = None

    @property
    def id(self) -> str:
        """As people write it."""
        return f"{self.registry}/{self.name}"


@dataclass(frozen=True)
class SchemaVersion:
    """One version. ``status``: AVAILABLE, PENDING, FAILURE or DELETING; a FAILURE has an id and a number too.

    :param created: time of registration as Glue writes it, ISO 8601.
    """

    id: str
    number: int
    status: str
    definition: str
    created: str = ""
    registry: str = ""
    schema: str = ""


class GlueRegistry:
    """The operations cdcctl uses; ``client`` is boto3's ``glue``."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def registries(self) -> list[str]:
        """Names of all registries, but those that are being deleted."""
        with translated("registries"):
            pages = self._client.get_paginator("list_registries").paginate()
            return [each["RegistryName"] for page in pages for each in page["Registries"]]

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

    def schemas(self, registry: str) -> list[str]:
        """Names of the schemas of a registry, but those that are being deleted.

        :raises NotFoundError: there is no such registry.
        """
        with translated(f"registry {registry}"):
            pages = self._client.get_paginator("list_schemas").paginate(RegistryId={"RegistryName": registry})
            items = [each for page in pages for each in page["Schemas"]]
        return sorted(each["SchemaName"] for each in items if each.get("SchemaStatus") != "DELETING")

    def registry_tags(self, arn: str) -> dict[str, str]:
        """The tags of a registry."""
        with translated(f"the tags of {arn}"):
            return dict(self._client.get_tags(ResourceArn=arn).get("Tags", {}))

    def delete_schema(self, registry: str, name: str) -> None:
        """Delete a schema with its versions (asynchronous)."""
        with translated(f"schema {registry}/{name}"):
            self._client.delete_schema(SchemaId={"RegistryName": registry, "SchemaName": name})

    def find_schema(self, registry: str, name: str) -> Schema | None:
        """The schema, or None."""
        try:
            with translated(f"schema {registry}/{name}"):
                found = self._client.get_schema(SchemaId=_schema_id(registry, name))
        except NotFoundError:
            return None
        return Schema(
            registry,
            name,
            found["Compatibility"],
            found["SchemaStatus"],
            found.get("LatestSchemaVersion"),
            found.get("SchemaCheckpoint"),
            found.get("DataFormat", "AVRO"),
            found.get("Description"),
        )

    def create_schema(self, registry: str, name: str, compatibility: str, description: str | None = None) -> None:
        """Create an Avro schema that has no version yet."""
        described = {"Description": description} if description else {}
        with translated(f"schema {registry}/{name}"):
            self._client.create_schema(
                RegistryId={"RegistryName": registry},
                SchemaName=name,
                DataFormat="AVRO",
                Compatibility=compatibility,
                **described,
            )

    @_again
    def set_compatibility(self, registry: str, name: str, compatibility: str, checkpoint: int | None = None) -> None:
        """Change a schema's compatibility mode. The service wants a checkpoint with it; None: the latest version."""
        with translated(f"schema {registry}/{name}"):
            self._client.update_schema(
                SchemaId=_schema_id(registry, name),
                SchemaVersionNumber={"VersionNumber": checkpoint} if checkpoint else {"LatestVersion": True},
                Compatibility=compatibility,
            )

    @_again
    def set_checkpoint(self, registry: str, name: str, number: int) -> None:
        """Move a schema's checkpoint forward to a version that is AVAILABLE."""
        with translated(f"schema {registry}/{name}"):
            self._client.update_schema(
                SchemaId=_schema_id(registry, name), SchemaVersionNumber={"VersionNumber": number}
            )

    def states(self, registry: str, name: str) -> dict[int, str]:
        """Number of each version → its status, without the definitions; empty when there is no such schema."""
        schema = {"RegistryName": registry, "SchemaName": name}
        try:
            with translated(f"schema {registry}/{name}"):
                pages = self._client.get_paginator("list_schema_versions").paginate(SchemaId=schema)
                return {item["VersionNumber"]: item["Status"] for page in pages for item in page["Schemas"]}
        except NotFoundError:
            return {}

    def versions(self, registry: str, name: str) -> list[SchemaVersion]:
        """All versions in order of their numbers, failed ones included; empty when there is no such schema."""
        found = []
        for each in self.outline(registry, name):
            # One that was deleted in between is none.
            with suppress(NotFoundError):
                found.append(self.version(each.id))
        return sorted(found, key=_order)

    def outline(self, registry: str, name: str) -> list[SchemaVersion]:
        """The same without definitions, which take a request each."""
        found: list[SchemaVersion] = []
        try:
            with translated(f"schema {registry}/{name}"):
                pages = self._client.get_paginator("list_schema_versions").paginate(SchemaId=_schema_id(registry, name))
                found += [
                    SchemaVersion(
                        each["SchemaVersionId"],
                        each.get("VersionNumber", 0),
                        each.get("Status", ""),
                        "",
                        str(each.get("CreatedTime", "")),
                        registry,
                        name,
                    )
                    for page in pages
                    for each in page["Schemas"]
                ]
        except NotFoundError:
            return []
        return sorted(found, key=_order)

    def version(self, version_id: str) -> SchemaVersion:
        """A version by its id.

        :raises NotFoundError: there is none.
        """
        with translated(f"schema version {version_id}"):
            found = self._client.get_schema_version(SchemaVersionId=version_id)
        named = _ARN.fullmatch(found.get("SchemaArn", ""))
        return SchemaVersion(
            found["SchemaVersionId"],
            found["VersionNumber"],
            found["Status"],
            found["SchemaDefinition"],
            str(found.get("CreatedTime", "")),
            named["registry"] if named else "",
            named["schema"] if named else "",
        )

    @_again
    def register(self, registry: str, name: str, definition: str) -> SchemaVersion:
        """Register a definition; one that is there gives its version back, a FAILURE too.

        The version may be PENDING: ask for it by its id until it is not.
        """
        with translated(f"schema {registry}/{name}"):
            made = self._client.register_schema_version(
                SchemaId=_schema_id(registry, name), SchemaDefinition=definition
            )
        return SchemaVersion(
            made["SchemaVersionId"], made["VersionNumber"], made["Status"], definition, "", registry, name
        )

    @_again
    def delete_versions(self, registry: str, name: str, versions: str) -> dict[int, str]:
        """Delete versions (``5`` or ``5-8``) for good; number → why it could not be."""
        with translated(f"versions {versions} of schema {registry}/{name}"):
            answer = self._client.delete_schema_versions(SchemaId=_schema_id(registry, name), Versions=versions)
        errors = answer.get("SchemaVersionErrors", ())
        return {each["VersionNumber"]: each["ErrorDetails"].get("ErrorMessage", "") for each in errors}

    def metadata(self, version_id: str) -> dict[str, str]:
        """What has been noted on a version; of several values of a key the newest."""
        found: dict[str, str] = {}
        more: dict[str, str] = {}
        with translated(f"metadata of schema version {version_id}"):
            while True:
                page = self._client.query_schema_version_metadata(SchemaVersionId=version_id, **more)
                infos = page.get("MetadataInfoMap", {})
                found |= {key: info.get("MetadataValue", "") for key, info in infos.items()}
                if not page.get("NextToken"):
                    return found
                more = {"NextToken": page["NextToken"]}

    def note(self, version_id: str, key: str, value: str) -> None:
        """Note something on a version."""
        with translated(f"metadata of schema version {version_id}"):
            self._client.put_schema_version_metadata(
                SchemaVersionId=version_id, MetadataKeyValue={"MetadataKey": key, "MetadataValue": value}
            )


def _order(version: SchemaVersion) -> tuple[int, str]:
    return version.number, version.created


def _schema_id(registry: str, name: str) -> dict[str, str]:
    return {"RegistryName": registry, "SchemaName": name}
