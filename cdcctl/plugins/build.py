"""The one ZIP that MSK Connect takes as a custom plugin: connector, converter and all they need, in one folder.

Three things in it are decided here, not by whoever zips: which jars come last (a fat jar carries classes that would
shadow the connector's, and jars load in the order of their names), which service manifests are missing
(``plugin.discovery=service_load`` finds nothing without one), and that equal inputs give equal bytes on every machine,
so that a deploy can tell by hash whether anything has changed.
"""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import zipfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cdcctl.errors import InputError, LocalEnvironmentError
from cdcctl.plugins.cache import cache_folder, is_intact, put_folder, sha256_of, workspace
from cdcctl.plugins.catalogue import load_lock
from cdcctl.plugins.fetch import Download, unpack_jars, unpacked
from cdcctl.plugins.lock import Lock

if TYPE_CHECKING:
    from cdcctl.plugins.progress import Progress

LAST_PREFIX = "zz-"
SERVICES_JAR = "cdcctl-services.jar"
_SERVICES_FOLDER = "META-INF/services/"
_KAFKA = "org.apache.kafka."
# Part of every cache key: raise it when the same inputs are to give another ZIP.
_LAYOUT = "1"
_RECORD = "plugin.json"


@dataclass(frozen=True)
class BuiltPlugin:
    """A plugin ZIP and what is in it.

    :ivar jars: names of the jars in the order in which a worker loads them.
    :ivar services: Kafka plugin interface → classes that a worker finds with ``plugin.discovery=service_load``.
    """

    name: str
    path: Path
    sha256: str
    size: int
    jars: tuple[str, ...]
    services: Mapping[str, Sequence[str]]

    def as_json(self) -> dict[str, Any]:
        """The same facts for ``--json``."""
        return {**asdict(self), "path": str(self.path), "jars": list(self.jars)}


@dataclass(frozen=True)
class Conflict:
    """Several jars of a plugin hold the same classes with different content; the first jar wins."""

    jars: tuple[str, ...]
    classes: tuple[str, ...]


def build(
    words: Sequence[str],
    *,
    name: str | None = None,
    extra: Sequence[Path] = (),
    out: Path | None = None,
    offline: bool = False,
    progress: Progress | None = None,
    download: Download | None = None,
) -> BuiltPlugin:
    """Build the plugin ZIP of the locks that ``words`` name; instant if the same one was built before.

    :param name: the folder in the ZIP that holds the jars; by default the first lock's name.
    :param extra: further jars, and ZIP or tar archives whose jars go in.
    :param out: also put the ZIP there; without it, it stays in the cache.
    :raises InputError: a lock or an extra file is unknown or unusable, or two jars share a name.
    :raises LocalEnvironmentError: as :func:`cdcctl.plugins.fetch.fetch`.
    :raises RemoteError: as :func:`cdcctl.plugins.fetch.fetch`.
    """
    locks = [load_lock(word) for word in words]
    name = name or locks[0].name
    folder = cache_folder("plugins") / _key(name, locks, extra)
    plugin = _recorded(folder)
    if plugin is None:
        shutil.rmtree(folder, ignore_errors=True)
        folders = [unpacked(lock, offline=offline, progress=progress, download=download) for lock in locks]
        with workspace(folder.parent) as work:
            _make(work / "made", name, _jars(locks, folders, extra, work / "extra"), locks)
            put_folder(work / "made", folder)
        plugin = _recorded(folder)
    if plugin is None:
        raise LocalEnvironmentError(f"the plugin in {folder} was changed from outside", hint="run the command again")
    return plugin if out is None else _copied(plugin, out)


def conflicts(path: Path) -> list[Conflict]:
    """The classes that several jars of a plugin ZIP hold with different content, by the jars concerned."""
    holders: dict[str, list[tuple[str, int]]] = defaultdict(list)
    with zipfile.ZipFile(path) as plugin:
        for jar in sorted(entry for entry in plugin.namelist() if entry.endswith(".jar")):
            with plugin.open(jar) as content, zipfile.ZipFile(content) as classes:
                for info in classes.infolist():
                    if info.filename.endswith(".class") and not info.filename.endswith("module-info.class"):
                        holders[info.filename].append((jar.rsplit("/", 1)[-1], info.CRC))
    found: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for entry, copies in holders.items():
        if len({crc for _, crc in copies}) > 1:
            found[tuple(jar for jar, _ in copies)].append(entry.removesuffix(".class").replace("/", "."))
    return [Conflict(jars, tuple(sorted(classes))) for jars, classes in sorted(found.items())]


def _key(name: str, locks: Sequence[Lock], extra: Sequence[Path]) -> str:
    """A name for the ZIP in the cache that differs whenever its bytes could differ."""
    inputs = [_LAYOUT, name, *([lock.name, lock.content_hash, lock.last, lock.services] for lock in locks)]
    for path in extra:
        if not path.is_file():
            raise InputError(f"there is no file {path}")
        inputs.append([path.name, sha256_of(path)])
    return hashlib.sha256(json.dumps(inputs).encode()).hexdigest()[:24]


