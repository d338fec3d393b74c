"""The AWS Glue Schema Registry converter's part of a connector configuration."""

from __future__ import annotations

from cdcctl.pipeline import Pipeline

CONVERTER_CLASS = "com.amazonaws.services.schemaregistry.kafkaconnect.AWSKafkaAvroConverter"
PLUGIN = "glue-avro-converter"


def glue_converters(pipeline: Pipeline, region: str) -> dict[str, str]:
    """``key.converter.*`` and ``value.converter.*``: one registry each, Avro, registering on first use.

    Source: AWSKafkaAvroConverter and GlueSchemaRegistryConfiguration of the converter.
    """
    registries = {"key": pipeline.registries.keys, "value": pipeline.registries.values}
    config: dict[str, str] = {}
    for side, registry in registries.items():
        config[f"{side}.converter"] = CONVERTER_CLASS
        settings = {
            "region": region,
            "registry.name": registry,
            "schemaAutoRegistrationEnabled": "true",
            "compatibility": pipeline.registries.compatibility,
            # Without it a sink dies with a NullPointerException at its first record.
            "avroRecordType": "GENERIC_RECORD",
        }
        config.update({f"{side}.converter.{key}": value for key, value in settings.items()})
    return config
