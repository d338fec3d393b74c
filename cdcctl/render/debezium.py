"""What differs between versions of Debezium's MySQL connector, as data: names of keys, of values and of classes.

Configurations are written in the words of the newest version and then put into those of the version that is to run.
Sources: the connectors' own field definitions, 1.9 to 3.6, and what their transforms did with a delete when tried.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cdcctl.pipeline.needs import number

UNWRAP = "io.debezium.transforms.ExtractNewRecordState"
_DELETES = "delete.tombstone.handling.mode"


@dataclass(frozen=True)
class Renamed:
    """A key, or all keys that begin so where it ends with a dot, which had another name before a version."""

    new: str
    old: str
    since: str

    def in_old(self, key: str) -> str | None:
        """The old name of ``key``, if this is about it."""
        if self.new.endswith("."):
            return self.old + key.removeprefix(self.new) if key.startswith(self.new) else None
        return self.old if key == self.new else None


@dataclass(frozen=True)
class RenamedValue:
    """A value of one key that was called otherwise before a version."""

    key: str
    new: str
    old: str
    since: str


RENAMED = (
    Renamed("topic.prefix", "database.server.name", "2.0"),
    Renamed("schema.history.internal", "database.history", "2.0"),
    Renamed("schema.history.internal.", "database.history.", "2.0"),
    Renamed("topic.heartbeat.prefix", "heartbeat.topics.prefix", "2.0"),
    Renamed("topic.transaction", "transaction.topic", "2.0"),
)
RENAMED_VALUES = (
    RenamedValue("snapshot.mode", "no_data", "schema_only", "2.6"),
    RenamedValue("snapshot.mode", "recovery", "schema_only_recovery", "2.6"),
    RenamedValue(
        "tinyint1.type",
        "io.debezium.connector.binlog.converters.TinyIntOneToBooleanConverter",
        "io.debezium.connector.mysql.converters.TinyIntOneToBooleanConverter",
        "2.7",
    ),
)
# Until 2.5 two settings of the transform said what becomes of a delete and of the tombstone after it.
OLD_DELETES = {
    "rewrite": ("rewrite", "true"),
    "rewrite-with-tombstone": ("rewrite", "false"),
    "tombstone": ("none", "true"),
    "drop": ("drop", "true"),
}
_NEW_DELETES_SINCE = "2.5"


@dataclass(frozen=True)
class Explicit:
    """A setting that is written out from one version to another, whose default there is not the one of today."""

    key: str
    value: str
    since: str
    until: str


EXPLICIT = (
    Explicit("skipped.operations", "t", "1.9", "1.9"),
    Explicit("database.ssl.mode", "preferred", "1.9", "2.2"),
    Explicit("schema.history.internal.store.only.captured.databases.ddl", "false", "2.2", "2.7"),
)


def in_words_of(version: str, config: Mapping[str, str]) -> dict[str, str]:
    """The same configuration for a version of Debezium: its names, and its defaults made to be today's.

    :param version: major and minor, such as ``2.7``.
    """
    explicit = {
        each.key: each.value for each in EXPLICIT if number(each.since) <= number(version) <= number(each.until)
    }
    spelled: dict[str, str] = {}
    for key, value in {**explicit, **config}.items():
        if key.endswith(f".{_DELETES}") and number(version) < number(_NEW_DELETES_SINCE):
            spelled.update(_old_deletes(key.removesuffix(_DELETES), value))
        else:
            spelled[_old_key(version, key)] = _old_value(version, key, value)
    return spelled


def _old_key(version: str, key: str) -> str:
    for renamed in RENAMED:
        old = renamed.in_old(key)
        if old is not None and number(version) < number(renamed.since):
            return old
    return key


def _old_value(version: str, key: str, value: str) -> str:
    for each in RENAMED_VALUES:
        if (each.key, each.new) == (key, value) and number(version) < number(each.since):
            return each.old
    return value


def _old_deletes(prefix: str, mode: str) -> dict[str, str]:
    handling, drop = OLD_DELETES[mode]
    return {f"{prefix}delete.handling.mode": handling, f"{prefix}drop.tombstones": drop}
