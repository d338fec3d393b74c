"""The versions that schemas have: in a registry, exported to a folder, and as they are predicted to be added."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from cdcctl.errors import InputError
from cdcctl.evolve.settings import Settings
from cdcctl.schema.compatibility import Mode
from cdcctl.schema.folder import read_schema

if TYPE_CHECKING:
    from cdcctl.aws.target import Target
    from cdcctl.evolve.report import Side


@dataclass(frozen=True)
class Registered:
    """What a registry has of a schema: definitions of the AVAILABLE versions, oldest first, and its mode if known."""

    definitions: Sequence[str] = ()
    mode: Mode | None = None


# registry, schema → what is registered.
Lookup = Callable[[str, str], Registered]


def nothing(_registry: str, _schema: str) -> Registered:
    """No registry is looked at."""
    return Registered()


def from_registry(target: Target) -> Lookup:
    """The versions in the Glue Schema Registry."""

    def look_up(registry: str, schema: str) -> Registered:
        found = target.registry.find_schema(registry, schema)
        if found is None:
            return Registered()
        versions = target.registry.versions(registry, schema)
        definitions = [version.definition for version in versions if version.status == "AVAILABLE"]
        return Registered(definitions, Mode(found.compatibility))

    return look_up


def from_folder(folder: Path) -> Lookup:
    """Versions exported as ``<registry>/<schema>/<number>.avsc``, and the mode beside them in ``schema.json``.

    :raises InputError: there is no such folder.
    """
    if not folder.is_dir():
        raise InputError(f"{folder} is no folder", hint="give one with <registry>/<schema>/<number>.avsc")

    def look_up(registry: str, schema: str) -> Registered:
        kept = read_schema(folder, registry, schema)
        return Registered(list(kept.versions.values()), kept.mode)

    return look_up


@dataclass
class Versions:
    """Key and value schemas with their versions, known and predicted."""

    settings: Settings
    look_up: Lookup = nothing
    _known: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    _modes: dict[tuple[str, str], Mode | None] = field(default_factory=dict)
    # Side, schema and definition → the migration that brings it.
    _brought: dict[tuple[str, str, str], str] = field(default_factory=dict)

    @classmethod
    def before(cls, settings: Settings, sides: Mapping[str, Side], file: str) -> Versions:
        """What is there before a statement.

        :param sides: ``key`` and ``value`` as the statement finds them.
        :param file: the migration that the statement is in.
        """
        there = {name: side for name, side in sides.items() if side.schema is not None}
        known = {(name, str(side.schema)): list(side.versions) for name, side in there.items()}
        brought = {
            (name, str(side.schema), each): file
            for name, side in there.items()
            for each in side.versions
            if each not in side.standing
        }
        return cls(settings, nothing, known, _brought=brought)

    def of(self, side: str, topic: str) -> list[str]:
        """The versions of a topic's key or value schema, oldest first."""
        schema = (side, topic)
        if schema not in self._known:
            registry = self.settings.key_registry if side == "key" else self.settings.value_registry
            found = self.look_up(registry, self.settings.schema_name or topic)
            self._known[schema] = list(found.definitions)
            self._modes[schema] = found.mode
        return self._known[schema]

    def mode(self, side: str, topic: str, table: str) -> Mode:
        """The compatibility mode of a topic's schema: the registry's word, else what the pipeline creates it with."""
        self.of(side, topic)
        return self._modes.get((side, topic)) or self.settings.mode_of(table)

    def standing(self, side: str, topic: str, file: str) -> list[str]:
        """The versions that do not come from statements of this migration."""
        return [each for each in self.of(side, topic) if self._brought.get((side, topic, each)) != file]

    def add(self, side: str, topic: str, definition: str, file: str | None = None) -> None:
        """Append a version unless its text is there already.

        :param file: the migration that brings it.
        """
        versions = self.of(side, topic)
        if definition not in versions:
            versions.append(definition)
            if file is not None:
                self._brought[side, topic, definition] = file
