"""The versions that schemas have: in a registry, exported to a folder, and as they are predicted to be added."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cdcctl.aws.target import Target
from cdcctl.errors import InputError
from cdcctl.evolve.settings import Settings

# registry, schema → definitions of the AVAILABLE versions, oldest first.
Lookup = Callable[[str, str], list[str]]
_VERSION = re.compile(r"v?(\d+)\.avsc")


def nothing(_registry: str, _schema: str) -> list[str]:
    """No registry is looked at."""
    return []


def from_registry(target: Target) -> Lookup:
    """The versions in the Glue Schema Registry."""

    def look_up(registry: str, schema: str) -> list[str]:
        versions = target.registry.versions(registry, schema)
        return [version.definition for version in versions if version.status == "AVAILABLE"]

    return look_up


def from_folder(folder: Path) -> Lookup:
    """Versions exported as ``<registry>/<schema>/<number>.avsc``.

    :raises InputError: there is no such folder.
    """
    if not folder.is_dir():
        raise InputError(f"{folder} is no folder", hint="give one with <registry>/<schema>/<number>.avsc")

    def look_up(registry: str, schema: str) -> list[str]:
        files = (folder / registry / schema).glob("*.avsc")
        numbered = {int(found[1]): file for file in files if (found := _VERSION.fullmatch(file.name))}
        try:
            return [numbered[number].read_text(encoding="utf-8").strip() for number in sorted(numbered)]
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"{folder / registry / schema} cannot be read: {error}", hint="export again") from None

    return look_up


@dataclass
class Versions:
    """Key and value schemas with their versions, known and predicted."""

    settings: Settings
    look_up: Lookup = nothing
    _known: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    _registered: set[tuple[str, str]] = field(default_factory=set)

    @classmethod
    def before(cls, settings: Settings, sides: Mapping[str, tuple[str | None, Sequence[str]]]) -> Versions:
        """What is there before a statement.

        :param sides: ``key`` and ``value``: schema name and versions.
        """
        known = {(side, schema): list(versions) for side, (schema, versions) in sides.items() if schema is not None}
        return cls(settings, nothing, known)

    def of(self, side: str, topic: str) -> list[str]:
        """The versions of a topic's key or value schema, oldest first."""
        schema = (side, topic)
        if schema not in self._known:
            registry = self.settings.key_registry if side == "key" else self.settings.value_registry
            self._known[schema] = self.look_up(registry, topic)
            if self._known[schema]:
                self._registered.add(schema)
        return self._known[schema]

    def is_registered(self, side: str, topic: str) -> bool:
        """Whether the versions come from a registry rather than from a prediction alone."""
        self.of(side, topic)
        return (side, topic) in self._registered

    def add(self, side: str, topic: str, definition: str) -> None:
        """Append a version unless its text is there already."""
        versions = self.of(side, topic)
        if definition not in versions:
            versions.append(definition)
