"""The Glue registries: where schemas go, under which names, and who may put them there."""

from __future__ import annotations

from collections.abc import Iterator

from cdcctl.lint.behaviour import (
    glue_sides,
    registry,
    tables,
)
from cdcctl.lint.configuration import (
    CONNECTORS,
    DEBEZIUM,
    SOURCES,
    Configuration,
    Setup,
)
from cdcctl.lint.rule import Problem, drop, rule

_GLUE_SOURCE = "GlueSchemaRegistryConfiguration and AWSKafkaAvroConverter of the converter"


def _option(config: Configuration, side: str, name: str) -> str:
    return config.get(f"{side}.converter.{name}")


@rule(
    "CDC100",
    "error",
    SOURCES,
    title="keys and values in one registry",
    why="The converter names a schema after the topic, for key and value alike. In one registry the value becomes a "
    "second version of the key's schema; the names of the records differ, so it is refused, and the task fails.",
    source="AWSSchemaNamingStrategyDefaultImpl of the converter; measured",
    cure="Name two registries.",
)
def one_registry(config: Configuration, _: Setup) -> Iterator[Problem]:
    if len(glue_sides(config)) < 2:
        return
    named = any(_option(config, side, name) for side in ("key", "value") for name in ("schemaName", _NAMING))
    places = {(registry(config, side), _option(config, side, "region")) for side in ("key", "value")}
    if not named and len(places) == 1:
        key = "value.converter.registry.name"
        yield Problem(f"both go to {registry(config, 'value')}", key if key in config.values else "value.converter")


_NAMING = "schemaNameGenerationClass"


@rule(
    "CDC101",
    "error",
    SOURCES,
    title="one schema name for several topics",
    why="schemaName is a constant: the schemas of all topics become versions of one, and the second topic's is "
    "refused.",
    source=f"{_GLUE_SOURCE}; derived",
    cure="Remove schemaName: schemas are then named after their topics.",
)
def one_schema_name(config: Configuration, _: Setup) -> Iterator[Problem]:
    several = config.kind != DEBEZIUM or len(tables(config)) != 1 or config.flag("include.schema.changes", True)
    for side in glue_sides(config):
        key = f"{side}.converter.schemaName"
        if config.get(key) and several:
            yield Problem(f"{config.get(key)} would be the name of every topic's schema", key, drop(key))


@rule(
    "CDC102",
    "warning",
    SOURCES,
    title="new schemas are not registered",
    why="schemaAutoRegistrationEnabled is false by default: the first event of each table, and of each later version, "
    "stops the task unless its very definition is in the registry already.",
    source=f"{_GLUE_SOURCE}: Failed to auto-register schema. Auto registration of schema is not enabled",
    cure="Set schemaAutoRegistrationEnabled to true; or to false, if schemas are registered before they are used.",
)
def not_registered(config: Configuration, _: Setup) -> Iterator[Problem]:
    for side in glue_sides(config):
        if not _option(config, side, "schemaAutoRegistrationEnabled"):
            key = f"{side}.converter.schemaAutoRegistrationEnabled"
            yield Problem(f"{key} is not set", f"{side}.converter")


@rule(
    "CDC103",
    "warning",
    CONNECTORS,
    title="the registry's region is left to chance",
    why="Without region the SDK looks through its default chain, which a worker need not answer.",
    source=f"{_GLUE_SOURCE}; AWS SDK, default region provider chain",
    cure="Set region below key.converter and value.converter.",
)
def no_region(config: Configuration, _: Setup) -> Iterator[Problem]:
    for side in glue_sides(config):
        # CDC105 tells what is worse.
        if not _option(config, side, "region") and not _option(config, side, "assumeRoleArn"):
            yield Problem(f"{side}.converter.region is not set", f"{side}.converter")


@rule(
    "CDC104",
    "error",
    CONNECTORS,
    title="an option that cannot be set in a configuration",
    why="The converter wants a HashMap object for tags and metadata; a text makes it throw when the task starts.",
    source=f"{_GLUE_SOURCE}: The tag config is not a instance of HashMap",
    cure="Remove it; tag schemas with the registry's own API.",
)
def not_a_map(config: Configuration, _: Setup) -> Iterator[Problem]:
    for side in glue_sides(config):
        for name in ("tags", "metadata"):
            key = f"{side}.converter.{name}"
            if key in config.values:
                yield Problem(f"{key} is a text", key, drop(key))


@rule(
    "CDC105",
    "error",
    CONNECTORS,
    title="a role that the converter does not take, or cannot",
    why="assumeRoleArn is known since converter 1.1.25 and ignored before, so the registry of the worker's own "
    "account is used. Where it is known it needs region, and fails with a NullPointerException without.",
    source="AWSKafkaAvroConverter 1.1.9, 1.1.25 and 1.1.27",
    cure="Use converter 1.1.25 or newer, and set region.",
)
def role_not_taken(config: Configuration, setup: Setup) -> Iterator[Problem]:
    version = setup.versions.get("glue-avro-converter", (9,))
    for side in glue_sides(config):
        key = f"{side}.converter.assumeRoleArn"
        if key not in config.values:
            continue
        if version < (1, 1, 25):
            yield Problem(f"converter {'.'.join(map(str, version))} does not know {key}", key)
        elif not _option(config, side, "region"):
            yield Problem(f"{side}.converter.region is not set", key)


@rule(
    "CDC106",
    "warning",
    (DEBEZIUM,),
    title="the registry is not named",
    why="Without registry.name schemas go to default-registry, which the converter does not create, and which every "
    "pipeline of the account that says nothing shares.",
    source=f"{_GLUE_SOURCE}: default-registry",
    cure="Name a registry of the pipeline's own in registry.name.",
)
def nameless_registry(source: Configuration, _: Setup) -> Iterator[Problem]:
    for side in glue_sides(source):
        if not _option(source, side, "registry.name"):
            yield Problem(f"{side}.converter.registry.name is not set", f"{side}.converter")
