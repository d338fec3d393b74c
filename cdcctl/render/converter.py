"""The AWS Glue Schema Registry converter's part of a connector configuration."""

from __future__ import annotations

from cdcctl.pipeline import Pipeline, Registries

CONVERTER_CLASS = "com.amazonaws.services.schemaregistry.kafkaconnect.AWSKafkaAvroConverter"
PLUGIN = "glue-avro-converter"


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
        "schemaAutoRegistrationEnabled": "true" if registries.auto_register else "false",
        "compatibility": registries.compatibility,
        # Without it a sink dies with a NullPointerException at its first record.
        "avroRecordType": "GENERIC_RECORD",
        **_chosen(registries),
        **registries.properties,
    }
    return {f"{side}.converter": CONVERTER_CLASS, **{f"{side}.converter.{key}": each for key, each in settings.items()}}


def _chosen(registries: Registries) -> dict[str, str]:
    """What is written only where it was chosen."""
    chosen = {
        "schemaName": registries.schema_name,
        "schemaNameGenerationClass": registries.naming_class,
        "cacheSize": registries.cache_size,
        "timeToLiveMillis": registries.cache_ttl_ms,
        "compression": registries.compression if registries.compression != "NONE" else None,
        "connect.meta.data": None if registries.metadata else "false",
        "assumeRoleArn": registries.role_arn,
    }
    return {key: str(value) for key, value in chosen.items() if value is not None}
