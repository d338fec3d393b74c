"""What the emulated Glue Schema Registry holds, and how requests name it.

Nothing here runs by itself: a version that is PENDING and a schema that is DELETING carry the moment at which they
change, and :meth:`Store.settle` brings all of them up to date before each operation. So there are no timers, and a
test moves the clock instead of waiting.

Error texts are Glue's. The serializers decide by them what to do next: "Schema version is not found." makes them
register a version, "Schema is not found." makes them create the schema.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timezone
from enum import Enum
from threading import RLock
from typing import Any

from cdcctl.local.emulator import glue_definitions
from cdcctl.local.emulator.protocol import ApiError
from cdcctl.schema.compatibility import Mode

DEFAULT_REGISTRY = "default-registry"
AVAILABLE, PENDING, FAILURE, DELETING = "AVAILABLE", "PENDING", "FAILURE", "DELETING"


class CheckpointScope(str, Enum):
    """Which versions an ``_ALL`` mode compares with. AWS's texts allow both readings."""

    ALL_VERSIONS = "all_versions"
    FROM_CHECKPOINT = "from_checkpoint"


@dataclass(frozen=True)
class RegistryOptions:
    """Where no source settles what AWS does, both ways are here, so that callers can be tried against each.

    :param checkpoint_scope: which versions ``_ALL`` modes compare with.
    :param failure_consumes_number: whether the next success gets the number after a FAILURE, or the same one.
    :param pending_seconds: how long a version after the first stays PENDING; 0 answers at once.
    :param deleting_seconds: how long a deleted schema or registry is still seen as DELETING.
    """

    checkpoint_scope: CheckpointScope = CheckpointScope.ALL_VERSIONS
    failure_consumes_number: bool = True
    pending_seconds: float = 0.0
    deleting_seconds: float = 0.5
    max_registries: int = 100
    max_schema_versions: int = 10_000


@dataclass
class Version:
    """One schema version; ``settles_at`` is when a PENDING one gets its verdict."""

    number: int
    definition: str
    canonical: str
    status: str
    created: str
    settles_at: float = 0.0
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    metadata: dict[str, dict[str, str]] = field(default_factory=dict)
    """Key → value → time of creation, oldest first."""


@dataclass
class Schema:
    """A schema with its versions in order of registration."""

    registry: str
    name: str
    arn: str
    data_format: str
    mode: Mode
    created: str
    updated: str
    description: str | None = None
    tags: dict[str, str] = field(default_factory=dict)
    versions: list[Version] = field(default_factory=list)
    checkpoint: int = 1
    gone_at: float | None = None
    retired_number: int = 0
    """Highest number that a deleted version had; numbers do not come back."""

    @property
    def status(self) -> str:
        """AVAILABLE, or DELETING until it is gone."""
        return AVAILABLE if self.gone_at is None else DELETING

    @property
    def latest(self) -> Version | None:
        """The last AVAILABLE version. FAILURE and PENDING versions never count as latest."""
        return max(self.available, key=lambda version: version.number, default=None)

    @property
    def available(self) -> list[Version]:
        """AVAILABLE versions, oldest first."""
        return [version for version in self.versions if version.status == AVAILABLE]

    def with_definition(self, canonical: str) -> Version | None:
        """The version holding a definition, whatever its status: a FAILURE keeps its definition occupied."""
        return next((version for version in self.versions if version.canonical == canonical), None)


@dataclass
class Registry:
    """A registry with its schemas by name."""

    name: str
    arn: str
    created: str
    updated: str
    description: str | None = None
    tags: dict[str, str] = field(default_factory=dict)
    schemas: dict[str, Schema] = field(default_factory=dict)
    gone_at: float | None = None

    @property
    def status(self) -> str:
        """AVAILABLE, or DELETING until it is gone."""
        return AVAILABLE if self.gone_at is None else DELETING


