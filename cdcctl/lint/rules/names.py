"""Names and values: what the connector, Connect or a transform does not know, or no longer knows."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cdcctl.aws.worker_rules import allowed
from cdcctl.lint import known
from cdcctl.lint.behaviour import NEWEST, debezium, transforms
from cdcctl.lint.configuration import (
    AIVEN_S3,
    ALL,
    CONFLUENT_S3,
    CONNECTORS,
    DEBEZIUM,
    ICEBERG,
    SOURCES,
    WORKER,
    Configuration,
    Setup,
)
from cdcctl.lint.renames import new_value, rename_of, replaced, value_of
from cdcctl.lint.rule import Edit, Problem, drop, nearest, put, rule
from cdcctl.pipeline.placeholders import is_placeholder
from cdcctl.plugins.definitions import Definition, span_of
from cdcctl.secrets import looks_secret

_TYPES = {
    "INT": (r"-?\d+", "a whole number"),
    "LONG": (r"-?\d+", "a whole number"),
    "SHORT": (r"-?\d+", "a whole number"),
    "DOUBLE": (r"-?\d+(\.\d+)?([eE]-?\d+)?", "a number"),
    "BOOLEAN": (r"(?i)true|false", "true or false"),
}
# Required by the connectors, though no definition says so or only the sink's task notices.
_REQUIRED = {
    CONFLUENT_S3: ("s3.bucket.name", "storage.class", "format.class", "flush.size"),
    AIVEN_S3: (),
    ICEBERG: (),
}


@rule(
    "CDC010",
    "error",
    ALL,
    title="something is still to be filled in",
    why="What an import cannot know stands in the file as fill-in: secrets, names of the account. A deploy refuses "
    "it, for AWS or the connector would, or would make something of that name.",
    source="cdcctl import",
    cure="Write what belongs there; a secret into Secrets Manager, and its name here.",
)
def left_open(config: Configuration, _: Setup) -> Iterator[Problem]:
    unfilled = config.deployment.unfilled
    if unfilled is None:
        unfilled = tuple(key for key, value in config.values.items() if is_placeholder(value))
    for key in unfilled:
        yield Problem(f"{key} is still to be filled in", key)


@rule(
    "CDC001",
    "error",
    (DEBEZIUM,),
    title="a property that this Debezium version no longer knows",
    why="Debezium ignores properties it does not know. A table list under its old name captures every table of the "
    "server; a server name under its old name leaves the topic prefix missing.",
    source="field definitions of Debezium 1.9 to 3.6; release notes of 2.0, 2.2, 2.7",
    cure="Use the new name, or remove the property where there is none.",
)
def removed_property(source: Configuration, setup: Setup) -> Iterator[Problem]:
    version = debezium(source, setup)
    for key in source.values:
        rename = rename_of(key)
        if rename is None or version < rename[0]:
            continue
        new = rename[1]
        if new is None or new in source.values:
            instead = f"and {new} is there as well" if new else "and nothing has taken its place"
            yield Problem(f"{key} went with Debezium {_text(rename[0])}, {instead}", key, drop(key))
        else:
            value = new_value(key, source.get(key))
            fix = (Edit(key, rename=new), *(put(new, value) if value != source.get(key) else ()))
            yield Problem(f"{key} has been called {new} since Debezium {_text(rename[0])}", key, fix)


@rule(
    "CDC002",
    "note",
    (DEBEZIUM,),
    title="a configuration of Debezium 1.x",
    why="The last 1.x release is of 2022. It gets no corrections, its keys were renamed in 2.0, and several defaults "
    "changed since (FLOAT, schema.name.adjustment.mode, the unwrap transform's handling of deletes).",
    source="field definitions of Debezium 1.9 to 3.6; release notes of 2.0",
    cure="Bring it in with cdcctl import, which says what changes, and deploy a current version.",
)
def old_major(source: Configuration, setup: Setup) -> Iterator[Problem]:
    if debezium(source, setup) < (2, 0):
        old = [key for key in source.values if replaced(key, NEWEST)]
        named = f"; {len(old)} of its keys have other names today" if old else ""
        yield Problem(f"this is for Debezium 1.x{named}", old[0] if old else None)


@rule(
    "CDC003",
    "warning",
    ALL,
    title="a property that nobody reads",
    why="Connect and Debezium ignore properties they do not know, so a misspelt one silently leaves the default in "
    "place.",
    source="ConfigDef of the connectors, of Connect 3.7 and of the Glue converter",
    cure="Correct the name, or remove the property.",
)
def unknown_property(config: Configuration, setup: Setup) -> Iterator[Problem]:
    if known.own_definitions(config, setup) is None:
        return
    for key in config.values:
        free = known.is_free(key, config)
        # Everything below database. reaches the JDBC driver: there only what all but equals a known name is a slip.
        if known.definition_of(key, config, setup) or _judged_elsewhere(key, config):
            continue
        if free and not (config.kind == DEBEZIUM and key.startswith("database.")):
            continue
        names = [name for name in known.names(config, setup) if name.startswith("database.") or not free]
        near = nearest(key, names, 0.93 if free else 0.75)
        span = span_of(key) if config.kind == DEBEZIUM else None
        since = known.since_of(key, config)
        if since:
            yield Problem(f"{key} is known to this connector from {since} on", key)
        elif span:
            yield Problem(f"{key} is known to Debezium {_text(span[0])} to {_text(span[1])} only", key)
        elif near or not free:
            hint = f"; did you mean {near}?" if near else ""
            yield Problem(f"{key} is no property of this connector or of Connect{hint}", key)


def _judged_elsewhere(key: str, config: Configuration) -> bool:
    """What has a rule of its own: renamed keys, dead letters of a source, what the service refuses of a worker …"""
    if config.kind in SOURCES and (key.startswith("errors.deadletterqueue.") or rename_of(key) is not None):
        return True
    if config.kind == ICEBERG:
        return key in known.FORKS_KEYS or key.startswith("iceberg.tables.cdc")
    return config.kind == WORKER and (key.startswith("log4j") or not allowed(key))


@rule(
    "CDC004",
    "error",
    ALL,
    title="a value that the property does not take",
    why="The connector refuses the configuration, or fails when it starts.",
    source="ConfigDef of the connectors, by version",
    cure="Choose one of the values that the message names.",
)
def bad_value(config: Configuration, setup: Setup) -> Iterator[Problem]:
    for key in config.values:
        definition = known.definition_of(key, config, setup)
        value = config.get(key)
        if definition is None or "${" in value:
            continue
        expected = _expected(key, value, definition)
        if expected is None:
            continue
        new = value_of(key, value, debezium(config, setup)) if config.kind == DEBEZIUM else None
        fix = put(key, new) if new in definition.values and new else ()
        shown = "" if len(value) > 60 or looks_secret(key) else f" (found {value!r})"
        yield Problem(f"{key} must be {expected}{shown}", key, fix)


def _expected(key: str, value: str, definition: Definition) -> str | None:
    """What the value should be; None where it is."""
    values = [each for each in definition.values if not (key == "time.precision.mode" and each == "adaptive")]
    if values:
        return None if value.lower() in [each.lower() for each in values] else f"one of {', '.join(values)}"
    pattern, words = _TYPES.get(definition.type, ("", ""))
    return words if pattern and not re.fullmatch(pattern, value) else None


@rule(
    "CDC005",
    "warning",
    CONNECTORS,
    title="an option that the transform does not read",
    why="A transform ignores options it does not know; a misspelt one leaves the default in place.",
    source="ConfigDef of the transforms of Debezium, Kafka 3.7 and Iceberg 1.12",
    cure="Correct the name, or remove the option.",
)
def unknown_transform_option(config: Configuration, setup: Setup) -> Iterator[Problem]:
    options = known.transform_options(config, setup)
    for each in transforms(config):
        taken = options.get(each.alias)
        for option in each.options if taken is not None else ():
            if taken is not None and option not in taken and option not in _OTHER_OPTIONS:
                near = nearest(option, taken)
                hint = f"; did you mean {near}?" if near else ""
                yield Problem(f"{each.type} has no option {option}{hint}", f"transforms.{each.alias}.{option}")


# Connect's own, and the old way to handle deletes, which has a rule to itself.
_OTHER_OPTIONS = ("predicate", "negate", "delete.handling.mode", "drop.tombstones")


@rule(
    "CDC006",
    "error",
    CONNECTORS,
    title="a transform or predicate without a type",
    why="Connect looks for the class under transforms.NAME.type and refuses the configuration without it.",
    source="ConnectorConfig.enrich of Connect",
    cure="Set its type, or take its name out of the list.",
)
def missing_type(config: Configuration, _: Setup) -> Iterator[Problem]:
    for group in ("transforms", "predicates"):
        for alias in config.entries(group):
            if not config.get(f"{group}.{alias}.type"):
                yield Problem(f"{group} names {alias}, but {group}.{alias}.type is not set", group)


@rule(
    "CDC007",
    "warning",
    CONNECTORS,
    title="options of a transform or predicate that is not in the list",
    why="Only what transforms or predicates names is applied; the options of others are ignored.",
    source="ConnectorConfig.transformationStages of Connect",
    cure="Put its name into the list, or remove its options.",
)
def unlisted(config: Configuration, _: Setup) -> Iterator[Problem]:
    for group in ("transforms", "predicates"):
        listed = config.entries(group)
        told = set()
        for key in config.values:
            alias = key.removeprefix(f"{group}.").partition(".")[0]
            if key.startswith(f"{group}.") and alias not in listed and alias not in told:
                told.add(alias)
                yield Problem(f"{group} does not name {alias}, so its options have no effect", key)


@rule(
    "CDC008",
    "error",
    CONNECTORS,
    title="a required property is missing",
    why="The connector refuses the configuration, or its task fails when it starts.",
    source="ConfigDef of the connectors, by version",
    cure="Set the property.",
)
def missing_property(config: Configuration, setup: Setup) -> Iterator[Problem]:
    required = list(_REQUIRED.get(config.kind, ()))
    if config.kind == DEBEZIUM:
        definitions = known.own_definitions(config, setup) or {}
        required += [key for key, definition in definitions.items() if definition.required]
        if debezium(config, setup) < (2, 0):
            # A random one is taken; CDC021 says what of it.
            required.remove("database.server.id")
    if config.kind == AIVEN_S3 and "aws_s3_bucket" not in config.values:
        required.append("aws.s3.bucket.name")
    if config.kind == ICEBERG and not config.below("iceberg.catalog."):
        yield Problem("the catalog is missing: set iceberg.catalog.catalog-impl and iceberg.catalog.warehouse")
    for key in required:
        old = next((name for name in config.values if (rename_of(name) or ((0, 0), None))[1] == key), None)
        if not config.get(key) and old is None:
            yield Problem(f"{key} is missing")


@rule(
    "CDC009",
    "warning",
    ALL,
    title="a property that is given more than once",
    why="Connect takes the last one, without a word; whoever changes the first one changes nothing.",
    source="java.util.Properties; Jackson, which reads Connect's JSON",
    cure="Keep one.",
)
def repeated_property(config: Configuration, _: Setup) -> Iterator[Problem]:
    for key in config.repeated:
        yield Problem(f"{key} is there more than once", key)


def _text(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))
