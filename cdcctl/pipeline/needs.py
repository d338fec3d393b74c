"""What a version of Debezium has and another has not: keys of the pipeline file, and single values of them.

Source: the connectors' own field definitions, and its release notes for when they came.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from cdcctl.documents import Steps
from cdcctl.pipeline.source import Source


@dataclass(frozen=True)
class Need:
    """A key below ``source``, with some of its values or whatever is given, and the versions that have it."""

    key: tuple[str, ...]
    values: tuple[str, ...] = ()
    since: str = "1.9"
    until: str | None = None


NEEDS = (
    Need(("types", "time"), ("isostring", "microseconds", "nanoseconds"), since="3.1"),
    Need(("types", "binary"), ("base64-url-safe",), since="2.0"),
    Need(("snapshot_mode",), ("always", "configuration_based", "custom"), since="2.6"),
    Need(("snapshot_mode",), ("never",), until="3.5"),
    Need(("snapshot_locking",), ("minimal_percona_no_table_locks",), since="3.1"),
    Need(("events", "deletes"), ("delete-to-tombstone",), since="3.2"),
    Need(("schema_history", "only_captured_databases"), since="2.2"),
    Need(("signal_topic",), since="2.3"),
)


def number(version: str) -> tuple[int, ...]:
    """``3.10`` comes after ``3.9``."""
    return tuple(map(int, version.split(".")))


def unmet(source: Source) -> Iterator[tuple[Steps, str]]:
    """Path and problem of each thing that the chosen version of Debezium does not have."""
    for need in NEEDS:
        value = _at(source, need.key)
        asked = value in need.values if need.values else bool(value)
        if not asked or _has(need, source.debezium):
            continue
        what = f"{value!r} " if need.values else ""
        when = f"is gone after Debezium {need.until}" if need.until else f"needs Debezium {need.since} or newer"
        yield ("source", *need.key), f"{what}{when} (source.debezium is {source.debezium})"


def _has(need: Need, version: str) -> bool:
    return number(need.since) <= number(version) and (need.until is None or number(version) <= number(need.until))


def _at(source: Source, key: tuple[str, ...]) -> Any:
    value: Any = source
    for step in key:
        value = getattr(value, step)
    return value
