"""The classes in a set of jars that a Connect worker takes as plugins: connectors, converters, transforms and so on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from cdcctl.plugins.classfile import ClassFormatError, ClassHead
from cdcctl.plugins.jar import Jar

# Interface or base class → what to call it (PluginType of Kafka Connect 3.7).
KINDS = {
    "org.apache.kafka.connect.source.SourceConnector": "source connector",
    "org.apache.kafka.connect.sink.SinkConnector": "sink connector",
    "org.apache.kafka.connect.storage.Converter": "converter",
    "org.apache.kafka.connect.storage.HeaderConverter": "header converter",
    "org.apache.kafka.connect.transforms.Transformation": "transform",
    "org.apache.kafka.connect.transforms.predicates.Predicate": "predicate",
    "org.apache.kafka.common.config.provider.ConfigProvider": "config provider",
    "org.apache.kafka.connect.rest.ConnectRestExtension": "REST extension",
    "org.apache.kafka.connect.connector.policy.ConnectorClientConfigOverridePolicy": "client override policy",
}
# Classes of the worker's own that a plugin's class may extend: package → what they are.
_OF_KAFKA = {
    "org.apache.kafka.connect.transforms.predicates.": "org.apache.kafka.connect.transforms.predicates.Predicate",
    "org.apache.kafka.connect.transforms.": "org.apache.kafka.connect.transforms.Transformation",
    "org.apache.kafka.connect.converters.": "org.apache.kafka.connect.storage.Converter",
    "org.apache.kafka.connect.json.": "org.apache.kafka.connect.storage.Converter",
    "org.apache.kafka.common.config.provider.": "org.apache.kafka.common.config.provider.ConfigProvider",
}
KAFKA = "org.apache.kafka."


@dataclass(frozen=True)
class PluginClass:
    """A class that a worker's configuration or a connector's can name.

    :ivar interface: the key of :data:`KINDS` that it implements.
    :ivar version: that of the artifact it is in; empty where the jar does not say it.
    :ivar declared: whether a service manifest names it: ``plugin.discovery=service_load`` finds no other.
    """

    interface: str
    name: str
    jar: str
    version: str
    declared: bool

    @property
    def kind(self) -> str:
        """What it is, in a word or two."""
        return KINDS[self.interface]


def plugin_classes(jars: Sequence[Jar]) -> list[PluginClass]:
    """Every plugin class of these jars, given in the order in which they are loaded; by kind and name.

    Kafka's own, which some jars carry, are left out: the worker has them.
    """
    return sorted(_Search(jars).run(), key=lambda each: (list(KINDS).index(each.interface), each.name, each.jar))


class _Search:
    def __init__(self, jars: Sequence[Jar]) -> None:
        self._jars = jars
        self._interfaces: dict[str, frozenset[str]] = {}

    @cached_property
    def _heads(self) -> Mapping[str, ClassHead]:
        """Class → head, of the jar that comes first."""
        heads: dict[str, ClassHead] = {}
        for jar in self._jars:
            for name, head in jar.heads.items():
                heads.setdefault(name, head)
        return heads

    @cached_property
    def _declared(self) -> frozenset[tuple[str, str]]:
        return frozenset((kind, name) for jar in self._jars for kind, names in jar.services.items() for name in names)

    def run(self) -> Iterator[PluginClass]:
        for jar in self._jars:
            for name, head in jar.heads.items():
                if not head.usable or name.startswith(KAFKA):
                    continue
                found = self._implemented(name)
                if found and _constructs(jar, name):
                    for interface in sorted(found):
                        declared = (interface, name) in self._declared
                        yield PluginClass(interface, name, jar.name, jar.artifact.version, declared)

    def _implemented(self, name: str) -> frozenset[str]:
        """The plugin interfaces that a class implements, itself or by what it extends."""
        if name in KINDS:
            return frozenset({name})
        if name not in self._interfaces:
            # While it is being looked at, a class that (damaged) extends itself implements nothing.
            self._interfaces[name] = frozenset()
            self._interfaces[name] = self._looked_up(name)
        return self._interfaces[name]

    def _looked_up(self, name: str) -> frozenset[str]:
        if name.startswith(KAFKA):
            return frozenset({next((kind for prefix, kind in _OF_KAFKA.items() if name.startswith(prefix)), "")} - {""})
        head = self._heads.get(name)
        parents = (head.superclass, *head.interfaces) if head else ()
        return frozenset().union(*(self._implemented(parent) for parent in parents if parent))


def _constructs(jar: Jar, name: str) -> bool:
    try:
        return jar.constructs(name)
    except ClassFormatError:
        return False
