"""What an inspected plugin says of the components that rules ask for."""

from __future__ import annotations

import re

from cdcctl.lint.configuration import CLASSES, DEBEZIUM, Configuration
from cdcctl.plugins.inspection import Inspection

_CONVERTER = "com.amazonaws.services.schemaregistry.kafkaconnect.AWSKafkaAvroConverter"


def versions_in(plugin: Inspection) -> dict[str, tuple[int, ...]]:
    """Component → version of those that the plugin has."""
    components = {name: "debezium" if kind == DEBEZIUM else kind for name, kind in CLASSES.items()}
    found = {}
    for name, component in {**components, _CONVERTER: "glue-avro-converter"}.items():
        held = plugin.find(name)
        numbers = re.match(r"(\d+)\.(\d+)(?:\.(\d+))?", held.version) if held else None
        if numbers:
            found[component] = tuple(int(number) for number in numbers.groups() if number is not None)
    return found


def plugin_of(config: Configuration, plugins: tuple[Inspection, ...]) -> Inspection | None:
    """The plugin that has a configuration's connector."""
    for name, kind in CLASSES.items():
        for plugin in plugins:
            if kind == config.kind and plugin.find(name):
                return plugin
    return None
