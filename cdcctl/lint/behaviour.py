"""What a configuration makes the connector do: effective values, as several rules need them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from cdcctl.lint.configuration import CONNECTORS, DEBEZIUM, PARQUET_SINKS, Configuration, Setup
from cdcctl.plugins.definitions import Version

GLUE_CONVERTER = "AWSKafkaAvroConverter"
UNWRAP = "io.debezium.transforms.ExtractNewRecordState"
INSERT_FIELD = "org.apache.kafka.connect.transforms.InsertField$Value"
STRING_CONVERTER = "org.apache.kafka.connect.storage.StringConverter"
# The newest whose definitions are known; what is not said otherwise is judged as that.
NEWEST: Version = (3, 6)
OLDEST: Version = (1, 9)
# Worker's default (WorkerConfig).
OFFSET_FLUSH_MS = 60_000

Deletes = Literal["rewrite", "rewrite-with-tombstone", "tombstone", "delete-to-tombstone", "drop", "none"]


@dataclass(frozen=True)
class Transform:
    """One transform of a chain: its alias, class and options."""

    alias: str
    type: str
    options: dict[str, str]


def transforms(config: Configuration) -> list[Transform]:
    """The chain, in order."""
    found = []
    for alias in config.entries("transforms"):
        options = config.below(f"transforms.{alias}.")
        found.append(Transform(alias, options.pop("type", ""), options))
    return found


def unwrap(config: Configuration) -> Transform | None:
    """Debezium's transform that makes flat rows, if the chain has it."""
    return next((each for each in transforms(config) if each.type == UNWRAP), None)


def debezium(source: Configuration, setup: Setup) -> Version:
    """The Debezium version: as stated, else 1.9 where only keys of that are used, else the newest."""
    stated = setup.versions.get("debezium")
    if stated:
        return stated[0], stated[1]
    return OLDEST if speaks_old(source) and not speaks_new(source) else NEWEST


def speaks_old(source: Configuration) -> bool:
    """Whether keys are used that only Debezium 1.x knows."""
    return "database.server.name" in source.values or bool(source.below("database.history"))


def speaks_new(source: Configuration) -> bool:
    """Whether keys are used that Debezium knows since 2.0."""
    return "topic.prefix" in source.values or bool(source.below("schema.history.internal"))


def prefix(source: Configuration) -> str:
    """What the names of a source's topics begin with."""
    return source.get("topic.prefix") or source.get("database.server.name")


def history(source: Configuration, setup: Setup) -> str:
    """The prefix of the schema history's properties."""
    return "database.history" if debezium(source, setup) < (2, 0) else "schema.history.internal"


def deletes(transform: Transform, version: Version) -> Deletes:
    """How deletes leave the unwrap transform. Up to Debezium 3.1 the old options count where the new one is not set.

    ``none`` is the old way to let both the null value and the tombstone pass.
    """
    new = transform.options.get("delete.tombstone.handling.mode", "").lower()
    if new in ("rewrite", "rewrite-with-tombstone", "tombstone", "delete-to-tombstone", "drop") and version >= (2, 5):
        return new  # type: ignore[return-value]
    if version >= (3, 2):
        return "tombstone"
    mode = transform.options.get("delete.handling.mode", "drop").lower()
    dropped = transform.options.get("drop.tombstones", "true").lower() != "false"
    if mode == "rewrite":
        return "rewrite" if dropped else "rewrite-with-tombstone"
    if mode == "none":
        return "tombstone" if dropped else "none"
    return "drop" if dropped else "tombstone"


def literals(config: Configuration, key: str) -> list[str] | None:
    """The names in an include list that is written without regular expressions; None where one is.

    Debezium matches each entry as a regular expression against the whole name, so ``shop\\.orders`` is a plain name,
    and so is ``shop.orders`` for all that matters.
    """
    found = []
    for entry in config.entries(key):
        # An escaped letter is a class such as \d, an escaped sign that sign.
        if re.search(r"\\[A-Za-z0-9]", entry) or re.search(r"[*+?()\[\]{}|^$]", re.sub(r"\\.", "", entry)):
            return None
        found.append(re.sub(r"\\(.)", r"\1", entry))
    return found


def tables(source: Configuration) -> list[str]:
    """The captured tables, ``database.table``, where they are spelled out; else none."""
    for key in ("table.include.list", "table.whitelist"):
        found = literals(source, key)
        if found:
            return found
    return []


