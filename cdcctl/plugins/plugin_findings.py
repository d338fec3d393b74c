"""What can be wrong with a plugin, each with a stable code, severity, and cure.

``error``: it is known to fail. ``warning``: it fails or damages under a condition that the plugin alone does not show.
``note``: worth knowing, nothing to do.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from cdcctl.plugins.doubled import Doubled
from cdcctl.plugins.jar import Jar
from cdcctl.plugins.known_bad import Severity, bad_among
from cdcctl.plugins.plugin_classes import KAFKA, PluginClass

# Connect version of MSK Connect → Java of its workers (MSK developer guide, "Create custom plugins").
WORKER_JAVA = {"2.7.1": 11, "3.7.x": 17}
# Artifacts that are released together and call each other's internals: what their names begin with.
_FAMILIES = ("debezium-", "iceberg-")
_SHOWN = 6


@dataclass(frozen=True)
class PluginFinding:
    """Something to know of a plugin.

    :ivar source: where it is known from, if it does not follow from the plugin itself.
    """

    code: str
    severity: Severity
    message: str
    cure: str = ""
    source: str = ""

    def __str__(self) -> str:
        return f"{self.severity} {self.code}: {self.message}" + (f"; {self.cure}" if self.cure else "")

    def to_dict(self) -> dict[str, Any]:
        """All of it, for ``--json``."""
        return {key: value for key, value in vars(self).items() if value}


@dataclass(frozen=True)
class _Plugin:
    jars: Sequence[Jar]
    classes: Sequence[PluginClass]
    doubled: Sequence[Doubled]
    connect_version: str


def findings(
    jars: Sequence[Jar], classes: Sequence[PluginClass], doubled: Sequence[Doubled], connect_version: str
) -> list[PluginFinding]:
    """Everything found, errors first."""
    plugin = _Plugin(jars, classes, doubled, connect_version)
    found = [finding for rule in _RULES for finding in rule(plugin)]
    return sorted(found, key=lambda finding: ("error", "warning", "note").index(finding.severity))


def _nothing(plugin: _Plugin) -> Iterator[PluginFinding]:
    if not plugin.classes:
        message = (
            "it holds no connector, converter, transform or any other plugin class"
            if plugin.jars
            else "no jar is in it"
        )
        yield PluginFinding("PLG001", "error", message, "give the archive that the connector's makers publish")


def _java(plugin: _Plugin) -> Iterator[PluginFinding]:
    worker = WORKER_JAVA[plugin.connect_version]
    names = [f"{jar.name} ({jar.java})" for jar in plugin.jars if jar.java > worker]
    if names:
        message = f"classes need a newer Java than the {worker} of Connect {plugin.connect_version}: {_listed(names)}"
        yield PluginFinding(
            "PLG002",
            "error",
            message,
            "choose a newer Connect version, or an older version of the connector",
            "https://docs.aws.amazon.com/msk/latest/developerguide/msk-connect-plugins.html",
        )


def _twice(plugin: _Plugin) -> Iterator[PluginFinding]:
    names = {each.name for each in plugin.classes}
    for doubled in plugin.doubled:
        for name in names.intersection(doubled.classes):
            message = f"{name} is in {_listed(doubled.jars)}, and differs; the first one is loaded"
            yield PluginFinding("PLG003", "error", message, "remove all versions of it but one")


def _older_first(plugin: _Plugin) -> Iterator[PluginFinding]:
    for each in plugin.doubled:
        libraries = [library for library in each.libraries if library.older_first]
        if libraries:
            shown = [f"{library.name} {' before '.join(library.versions)}" for library in libraries]
            yield PluginFinding(
                "PLG004",
                "warning",
                f"an older library is loaded before a newer one: {_listed(shown)} ({', then '.join(each.jars)})",
                "let cdcctl plugin build lay the jars out, or let the name of the first jar begin with zz-",
            )


def _families(plugin: _Plugin) -> Iterator[PluginFinding]:
    for family in _FAMILIES:
        versions: dict[str, list[str]] = defaultdict(list)
        for jar in plugin.jars:
            if jar.artifact.name.startswith(family) and jar.artifact.version:
                versions[jar.artifact.version].append(jar.artifact.name)
        if len(versions) > 1:
            shown = [f"{version}: {_listed(names)}" for version, names in sorted(versions.items())]
            message = f"parts of different releases that belong together: {'; '.join(shown)}"
            yield PluginFinding("PLG005", "error", message, "take all of them from one release")


def _damaged(plugin: _Plugin) -> Iterator[PluginFinding]:
    for jar in plugin.jars:
        if jar.damaged:
            message = f"{jar.name} has entries that cannot be read: {_listed(jar.damaged)}"
            yield PluginFinding("PLG006", "error", message, "download or build the jar again")


def _undeclared(plugin: _Plugin) -> Iterator[PluginFinding]:
    names = [each.name for each in plugin.classes if not each.declared]
    if names:
        message = f"no service manifest names {_listed(names)}: plugin.discovery=service_load would not find them"
        yield PluginFinding("PLG007", "note", message, "cdcctl plugin build adds the manifest")


def _of_the_worker(plugin: _Plugin) -> Iterator[PluginFinding]:
    names = [jar.name for jar in plugin.jars if f"{KAFKA}connect.connector.Connector" in jar.heads]
    names += [jar.name for jar in plugin.jars if f"{KAFKA}clients.producer.KafkaProducer" in jar.heads]
    if names:
        message = f"Kafka's own classes are in {_listed(sorted(set(names)))}; the worker's are used instead"
        yield PluginFinding("PLG008", "note", message)


def _known(plugin: _Plugin) -> Iterator[PluginFinding]:
    for entry, artifact in bad_among(plugin.jars):
        condition = f"with {entry.server} " if entry.server else ""
        message = f"{artifact.name} {artifact.version}: {condition}{entry.what} [{entry.id}]"
        yield PluginFinding("PLG010", entry.severity, message, entry.cure, entry.source)


_RULES: tuple[Callable[[_Plugin], Iterator[PluginFinding]], ...] = (
    _nothing,
    _java,
    _twice,
    _older_first,
    _families,
    _damaged,
    _known,
    _undeclared,
    _of_the_worker,
)


def _listed(names: Sequence[str]) -> str:
    """Names in one line, the first few of them if there are many."""
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