class Store:
    """All registries of one account and region. Hold ``lock`` while using it.

    :param fails: whether a new version of a schema becomes a FAILURE whatever is in it.
    """

    def __init__(
        self,
        region: str,
        account: str,
        options: RegistryOptions,
        clock: Callable[[], float],
        fails: Callable[[str], bool] = lambda _schema: False,
    ) -> None:
        self._arn_prefix = f"arn:aws:glue:{region}:{account}"
        self.options = options
        self.clock = clock
        self._fails = fails
        self.lock = RLock()
        self.registries: dict[str, Registry] = {}

    def now(self) -> str:
        """The present moment as Glue writes it in CreatedTime."""
        moment = datetime.fromtimestamp(self.clock(), timezone.utc)
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def settle(self) -> None:
        """Let everything happen that was due by now."""
        now = self.clock()
        for registry in [found for found in self.registries.values() if _is_due(found.gone_at, now)]:
            del self.registries[registry.name]
        for registry in self.registries.values():
            for schema in [found for found in registry.schemas.values() if _is_due(found.gone_at, now)]:
                del registry.schemas[schema.name]
            for schema in registry.schemas.values():
                self._settle_versions(schema, now)

    def arn(self, kind: str, *names: str) -> str:
        """ARN of a registry or schema (IAM service authorization reference, AWS Glue)."""
        return f"{self._arn_prefix}:{kind}/{'/'.join(names)}"

    def registry(self, registry_id: dict[str, Any]) -> Registry:
        """The registry a RegistryId names; the default one when it names none."""
        name, arn = registry_id.get("RegistryName"), registry_id.get("RegistryArn")
        if name and arn:
            raise invalid("One of registryName or registryArn has to be provided, both cannot be provided.")
        found = self.registries.get(arn.rpartition("/")[2] if arn else name or DEFAULT_REGISTRY)
        if found is None or (arn and found.arn != arn):
            said = f"RegistryArn: {arn}" if arn else f"RegistryName: {name or DEFAULT_REGISTRY}"
            raise not_found(f"Registry is not found. {said}")
        return found

    def schema(self, schema_id: dict[str, Any]) -> Schema:
        """The schema a SchemaId names."""
        arn, name, registry = (schema_id.get(key) for key in ("SchemaArn", "SchemaName", "RegistryName"))
        if arn and (name or registry):
            raise invalid(
                "One of (registryName and schemaName) or schemaArn has to be provided, both cannot be provided."
            )
        if not arn and not (name and registry):
            raise invalid("At least one of (registryName and schemaName) or schemaArn has to be provided.")
        found = next((schema for schema in self.all_schemas() if _is_named(schema, arn, registry, name)), None)
        if found is None:
            said = f"RegistryName: {_null(registry)}, SchemaName: {_null(name)}, SchemaArn: {_null(arn)}"
            raise not_found(f"Schema is not found. {said}")
        return found

    def usable_schema(self, schema_id: dict[str, Any]) -> Schema:
        """Like :meth:`schema`, but not one being deleted: "online operations" on it are off (API DeleteSchema)."""
        found = self.schema(schema_id)
        if found.gone_at is not None:
            raise not_found(f"Schema is not found. SchemaArn: {found.arn} is being deleted")
        return found

    def all_schemas(self) -> list[Schema]:
        """Every schema of every registry."""
        return [schema for registry in self.registries.values() for schema in registry.schemas.values()]

    def versions_used(self) -> int:
        """How many of the region's schema versions are taken."""
        return sum(len(schema.versions) for schema in self.all_schemas())

    def _settle_versions(self, schema: Schema, now: float) -> None:
        for version in schema.versions:
            if version.status == PENDING and version.settles_at <= now:
                version.status = self.judged(schema, version.definition)

    def judged(self, schema: Schema, definition: str) -> str:
        """AVAILABLE or FAILURE, by the schema's mode and the versions it has now, or because a fault will have it."""
        if self._fails(schema.name):
            return FAILURE
        previous = schema.available
        if schema.mode.checks_all and self.options.checkpoint_scope is CheckpointScope.FROM_CHECKPOINT:
            previous = [version for version in previous if version.number >= schema.checkpoint]
        texts = [version.definition for version in previous]
        accepted = glue_definitions.is_compatible(schema.data_format, definition, texts, schema.mode)
        return AVAILABLE if accepted else FAILURE


def invalid(message: str) -> ApiError:
    """Glue's refusal of a request that makes no sense."""
    return ApiError("InvalidInputException", message)


def not_found(message: str) -> ApiError:
    """Glue's answer for what is not there; HTTP 400, not 404."""
    return ApiError("EntityNotFoundException", message)


def _is_due(moment: float | None, now: float) -> bool:
    return moment is not None and moment <= now


def _is_named(schema: Schema, arn: str | None, registry: str | None, name: str | None) -> bool:
    return schema.arn == arn if arn else (schema.registry, schema.name) == (registry, name)


def _null(value: str | None) -> str:
    return value or "null"
