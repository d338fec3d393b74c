"""What is in a plugin, as facts that others can use: its jars, its plugin classes, doubled classes, and what is wrong.

Nothing is loaded or run; everything is read from the archive itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from cdcctl.plugins.archive import archive_stem, unpack_jars
from cdcctl.plugins.cache import cache_folder, workspace
from cdcctl.plugins.doubled import Doubled, doubled_classes
from cdcctl.plugins.jar import Artifact, Jar, read_jar
from cdcctl.plugins.plugin_classes import PluginClass, plugin_classes
from cdcctl.plugins.plugin_findings import PluginFinding, findings

_EXAMPLES = 5


@dataclass(frozen=True)
class JarFacts:
    """One jar of a plugin.

    :ivar name: its path in the archive, below the folder that all jars have in common.
    :ivar artifact: what it is; ``bundled``: what else is in it.
    :ivar java: the Java version its classes need; 0 if it has none.
    """

    name: str
    size: int
    artifact: Artifact
    bundled: tuple[Artifact, ...]
    classes: int
    java: int
    multi_release: bool


@dataclass(frozen=True)
class Inspection:
    """A plugin as it is.

    :ivar name: what the archive calls itself (Confluent's hub), else its file's name.
    :ivar version: likewise; else that of its connector; empty where nothing says it.
    :ivar jars: in the order in which a worker loads them.
    :ivar plugins: connectors, converters, transforms and so on; Kafka's own are left out.
    :ivar java: the Java version that all of its classes together need.
    """

    name: str
    version: str
    jars: tuple[JarFacts, ...]
    plugins: tuple[PluginClass, ...]
    doubled: tuple[Doubled, ...]
    java: int
    findings: tuple[PluginFinding, ...]

    def of_kind(self, kind: str) -> list[PluginClass]:
        """The plugin classes of one kind, such as ``sink connector`` or ``converter``."""
        return [each for each in self.plugins if each.kind == kind]

    def find(self, class_name: str) -> PluginClass | None:
        """The plugin class of this name; its version is that of the artifact it is in."""
        return next((each for each in self.plugins if each.name == class_name), None)

    @property
    def ok(self) -> bool:
        """Whether nothing is known to fail."""
        return not any(finding.severity == "error" for finding in self.findings)

    def to_dict(self) -> dict[str, Any]:
        """Everything, for ``--json``."""
        return {
            "name": self.name,
            "version": self.version,
            "java": self.java,
            "ok": self.ok,
            "plugins": [
                {"kind": p.kind, "class": p.name, "version": p.version, "jar": p.jar, "declared": p.declared}
                for p in self.plugins
            ],
            "jars": [
                {
                    "name": jar.name,
                    "size": jar.size,
                    "artifact": str(jar.artifact),
                    "version": jar.artifact.version,
                    "java": jar.java,
                    "multi_release": jar.multi_release,
                    "classes": jar.classes,
                    "bundled": [str(each) for each in jar.bundled],
                }
                for jar in self.jars
            ],
            "doubled": [
                {
                    "jars": list(each.jars),
                    "classes": len(each.classes),
                    "examples": list(each.classes[:_EXAMPLES]),
                    "libraries": [{"name": library.name, "versions": library.versions} for library in each.libraries],
                }
                for each in self.doubled
            ],
            "findings": [finding.to_dict() for finding in self.findings],
        }


def inspect(path: Path, connect_version: str = "3.7.x") -> Inspection:
    """Read a plugin: a ZIP or tar archive, a folder of jars, or one jar.

    :param connect_version: the Connect version of MSK Connect it is to run on, which decides the worker's Java.
    :raises InputError: it is no such thing, or is damaged as a whole.
    """
    with workspace(cache_folder("plugins")) as work:
        unpacked = unpack_jars(path, work / "jars")
        folder = _common_folder([jar.place for jar in unpacked.jars])
        jars = [read_jar(jar.file, str(jar.place.relative_to(folder))) for jar in unpacked.jars]
        return inspect_jars(unpacked.name or archive_stem(path), unpacked.version, jars, connect_version)


def inspect_jars(name: str, version: str, jars: Sequence[Jar], connect_version: str = "3.7.x") -> Inspection:
    """The same of jars that have been read, given in the order in which they are loaded."""
    plugins = plugin_classes(jars)
    doubled = doubled_classes(jars)
    return Inspection(
        name=name,
        version=version or _version(plugins),
        jars=tuple(_facts(jar) for jar in jars),
        plugins=tuple(plugins),
        doubled=tuple(doubled),
        java=max((jar.java for jar in jars), default=0),
        findings=tuple(findings(jars, plugins, doubled, connect_version)),
    )


def _facts(jar: Jar) -> JarFacts:
    size = jar.path.stat().st_size
    return JarFacts(jar.name, size, jar.artifact, jar.bundled, len(jar.heads), jar.java, jar.multi_release)


def _common_folder(places: Sequence[PurePosixPath]) -> PurePosixPath:
    """The deepest folder that all of them are in."""
    if not places:
        return PurePosixPath()
    parents = [{place.parent, *place.parent.parents} for place in places]
    return max(set.intersection(*parents), key=lambda folder: len(folder.parts), default=PurePosixPath())


def _version(plugins: Sequence[PluginClass]) -> str:
    versions = {each.version for each in plugins if each.kind.endswith("connector") and each.version}
    return versions.pop() if len(versions) == 1 else ""
