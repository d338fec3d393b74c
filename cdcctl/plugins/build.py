"""The one ZIP that MSK Connect takes as a custom plugin: connector, converter and all they need, in one folder.

Three things in it are decided here, not by whoever zips: the order in which jars are loaded (:mod:`.layout`), which
service manifests are missing (``plugin.discovery=service_load`` finds nothing without one), and that equal inputs give
equal bytes on every machine, so that a deploy can tell by hash whether anything has changed.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cdcctl.errors import InputError, LocalEnvironmentError
from cdcctl.plugins.archive import Unpacked, archive_stem, unpack_jars
from cdcctl.plugins.cache import cache_folder, is_intact, put_folder, sha256_of, workspace
from cdcctl.plugins.catalogue import load_lock, pin
from cdcctl.plugins.fetch import Download, unpacked
from cdcctl.plugins.inspection import inspect_jars
from cdcctl.plugins.jar import Jar, read_jar
from cdcctl.plugins.layout import OF_THE_WORKER, Part, lay_out, taken
from cdcctl.plugins.lock import Lock
from cdcctl.plugins.plugin_classes import plugin_classes
from cdcctl.plugins.plugin_findings import PluginFinding
from cdcctl.plugins.zipping import SERVICES_JAR, write_plugin, write_services
from cdcctl.whole_file import whole_file

if TYPE_CHECKING:
    from cdcctl.plugins.progress import Progress

# Part of every cache key: raise it when the same inputs are to give another ZIP.
_LAYOUT = "2"
_RECORD = "plugin.json"
_NOT_IN_NAMES = re.compile(r"[^\w.-]")


@dataclass(frozen=True)
class Ingredients:
    """What goes into a plugin.

    :ivar words: the locks of the connector and of what goes with it (:mod:`.catalogue`).
    :ivar archives: the user's own archives of a connector: ZIP, tar archive, folder or jar.
    :ivar added: what is loaded after the connector: jars and archives by path, or Maven coordinates.
    :ivar drop: file name patterns of jars to leave out.
    """

    words: Sequence[str] = ()
    archives: Sequence[Path] = ()
    added: Sequence[str | Path] = ()
    drop: Sequence[str] = ()


@dataclass(frozen=True)
class BuiltPlugin:
    """A plugin ZIP and what is in it.

    :ivar jars: names of the jars in the order in which a worker loads them.
    :ivar services: Kafka plugin interface → classes that a worker finds with ``plugin.discovery=service_load``.
    :ivar findings: what is to be known of it (:func:`cdcctl.plugins.inspection.inspect`).
    """

    name: str
    path: Path
    sha256: str
    size: int
    jars: tuple[str, ...]
    services: Mapping[str, Sequence[str]]
    findings: tuple[PluginFinding, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The same facts for ``--json``."""
        findings = [finding.to_dict() for finding in self.findings]
        return {**asdict(self), "path": str(self.path), "jars": list(self.jars), "findings": findings}


def build(
    ingredients: Ingredients,
    *,
    name: str | None = None,
    out: Path | None = None,
    offline: bool = False,
    further: Sequence[str] = (),
    progress: Progress | None = None,
    download: Download | None = None,
) -> BuiltPlugin:
    """Build the plugin ZIP; instant if the same one was built before.

    :param name: the folder in the ZIP that holds the jars; by default that of the connector.
    :param out: also put the ZIP there; without it, it stays in the cache.
    :param further: addresses of further Maven repositories.
    :raises InputError: a lock or a file is unknown or unusable, or two jars share a name.
    :raises LocalEnvironmentError: as :func:`cdcctl.plugins.fetch.fetch`.
    :raises RemoteError: as :func:`cdcctl.plugins.fetch.fetch`.
    """
    plugin = _Building(ingredients, name, offline, further, progress, download).run()
    return plugin if out is None else _copied(plugin, out)


