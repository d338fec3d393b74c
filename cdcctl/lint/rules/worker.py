"""The worker configuration, and the Kafka clients that it gives to connectors."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cdcctl.aws.worker_rules import REQUIRED, allowed
from cdcctl.lint.configuration import CONNECTORS, SINKS, SOURCES, WORKER, Configuration, Setup
from cdcctl.lint.rule import Problem, drop, put, rule

_ONLY = (WORKER,)
_REFERENCE = re.compile(r"\$\{(\w+):[^}]*\}")
_SUPPORTED = "MSK Connect developer guide, supported worker configuration properties"


@rule(
    "CDC190",
    "error",
    _ONLY,
    title="a property that MSK Connect does not take",
    why="The service sets brokers, security, groups and internal topics itself and refuses a worker configuration "
    "that names them; of producer. and consumer. it takes a few only.",
    source=_SUPPORTED,
    cure="Remove it. What a connector needs of its clients goes into the connector: producer.override., "
    "consumer.override.",
)
def not_supported(worker: Configuration, _: Setup) -> Iterator[Problem]:
    for key in worker.values:
        if not allowed(key):
            yield Problem(f"{key} is not supported", key, drop(key))


@rule(
    "CDC191",
    "error",
    _ONLY,
    title="the default converters are missing",
    why="The service refuses a worker configuration without them, also where each connector names its own.",
    source=_SUPPORTED,
    cure="Set key.converter and value.converter, such as org.apache.kafka.connect.storage.StringConverter.",
)
def no_converters(worker: Configuration, _: Setup) -> Iterator[Problem]:
    for key in REQUIRED:
        if not worker.get(key):
            yield Problem(f"{key} is missing")


@rule(
    "CDC192",
    "warning",
    (WORKER, *SOURCES),
    title="offsets are lost when the connector is made again",
    why="MSK Connect then keeps source offsets in a topic named after the connector's id. A connector that is deleted "
    "and made again has another id, begins without offsets and takes a new snapshot.",
    source="MSK Connect developer guide, use custom offset storage topic",
    cure="Set offset.storage.topic in the worker configuration before the connector is created, and keep its name.",
)
def default_offset_topic(config: Configuration, setup: Setup) -> Iterator[Problem]:
    if config.kind == WORKER:
        # For sinks it has no meaning: their offsets are those of a consumer group.
        serves_sinks_only = bool(setup.of(*SINKS)) and not setup.of(*SOURCES)
        if not config.get("offset.storage.topic") and not serves_sinks_only:
            yield Problem("offset.storage.topic is not set")
    elif config.deployment.worker_configuration is False:
        yield Problem("there is no worker configuration, so offset.storage.topic is not set")


@rule(
    "CDC193",
    "error",
    CONNECTORS,
    title="a reference that the worker cannot resolve",
    why="${provider:…} is resolved by a config provider of the worker; without it the text itself is taken for the "
    "value, and the connector fails to log in.",
    source="WorkerConfigTransformer of Connect; MSK Connect developer guide, config providers",
    cure="Name the provider in config.providers of the worker configuration, with its class, and put its jars into "
    "the plugin.",
)
def unresolved_reference(config: Configuration, setup: Setup) -> Iterator[Problem]:
    if setup.worker is None:
        return
    providers = setup.worker.entries("config.providers")
    for key, value in config.values.items():
        for name in _REFERENCE.findall(value):
            if name not in providers:
                yield Problem(f"the worker has no config provider {name}", key)


@rule(
    "CDC194",
    "warning",
    _ONLY,
    title="a setting without effect on MSK Connect",
    why="Log levels and settings of the JVM cannot be set there; these properties are read by nobody.",
    source=_SUPPORTED,
    cure="Remove it.",
)
def no_effect(worker: Configuration, _: Setup) -> Iterator[Problem]:
    for key in worker.values:
        if key.startswith("log4j"):
            yield Problem(f"{key} has no effect", key, drop(key))


def _producer(config: Configuration, setting: str) -> str:
    """The property by which a configuration sets this of the producers of sources."""
    return f"{'producer.' if config.kind == WORKER else 'producer.override.'}{setting}"


@rule(
    "CDC195",
    "error",
    (WORKER, *SOURCES),
    title="events can be lost when a broker fails",
    why="With acks 0 or 1 an event counts as sent before other brokers have it, and the offset in the binlog moves on.",
    source="Kafka producer, acks; Worker.baseProducerConfigs of Connect sets all",
    cure="Remove it: Connect's own setting is all.",
)
def weak_acks(config: Configuration, _: Setup) -> Iterator[Problem]:
    key = _producer(config, "acks")
    if config.get(key) and config.get(key) not in ("all", "-1"):
        yield Problem(f"{key} is {config.get(key)}", key, drop(key))


@rule(
    "CDC196",
    "warning",
    SOURCES,
    title="events of a key can change places",
    why="With several requests under way a failed one is repeated after a later one has passed. Connect allows one, "
    "because it turns idempotence off.",
    source="Kafka producer, max.in.flight.requests.per.connection; Worker.baseProducerConfigs of Connect",
    cure="Set producer.override.enable.idempotence=true as well, or remove it.",
)
def reordering(source: Configuration, _: Setup) -> Iterator[Problem]:
    key = "producer.override.max.in.flight.requests.per.connection"
    if (source.number(key) or 1) > 1 and not source.flag("producer.override.enable.idempotence"):
        yield Problem(f"{key} is {source.get(key)}", key, drop(key))


@rule(
    "CDC197",
    "warning",
    (WORKER, *SINKS),
    title="the sink begins at the end of its topics",
    why="Without offsets of its own yet, the sink passes over what is there: the whole snapshot, if the source ran "
    "first. Connect's own setting is earliest.",
    source="Worker.baseConsumerConfigs of Connect; Kafka consumer, auto.offset.reset",
    cure="Remove it, or set it to earliest.",
)
def begins_at_end(config: Configuration, _: Setup) -> Iterator[Problem]:
    prefix = "consumer." if config.kind == WORKER else "consumer.override."
    if config.get(f"{prefix}auto.offset.reset") == "latest":
        key = f"{prefix}auto.offset.reset"
        yield Problem(f"{key} is latest", key, put(key, "earliest"))
