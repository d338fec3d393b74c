"""What is known not to work, and where that is known from: ``connectors/known-bad.yaml``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

from ruamel.yaml import YAML

from cdcctl.plugins.jar import Artifact, Jar
from cdcctl.resources import data_folder

Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True)
class KnownBad:
    """One thing that is known not to work.

    :ivar artifact: name of the Maven artifact, without its group.
    :ivar versions: the versions concerned, as a Maven range.
    :ivar before: it matters only where the jar is loaded before the one of this artifact, of ``before_versions``.
    :ivar server: it matters only with such a database server.
    """

    id: str
    artifact: str
    versions: str
    severity: Severity
    what: str
    cure: str
    source: str
    before: str | None = None
    before_versions: str = "[0,)"
    server: str | None = None


@cache
def known_bad() -> tuple[KnownBad, ...]:
    """Everything that is known."""
    text = (data_folder("connectors") / "known-bad.yaml").read_text(encoding="utf-8")
    return tuple(KnownBad(**entry) for entry in YAML(typ="safe").load(text))


def bad_among(jars: Sequence[Jar]) -> Iterator[tuple[KnownBad, Artifact]]:
    """What of it is among these jars, given in the order in which they are loaded, and the artifact it is known of."""
    for entry in known_bad():
        for index, jar in enumerate(jars):
            artifact = _held(jar, entry.artifact, entry.versions)
            if artifact and (entry.before is None or _any_holds(jars[index:], entry.before, entry.before_versions)):
                yield entry, artifact


def is_bad(artifact: str, version: str) -> Iterator[KnownBad]:
    """What is known of one artifact at one version, wherever it is used."""
    return (each for each in known_bad() if each.artifact == artifact and _within(version, each.versions))


def _any_holds(jars: Iterable[Jar], artifact: str, versions: str) -> bool:
    return any(_held(jar, artifact, versions) for jar in jars)


def _held(jar: Jar, artifact: str, versions: str) -> Artifact | None:
    """The artifact in one of these versions, if the jar is it or has it bundled."""
    for each in (jar.artifact, *jar.bundled):
        if each.name == artifact and each.version and _within(each.version, versions):
            return each
    return None


def _within(version: str, versions: str) -> bool:
    # Costs 0.2 s, and is needed only where something is known of the artifact.
    from jgo.maven import version_in_range

    return bool(version_in_range(version, versions))
