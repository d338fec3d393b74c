"""What happens to a record between Debezium and Kafka: transformations with their predicates, then the converters."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

from cdcctl.schema.child.avro import parsed
from cdcctl.schema.child.java import java_class, java_map, sub_properties

GLUE_AVRO = "com.amazonaws.services.schemaregistry.kafkaconnect.AWSKafkaAvroConverter"
_AVRO_DATA = "com.amazonaws.services.schemaregistry.kafkaconnect.avrodata"


class Transformations:
    """The configured chain (``transforms``, ``predicates``), built as ConnectorConfig of Kafka Connect builds it."""

    def __init__(self, config: Mapping[str, str]) -> None:
        predicates = {name: _plugin(config, f"predicates.{name}.") for name in _names(config, "predicates")}
        self._steps = [self._step(config, name, predicates) for name in _names(config, "transforms")]

    @staticmethod
    def _step(config: Mapping[str, str], name: str, predicates: Mapping[str, Any]) -> tuple[Any, Any, bool]:
        prefix = f"transforms.{name}."
        predicate = predicates.get(config.get(f"{prefix}predicate", ""))
        return _plugin(config, prefix), predicate, config.get(f"{prefix}negate", "false").lower() == "true"

    def apply(self, record: Any) -> Any:
        """The record after the chain; None when a step drops it."""
        for step, predicate, negate in self._steps:
            if record is None:
                return None
            if predicate is None or bool(predicate.test(record)) != negate:
                record = step.apply(record)
        return record


class Converter:
    """One side's converter (``key.converter`` or ``value.converter``): which Avro it registers, if it does."""

    def __init__(self, config: Mapping[str, str], side: str) -> None:
        self._avro = None
        if config.get(f"{side}.converter") == GLUE_AVRO:
            settings = java_class(f"{_AVRO_DATA}.AvroDataConfig")(
                java_map(sub_properties(config, f"{side}.converter."))
            )
            self._avro = java_class(f"{_AVRO_DATA}.AvroData")(settings)

    def definition(self, schema: Any, value: Any) -> str | None:
        """The text that would be registered; None when nothing is (no schema, a null, another converter)."""
        if self._avro is None or schema is None or value is None:
            return None
        converted = self._avro.fromConnectData(schema, value)
        return str(converted.getSchema().toString())

    def connect_schema(self, definition: str) -> Any:
        """The Connect schema that a reader gets from a registered definition."""
        return java_class(f"{_AVRO_DATA}.AvroData")(_as_it_comes()).toConnectSchema(parsed(definition))


@functools.cache
def _as_it_comes() -> Any:
    return java_class(f"{_AVRO_DATA}.AvroDataConfig")(java_map({}))


def _names(config: Mapping[str, str], key: str) -> list[str]:
    return [name.strip() for name in config.get(key, "").split(",") if name.strip()]


def _plugin(config: Mapping[str, str], prefix: str) -> Any:
    settings = sub_properties(config, prefix)
    made = java_class(settings.get("type", ""))()
    made.configure(java_map({key: value for key, value in settings.items() if key not in ("predicate", "negate")}))
    return made
