"""Compatibility modes, and what each of them lets happen to the source, the sink and the readers.

The converter sends the mode only when it creates a schema; so only a source that registers schemas is judged.
"""

from __future__ import annotations

from collections.abc import Iterator

from cdcctl.lint.behaviour import glue_sides, sinks_of
from cdcctl.lint.configuration import S3_SINKS, SOURCES, Configuration, Setup
from cdcctl.lint.rule import Problem, rule

_MATRIX = "62 kinds of DDL against Avro's SchemaCompatibility"


def _modes(config: Configuration) -> Iterator[tuple[str, str]]:
    """Property and mode (empty where unset) of each side that registers schemas."""
    for side in glue_sides(config):
        if config.flag(f"{side}.converter.schemaAutoRegistrationEnabled"):
            key = f"{side}.converter.compatibility"
            yield key, config.get(key).upper()


@rule(
    "CDC120",
    "warning",
    SOURCES,
    title="nothing holds an ALTER back",
    why="With NONE the registry takes any version. A change of type (INT to VARCHAR) then reaches the sink: Iceberg's "
    "task fails at the first value that does not fit, the S3 sinks write two types under one prefix.",
    source=f"measured with Iceberg 1.12; {_MATRIX}",
    cure="Set compatibility to FORWARD: the source keeps running through added columns, and most changes of type are "
    "refused.",
)
def no_compatibility(config: Configuration, _: Setup) -> Iterator[Problem]:
    for key, mode in _modes(config):
        if mode == "NONE":
            yield Problem(f"{key} is NONE", key)


@rule(
    "CDC121",
    "error",
    SOURCES,
    title="the first ALTER stops the source",
    why="DISABLED takes no version after the first. Any change of a table that changes its schema stops the task at "
    "the next row, and a restart meets the same row.",
    source="Glue developer guide, schema registry compatibility modes",
    cure="Set compatibility to FORWARD.",
)
def disabled(config: Configuration, _: Setup) -> Iterator[Problem]:
    for key, mode in _modes(config):
        if mode == "DISABLED":
            yield Problem(f"{key} is DISABLED", key)


@rule(
    "CDC122",
    "note",
    SOURCES,
    title="ADD COLUMN … NOT NULL without a DEFAULT stops the source",
    why="BACKWARD and FULL ask that the new schema reads old data, for which the new column would need a default. "
    "MySQL takes the statement, the registry refuses the version, the task fails at the next row of the table.",
    source=f"{_MATRIX}; measured with the movies scenario",
    cure="Give each new column a DEFAULT, or choose FORWARD; check migrations before they run: cdcctl evolve check.",
)
def needs_defaults(config: Configuration, _: Setup) -> Iterator[Problem]:
    for key, mode in _modes(config):
        if mode.removesuffix("_ALL") in ("BACKWARD", "FULL"):
            yield Problem(f"{key} is {mode}", key)


@rule(
    "CDC123",
    "warning",
    SOURCES,
    title="the compatibility mode is left to the converter",
    why="It creates schemas with BACKWARD, under which ADD COLUMN … NOT NULL without a DEFAULT stops the source.",
    source=f"GlueSchemaRegistryConfiguration of the converter; {_MATRIX}",
    cure="Set compatibility; FORWARD suits a source whose tables gain columns. Schemas that exist keep their mode.",
)
def unset(config: Configuration, _: Setup) -> Iterator[Problem]:
    for key, mode in _modes(config):
        if not mode:
            yield Problem(f"{key} is not set", key.removesuffix(".compatibility"))


@rule(
    "CDC124",
    "warning",
    SOURCES,
    title="a mode that lets columns widen, with a sink that cannot",
    why="BACKWARD takes INT to BIGINT and DATE to DATETIME. An S3 sink then writes INT64 files beside INT32 ones "
    "under one prefix, and query engines refuse or misread the older or the newer ones; Iceberg widens the column "
    "instead.",
    source=f"{_MATRIX}; StorageSchemaCompatibility of Confluent, SchemaBasedTopicPartitionRecordGrouper of Aiven",
    cure="Set compatibility to FULL, or to FORWARD where tables gain NOT NULL columns.",
)
def widening(config: Configuration, setup: Setup) -> Iterator[Problem]:
    affected = [sink for sink in sinks_of(config, setup) if sink.kind in S3_SINKS]
    for key, mode in _modes(config) if affected else ():
        if key.startswith("value") and mode.removesuffix("_ALL") in ("", "BACKWARD"):
            place = key if mode else key.removesuffix(".compatibility")
            yield Problem(f"{key} is {mode or 'BACKWARD, by default'}, the sink is {affected[0].kind}", place)
