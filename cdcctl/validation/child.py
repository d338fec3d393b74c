"""The child process that holds the JVM: asks connector, transforms and converters about one configuration.

It speaks JSON: a request on stdin, an answer on the last line of stdout. A JVM can be started once in a process, and
takes the process along when it dies; therefore a process of its own.

Nothing is connected to: Debezium's own ``validate`` would try to reach MySQL, so its fields are validated without that.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from typing import Any

import jpype

Problem = tuple[str, str]

# Prefixes of what is handed on, to Kafka's clients, to Iceberg's catalog and file writers, to JDBC.
_HANDED_ON = (
    "producer.override.",
    "consumer.override.",
    "admin.override.",
    "key.converter.",
    "value.converter.",
    "header.converter.",
    "topic.creation.",
    "driver.",
    "database.history.producer.",
    "database.history.consumer.",
    "schema.history.internal.producer.",
    "schema.history.internal.consumer.",
    "signal.consumer.",
    "iceberg.catalog.",
    "iceberg.hadoop.",
    "iceberg.kafka.",
    "iceberg.tables.auto-create-props.",
    "iceberg.tables.write-props.",
    "iceberg.table.",
    "s3.credentials.provider.",
    "connect.parquet.",
)
# Debezium's keys with a part that is free (RelationalDatabaseConnectorConfig).
_DEBEZIUM_PATTERNS = ("column.mask.", "column.truncate.", "snapshot.select.statement.overrides.")
# Where keys are defined that a connector reads and does not list.
_DEBEZIUM_FIELDS = (
    "io.debezium.connector.mysql.MySqlConnectorConfig",
    "io.debezium.storage.kafka.history.KafkaSchemaHistory",
    "io.debezium.relational.history.KafkaDatabaseHistory",
    "io.debezium.relational.history.SchemaHistory",
    "io.debezium.relational.history.DatabaseHistory",
    "io.debezium.pipeline.signal.channels.KafkaSignalChannel",
    "io.debezium.connector.mysql.signal.KafkaSignalThread",
    "io.debezium.transforms.ExtractNewRecordStateConfigDefinition",
    "io.debezium.heartbeat.Heartbeat",
    "io.debezium.heartbeat.HeartbeatImpl",
    "io.debezium.schema.AbstractTopicNamingStrategy",
)
# What a task makes of its configuration; it checks what belongs together.
_TASK_CONFIGS = {
    "org.apache.iceberg.connect.IcebergSinkConnector": "org.apache.iceberg.connect.IcebergSinkConfig",
    "io.confluent.connect.s3.S3SinkConnector": "io.confluent.connect.s3.S3SinkConnectorConfig",
    "io.aiven.kafka.connect.s3.AivenKafkaConnectS3SinkConnector": "io.aiven.kafka.connect.s3.config.S3SinkConfig",
}
_RUNTIME = "org.apache.kafka.connect.runtime."


def main() -> None:
    """Answer one request: ``{"jvm": …, "options": […], "class_path": […], "config": {…}}``."""
    request = json.load(sys.stdin)
    jpype.startJVM(request["jvm"], *request["options"], classpath=request["class_path"])
    print("\n" + json.dumps({"problems": sorted(set(_problems(request["config"])))}))


def _problems(config: dict[str, str]) -> Iterator[Problem]:
    try:
        connector = jpype.JClass(config["connector.class"])()
    except (TypeError, jpype.JException) as error:
        yield "connector.class", f"{config['connector.class']} cannot be loaded: {error}"
        return
    framework = _framework(connector)
    # Kafka Connect hands a connector its name.
    named = _map({**config, "name": "validated"})
    single = [*_told(framework.configDef().validate(named), config), *_told(_own(connector, config), config)]
    yield from single
    if not single:
        yield from _as_a_whole(framework, config["connector.class"], named)
    yield from _topic_creation(config)
    for alias in _aliases(config):
        yield from _transform(f"transforms.{alias}.", config)
    for side in ("key", "value"):
        yield from _converter(f"{side}.converter", config)
    known = {str(name) for name in connector.config().names()}
    known |= {str(name) for name in framework.configDef().names()} | set(_fields())
    yield from _unknown(config, known)


def _framework(connector: Any) -> Any:
    """What Connect itself knows of the connector's kind."""
    is_source = isinstance(connector, jpype.JClass("org.apache.kafka.connect.source.SourceConnector"))
    return jpype.JClass(_RUNTIME + ("SourceConnectorConfig" if is_source else "SinkConnectorConfig"))


