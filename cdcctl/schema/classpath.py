"""The class path of a prediction: what a worker has, then what its plugins have, as far as schemas depend on it."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from zipfile import is_zipfile

from cdcctl.errors import InputError
from cdcctl.plugins.catalogue import load_lock, pinned_of
from cdcctl.plugins.fetch import unpacked

# Kafka's own classes always come from the worker (PluginUtils.shouldLoadInIsolation), so its jars stand first.
_WORKER = ("connect-api-*", "connect-transforms-*", "connect-json-*", "kafka-clients-*", "slf4j-api-*")
# Jackson of the worker serves only what brings none.
_LAST = ("jackson-core-*", "jackson-databind-*", "jackson-annotations-*", "jackson-datatype-jdk8-*")
_ICEBERG = (
    "iceberg-api-*",
    "iceberg-core-*",
    "iceberg-common-*",
    "iceberg-bundled-guava-*",
    "iceberg-data-*",
    "iceberg-kafka-connect-[0-9]*",
    "iceberg-kafka-connect-events-*",
    "caffeine-*",
)
_NOT_TWICE = ("slf4j-*", "kafka-clients-*", "connect-api-*", "lz4-*", "snappy-*", "zstd-*")


@dataclass(frozen=True)
class Jars:
    """Which locks, by name or ``name@version``, and which further jars a prediction runs.

    :param debezium: the lock of the source connector.
    :param converter: the lock of the Glue Avro converter.
    :param extra: jars of the user's own transformations.
    """

    debezium: str = "debezium-mysql"
    converter: str = "glue-avro-converter"
    extra: tuple[Path, ...] = ()

    def versions(self) -> dict[str, str]:
        """Connector → the version that is pinned."""
        locks = [load_lock(word) for word in (self.debezium, self.converter, "kafka", "iceberg")]
        return {lock.name: lock.version for lock in locks}

    def classpath(self) -> list[Path]:
        """All jars in order.

        :raises InputError: one of the user's is none; Java would pass it over without a word.
        :raises RemoteError: one that is not in the cache cannot be had.
        """
        for jar in self.extra:
            if not is_zipfile(jar):
                raise InputError(f"{jar} is no jar" if jar.exists() else f"{jar}: no such file", hint="name a jar file")
        kafka = unpacked(load_lock("kafka"))
        debezium = unpacked(load_lock(self.debezium))
        return [
            *_matching(kafka, _WORKER),
            *(jar for jar in _matching(debezium, ("*",)) if not _matches(jar, _NOT_TWICE)),
            *self.extra,
            *_matching(unpacked(load_lock(self.converter)), ("*",)),
            *_matching(kafka, _LAST),
            *_matching(unpacked(load_lock("iceberg")), _ICEBERG),
        ]


def word_of(name: str, version: str) -> str:
    """The lock of a connector's version, such as 2.7 or 2.7.4.Final, as ``name@version``.

    :raises InputError: no such version is pinned.
    """
    if word := pinned_of(name, version):
        return word
    raise InputError(
        f"{name} {version} is not pinned", hint=f"run 'cdcctl plugin fetch {name}@VERSION' once, with the whole version"
    )


def _matching(folder: Path, patterns: Iterable[str]) -> list[Path]:
    """The jars of a folder that match, pattern by pattern, each in order of name."""
    jars = sorted(folder.glob("*.jar"))
    return [jar for pattern in patterns for jar in jars if fnmatch.fnmatchcase(jar.name, f"{pattern}.jar")]


def _matches(jar: Path, patterns: Sequence[str]) -> bool:
    return any(fnmatch.fnmatchcase(jar.name, pattern) for pattern in patterns)
