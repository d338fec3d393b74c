"""Which locks there are: those that ship, and those the user has pinned, in the cache or in a file.

One word names a lock:

- ``debezium-mysql``: a connector at the version that ships as its default
- ``debezium-mysql@2.7.4.Final``: at this one; ``debezium-mysql@2.7``: the newest of these that is there
- ``com.example:my-transforms:1.2``: any Maven artifact, with all it needs at run time
- ``locks/debezium.json``: a lock in a file of the user's
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cmp_to_key
from pathlib import Path
from typing import Any

from cdcctl.errors import InputError
from cdcctl.plugins.cache import cache_folder
from cdcctl.plugins.lock import COORDINATE, Lock, read_lock, save_lock
from cdcctl.plugins.recipe import Recipe, connector_folder, load_recipe, recipe_names
from cdcctl.plugins.repositories import repositories
from cdcctl.plugins.resolve import Say, published_versions, resolve

_VERSION = re.compile(r"\w[\w.+-]*")
_SERIES = re.compile(r"\d+\.\d+")
_PREVIEW = re.compile(r"(?i)alpha|beta|cr\d|rc\d|[.-]m\d")
# What every worker has itself, whatever an artifact's POM says.
_OF_THE_WORKER = ("connect-*.jar", "kafka-*.jar", "slf4j-*.jar")


@dataclass(frozen=True)
class Known:
    """A lock that is there: ``ships`` with cdcctl, or pinned by the user; ``default`` is meant by the name alone."""

    lock: Lock
    ships: bool
    default: bool

    @property
    def word(self) -> str:
        """What names it."""
        of_ours = self.lock.name in recipe_names()
        return f"{self.lock.name}@{self.lock.version}" if of_ours else self.lock.roots[0]

    @property
    def fetched(self) -> bool:
        """Whether all its files are in the cache; what is in them is looked at when they are used."""
        return all((cache_folder("artifacts") / file.path).is_file() for file in self.lock.files)

    def to_dict(self) -> dict[str, Any]:
        """The same facts for ``--json``."""
        return {
            "name": self.lock.name,
            "version": self.lock.version,
            "default": self.default,
            "ships": self.ships,
            "fetched": self.fetched,
            "files": len(self.lock.files),
            "size": self.lock.size,
            "description": self.lock.description,
        }

    def __str__(self) -> str:
        notes = ["default"] * self.default + ["fetched"] * self.fetched + ["pinned by you"] * (not self.ships)
        size = f"{self.lock.size / 1e6:6.1f} MB"
        return f"{self.word:<32} {size}  {', '.join(notes):<24} {self.lock.description}"


@dataclass(frozen=True)
class _Named:
    """What a word names, and the folders its lock may be in; the last one is where it is put."""

    recipe: Recipe
    version: str
    folders: tuple[Path, ...]

    def path(self, version: str) -> Path:
        """Where a lock is put."""
        return self.folders[-1] / f"{version}.json"

    def lock(self) -> Lock | None:
        """The lock of the version, else of the newest version that begins with it."""
        there = {path.stem: path for folder in reversed(self.folders) for path in folder.glob("*.json")}
        version = self.version if self.version in there else _newest(there, self.version)
        return read_lock(there[version]) if version else None


def load_lock(word: str) -> Lock:
    """Read the lock that a word names.

    :raises InputError: there is none; the message says how to get it, or names the nearest.
    """
    if _is_file(word):
        return read_lock(Path(word))
    named = _named(word)
    if (lock := named.lock()) is None:
        raise InputError(
            f"{named.recipe.name} {named.version} is not pinned",
            hint=f"run 'cdcctl plugin fetch {word}' once: it finds out which jars that version consists of",
        )
    return lock


def pin(word: str, further: Sequence[str], say: Say) -> Lock:
    """The lock that a word names; where there is none yet, it is resolved now and kept in the user's cache.

    :param further: addresses of further Maven repositories.
    :raises InputError: the word names nothing that could be resolved.
    :raises RemoteError: as :func:`cdcctl.plugins.resolve.resolve`.
    """
    if _is_file(word):
        return read_lock(Path(word))
    named = _named(word)
    if (lock := named.lock()) is None:
        asked = repositories(further)
        version = named.version
        if _SERIES.fullmatch(version):
            releases = [each for each in published_versions(named.recipe, asked) if not _PREVIEW.search(each)]
            version = _newest(releases, version) or version
        lock = resolve(named.recipe, version, asked, say)
        save_lock(lock, named.path(version))
    return lock


def _newest(versions: Iterable[str], series: str) -> str | None:
    """The newest version that begins with ``series`` as 2.7.4.Final begins with 2.7."""
    from jgo.maven import compare_versions

    found = [version for version in versions if version.startswith(f"{series}.")]
    return max(found, key=cmp_to_key(compare_versions), default=None)


def known_locks(name: str | None = None) -> list[Known]:
    """Every lock that ships, then every one that the user has pinned; of one connector, or of all.

    :raises InputError: there is no such connector.
    """
    known = []
    for recipe in map(load_recipe, recipe_names() if name is None else [name]):
        for number, version in enumerate(recipe.versions):
            known.append(Known(read_lock(_shipped(recipe.name) / f"{version}.json"), ships=True, default=number == 0))
    pinned = sorted(cache_folder("locks").glob(f"{name or '*'}/*.json"))
    return known + [Known(read_lock(path), ships=False, default=False) for path in pinned]


def pinned_of(name: str, line: str) -> str | None:
    """The first known lock of a line of versions such as ``3.6``, as ``name@3.6.1.Final``; None where there is none."""
    if name not in recipe_names():
        return None
    versions = (known.lock.version for known in known_locks(name))
    return next((f"{name}@{each}" for each in versions if each == line or each.startswith(f"{line}.")), None)


def published(name: str, further: Sequence[str] = ()) -> list[str]:
    """The versions of a connector that the Maven repositories have, oldest first.

    :raises InputError: there is no such connector.
    :raises RemoteError: a repository did not answer.
    """
    return published_versions(load_recipe(name), repositories(further))


def _named(word: str) -> _Named:
    if ":" in word:
        return _of_coordinate(word)
    name, at, version = word.partition("@")
    recipe = load_recipe(name)
    if at and not _VERSION.fullmatch(version):
        raise InputError(f"{word!r} names no version", hint=f"write it like {name}@{recipe.versions[0]}")
    version = version or recipe.versions[0]
    return _Named(recipe, version, (_shipped(name), cache_folder("locks") / name))


def _of_coordinate(coordinate: str) -> _Named:
    if not COORDINATE.fullmatch(coordinate):
        raise InputError(f"{coordinate!r} is not group:artifact:version[:classifier][:type]", hint="as Maven writes it")
    group, artifact, version = coordinate.split(":")[:3]
    if version.endswith("-SNAPSHOT"):
        raise InputError(
            f"{coordinate} cannot be pinned: a snapshot's bytes change under its name",
            hint="give the jar's file itself",
        )
    recipe = Recipe(
        name=artifact,
        description=f"{group}:{artifact} with all it needs",
        license="see the artifacts' POMs",
        versions=(version,),
        roots=(coordinate,),
        drop=_OF_THE_WORKER,
    )
    # In a folder of its own: an artifact may be called like a connector.
    return _Named(recipe, version, (cache_folder("locks") / coordinate.replace(":", "_"),))


def _is_file(word: str) -> bool:
    return word.endswith(".json")


def _shipped(name: str) -> Path:
    return connector_folder(name) / "locks"
