"""The locks: which jars a connector consists of, pinned by coordinate, size and SHA-256.

A lock is resolved once, by ``scripts/refresh-locks``, and committed as ``connectors/<name>/lock.json``; at run time it
is only read. It names coordinates, never the address of a registry: where an artifact comes from is the business of
jgo and the user's own settings.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from cdcctl.errors import InputError
from cdcctl.resources import data_folder

JAR = "jar"
_SHA256 = re.compile(r"[0-9a-f]{64}")
_COORDINATE = re.compile(r"[\w.-]+(:[\w.-]+){2,4}")
_FILE_NAME = re.compile(r"[\w][\w.+-]*")


@dataclass(frozen=True)
class LockedFile:
    """One artifact. ``coordinate`` is ``group:artifact:version[:classifier][:type]``."""

    coordinate: str
    file: str
    size: int
    sha256: str

    @property
    def group(self) -> str:
        """The first part of the coordinate."""
        return self.coordinate.split(":")[0]

    @property
    def artifact(self) -> str:
        """The second part of the coordinate."""
        return self.coordinate.split(":")[1]

    @property
    def version(self) -> str:
        """The third part of the coordinate."""
        return self.coordinate.split(":")[2]

    @property
    def classifier(self) -> str:
        """The fourth part of the coordinate, or the empty string."""
        return self._part(3, "")

    @property
    def type(self) -> str:
        """The fifth part of the coordinate: ``jar`` unless it says otherwise."""
        return self._part(4, JAR)

    @property
    def is_archive(self) -> bool:
        """Whether the artifact holds jars to be unpacked, rather than being one."""
        return self.type != JAR

    @property
    def path(self) -> Path:
        """Where the artifact lies in a Maven repository, and just so in our cache."""
        return Path(*self.group.split("."), self.artifact, self.version, self.file)

    def _part(self, index: int, default: str) -> str:
        parts = self.coordinate.split(":")
        return parts[index] if index < len(parts) else default


@dataclass(frozen=True)
class Lock:
    """Everything a connector (or converter, or worker) consists of.

    :ivar roots: the coordinates that were asked for; the rest of ``files`` follows from them.
    :ivar drop: file name patterns; what matches is left out when an archive is unpacked.
    :ivar services: Kafka plugin interface → classes of it that these jars hold, whether or not a manifest in them
        says so. The plugin ZIP adds what no manifest names: ``plugin.discovery=service_load`` finds nothing else.
    :ivar last: the jars must come after all others in the plugin, since they carry classes that would shadow theirs.
    """

    name: str
    version: str
    description: str
    license: str
    roots: tuple[str, ...]
    files: tuple[LockedFile, ...]
    drop: tuple[str, ...] = ()
    services: tuple[tuple[str, tuple[str, ...]], ...] = ()
    last: bool = False

    @property
    def size(self) -> int:
        """Bytes to download, all files together."""
        return sum(file.size for file in self.files)

    @cached_property
    def content_hash(self) -> str:
        """SHA-256 of what decides the unpacked jars; two locks with the same hash unpack to the same folder."""
        digest = hashlib.sha256()
        for part in (*sorted(f"{file.sha256} {file.file}" for file in self.files), "drop", *sorted(self.drop)):
            digest.update(part.encode() + b"\n")
        return digest.hexdigest()


def lock_names() -> list[str]:
    """The names of all locks that cdcctl ships, sorted."""
    return sorted(path.parent.name for path in data_folder("connectors").glob("*/lock.json"))


def load_lock(name: str) -> Lock:
    """Read the lock ``name``.

    :raises InputError: there is no such lock, or it is malformed; the message names the nearest ones.
    """
    known = lock_names()
    if name not in known:
        raise InputError(f"there is no connector {name!r}", hint=_suggestion(name, known))
    return read_lock(data_folder("connectors") / name / "lock.json")


def read_lock(path: Path) -> Lock:
    """Read and check one lock file.

    :raises InputError: it cannot be read or breaks a rule; every problem is listed.
    """
    try:
        lock = _parse(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path} is not a lock: {error!r}") from error
    if problems := list(_problems(lock)):
        raise InputError(f"{path} breaks the rules of a lock", details=problems)
    return lock


def _parse(data: Mapping[str, Any]) -> Lock:
    return Lock(
        name=data["name"],
        version=data["version"],
        description=data["description"],
        license=data["license"],
        roots=tuple(data["roots"]),
        files=tuple(LockedFile(**file) for file in data["files"]),
        drop=tuple(data.get("drop", ())),
        services=tuple((kind, tuple(names)) for kind, names in sorted(data.get("services", {}).items())),
        last=data.get("last", False),
    )


def _problems(lock: Lock) -> Iterable[str]:
    if not lock.files:
        yield "it lists no files"
    for file in lock.files:
        if not _COORDINATE.fullmatch(file.coordinate):
            yield f"{file.coordinate!r} is not group:artifact:version[:classifier][:type]"
        if not _FILE_NAME.fullmatch(file.file):
            yield f"{file.file!r} is not a plain file name"
        if not _SHA256.fullmatch(file.sha256) or file.size <= 0:
            yield f"{file.file} has no usable size and SHA-256"
    for name in _repeated([file.file for file in lock.files]):
        yield f"{name} is listed twice; jars of one folder need different names"


def _repeated(names: Sequence[str]) -> list[str]:
    return sorted({name for name in names if names.count(name) > 1})


def _suggestion(name: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    return f"did you mean {' or '.join(near)}?" if near else f"choose one of {', '.join(known)}"
