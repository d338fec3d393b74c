"""Whether two configurations do the same: what is in effect where nothing is set, and what makes no difference."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from cdcctl.lint.configuration import AIVEN_S3, CONFLUENT_S3, DEBEZIUM, ICEBERG, Kind
from cdcctl.plugins import definitions
from cdcctl.plugins.definitions import Definition, Version
from cdcctl.render import aiven_s3, confluent_s3
from cdcctl.render.converter import CONVERTER_CLASS
from cdcctl.render.debezium import UNWRAP, renamed_value, spelled
from cdcctl.render.selection import BUILT_IN, plain
from cdcctl.render.settings import split

_SINKS: dict[Kind, str] = {ICEBERG: "iceberg", CONFLUENT_S3: "confluent-s3", AIVEN_S3: "aiven-s3"}
# What a sink of Connect's sets itself (WorkerSinkTask).
_START = {"consumer.override.auto.offset.reset": "earliest"}
_NOT_LISTS = ("topic.creation.groups",)


@dataclass(frozen=True)
class Meaning:
    """What a configuration is judged by: the connector's kind and, of a source, its Debezium version.

    :ivar version: whose defaults count; keys are in today's words all the same.
    """

    kind: Kind
    version: Version

    def definition(self, key: str, config: Mapping[str, str]) -> Definition | None:
        """What defines a property; None where nothing here does."""
        framework = definitions.of("kafka", "source" if self.kind == DEBEZIUM else "sink")
        if key in framework:
            return framework[key]
        for side in ("key.converter.", "value.converter."):
            if key.startswith(side):
                glue = config.get(side[:-1]) == CONVERTER_CLASS
                return definitions.of("glue-avro-converter").get(key.removeprefix(side)) if glue else None
        if key.startswith("transforms."):
            return self._option(key, config)
        if self.kind == DEBEZIUM:
            known = definitions.debezium(self.version)
            return known.get(next(iter(spelled(_text(self.version), {key: ""}))))
        return definitions.of(_SINKS[self.kind]).get(key)

    def _option(self, key: str, config: Mapping[str, str]) -> Definition | None:
        alias, _, option = key.removeprefix("transforms.").partition(".")
        name = config.get(f"transforms.{alias}.type", "")
        options = definitions.debezium_transform(name, self.version) or definitions.transform(name) or {}
        found = options.get(option)
        if name == UNWRAP and option == "delete.tombstone.handling.mode" and self.version < (3, 2):
            # The pair of options that it took the place of.
            return Definition("STRING", "drop")
        return found

    def default(self, key: str, config: Mapping[str, str]) -> str | None:
        """What is in effect where a property is not set; None where that is not known or there is nothing."""
        special: Mapping[str, str] = {}
        if self.kind == CONFLUENT_S3:
            special = confluent_s3.DEFAULTS
        elif self.kind == AIVEN_S3:
            codec = aiven_s3.compression_of(config)
            special = {"file.compression.type": codec, "file.name.template": aiven_s3.default_template(codec)}
        if self.kind != DEBEZIUM:
            special = {**_START, **special}
        if key in special:
            return special[key]
        if key == "skipped.operations" and self.version < (2, 0):
            return "none"
        found = self.definition(key, config)
        if found is None or found.default is None:
            return None
        # A reference to another property is not a value.
        return None if "${" in found.default else renamed_value(key, found.default)

    def default_of(self, config: Mapping[str, str]) -> Callable[[str], str | None]:
        """The same for one configuration."""
        return lambda key: self.default(key, config)

    def same(self, key: str, old: str | None, new: str | None) -> bool:
        """Whether two values of a property do the same."""
        if old == new or (not old and not new):
            return True
        if old is None or new is None:
            return False
        return self._normal(key, old) == self._normal(key, new)

    def _normal(self, key: str, value: str) -> object:
        """A value in a form that is equal for all ways to write it."""
        special = next((read for pattern, read in _SPECIAL.items() if re.fullmatch(pattern, key)), None)
        if special:
            return special(value)
        found = self.definition(key, {})
        if (found and found.type == "LIST") or "," in value:
            return split(value)
        if value.lower() in ("true", "false") or (found and found.values):
            return value.lower()
        return int(value) if value.isascii() and re.fullmatch(r"-?\d{1,18}", value) else value


def _names(value: str) -> set[str]:
    return {plain(entry) or entry for entry in split(value)}


def _key_columns(value: str) -> list[tuple[str, list[str]]]:
    pairs = [pair.rpartition(":") for pair in value.split(";") if pair.strip()]
    return [(plain(table.strip()) or table, split(columns)) for table, _, columns in pairs]


# Pattern of a key → its value in a form that is equal for all ways to write it.
_SPECIAL: dict[str, Callable[[str], object]] = {
    r"topics": lambda value: set(split(value)),
    r"(database|table|column)\.(include|exclude)\.list|column\.(mask|truncate)\..*": _names,
    r"message\.key\.columns": _key_columns,
    r".*timezone": lambda value: "UTC" if value == "Z" else value,
    r"iceberg\.catalog\.warehouse": lambda value: value.rstrip("/"),
    r"schema\.compatibility": str.upper,
    r"transforms\..*\.add\.(fields|headers)": split,
}


@dataclass(frozen=True)
class Harmless:
    """A property that is rendered though it was not there, and why that changes nothing of what is written.

    :ivar when: of the configuration as it was and as it is rendered.
    """

    kinds: tuple[Kind, ...]
    pattern: str
    why: str
    when: Callable[[Mapping[str, str], Mapping[str, str]], bool] = lambda _old, _new: True


def _has_no(*keys: str) -> Callable[[Mapping[str, str], Mapping[str, str]], bool]:
    return lambda old, _new: not any(key in old for key in keys)


def _beside_glue(side: str) -> Callable[[Mapping[str, str], Mapping[str, str]], bool]:
    return lambda old, _new: old.get(side) == CONVERTER_CLASS


_S3: tuple[Kind, ...] = (CONFLUENT_S3, AIVEN_S3)
_ALL: tuple[Kind, ...] = (DEBEZIUM, ICEBERG, *_S3)
HARMLESS = (
    Harmless(_ALL, r"config\.action\.reload", "else MSK Connect restarts a connector when a secret's lease ends"),
    Harmless(
        (DEBEZIUM,),
        r"max\.(batch|queue)\.size|producer\.override\.(batch\.size|buffer\.memory|compression\.type|linger\.ms)",
        "larger batches: about a quarter more rows a second",
    ),
    Harmless((DEBEZIUM,), r"connect\.keep\.alive\.interval\.ms", "a lost connection to MySQL is noticed sooner"),
    Harmless((DEBEZIUM,), r"signal\.data\.collection", "nothing happens until that table exists"),
    Harmless(
        (DEBEZIUM,),
        r"database\.include\.list",
        "the databases of the captured tables, and no others",
        _has_no("database.exclude.list"),
    ),
    Harmless(
        (DEBEZIUM,),
        r"database\.exclude\.list",
        "Debezium leaves these out in any case",
        lambda old, new: (
            split(new.get("database.exclude.list", "")) == BUILT_IN and _has_no("database.include.list")(old, new)
        ),
    ),
    Harmless(
        (DEBEZIUM,),
        r"schema\.history\.internal\.(kafka|producer|consumer)\..*",
        "the schema history in Kafka",
    ),
    Harmless(
        (DEBEZIUM,),
        r"topic\.prefix|database\.(hostname|port|user|password|server\.id)",
        "the connector needs it",
    ),
    Harmless(
        (DEBEZIUM,),
        r"skipped\.operations",
        "the unwrap transform drops TRUNCATE in any case",
        lambda old, _: "transforms.unwrap.type" in old,
    ),
    *(
        Harmless(
            _ALL,
            rf"{side}\.converter\.(region|avroRecordType)",
            "where it runs, and what a sink needs to read",
            _beside_glue(f"{side}.converter"),
        )
        for side in ("key", "value")
    ),
    Harmless(
        (ICEBERG, *_S3),
        r"consumer\.override\.(metadata\.max\.age\.ms|allow\.auto\.create\.topics)",
        "topics that the source makes later are found soon, and not made by the sink",
    ),
    Harmless((ICEBERG, *_S3), r"topics", "the captured tables' topics", _has_no("topics.regex")),
    Harmless(
        (ICEBERG, *_S3),
        r"errors\.log\.(enable|include\.messages)",
        "the log names the place of a record that becomes a dead letter",
        lambda _, new: "errors.deadletterqueue.topic.name" in new,
    ),
    Harmless(
        (ICEBERG,),
        r"iceberg\.kafka\..*",
        "the sink's own clients need the brokers; without earliest, files may be lost",
    ),
    Harmless(
        (ICEBERG,),
        r"iceberg\.catalog\.(io-impl|client\.region)",
        "what the Glue catalog takes by itself",
        lambda old, _: "glue.GlueCatalog" in old.get("iceberg.catalog.catalog-impl", ""),
    ),
    Harmless((CONFLUENT_S3,), r"storage\.class|timezone|locale", "the sink does not run without it"),
    Harmless((AIVEN_S3,), r"aws\.s3\.region|aws\.sts\.role\.session\.name", "where it runs, and as who"),
)
# What a sink's converter does not look at: it registers nothing.
_OF_WRITERS = re.compile(r"(key|value)\.converter\.(compatibility|schemaAutoRegistrationEnabled)")


def harmless(kind: Kind, key: str, old: Mapping[str, str], new: Mapping[str, str]) -> Harmless | None:
    """Why a rendered property that was not there changes nothing; None where it might."""
    return next(
        (each for each in HARMLESS if kind in each.kinds and re.fullmatch(each.pattern, key) and each.when(old, new)),
        None,
    )


def without_effect(kind: Kind, key: str) -> str | None:
    """Why a property does nothing, whatever its value; None where it may do something."""
    if kind == DEBEZIUM and key == "tasks.max":
        return "the binlog has one reader"
    if kind != DEBEZIUM and _OF_WRITERS.fullmatch(key):
        return "a sink registers nothing"
    return None


def _text(version: Version) -> str:
    return ".".join(map(str, version))
