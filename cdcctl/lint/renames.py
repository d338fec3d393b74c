"""What Debezium renamed or dropped between 1.9 and now: keys, values, and options of its unwrap transform.

The tables are those that configurations are rendered by (cdcctl/render/debezium.py), read the other way round. Source:
the field definitions of each version (connectors/debezium-mysql/keys.json) and the release notes of 2.0, 2.5, 2.6, 3.2.
"""

from __future__ import annotations

from cdcctl.lint.behaviour import Transform
from cdcctl.plugins.definitions import Version, version_of
from cdcctl.render.debezium import GONE, OLD_DELETES, RENAMED, RENAMED_VALUES, renamed_value

# Old key → (the version it was replaced in, its new name or None where it just went).
_KEYS: dict[str, tuple[Version, str | None]] = {
    **{each.old: (version_of(each.since), each.new) for each in RENAMED if not each.old.endswith(".")},
    **{key: (version_of(since), None) for key, since in GONE.items()},
}
# Old beginning of a key → the same.
_BEGINNINGS = {each.old: (version_of(each.since), each.new) for each in RENAMED if each.old.endswith(".")}


def replaced(key: str, version: Version) -> str | None:
    """The name that a key has in ``version``; None where it has kept it, or has none."""
    since, new = rename_of(key) or ((99, 0), None)
    return new if version >= since else None


def rename_of(key: str) -> tuple[Version, str | None] | None:
    """When a key was replaced and by what (None: by nothing); None for a key that was not."""
    if key in _KEYS:
        return _KEYS[key]
    for old, (since, new) in _BEGINNINGS.items():
        if key.startswith(old):
            return since, new + key.removeprefix(old)
    return None


def new_value(key: str, value: str) -> str:
    """The value that goes with the new name of a key: the same, but for the one that was a boolean."""
    new = (rename_of(key) or ((0, 0), None))[1]
    return renamed_value(new, value) if new else value


def value_of(key: str, value: str, version: Version) -> str | None:
    """The name that a value has in ``version``; None where it was not renamed by then."""
    for each in RENAMED_VALUES:
        if (each.key, each.old.lower()) == (key, value.lower()) and version >= version_of(each.since):
            return each.new
    return None


def delete_option(transform: Transform) -> str | None:
    """What ``delete.handling.mode`` and ``drop.tombstones`` are called as ``delete.tombstone.handling.mode``.

    None where there is no value that does the same: with drop, or none, and tombstones kept.
    """
    mode = transform.options.get("delete.handling.mode", "drop").lower()
    dropped = transform.options.get("drop.tombstones", "true").lower() != "false"
    old = mode, "true" if dropped else "false"
    return next((new for new, pair in OLD_DELETES.items() if pair == old), None)
