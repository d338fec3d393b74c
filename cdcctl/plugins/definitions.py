"""Which properties each connector defines, as its own classes say: ``connectors/*/keys.json``.

The tables are made by ``scripts/refresh-keys`` where the jars can be fetched, and by hand where not.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from cdcctl.resources import data_folder

Version = tuple[int, int]
DEBEZIUM = "debezium-mysql"


@dataclass(frozen=True)
class Definition:
    """What a connector says of one property.

    :param type: of Kafka's ConfigDef: STRING, INT, LONG, BOOLEAN, LIST, CLASS, PASSWORD …
    :param default: as text; None where there is none.
    :param values: the allowed ones, in small letters or as written; empty where any is allowed.
    """

    type: str
    default: str | None = None
    values: tuple[str, ...] = ()
    required: bool = False


Definitions = Mapping[str, Definition]


def version_of(text: str) -> Version:
    """``(3, 6)`` of ``3.6`` or ``3.6.1.Final``.

    :raises ValueError: it is no version.
    """
    major, minor = text.split(".")[:2]
    return int(major), int(minor)


def debezium_versions() -> list[Version]:
    """The minor versions whose definitions are known, oldest first."""
    return [version_of(version) for version in _table(DEBEZIUM)["versions"]]


@cache
def debezium(version: Version) -> Definitions:
    """The properties of the MySQL connector of one Debezium version; one after the last known is taken as that."""
    return _of_version(_table(DEBEZIUM)["connector"], version)


@cache
def debezium_transform(name: str, version: Version) -> Definitions | None:
    """The options of one of Debezium's transforms; None where the version has no such class."""
    spans = _table(DEBEZIUM)["transforms"].get(name)
    return None if spans is None else _of_version(spans, version)


def span_of(key: str) -> tuple[Version, Version] | None:
    """The first and the last Debezium version that define ``key``; None where none does."""
    spans = _table(DEBEZIUM)["connector"].get(key)
    return (version_of(spans[0]["from"]), version_of(spans[-1]["to"])) if spans else None


@cache
def of(connector: str, part: str = "connector", version: tuple[int, ...] | None = None) -> Definitions:
    """The properties of a connector, by its folder in ``connectors/``.

    :param part: of ``kafka`` one of source, sink, topic_creation, worker, producer, consumer.
    :param version: leaves out what came later; None: the newest that is known.
    """
    return {
        key: _definition(facts)
        for key, facts in _table(connector)[part].items()
        if version is None or "since" not in facts or version_of(facts["since"]) <= version[:2]
    }


def since(connector: str, key: str) -> str | None:
    """The version in which a connector's property came; None where it is as old as what is known, or unknown."""
    found: str | None = _table(connector)["connector"].get(key, {}).get("since")
    return found


@cache
def transform(name: str) -> Definitions | None:
    """The options of a transform of Kafka's or Iceberg's; None where it is neither's."""
    for connector in ("kafka", "iceberg"):
        found = _table(connector)["transforms"].get(name)
        if found is not None:
            return {key: _definition(facts) for key, facts in found.items()}
    return None


def _of_version(spans: Mapping[str, list[dict[str, Any]]], version: Version) -> Definitions:
    known = min(version, debezium_versions()[-1])
    return {
        key: _definition(span)
        for key, each in spans.items()
        for span in each
        if version_of(span["from"]) <= known <= version_of(span["to"])
    }


def _definition(facts: Mapping[str, Any]) -> Definition:
    return Definition(
        facts["type"], facts.get("default"), tuple(facts.get("values", ())), bool(facts.get("required", False))
    )


@cache
def _table(connector: str) -> dict[str, Any]:
    text = (data_folder("connectors") / connector / "keys.json").read_text(encoding="utf-8")
    table: dict[str, Any] = json.loads(text)
    return table
