"""The AWS Glue Schema Registry converter's part of a connector configuration."""

from __future__ import annotations

from collections.abc import Mapping

from cdcctl.pipeline import Pipeline, Registries
from cdcctl.render.settings import FLAG, NUMBER, DefaultOf, Found, Setting, read, written

CONVERTER_CLASS = "com.amazonaws.services.schemaregistry.kafkaconnect.AWSKafkaAvroConverter"
PLUGIN = "glue-avro-converter"
SETTINGS = (
    Setting("auto_register", "schemaAutoRegistrationEnabled", FLAG),
    Setting("compatibility", "compatibility"),
    Setting("schema_name", "schemaName", omit=None),
    Setting("naming_class", "schemaNameGenerationClass", omit=None),
    Setting("cache_size", "cacheSize", NUMBER, omit=None),
    Setting("cache_ttl_ms", "timeToLiveMillis", NUMBER, omit=None),
    Setting("compression", "compression", omit="NONE"),
    Setting("metadata", "connect.meta.data", FLAG, omit=True),
    Setting("role_arn", "assumeRoleArn", omit=None),
)
# Without it a sink dies with a NullPointerException at its first record.
_RECORDS = {"avroRecordType": "GENERIC_RECORD"}


def glue_converters(pipeline: Pipeline, region: str) -> dict[str, str]:
    """``key.converter.*`` and ``value.converter.*``: one registry each, Avro, registering on first use.

    Source: AWSKafkaAvroConverter, AvroDataConfig and GlueSchemaRegistryConfiguration of the converter. Tags and
    metadata are not among the settings: it takes them as Java maps only, never from a connector configuration.
    """
    registries = pipeline.registries
    return {
        **glue_converter("key", registries, registries.keys, region),
        **glue_converter("value", registries, registries.values, region),
    }


def glue_converter(side: str, registries: Registries, registry: str, region: str) -> dict[str, str]:
    """The converter of keys or of values (``side``)."""
    settings = {
        "region": registries.region or region,
        "registry.name": registry,
        **written(SETTINGS, registries),
        **_RECORDS,
        **registries.properties,
    }
    return {f"{side}.converter": CONVERTER_CLASS, **{f"{side}.converter.{key}": each for key, each in settings.items()}}


def options(config: Mapping[str, str], side: str) -> dict[str, str] | None:
    """The options of a side's Glue converter; None where it has another one."""
    if config.get(f"{side}.converter") != CONVERTER_CLASS:
        return None
    prefix = f"{side}.converter."
    return {key.removeprefix(prefix): value for key, value in config.items() if key.startswith(prefix)}


def registries_of(config: Mapping[str, str], region: str, default_of: DefaultOf) -> Found:
    """What a configuration's Glue converters say, by path below ``registries``; where they differ, that of values.

    :param region: the pipeline's.
    :param default_of: of a converter's option.
    """
    keys, values = options(config, "key"), options(config, "value")
    main = values if values is not None else keys
    if main is None:
        return {}
    found = read(SETTINGS, main, default_of)
    for name, side in (("keys", keys), ("values", values)):
        if side is not None:
            found[(name,)] = side.get("registry.name") or default_of("registry.name")
    if main.get("region", region) != region:
        found[("region",)] = main["region"]
    known = {each.key for each in SETTINGS} | {"region", "registry.name", *_RECORDS}
    both = keys if keys is not None else main
    raw = {key: value for key, value in main.items() if key not in known and both.get(key) == value}
    return {**found, ("properties",): raw} if raw else found
