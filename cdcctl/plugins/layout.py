"""Which jars go into a plugin, under which names: a worker loads them by name, and the first of two same classes wins.

First the connector's, under their own names; then what the user adds (``zy-``), so that nothing of it shadows the
connector; last the fat jars that carry old libraries under their own names, such as the Glue converter (``zz-``).
"""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cdcctl.errors import InputError
from cdcctl.plugins.archive import Unpacked
from cdcctl.plugins.cache import sha256_of
from cdcctl.plugins.jar import ADDED_PREFIX, LAST_PREFIX
from cdcctl.plugins.lock import Lock
from cdcctl.plugins.zipping import SERVICES_JAR

# The worker's own, which are used in any case; a second copy confuses the worker's scan for plugins.
OF_THE_WORKER = ("connect-api-*.jar", "connect-runtime-*.jar", "kafka-clients-*.jar")


@dataclass(frozen=True)
class Part:
    """Jars of one origin: name → file."""

    jars: Mapping[str, Path]
    added: bool = False
    last: bool = False

    @classmethod
    def of(cls, archive: Unpacked, *, added: bool = False) -> Part:
        """The jars of an archive; one that cdcctl built is laid out anew."""
        jars: dict[str, Path] = {}
        for jar in archive.jars:
            if jar.name != SERVICES_JAR:
                _put(jars, _plain(jar.name), jar.file)
        return cls(jars, added)

    @property
    def prefix(self) -> str:
        """What the names of its jars begin with in the plugin."""
        return LAST_PREFIX if self.last else ADDED_PREFIX if self.added else ""


def taken(parts: Iterable[Part], lock: Lock) -> tuple[list[Part], dict[str, Path]]:
    """The parts without the jars that are artifacts of ``lock``, at whatever version, and these jars."""
    wanted = tuple(f"{file.artifact}-" for file in lock.files)
    found: dict[str, Path] = {}
    left = []
    for part in parts:
        found.update({name: jar for name, jar in part.jars.items() if name.startswith(wanted)})
        left.append(replace(part, jars={name: jar for name, jar in part.jars.items() if name not in found}))
    return left, found


def lay_out(parts: Iterable[Part], drop: Sequence[str] = ()) -> dict[str, Path]:
    """Name in the plugin → jar, in the order in which a worker loads them. The same jar twice is there once.

    :param drop: file name patterns; what matches is left out.
    :raises InputError: two different jars would have the same name.
    """
    laid: dict[str, Path] = {}
    known: set[tuple[str, str]] = set()
    for part in sorted(parts, key=lambda part: part.prefix):
        for name, jar in sorted(part.jars.items()):
            same = (name, sha256_of(jar))
            if same in known or any(fnmatch.fnmatchcase(name, pattern) for pattern in drop):
                continue
            known.add(same)
            _put(laid, part.prefix + name, jar)
    return dict(sorted(laid.items()))


def _plain(name: str) -> str:
    return name.removeprefix(LAST_PREFIX).removeprefix(ADDED_PREFIX)


def _put(jars: dict[str, Path], name: str, jar: Path) -> None:
    if name in jars and sha256_of(jars[name]) != sha256_of(jar):
        raise InputError(
            f"two different jars are called {_plain(name)}",
            hint="rename one, or leave one out with --drop: which of them a worker would load is chance",
        )
    jars[name] = jar
