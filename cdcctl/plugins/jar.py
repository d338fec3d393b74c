"""One jar: its classes, which Maven artifacts are in it, the services it declares, and which Java it needs."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import javaproperties

from cdcctl.errors import InputError
from cdcctl.plugins.archive import DAMAGED
from cdcctl.plugins.classfile import ClassFormatError, ClassHead, has_public_constructor, read_head

# What jars' names begin with in a plugin that cdcctl built: those to be loaded after all others, and those that a user
# added, to be loaded after the connector's.
LAST_PREFIX = "zz-"
ADDED_PREFIX = "zy-"
# A class file has at most 65,535 constants; the largest known ones are a few MB.
_MOST_CLASS_BYTES = 16 << 20
_SERVICES = "META-INF/services/"
_VERSIONS = "META-INF/versions/"
_POM = re.compile(r"META-INF/maven/[^/]+/[^/]+/pom\.properties")
_MANIFEST = "META-INF/MANIFEST.MF"
_VERSION_KEYS = ("Implementation-Version", "Bundle-Version")
_NAME_AND_VERSION = re.compile(r"(?P<name>.+?)-(?P<version>\d[\w.+-]*)\.jar")


@dataclass(frozen=True, order=True)
class Artifact:
    """A Maven artifact; ``group`` is empty where the jar does not say it."""

    group: str
    name: str
    version: str

    def __str__(self) -> str:
        return ":".join(part for part in (self.group, self.name, self.version) if part)


@dataclass(frozen=True)
class Jar:
    """What is in a jar.

    :ivar artifact: what the jar itself is: by its pom.properties, its manifest or its file name.
    :ivar bundled: other artifacts whose classes are in it, under their own names or renamed.
    :ivar heads: class name → head, without those of META-INF/versions.
    :ivar checksums: class name → CRC-32 of its bytes.
    :ivar services: interface → classes that the jar's service manifests name.
    :ivar java: the highest version that one of its classes needs (0: no classes); of what is in META-INF/versions a JVM
        takes only what it can read, so that does not count.
    :ivar damaged: entries that cannot be read.
    """

    name: str
    path: Path
    artifact: Artifact
    bundled: tuple[Artifact, ...] = ()
    heads: Mapping[str, ClassHead] = field(default_factory=dict)
    checksums: Mapping[str, int] = field(default_factory=dict)
    services: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    java: int = 0
    multi_release: bool = False
    damaged: tuple[str, ...] = ()

    def constructs(self, class_name: str) -> bool:
        """Whether one of its classes has a public constructor without parameters."""
        with zipfile.ZipFile(self.path) as archive:
            return has_public_constructor(archive.read(class_name.replace(".", "/") + ".class"))


def read_jar(path: Path, name: str | None = None) -> Jar:
    """Read a jar; what is damaged inside of it is listed.

    :param name: what it is called in the plugin; by default as the file.
    :raises InputError: the file is no jar.
    """
    name = name or path.name
    try:
        with zipfile.ZipFile(path) as archive:
            return _Reading(name, path, archive).run()
    except DAMAGED as error:
        raise InputError(f"{name} is not a jar: {error}", hint="download or build it again") from None


class _Reading:
    def __init__(self, name: str, path: Path, archive: zipfile.ZipFile) -> None:
        self._name = name
        self._path = path
        self._archive = archive
        self._heads: dict[str, ClassHead] = {}
        self._checksums: dict[str, int] = {}
        self._services: dict[str, tuple[str, ...]] = {}
        self._artifacts: list[Artifact] = []
        self._manifest: dict[str, str] = {}
        self._multi_release = False
        self._damaged: list[str] = []

    def run(self) -> Jar:
        for entry in self._archive.infolist():
            try:
                self._read(entry)
            except (ClassFormatError, *DAMAGED):
                self._damaged.append(entry.filename)
        own = _own(PurePosixPath(self._name).name, self._artifacts, self._manifest)
        return Jar(
            name=self._name,
            path=self._path,
            artifact=own,
            bundled=tuple(
                sorted({each for each in self._artifacts if (each.group, each.name) != (own.group, own.name)})
            ),
            heads=self._heads,
            checksums=self._checksums,
            services=self._services,
            java=max((head.java for head in self._heads.values()), default=0),
            multi_release=self._multi_release,
            damaged=tuple(self._damaged),
        )

    def _read(self, entry: zipfile.ZipInfo) -> None:
        name = entry.filename
        if name.startswith(_VERSIONS):
            self._multi_release = True
        elif name.endswith(".class"):
            if not name.endswith("module-info.class"):
                head = read_head(self._content(entry))
                # A class in any other place, such as BOOT-INF/classes, is not found by a class loader.
                if name == f"{head.name.replace('.', '/')}.class":
                    self._heads[head.name] = head
                    self._checksums[head.name] = entry.CRC
        elif name.startswith(_SERVICES) and name != _SERVICES:
            self._services[name.removeprefix(_SERVICES)] = _class_names(self._text(entry))
        elif _POM.fullmatch(name):
            self._artifacts += _artifact(self._text(entry))
        elif name == _MANIFEST:
            self._manifest = _main_attributes(self._text(entry))

    def _content(self, entry: zipfile.ZipInfo) -> bytes:
        if entry.file_size > _MOST_CLASS_BYTES:
            raise ClassFormatError("it is larger than a class file can be")
        return self._archive.read(entry)

    def _text(self, entry: zipfile.ZipInfo) -> str:
        return self._content(entry).decode("utf-8", "replace")


def _class_names(manifest: str) -> tuple[str, ...]:
    lines = (line.partition("#")[0].strip() for line in manifest.splitlines())
    return tuple(sorted({line for line in lines if line}))


def _artifact(text: str) -> list[Artifact]:
    properties = javaproperties.loads(text)
    parts = [properties.get(key) for key in ("groupId", "artifactId", "version")]
    return [Artifact(*map(str, parts))] if all(parts) else []


def _main_attributes(text: str) -> dict[str, str]:
    """The main section of a manifest (JAR File Specification): a line that begins with a blank goes on."""
    main = re.split(r"\r?\n\r?\n", text)[0]
    lines = re.sub(r"\r?\n ", "", main).splitlines()
    return {key: value.strip() for key, colon, value in (line.partition(":") for line in lines) if colon}


def _own(file: str, artifacts: list[Artifact], manifest: dict[str, str]) -> Artifact:
    """Which artifact a jar is. A fat jar holds the pom.properties of many: the one its file is named by is its own."""
    file = file.removeprefix(LAST_PREFIX).removeprefix(ADDED_PREFIX)
    named = [each for each in artifacts if file.startswith(f"{each.name}-{each.version}")]
    if named:
        return max(named, key=lambda each: len(each.name))
    if match := _NAME_AND_VERSION.fullmatch(file):
        return Artifact("", match["name"], match["version"])
    if len(artifacts) == 1:
        return artifacts[0]
    stated = next((manifest[key] for key in _VERSION_KEYS if manifest.get(key)), "")
    return Artifact("", file.removesuffix(".jar"), stated)