def _own(connector: Any, config: Mapping[str, str]) -> Any:
    """The connector's own verdict."""
    kind = connector.getClass()
    while kind is not None:
        for method in kind.getDeclaredMethods():
            if str(method.getName()) == "validateAllFields":
                method.setAccessible(True)
                settings = jpype.JClass("io.debezium.config.Configuration").from_(_map(config))
                return method.invoke(connector, [settings]).values()
        kind = kind.getSuperclass()
    return connector.validate(_map(config)).configValues()


def _told(values: Any, config: Mapping[str, str]) -> Iterator[Problem]:
    """The errors among ConfigValues; what a reference will stand for cannot be judged."""
    for value in values:
        for message in value.errorMessages() if value is not None else ():
            if "${" not in config.get(str(value.name()), ""):
                yield str(value.name()), str(message)


def _as_a_whole(framework: Any, connector_class: str, named: Any) -> Iterator[Problem]:
    """What does not fit together, such as topics and topics.regex; the key is empty."""
    if hasattr(framework, "validate"):
        yield from _tried("", lambda: framework.validate(named))
    task_config = _TASK_CONFIGS.get(connector_class)
    if task_config is not None:
        yield from _tried("", lambda: jpype.JClass(task_config)(named))


def _topic_creation(config: Mapping[str, str]) -> Iterator[Problem]:
    prefix = "topic.creation.default."
    settings = {key.removeprefix(prefix): value for key, value in config.items() if key.startswith(prefix)}
    if settings:
        definition = jpype.JClass(_RUNTIME + "TopicCreationConfig").defaultGroupConfigDef()
        # Its validate() cannot take what is no number; parse() tells the first problem.
        yield from _tried(prefix.rstrip("."), lambda: definition.parse(_map(settings)))


def _aliases(config: Mapping[str, str]) -> list[str]:
    return [alias.strip() for alias in config.get("transforms", "").split(",") if alias.strip()]


def _transform(prefix: str, config: Mapping[str, str]) -> Iterator[Problem]:
    settings = {key.removeprefix(prefix): value for key, value in config.items() if key.startswith(prefix)}
    name = settings.pop("type", "")
    for also in ("predicate", "negate"):
        settings.pop(also, None)
    try:
        transform = jpype.JClass(name)()
    except (TypeError, jpype.JException) as error:
        yield f"{prefix}type", f"{name or 'nothing'} cannot be loaded: {error}"
        return
    yield from _tried(prefix.rstrip("."), lambda: transform.configure(_map(settings)))
    known = {str(key) for key in transform.config().names()} | set(_fields())
    for key in settings.keys() - known:
        yield prefix + key, "is not known to the transform"


def _converter(side: str, config: Mapping[str, str]) -> Iterator[Problem]:
    if side not in config:
        return
    settings = {key.removeprefix(f"{side}."): each for key, each in config.items() if key.startswith(f"{side}.")}
    is_key = side.startswith("key")
    yield from _tried(side, lambda: jpype.JClass(config[side])().configure(_map(settings), is_key))


def _unknown(config: Mapping[str, str], known: set[str]) -> Iterator[Problem]:
    converters = [f"{alias.strip()}." for alias in config.get("converters", "").split(",") if alias.strip()]
    prefixes = (*_HANDED_ON, *_DEBEZIUM_PATTERNS, *converters, *(f"transforms.{each}." for each in _aliases(config)))
    for key in config.keys() - known:
        if not key.startswith(prefixes) and not key.startswith("predicates"):
            yield key, "is not known to the connector"


def _fields() -> Iterator[str]:
    """Names of all Debezium fields that the classes above hold as constants, where they are there."""
    for name in _DEBEZIUM_FIELDS:
        try:
            kind = jpype.JClass(name).class_
        except TypeError:
            continue
        for constant in kind.getFields():
            if str(constant.getType().getName()) == "io.debezium.config.Field":
                yield str(constant.get(None).name())


def _tried(key: str, act: Any) -> Iterator[Problem]:
    try:
        act()
    except jpype.JException as error:
        yield key, str(error.getMessage() or error)
    except TypeError as error:
        yield key, f"cannot be loaded: {error}"


def _map(values: Mapping[str, str]) -> Any:
    made = jpype.JClass("java.util.HashMap")()
    for key, value in values.items():
        made.put(key, value)
    return made


if __name__ == "__main__":
    main()
