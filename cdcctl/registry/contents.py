"""What registries hold: schemas with all their versions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from cdcctl.aws.glue_registry import AVAILABLE, FAILURE, PENDING, GlueRegistry, Schema, SchemaVersion
from cdcctl.errors import InputError, NotFoundError
from cdcctl.schema.compatibility import Mode
from cdcctl.schema.definitions import canonical

# Requests at a time; the service allows some tens a second.
_AT_ONCE = 8
Say = Callable[[str], None]


@dataclass(frozen=True)
class Name:
    """A schema of a registry."""

    registry: str
    schema: str

    def __str__(self) -> str:
        return f"{self.registry}/{self.schema}"


@dataclass(frozen=True)
class Held:
    """A schema and its versions, in the order of their numbers.

    :ivar versions: their definitions are empty where only an outline was asked for.
    """

    schema: Schema
    versions: tuple[SchemaVersion, ...]

    @property
    def name(self) -> Name:
        """Registry and name."""
        return Name(self.schema.registry, self.schema.name)

    @property
    def mode(self) -> Mode:
        """The compatibility mode."""
        return Mode(self.schema.compatibility)

    @property
    def available(self) -> tuple[SchemaVersion, ...]:
        """The versions that were taken."""
        return self._with(AVAILABLE)

    @property
    def failed(self) -> tuple[SchemaVersion, ...]:
        """The versions that were refused and keep their definitions occupied."""
        return self._with(FAILURE)

    @property
    def pending(self) -> tuple[SchemaVersion, ...]:
        """The versions that are still being judged."""
        return self._with(PENDING)

    @property
    def definitions(self) -> list[str]:
        """Definitions of the versions that were taken, oldest first."""
        return [version.definition for version in self.available]

    def holding(self, definition: str) -> SchemaVersion | None:
        """The version with a definition, whatever became of it."""
        wanted = canonical(definition)
        return next((each for each in self.versions if canonical(each.definition) == wanted), None)

    def version(self, word: str) -> SchemaVersion:
        """The version that a number, ``latest``, ``first`` or an id names; of two with one number the one taken.

        :raises NotFoundError: there is none.
        """
        ends = {"latest": self.available[-1:], "first": self.available[:1]}
        wanted = word.removeprefix("v")
        found = ends.get(word) or [
            each for each in (*self.available, *self.versions) if wanted in (str(each.number), each.id)
        ]
        if not found:
            there = ", ".join(str(each.number) for each in self.versions) or "none"
            raise NotFoundError(f"{self.name} has no version {word}", hint=f"there are {there}; or say latest")
        return found[0]

    def _with(self, status: str) -> tuple[SchemaVersion, ...]:
        return tuple(version for version in self.versions if version.status == status)

    def outline(self) -> dict[str, Any]:
        """As JSON, without definitions."""
        return {
            "registry": self.schema.registry,
            "schema": self.schema.name,
            "format": self.schema.data_format,
            "compatibility": self.schema.compatibility,
            "latest": self.schema.latest,
            "checkpoint": self.schema.checkpoint,
            "versions": len(self.versions),
            "failed": [version.number for version in self.failed],
            "pending": [version.number for version in self.pending],
        }


def read(registry: GlueRegistry, name: Name) -> Held | None:
    """A schema with its versions and their definitions; None when there is none."""
    schema = registry.find_schema(name.registry, name.schema)
    if schema is None or schema.status == "DELETING":
        return None
    return Held(schema, tuple(registry.versions(name.registry, name.schema)))


def require(registry: GlueRegistry, name: Name) -> Held:
    """A schema with its versions.

    :raises NotFoundError: there is none.
    """
    found = read(registry, name)
    if found is None:
        known = registry.schemas(name.registry) if registry.find_registry(name.registry) else None
        raise NotFoundError(f"there is no schema {name}", hint=_near(registry, name, known))
    return found


def require_avro(held: Held) -> Held:
    """:raises InputError: it is no Avro schema, which is all that is understood here."""
    if held.schema.data_format != "AVRO":
        raise InputError(f"{held.name} is {held.schema.data_format}", hint="only AVRO schemas can be compared")
    return held


def read_all(registry: GlueRegistry, names: Iterable[Name], *, outline: bool = False) -> list[Held]:
    """Those of the schemas that exist, several at a time.

    :param outline: without definitions, which take a request a version.
    """

    def look(name: Name) -> Held | None:
        if not outline:
            return read(registry, name)
        schema = registry.find_schema(name.registry, name.schema)
        return Held(schema, tuple(registry.outline(name.registry, name.schema))) if schema else None

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return [held for held in pool.map(look, list(names)) if held is not None]


def _near(registry: GlueRegistry, name: Name, known: Sequence[str] | None) -> str:
    import difflib

    if known is None:
        there = registry.registries()
        return f"there are the registries {', '.join(there)}" if there else "there are no registries at all"
    near = difflib.get_close_matches(name.schema, known, 5) or known[:10]
    return f"registry {name.registry} has {', '.join(near)}" if near else f"registry {name.registry} has no schemas"
