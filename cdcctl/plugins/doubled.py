"""Classes that several jars of a plugin hold in different versions: the jar that is loaded first wins, for all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cdcctl.plugins.jar import Artifact, Jar

_OF_THE_WORKER = ("org.apache.kafka.", "org.slf4j.")


@dataclass(frozen=True)
class Library:
    """A library that several jars hold; ``versions`` in the order of the jars."""

    name: str
    versions: tuple[str, ...]

    @property
    def older_first(self) -> bool:
        """Whether a newer version than the one that is loaded stands behind it."""
        from jgo.maven import compare_versions

        return any(compare_versions(self.versions[0], later) < 0 for later in self.versions[1:])


@dataclass(frozen=True)
class Doubled:
    """Classes of one name and different content.

    :ivar jars: that hold them, in the order in which they are loaded.
    :ivar libraries: what the jars say that these classes belong to, where they say it, and differ in the version.
    """

    jars: tuple[str, ...]
    classes: tuple[str, ...]
    libraries: tuple[Library, ...] = ()


def doubled_classes(jars: Sequence[Jar]) -> list[Doubled]:
    """The doubled classes of these jars, given in the order in which they are loaded; one entry for the same jars.

    Without those that a plugin's class loader always takes from the worker (PluginUtils.shouldLoadInIsolation).
    """
    holders: dict[str, list[int]] = defaultdict(list)
    for index, jar in enumerate(jars):
        for name in jar.checksums:
            if not name.startswith(_OF_THE_WORKER):
                holders[name].append(index)
    found: dict[tuple[int, ...], list[str]] = defaultdict(list)
    for name, indexes in holders.items():
        if len(indexes) > 1 and len({jars[index].checksums[name] for index in indexes}) > 1:
            found[tuple(indexes)].append(name)
    return [_doubled([jars[index] for index in indexes], classes) for indexes, classes in sorted(found.items())]


def _doubled(jars: Sequence[Jar], classes: Sequence[str]) -> Doubled:
    return Doubled(
        jars=tuple(jar.name for jar in jars),
        classes=tuple(sorted(classes)),
        libraries=tuple(_libraries(jars, _packages(classes))),
    )


def _packages(classes: Iterable[str]) -> frozenset[str]:
    """The first two parts of the classes' names, such as org.apache."""
    return frozenset(".".join(name.split(".")[:2]) for name in classes)


def _libraries(jars: Sequence[Jar], packages: frozenset[str]) -> Iterable[Library]:
    """The artifacts in all of these jars, at different versions, that the doubled classes may be of.

    A fat jar does not say which class came from where; but what it has renamed is not doubled, and what has another
    beginning than all doubled classes is not meant.
    """
    first, *others = [{_key(each): each for each in (jar.artifact, *jar.bundled)} for jar in jars]
    for key, artifact in sorted(first.items()):
        same = [artifact, *(other[key] for other in others if key in other)]
        if len(same) == len(jars) and len({each.version for each in same}) > 1 and _may_hold(same, packages):
            yield Library(key, tuple(each.version for each in same))


def _key(artifact: Artifact) -> str:
    """An artifact's name without its group, which a jar without pom.properties does not say."""
    return artifact.name


def _may_hold(artifacts: Sequence[Artifact], packages: frozenset[str]) -> bool:
    groups = {".".join(each.group.split(".")[:2]) for each in artifacts if each.group}
    # commons-codec:commons-codec holds org.apache.commons.codec.
    return not groups or bool(groups & packages) or any("." not in group for group in groups)
