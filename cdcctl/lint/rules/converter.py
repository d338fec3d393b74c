"""The Glue Avro converter, and others in its place: what they can write, and what sinks can read."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cdcctl.lint.behaviour import (
    GLUE_CONVERTER,
    converter,
    debezium,
    glue_sides,
    prefix,
    source_of,
    tables,
    transforms,
    unwrap,
)
from cdcctl.lint.configuration import (
    CONNECTORS,
    DEBEZIUM,
    PARQUET_SINKS,
    S3_SINKS,
    SINKS,
    SOURCES,
    Configuration,
    Setup,
)
from cdcctl.lint.rule import Problem, drop, put, rule

_GLUE_SOURCE = "GlueSchemaRegistryConfiguration and AWSKafkaAvroConverter of the converter"


def _option(config: Configuration, side: str, name: str) -> str:
    return config.get(f"{side}.converter.{name}")


@rule(
    "CDC110",
    "error",
    SINKS,
    title="the converter cannot read a record",
    why="Without avroRecordType the converter fails at the first record with a NullPointerException, told as: "
    "Exception occurred while de-serializing Avro message. A specific record has no Connect form.",
    source=f"{_GLUE_SOURCE}; derived",
    cure="Set avroRecordType to GENERIC_RECORD for keys and values.",
)
def no_record_type(config: Configuration, _: Setup) -> Iterator[Problem]:
    for side in glue_sides(config):
        key = f"{side}.converter.avroRecordType"
        if config.get(key) != "GENERIC_RECORD":
            place = key if key in config.values else f"{side}.converter"
            yield Problem(f"{key} is {config.get(key) or 'not set'}", place, put(key, "GENERIC_RECORD"))


@rule(
    "CDC111",
    "warning",
    CONNECTORS,
    title="a data format that the converter does not have",
    why="AWSKafkaAvroConverter ignores dataFormat and always writes Avro.",
    source=_GLUE_SOURCE,
    cure="Remove dataFormat; for JSON or Protobuf use the converter made for it.",
)
def other_format(config: Configuration, _: Setup) -> Iterator[Problem]:
    for side in glue_sides(config):
        key = f"{side}.converter.dataFormat"
        if config.get(key).upper() not in ("", "AVRO"):
            yield Problem(f"{key} is {config.get(key)}", key, drop(key))


@rule(
    "CDC112",
    "error",
    PARQUET_SINKS,
    title="the sink reads another format than the source writes",
    why="A record is bytes in the converter's own framing; another converter cannot read it, and looks for the schema "
    "in another region's registry in vain.",
    source="wire format of the Glue converter: 0x03, compression, id of the schema version",
    cure="Give the sink the value converter of the source, in the same region.",
)
def converters_differ(sink: Configuration, setup: Setup) -> Iterator[Problem]:
    source = source_of(sink, setup)
    if source is None:
        return
    writes, reads = ((converter(each, "value", setup) or "").rpartition(".")[2] for each in (source, sink))
    if writes and reads and writes != reads:
        yield Problem(f"the source writes with {writes}, this reads with {reads}", "value.converter")
        return
    regions = [_option(each, "value", "region") for each in (source, sink)]
    if all(regions) and regions[0] != regions[1] and reads == GLUE_CONVERTER:
        yield Problem(f"the source's registry is in {regions[0]}", "value.converter.region")


@rule(
    "CDC113",
    "error",
    (DEBEZIUM, *PARQUET_SINKS),
    title="values without a schema",
    why="Parquet needs one. StringConverter writes Struct{id=1,…} as text, ByteArrayConverter takes no structure at "
    "all, and JsonConverter without schemas gives maps, which the S3 sinks cannot write as Parquet.",
    source="Connect converters; ParquetRecordWriterProvider of Confluent, ParquetOutputWriter of Aiven; MSK Connect "
    "developer guide: the default worker configuration names StringConverter",
    cure="Set value.converter to com.amazonaws.services.schemaregistry.kafkaconnect.AWSKafkaAvroConverter.",
)
def no_schema(config: Configuration, setup: Setup) -> Iterator[Problem]:
    name = (converter(config, "value", setup) or "").rpartition(".")[2]
    bare = name == "JsonConverter" and not config.flag("value.converter.schemas.enable", True)
    if name in ("StringConverter", "ByteArrayConverter") or (bare and config.kind in S3_SINKS):
        by = "" if "value.converter" in config.values else ", by the worker configuration"
        yield Problem(f"value.converter is {name}{by}", "value.converter")


@rule(
    "CDC114",
    "error",
    SOURCES,
    title="a bare key for the Avro converter",
    why="ExtractField takes the number or text out of the key. The converter registers a schema for it and then "
    "refuses to write it: Unsupported type passed for serialization. It writes records, enums, arrays and fixed bytes "
    "only.",
    source="AvroSerializer.createDatumWriter of the converter",
    cure="Leave the key a structure, or give keys another converter.",
)
def bare_key(config: Configuration, _: Setup) -> Iterator[Problem]:
    for each in transforms(config):
        if "key" in glue_sides(config) and each.type == "org.apache.kafka.connect.transforms.ExtractField$Key":
            yield Problem("the key is no structure after this", f"transforms.{each.alias}.type")


@rule(
    "CDC115",
    "error",
    (DEBEZIUM,),
    title="names that are not legal in Avro",
    why="Schema names become Avro namespaces. Debezium replaces illegal characters by itself for Confluent's and "
    "Apicurio's converters only, not for Glue's; sinks then cannot read a row.",
    source="CommonConnectorConfig.isUsingAvroConverter and SchemaNameAdjuster of Debezium; measured",
    cure="Set schema.name.adjustment.mode to avro.",
)
def illegal_names(source: Configuration, setup: Setup) -> Iterator[Problem]:
    default = "avro" if debezium(source, setup) < (2, 0) else "none"
    mode = source.get("schema.name.adjustment.mode") or default
    if mode != "none" or not glue_sides(source):
        return
    for name in (prefix(source), *tables(source)):
        wrong = [part for part in re.split(r"\.", name) if part and not re.fullmatch(r"[A-Za-z_]\w*", part, re.ASCII)]
        if wrong and "${" not in name:
            key = "schema.name.adjustment.mode"
            yield Problem(f"{wrong[0]!r} would be part of a namespace", key, put(key, "avro"))
            return


@rule(
    "CDC116",
    "note",
    (DEBEZIUM,),
    title="this does not keep NULL from becoming the DEFAULT",
    why="replace.null.with.default=false acts inside the unwrap transform only. The Glue converter reads fields by "
    "Struct.get, which answers a null with the column's default again.",
    source="AvroData of the converter, Struct.get of Connect; executed and measured",
    cure="Drop the DEFAULT of nullable columns; no setting brings the NULL back.",
)
def null_becomes_default(source: Configuration, _: Setup) -> Iterator[Problem]:
    transform = unwrap(source)
    if transform and "value" in glue_sides(source) and transform.options.get("replace.null.with.default") == "false":
        key = f"transforms.{transform.alias}.replace.null.with.default"
        yield Problem(f"{key} is false", key)


@rule(
    "CDC117",
    "warning",
    CONNECTORS,
    title="options of a converter that is not named here",
    why="A connector's converter options count only beside its own key.converter or value.converter; otherwise the "
    "worker's converter is used, with the worker's options.",
    source="Plugins.newConverter of Connect",
    cure="Name the converter's class as well, or remove the options.",
)
def options_without_converter(config: Configuration, _: Setup) -> Iterator[Problem]:
    for side in ("key", "value", "header"):
        options = [key for key in config.values if key.startswith(f"{side}.converter.")]
        if options and not config.get(f"{side}.converter"):
            yield Problem(f"{side}.converter is not set", options[0])