def _recorded(folder: Path) -> BuiltPlugin | None:
    """The plugin built earlier in ``folder``, if it is there and as it was."""
    try:
        record = json.loads((folder / _RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    path = folder / f"{record['name']}.zip"
    if not is_intact(path, record["size"], record["sha256"]):
        return None
    return BuiltPlugin(**{**record, "path": path, "jars": tuple(record["jars"])})


def _jars(locks: Sequence[Lock], folders: Sequence[Path], extra: Sequence[Path], work: Path) -> dict[str, Path]:
    """Name in the plugin → jar, of all locks and extra files."""
    jars: dict[str, Path] = {}
    for lock, folder in zip(locks, folders, strict=True):
        prefix = LAST_PREFIX if lock.last else ""
        for jar in sorted(folder.glob("*.jar")):
            _add(jars, prefix + jar.name, jar)
    for number, path in enumerate(extra):
        for jar in _extra_jars(path, work / str(number)):
            _add(jars, jar.name, jar)
    return jars


def _extra_jars(path: Path, folder: Path) -> list[Path]:
    if path.suffix == ".jar":
        return [path]
    folder.mkdir(parents=True)
    unpack_jars(path, folder)
    if jars := sorted(folder.glob("*.jar")):
        return jars
    raise InputError(f"{path} holds no jars")


def _add(jars: dict[str, Path], name: str, jar: Path) -> None:
    """Add one jar; the same jar twice is once, two different ones of the same name are an error."""
    if name in jars and sha256_of(jars[name]) != sha256_of(jar):
        raise InputError(
            f"two different jars are called {name}", hint="rename one: which of them a worker would load is chance"
        )
    jars.setdefault(name, jar)


def _make(folder: Path, name: str, jars: Mapping[str, Path], locks: Sequence[Lock]) -> None:
    """Write ZIP and record into the new ``folder``."""
    folder.mkdir()
    declared = _declared(jars)
    added = _missing(locks, declared)
    path = folder / f"{name}.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as plugin:
        for jar in sorted([*jars, SERVICES_JAR] if added else jars):
            if jar == SERVICES_JAR:
                plugin.writestr(_entry(f"{name}/{jar}"), _services_jar(added))
            else:
                _write_file(plugin, f"{name}/{jar}", jars[jar])
        names = [entry.rsplit("/", 1)[-1] for entry in plugin.namelist()]
    services = {kind: sorted({*declared.get(kind, ()), *added.get(kind, ())}) for kind in sorted({*declared, *added})}
    record = {
        "name": name,
        "sha256": sha256_of(path),
        "size": path.stat().st_size,
        "jars": names,
        "services": services,
    }
    (folder / _RECORD).write_text(json.dumps(record, indent=1), encoding="utf-8")


def _declared(jars: Mapping[str, Path]) -> dict[str, set[str]]:
    """Kafka plugin interface → classes that the jars' own manifests name."""
    declared: dict[str, set[str]] = defaultdict(set)
    for name, path in jars.items():
        try:
            with zipfile.ZipFile(path) as jar:
                for entry in jar.namelist():
                    kind = entry.removeprefix(_SERVICES_FOLDER)
                    if kind != entry and kind.startswith(_KAFKA):
                        declared[kind] |= _class_names(jar.read(entry).decode())
        except zipfile.BadZipFile as error:
            raise InputError(f"{name} is not a jar: {error}") from error
    return declared


def _class_names(manifest: str) -> set[str]:
    lines = (line.partition("#")[0].strip() for line in manifest.splitlines())
    return {line for line in lines if line}


def _missing(locks: Sequence[Lock], declared: Mapping[str, set[str]]) -> dict[str, list[str]]:
    """The plugin classes that the locks know of and no manifest names."""
    missing: dict[str, list[str]] = defaultdict(list)
    for lock in locks:
        for kind, classes in lock.services:
            missing[kind] += [name for name in classes if name not in declared.get(kind, ())]
    return {kind: sorted(classes) for kind, classes in sorted(missing.items()) if classes}


def _services_jar(services: Mapping[str, Sequence[str]]) -> bytes:
    """A jar that holds nothing but service manifests."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_STORED) as jar:
        jar.writestr(_entry("META-INF/MANIFEST.MF"), "Manifest-Version: 1.0\r\nCreated-By: cdcctl\r\n\r\n")
        for kind, classes in sorted(services.items()):
            jar.writestr(_entry(_SERVICES_FOLDER + kind), "".join(f"{name}\n" for name in sorted(classes)))
    return content.getvalue()


def _write_file(archive: zipfile.ZipFile, name: str, path: Path) -> None:
    entry = _entry(name)
    entry.file_size = path.stat().st_size
    with path.open("rb") as source, archive.open(entry, "w") as sink:
        shutil.copyfileobj(source, sink, 1 << 20)


def _entry(name: str) -> zipfile.ZipInfo:
    """An entry that says nothing of this machine: fixed time, mode and system; stored, for jars are compressed."""
    entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
    entry.create_system = 3
    entry.external_attr = 0o100644 << 16
    entry.compress_type = zipfile.ZIP_STORED
    return entry


def _copied(plugin: BuiltPlugin, out: Path) -> BuiltPlugin:
    """Put a copy of the ZIP at ``out``, whole or not at all."""
    part = out.with_name(f".{out.name}.part")
    try:
        shutil.copyfile(plugin.path, part)
        part.replace(out)
    except OSError as error:
        raise InputError(f"{out} cannot be written: {error.strerror}") from error
    finally:
        part.unlink(missing_ok=True)
    return BuiltPlugin(plugin.name, out, plugin.sha256, plugin.size, plugin.jars, plugin.services)
