"""The jars in what a user hands over: a jar, a ZIP or tar archive (Confluent's hub, Maven, MSK Connect), or a folder.

Nothing of it is trusted: what is too large or damaged is an error and no more, and no file gets its name from within.
"""

from __future__ import annotations

import fnmatch
import json
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from cdcctl.errors import InputError

# Twelve times the largest plugin that ships; what is more is no plugin.
MOST_BYTES = 3 << 30
MOST_JARS = 5000
DAMAGED = (
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    OSError,
    RuntimeError,
    ValueError,
)
_HUB_MANIFEST = "manifest.json"


@dataclass(frozen=True)
class UnpackedJar:
    """A jar: where it lies in the archive, and the file that it was put into."""

    place: PurePosixPath
    file: Path

    @property
    def name(self) -> str:
        """Its name, without folders."""
        return self.place.name


@dataclass(frozen=True)
class Unpacked:
    """What was found.

    :ivar jars: in the order in which a worker loads them: by their whole path (PluginUtils.pluginUrls of Connect).
    :ivar name: what an archive of Confluent's hub calls itself, without its owner; else nothing.
    :ivar version: likewise.
    """

    jars: tuple[UnpackedJar, ...]
    name: str = ""
    version: str = ""


def unpack_jars(path: Path, folder: Path, drop: Sequence[str] = ()) -> Unpacked:
    """Take the jars of ``path``, at whatever depth they lie there.

    :param folder: a new folder for them.
    :param drop: file name patterns; what matches is left out.
    :raises InputError: there is no such file, or it is no archive, is damaged, or is too large.
    """
    if not path.exists():
        raise InputError(f"there is no file {path}")
    try:
        folder.mkdir(parents=True)
        return _Unpacking(path, folder, drop).run()
    except DAMAGED as error:
        raise InputError(f"{path} cannot be unpacked: {error}", hint="download or build it again") from None


class _Unpacking:
    def __init__(self, path: Path, folder: Path, drop: Sequence[str]) -> None:
        self._path = path
        self._folder = folder
        self._drop = drop
        self._left = MOST_BYTES
        self._jars: list[UnpackedJar] = []
        self._hub: dict[str, str] = {}

    def run(self) -> Unpacked:
        for name, content in _members(self._path):
            place = PurePosixPath(name)
            if place.name == _HUB_MANIFEST:
                self._hub = self._hub or _hub_manifest(content)
            elif not any(fnmatch.fnmatchcase(place.name, pattern) for pattern in self._drop):
                self._jars.append(UnpackedJar(place, self._put(content)))
        jars = tuple(sorted(self._jars, key=lambda jar: str(jar.place).encode()))
        return Unpacked(jars, self._hub.get("name", ""), self._hub.get("version", ""))

    def _put(self, content: IO[bytes]) -> Path:
        if len(self._jars) == MOST_JARS:
            raise InputError(f"{self._path} holds more than {MOST_JARS} jars: it is no plugin")
        target = self._folder / f"{len(self._jars)}.jar"
        with target.open("wb") as sink:
            while chunk := content.read(1 << 20):
                self._left -= len(chunk)
                if self._left < 0:
                    raise InputError(f"{self._path} holds more than {MOST_BYTES >> 30} GB: it is no plugin")
                sink.write(chunk)
        return target


def _members(path: Path) -> Iterator[tuple[str, IO[bytes]]]:
    """Name and content of each jar and each hub manifest."""
    if path.is_dir():
        for file in path.rglob("*"):
            if file.is_file() and _wanted(file.name):
                with file.open("rb") as content:
                    yield file.relative_to(path).as_posix(), content
    elif path.suffix == ".jar":
        with path.open("rb") as content:
            yield path.name, content
    elif zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as zipped:
            for entry in zipped.infolist():
                if _wanted(entry.filename):
                    with zipped.open(entry) as content:
                        yield entry.filename, content
    elif tarfile.is_tarfile(path):
        with tarfile.open(path) as tar:
            for member in tar:
                if _wanted(member.name) and (found := tar.extractfile(member)):
                    yield member.name, found
    else:
        raise InputError(f"{path} is neither a ZIP nor a tar archive", hint="give a .jar, .zip, .tar.gz or a folder")


def _wanted(name: str) -> bool:
    return name.endswith(".jar") or PurePosixPath(name).name == _HUB_MANIFEST


def _hub_manifest(content: IO[bytes]) -> dict[str, str]:
    """What an archive of Confluent's hub says of itself; another file of that name says nothing."""
    try:
        manifest = json.loads(content.read(1 << 20))
    except (ValueError, RecursionError):
        return {}
    found = manifest if isinstance(manifest, dict) else {}
    return {key: found[key] for key in ("name", "version") if isinstance(found.get(key), str)}


def archive_stem(path: Path) -> str:
    """The name of an archive's file, without what says that it is one."""
    name = path.resolve().name
    return next((name.removesuffix(end) for end in (".tar.gz", ".tgz", ".zip", ".jar") if name.endswith(end)), name)
