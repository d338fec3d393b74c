"""What Debezium renamed or dropped between 1.9 and now: keys, values, and options of its unwrap transform.

Source: the field definitions of each version (connectors/debezium-mysql/keys.json) and the release notes of 2.0, 2.5,
2.6 and 3.2.
"""

from __future__ import annotations

from cdcctl.lint.behaviour import Transform
from cdcctl.plugins.definitions import Version

# Old key → (the version it was replaced in, its new name or None where it just went).
_KEYS: dict[str, tuple[Version, str | None]] = {
    "database.server.name": ((2, 0), "topic.prefix"),
    "database.history": ((2, 0), "schema.history.internal"),
    "database.history.store.only.monitored.tables.ddl": (
        (2, 0),
        "schema.history.internal.store.only.captured.tables.ddl",
    ),
    "database.whitelist": ((2, 0), "database.include.list"),
    "database.blacklist": ((2, 0), "database.exclude.list"),
    "table.whitelist": ((2, 0), "table.include.list"),
    "table.blacklist": ((2, 0), "table.exclude.list"),
    "column.whitelist": ((2, 0), "column.include.list"),
    "column.blacklist": ((2, 0), "column.exclude.list"),
    "transaction.topic": ((2, 0), "topic.transaction"),
    # Still defined, but topics have been named by the other since.
    "heartbeat.topics.prefix": ((2, 0), "topic.heartbeat.prefix"),
    "sanitize.field.names": ((2, 2), "field.name.adjustment.mode"),
    "gtid.new.channel.position": ((2, 0), None),
    "source.struct.version": ((2, 0), None),
    "snapshot.new.tables": ((2, 7), None),
}
_HISTORY = "database.history."
# Key → old value → (the version it was replaced in, its new name).
_VALUES: dict[str, dict[str, tuple[Version, str]]] = {
    "snapshot.mode": {
        "schema_only": ((2, 6), "no_data"),
        "schema_only_recovery": ((2, 6), "recovery"),
    },
}


def replaced(key: str, version: Version) -> str | None:
    """The name that a key has in ``version``; None where it has kept it, or has none."""
    since, new = rename_of(key) or ((99, 0), None)
    return new if version >= since else None


def rename_of(key: str) -> tuple[Version, str | None] | None:
    """When a key was replaced and by what (None: by nothing); None for a key that was not."""
    if key in _KEYS:
        return _KEYS[key]
    if key.startswith(_HISTORY):
        return (2, 0), f"schema.history.internal.{key.removeprefix(_HISTORY)}"
    return None


def new_value(key: str, value: str) -> str:
    """The value that goes with the new name of a key: the same, but for the one that was a boolean."""
    if key == "sanitize.field.names":
        return "avro" if value.lower() == "true" else "none"
    return value


def value_of(key: str, value: str, version: Version) -> str | None:
    """The name that a value has in ``version``; None where it was not renamed by then."""
    since, new = _VALUES.get(key, {}).get(value.lower(), ((99, 0), ""))
    return new if version >= since else None


def delete_option(transform: Transform) -> str | None:
    """What ``delete.handling.mode`` and ``drop.tombstones`` are called as ``delete.tombstone.handling.mode``.

    None where there is no value that does the same: with drop, or none, and tombstones kept.
    """
    mode = transform.options.get("delete.handling.mode", "drop").lower()
    dropped = transform.options.get("drop.tombstones", "true").lower() != "false"
    return {
        ("drop", True): "drop",
        ("none", True): "tombstone",
        ("rewrite", True): "rewrite",
        ("rewrite", False): "rewrite-with-tombstone",
    }.get((mode, dropped))
