"""The locks: which jars a connector consists of at one version, pinned by coordinate, size and SHA-256.

A lock is resolved once: those of ``connectors/<name>/locks`` by ``scripts/refresh-locks``, a user's own by ``cdcctl
plugin fetch``. It names coordinates, never the address of a registry: where an artifact comes from is the business of
jgo and the user's own settings.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from cdcctl.errors import InputError
from cdcctl.whole_file import write_whole

JAR = "jar"
_SHA256 = re.compile(r"[0-9a-f]{64}")
COORDINATE = re.compile(r"[\w.-]+(:[\w.-]+){2,4}")
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
    :ivar last: the jars must come after all others in the plugin, since they carry classes that would shadow theirs.
    """

    name: str
    version: str
    description: str
    license: str
    roots: tuple[str, ...]
    files: tuple[LockedFile, ...]
    drop: tuple[str, ...] = ()
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


def read_lock(path: Path) -> Lock:
    """Read and check one lock file.

    :raises InputError: it cannot be read or breaks a rule; every problem is listed.
    """
    try:
        lock = _parse(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise InputError(f"{path}: no such file", hint="'cdcctl plugin fetch NAME --lock FILE' writes a lock") from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path} is not a lock: {error!r}") from error
    if problems := list(_problems(lock)):
        raise InputError(f"{path} breaks the rules of a lock", details=problems)
    return lock


def to_text(lock: Lock) -> str:
    """The lock as it is written to its file; :func:`read_lock` reads it back."""
    data: dict[str, Any] = {
        "name": lock.name,
        "version": lock.version,
        "description": lock.description,
        "license": lock.license,
        "roots": lock.roots,
        "files": [vars(file) for file in lock.files],
    }
    if lock.drop:
        data["drop"] = lock.drop
    if lock.last:
        data["last"] = True
    return json.dumps(data, indent=2) + "\n"


def save_lock(lock: Lock, path: Path) -> None:
    """Write a lock to a file, whole or not at all.

    :raises InputError: it cannot be written.
    """
    write_whole(path, to_text(lock), hint="choose another --lock")


def _parse(data: Mapping[str, Any]) -> Lock:
    return Lock(
        name=data["name"],
        version=data["version"],
        description=data["description"],
        license=data["license"],
        roots=tuple(data["roots"]),
        files=tuple(LockedFile(**file) for file in data["files"]),
        drop=tuple(data.get("drop", ())),
        last=data.get("last", False),
    )


def _problems(lock: Lock) -> Iterable[str]:
    if not lock.files:
        yield "it lists no files"
    for file in lock.files:
        if not COORDINATE.fullmatch(file.coordinate):
            yield f"{file.coordinate!r} is not group:artifact:version[:classifier][:type]"
        if not _FILE_NAME.fullmatch(file.file):
            yield f"{file.file!r} is not a plain file name"
        if not _SHA256.fullmatch(file.sha256) or file.size <= 0:
            yield f"{file.file} has no usable size and SHA-256"
    for name in _repeated([file.file for file in lock.files]):
        yield f"{name} is listed twice; jars of one folder need different names"


def _repeated(names: Sequence[str]) -> list[str]:
    return sorted({name for name in names if names.count(name) > 1})