def table_topics(source: Configuration) -> dict[str, str]:
    """Table → topic, as DefaultTopicNamingStrategy of Debezium names it; empty where they are not spelled out."""
    if any(each.type.endswith("Router") for each in transforms(source)) or "topic.naming.strategy" in source.values:
        return {}
    delimiter = source.get("topic.delimiter") or "."
    name = prefix(source)
    return {
        table: re.sub(r"[^A-Za-z0-9._-]", "_", f"{name}{delimiter}{table.replace('.', delimiter, 1)}")
        for table in tables(source)
        if name
    }


def source_of(sink: Configuration, setup: Setup) -> Configuration | None:
    """The Debezium source whose topics a sink reads, if it is among the configurations."""
    for source in setup.of(DEBEZIUM):
        name = prefix(source)
        if name and any(topic.startswith(f"{name}.") for topic in sink.entries("topics")):
            return source
        if "topics.regex" in sink.values and name and _reads_below(sink, source, name):
            return source
    return None


def _reads_below(sink: Configuration, source: Configuration, name: str) -> bool:
    """Whether a pattern of topics takes those of a source: one of its tables', or all that begins with its prefix."""
    if any(matches(sink, topic) for topic in table_topics(source).values()):
        return True
    pattern = sink.get("topics.regex").removeprefix("^")
    return pattern.startswith((f"{re.escape(name)}\\.", f"{name}\\.", f"{name}."))


# Class → the options with the pattern of a whole topic's name and with what it becomes.
_ROUTERS = {
    "org.apache.kafka.connect.transforms.RegexRouter": ("regex", "replacement"),
    "io.debezium.transforms.ByLogicalTableRouter": ("topic.regex", "topic.replacement"),
}


def routed(source: Configuration, topic: str) -> str | None:
    """The name that the transforms of a source give to a topic; None where that cannot be told."""
    for each in transforms(source):
        if each.type not in _ROUTERS:
            continue
        pattern, replacement = (each.options.get(option, "") for option in _ROUTERS[each.type])
        if "predicate" in each.options or "${" in replacement:
            return None
        try:
            found = re.fullmatch(pattern, topic)
            # Java writes $1 for a group.
            topic = found.expand(re.sub(r"\$(\d)", r"\\g<\1>", replacement)) if found else topic
        except (re.error, IndexError):
            return None
    return topic


def matches(sink: Configuration, topic: str) -> bool:
    """Whether a sink reads a topic."""
    if "topics.regex" not in sink.values:
        return topic in sink.entries("topics")
    try:
        return re.fullmatch(sink.get("topics.regex"), topic) is not None
    except re.error:
        return False


def sinks_of(source: Configuration, setup: Setup) -> list[Configuration]:
    """The sinks to Parquet that read a source's topics, of those that are here."""
    return [sink for sink in setup.of(*PARQUET_SINKS) if source_of(sink, setup) is source]


def converter(config: Configuration, side: str, setup: Setup) -> str | None:
    """The class of the key or value converter in effect; None where that cannot be known.

    Without a worker configuration MSK Connect's default one applies, which names StringConverter.
    """
    key = f"{side}.converter"
    if key in config.values or config.kind not in CONNECTORS:
        return config.get(key) or None
    if setup.worker:
        return setup.worker.get(key) or None
    return STRING_CONVERTER if config.deployment.worker_configuration is False else None


def glue_sides(config: Configuration) -> list[str]:
    """Of ``key`` and ``value``, those that this configuration itself gives to the Glue Avro converter."""
    return [side for side in ("key", "value") if config.get(f"{side}.converter").endswith(GLUE_CONVERTER)]


def registry(config: Configuration, side: str) -> str:
    """The registry of one side (GlueSchemaRegistryConfiguration)."""
    return config.get(f"{side}.converter.registry.name") or "default-registry"


def has_position(config: Configuration) -> bool:
    """Whether a transform writes the Kafka offset into each row."""
    return any(each.type == INSERT_FIELD and "offset.field" in each.options for each in transforms(config))


def knows_binlog_position(source: Configuration) -> bool:
    """Whether each row carries its place in the binlog; an envelope always does."""
    transform = unwrap(source)
    if transform is None:
        return True
    added = {name.strip().partition(":")[0] for name in transform.options.get("add.fields", "").split(",")}
    return {"pos", "source.pos"} & added != set() and {"file", "source.file"} & added != set()


def offset_flush_ms(setup: Setup) -> int:
    """How often a worker flushes offsets, which is when a sink may write files."""
    return (setup.worker.number("offset.flush.interval.ms") if setup.worker else None) or OFFSET_FLUSH_MS