class _Building:
    def __init__(
        self,
        ingredients: Ingredients,
        name: str | None,
        offline: bool,
        further: Sequence[str],
        progress: Progress | None,
        download: Download | None,
    ) -> None:
        self._from = ingredients
        self._name = name
        self._offline = offline
        self._further = further
        self._progress = progress
        self._download = download
        self._locks = [load_lock(word) for word in ingredients.words]
        self._added_locks = [self._lock_of(each) for each in ingredients.added if not _is_path(each)]
        self._added_archives = [Path(each) for each in ingredients.added if _is_path(each)]

    def run(self) -> BuiltPlugin:
        folder = cache_folder("plugins") / self._key()
        if (plugin := _recorded(folder)) is not None:
            return plugin
        shutil.rmtree(folder, ignore_errors=True)
        with workspace(folder.parent) as work:
            archives = [_unpacked(path, work / f"archive-{n}") for n, path in enumerate(self._from.archives)]
            added = [_unpacked(path, work / f"added-{n}") for n, path in enumerate(self._added_archives)]
            parts = [Part.of(each) for each in archives] + [Part.of(each, added=True) for each in added]
            for lock in self._locks:
                # An archive may hold a converter of its own: then that one is used, in its proper place.
                parts, own = taken(parts, lock) if lock.last else (parts, {})
                parts.append(Part(own or self._jars(lock), last=lock.last))
            parts += [Part(self._jars(lock), added=True) for lock in self._added_locks]
            drop = [*self._from.drop, *(OF_THE_WORKER if self._from.archives else ())]
            name = self._name or next((each.name for each in archives if each.name), None) or self._default_name()
            _make(work / "made", _NOT_IN_NAMES.sub("-", name), lay_out(parts, drop))
            put_folder(work / "made", folder)
        if (plugin := _recorded(folder)) is None:
            raise LocalEnvironmentError(
                f"the plugin in {folder} was changed from outside", hint="run the command again"
            )
        return plugin

    def _default_name(self) -> str:
        if self._from.archives:
            return archive_stem(self._from.archives[0])
        return self._locks[0].name

    def _lock_of(self, coordinate: str | Path) -> Lock:
        if self._offline:
            return load_lock(str(coordinate))
        say = self._progress.say if self._progress is not None else lambda _text: None
        return pin(str(coordinate), self._further, say)

    def _jars(self, lock: Lock) -> dict[str, Path]:
        folder = unpacked(
            lock, offline=self._offline, progress=self._progress, download=self._download, further=self._further
        )
        return {jar.name: jar for jar in folder.glob("*.jar")}

    def _key(self) -> str:
        """A name for the ZIP in the cache that differs whenever its bytes could differ."""
        inputs: list[Any] = [_LAYOUT, self._name, list(self._from.drop)]
        inputs += [[lock.name, lock.content_hash, lock.last] for lock in self._locks]
        inputs += [[lock.name, lock.content_hash, "added"] for lock in self._added_locks]
        inputs += [[path.name, _hash(path)] for path in self._from.archives]
        inputs += [[path.name, _hash(path), "added"] for path in self._added_archives]
        return hashlib.sha256(json.dumps(inputs).encode()).hexdigest()[:24]


def _unpacked(path: Path, folder: Path) -> Unpacked:
    found = unpack_jars(path, folder)
    if not found.jars:
        raise InputError(f"{path} holds no jars", hint="give the archive that the makers publish")
    return found


def _is_path(added: str | Path) -> bool:
    """Whether it is a file or folder rather than a Maven coordinate."""
    return isinstance(added, Path) or Path(added).exists() or ":" not in added


def _hash(path: Path) -> str:
    """SHA-256 of a file, or of the jars in a folder and where they lie."""
    if path.is_file():
        return sha256_of(path)
    if not path.is_dir():
        raise InputError(f"there is no file {path}")
    files = sorted(file for file in path.rglob("*.jar") if file.is_file())
    lines = [f"{sha256_of(file)} {file.relative_to(path)}\n" for file in files]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _recorded(folder: Path) -> BuiltPlugin | None:
    """The plugin built earlier in ``folder``, if it is there and as it was."""
    try:
        record = json.loads((folder / _RECORD).read_text(encoding="utf-8"))
        findings = tuple(PluginFinding(**each) for each in record["findings"])
        path = folder / f"{record['name']}.zip"
        plugin = BuiltPlugin(**{**record, "path": path, "jars": tuple(record["jars"]), "findings": findings})
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return plugin if is_intact(path, plugin.size, plugin.sha256) else None


def _make(folder: Path, name: str, laid: Mapping[str, Path]) -> None:
    """Write ZIP and record into the new ``folder``."""
    folder.mkdir()
    jars = [read_jar(path, jar_name) for jar_name, path in laid.items()]
    if missing := _undeclared(jars):
        services = folder.parent / SERVICES_JAR
        write_services(services, missing)
        jars = sorted([*jars, read_jar(services)], key=lambda jar: jar.name)
    path = folder / f"{name}.zip"
    write_plugin(path, name, {jar.name: jar.path for jar in jars})
    inspection = inspect_jars(name, "", jars)
    record = {
        "name": name,
        "sha256": sha256_of(path),
        "size": path.stat().st_size,
        "jars": [jar.name for jar in jars],
        "services": _by_interface([(each.interface, each.name) for each in inspection.plugins if each.declared]),
        "findings": [finding.to_dict() for finding in inspection.findings],
    }
    (folder / _RECORD).write_text(json.dumps(record, indent=1), encoding="utf-8")


def _undeclared(jars: Sequence[Jar]) -> dict[str, list[str]]:
    """Plugin interface → classes that no service manifest names."""
    return _by_interface([(each.interface, each.name) for each in plugin_classes(jars) if not each.declared])


def _by_interface(classes: Sequence[tuple[str, str]]) -> dict[str, list[str]]:
    names: dict[str, set[str]] = defaultdict(set)
    for interface, name in classes:
        names[interface].add(name)
    return {interface: sorted(found) for interface, found in sorted(names.items())}


def _copied(plugin: BuiltPlugin, out: Path) -> BuiltPlugin:
    """Put a copy of the ZIP at ``out``, whole or not at all."""
    with (
        whole_file(out, hint="choose another --out") as place,
        plugin.path.open("rb") as made,
        place.open("wb") as copy,
    ):
        shutil.copyfileobj(made, copy)
    return BuiltPlugin(plugin.name, out, plugin.sha256, plugin.size, plugin.jars, plugin.services, plugin.findings)
