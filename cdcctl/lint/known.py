"""Which properties a configuration may have, by what its connector, Connect and its plugins define."""

from __future__ import annotations

import re

from cdcctl.lint.behaviour import GLUE_CONVERTER, debezium, transforms
from cdcctl.lint.configuration import (
    AIVEN_S3,
    CONFLUENT_S3,
    DEBEZIUM,
    ICEBERG,
    SOURCES,
    WORKER,
    Configuration,
    Kind,
    Setup,
)
from cdcctl.plugins import definitions
from cdcctl.plugins.definitions import Definition, Definitions

_FOLDERS: dict[Kind, str] = {ICEBERG: "iceberg", CONFLUENT_S3: "confluent-s3", AIVEN_S3: "aiven-s3"}
# What a connector takes below a prefix, without a definition of its own.
_FREE: dict[Kind, str] = {
    DEBEZIUM: r"(driver|internal|openlineage|signal|notification|guardrail|topic\.creation)\.|"
    r"(schema\.history\.internal|database\.history)\.(producer|consumer)\.|"
    r"column\.(mask|truncate)\.|snapshot\.select\.statement\.overrides\.|"
    # Everything below database. reaches the JDBC driver.
    r"database\.(?!history\.)",
    ICEBERG: r"iceberg\.(catalog|hadoop|kafka|table|tables\.auto-create-props|tables\.write-props)\.",
    CONFLUENT_S3: r"s3\.credentials\.provider\.|confluent\.|hive\.|parquet\.|avro\.",
    AIVEN_S3: r"connect\.parquet\.",
    WORKER: r"(config\.providers|producer|consumer|admin|topic\.creation|log4j|metrics\.context)\.",
}
_CLIENTS = re.compile(r"(producer|consumer|admin)\.override\.")
# Of the Iceberg sink's earlier life as io.tabular.iceberg.connect.
FORKS_KEYS = ("iceberg.tables.upsert-mode-enabled", "iceberg.tables.cdc-field", "iceberg.tables.default-table-prefix")
# Connect's own, newer than the worker whose definitions are in connectors/kafka.
_NEWER = {"tasks.max.enforce", "errors.deadletterqueue.topic.partitions"}


def own_definitions(config: Configuration, setup: Setup) -> Definitions | None:
    """What the connector, or the worker, defines itself; None for a connector that nobody here knows."""
    if config.kind == DEBEZIUM:
        return definitions.debezium(debezium(config, setup))
    if config.kind == WORKER:
        return definitions.of("kafka", "worker")
    folder = _FOLDERS.get(config.kind)
    return definitions.of(folder, version=setup.versions.get(folder)) if folder else None


def since_of(key: str, config: Configuration) -> str | None:
    """The version of the sink in which a property came, where that is known and not the first."""
    folder = _FOLDERS.get(config.kind)
    return definitions.since(folder, key) if folder else None


def framework_definitions(config: Configuration) -> Definitions:
    """What Connect defines for every connector of this direction."""
    if config.kind == WORKER:
        return {}
    return definitions.of("kafka", "source" if config.kind in SOURCES else "sink")


def definition_of(key: str, config: Configuration, setup: Setup) -> Definition | None:
    """The definition of a property; None where it has none, which is not to say that it is unknown."""
    framework = framework_definitions(config)
    if key in framework:
        return framework[key]
    for side in ("key", "value"):
        option = key.removeprefix(f"{side}.converter.")
        if option != key and config.get(f"{side}.converter").endswith(GLUE_CONVERTER):
            return definitions.of("glue-avro-converter").get(option)
    return (own_definitions(config, setup) or {}).get(key)


def is_free(key: str, config: Configuration) -> bool:
    """Whether a property stands where anything may: below a prefix that is handed on, or below a name given here."""
    named = [
        f"{name}."
        for names in ("converters", "post.processors", "config.providers")
        for name in config.entries(names)
        if names != "config.providers" or config.kind == WORKER
    ]
    parts = ("transforms.", "predicates.", "header.converter.", "topic.creation.", *named)
    if key.startswith(parts) or _CLIENTS.match(key) or key in _NEWER:
        return True
    if key.startswith(("key.converter.", "value.converter.")):
        side = key.partition(".")[0]
        return not config.get(f"{side}.converter").endswith(GLUE_CONVERTER)
    return re.match(_FREE.get(config.kind, r"(?!)"), key) is not None


def names(config: Configuration, setup: Setup) -> list[str]:
    """The names that a misspelt one may stand for."""
    converter = definitions.of("glue-avro-converter")
    return [
        *framework_definitions(config),
        *(own_definitions(config, setup) or {}),
        *(f"{side}.converter.{option}" for side in ("key", "value") for option in converter),
    ]


def transform_options(config: Configuration, setup: Setup) -> dict[str, Definitions]:
    """Alias → the options of its class, for the transforms whose class is known."""
    version = debezium(config, setup)
    found = {
        each.alias: definitions.debezium_transform(each.type, version) or definitions.transform(each.type)
        for each in transforms(config)
    }
    return {alias: options for alias, options in found.items() if options is not None}
