"""What differs between versions of Debezium's MySQL connector, as data: names of keys, of values and of classes.

Configurations are written in the words of the newest version and then put into those of the version that is to run.
Sources: the connectors' own field definitions, 1.9 to 3.6, and what their transforms did with a delete when tried.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cdcctl.pipeline.needs import number

UNWRAP = "io.debezium.transforms.ExtractNewRecordState"
DELETES = "delete.tombstone.handling.mode"


@dataclass(frozen=True)
class Renamed:
    """A key, or all keys that begin so where it ends with a dot, which had another name before a version.

    :ivar both: the versions before knew the new name already, and the old one is never written.
    """

    new: str
    old: str
    since: str
    both: bool = False

    def in_old(self, key: str) -> str | None:
        """The old name of ``key``, if this is about it."""
        return None if self.both else _respelled(key, self.new, self.old)

    def in_new(self, key: str) -> str | None:
        """The new name of ``key``, if this is about it."""
        return _respelled(key, self.old, self.new)


def _respelled(key: str, begins: str, instead: str) -> str | None:
    if begins.endswith("."):
        return instead + key.removeprefix(begins) if key.startswith(begins) else None
    return instead if key == begins else None


@dataclass(frozen=True)
class RenamedValue:
    """A value of one key (by its newest name) that was called otherwise before a version."""

    key: str
    new: str
    old: str
    since: str


RENAMED = (
    Renamed("topic.prefix", "database.server.name", "2.0"),
    Renamed("schema.history.internal", "database.history", "2.0"),
    Renamed(
        "schema.history.internal.store.only.captured.tables.ddl",
        "database.history.store.only.monitored.tables.ddl",
        "2.0",
        both=True,
    ),
    Renamed("schema.history.internal.", "database.history.", "2.0"),
    # Topics have been named by the new one since, though the old one is still defined.
    Renamed("topic.heartbeat.prefix", "heartbeat.topics.prefix", "2.0"),
    Renamed("topic.transaction", "transaction.topic", "2.0"),
    Renamed("field.name.adjustment.mode", "sanitize.field.names", "2.2"),
    *(
        Renamed(f"{what}.{new}.list", f"{what}.{old}", "2.0", both=True)
        for what in ("database", "table", "column")
        for old, new in (("whitelist", "include"), ("blacklist", "exclude"))
    ),
)
RENAMED_VALUES = (
    RenamedValue("snapshot.mode", "no_data", "schema_only", "2.6"),
    RenamedValue("snapshot.mode", "recovery", "schema_only_recovery", "2.6"),
    *(
        RenamedValue(
            "schema.history.internal",
            f"io.debezium.storage.{new}SchemaHistory",
            f"io.debezium.relational.history.{old}DatabaseHistory",
            "2.0",
        )
        for old, new in (("Kafka", "kafka.history.Kafka"), ("File", "file.history.File"))
    ),
    RenamedValue("field.name.adjustment.mode", "avro", "true", "2.2"),
    RenamedValue("field.name.adjustment.mode", "none", "false", "2.2"),
    RenamedValue(
        "tinyint1.type",
        "io.debezium.connector.binlog.converters.TinyIntOneToBooleanConverter",
        "io.debezium.connector.mysql.converters.TinyIntOneToBooleanConverter",
        "2.7",
    ),
)
# Keys that just went, and the version without them.
GONE = {"gtid.new.channel.position": "2.0", "source.struct.version": "2.0", "snapshot.new.tables": "2.7"}
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
    return spelled(version, {**explicit, **config})


def spelled(version: str, config: Mapping[str, str]) -> dict[str, str]:
    """The same configuration in the names of a version, and nothing else."""
    names: dict[str, str] = {}
    for key, value in config.items():
        old = number(version) < number(_NEW_DELETES_SINCE)
        if key.endswith(f".{DELETES}") and old and value in OLD_DELETES:
            names.update(_old_deletes(key.removesuffix(DELETES), value))
        else:
            names[_old_key(version, key)] = _old_value(version, key, value)
    return names


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


def renamed_value(key: str, value: str) -> str:
    """What a value is called today, ``key`` being the newest name of its property."""
    return next((each.new for each in RENAMED_VALUES if (each.key, each.old.lower()) == (key, value.lower())), value)
