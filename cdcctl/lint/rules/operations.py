"""Running it: errors and dead letters, logs, restarts, capacity, and versions that do not go together."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cdcctl.lint.behaviour import debezium
from cdcctl.lint.configuration import (
    CONNECTORS,
    DEBEZIUM,
    ICEBERG,
    SINKS,
    SOURCES,
    Configuration,
    Setup,
)
from cdcctl.lint.plugins import plugin_of
from cdcctl.lint.rule import Problem, drop, put, rule

_DLQ = "errors.deadletterqueue."


@rule(
    "CDC240",
    "warning",
    CONNECTORS,
    title="the connector restarts whenever a secret's lease ends",
    why="config.action.reload is restart by default: MSK Connect then restarts a connector with references again and "
    "again.",
    source="MSK Connect developer guide, config providers: considerations",
    cure="Set config.action.reload to none, and restart the connector after a secret was changed.",
)
def reload(config: Configuration, _: Setup) -> Iterator[Problem]:
    key = "config.action.reload"
    if config.get(key) != "none" and any(re.search(r"\$\{\w+:", value) for value in config.values.values()):
        yield Problem(f"{key} is {config.get(key) or 'not set'}", key, put(key, "none"))


@rule(
    "CDC241",
    "warning",
    CONNECTORS,
    title="nobody will know why it failed",
    why="A connector that cannot start is CREATING for twenty minutes and then FAILED, with no reason but in the "
    "workers' log. Log delivery cannot be added later.",
    source="MSK Connect API, CreateConnector and UpdateConnector; MSK Connect developer guide, logging",
    cure="Set logDelivery.workerLogDelivery to a CloudWatch log group, a bucket or a Firehose stream.",
)
def no_logs(config: Configuration, _: Setup) -> Iterator[Problem]:
    if config.deployment.log_delivery is False:
        yield Problem("no log delivery is enabled", "logDelivery")


@rule(
    "CDC242",
    "error",
    SOURCES,
    title="rows are dropped when they cannot be converted",
    why="With errors.tolerance=all a source drops what converter or transforms refuse, such as every row after an "
    "ALTER that the registry refused, and moves on in the binlog. There are no dead letters for sources.",
    source="AbstractWorkerSourceTask.convertTransformRecord and RetryWithToleranceOperator of Connect",
    cure="Set errors.tolerance to none: the task stops, and continues where it was once the reason is cured.",
)
def source_drops_rows(source: Configuration, _: Setup) -> Iterator[Problem]:
    if source.get("errors.tolerance").lower() == "all":
        yield Problem("errors.tolerance is all", "errors.tolerance", put("errors.tolerance", "none"))


@rule(
    "CDC243",
    "warning",
    SOURCES,
    title="dead letters of a source",
    why="Only sinks have a dead letter queue; for a source these properties are read by nobody.",
    source="SinkConnectorConfig of Connect, KIP-298",
    cure="Remove them.",
)
def source_dead_letters(source: Configuration, _: Setup) -> Iterator[Problem]:
    keys = [key for key in source.values if key.startswith(_DLQ)]
    if keys:
        yield Problem(f"{', '.join(keys)} have no effect", keys[0], drop(*keys))


@rule(
    "CDC244",
    "error",
    SINKS,
    title="records are dropped when they cannot be converted",
    why="errors.tolerance=all without a dead letter queue passes over what converter or transforms refuse. The rows "
    "are missing in Parquet, and nothing tells which.",
    source="RetryWithToleranceOperator of Connect, KIP-298",
    cure="Set errors.deadletterqueue.topic.name, or errors.tolerance to none.",
)
def sink_drops_records(sink: Configuration, _: Setup) -> Iterator[Problem]:
    if sink.get("errors.tolerance").lower() == "all" and not sink.get(f"{_DLQ}topic.name"):
        yield Problem(f"errors.tolerance is all, {_DLQ}topic.name is not set", "errors.tolerance")


@rule(
    "CDC245",
    "warning",
    SINKS,
    title="a dead letter queue that is never used",
    why="With errors.tolerance=none, the default, the task stops at the first record it cannot take; nothing is set "
    "aside.",
    source="RetryWithToleranceOperator of Connect, KIP-298",
    cure="Set errors.tolerance to all, or remove the queue.",
)
def unused_dead_letters(sink: Configuration, _: Setup) -> Iterator[Problem]:
    if sink.get(f"{_DLQ}topic.name") and sink.get("errors.tolerance", "none").lower() == "none":
        yield Problem("errors.tolerance is none", f"{_DLQ}topic.name")


@rule(
    "CDC246",
    "warning",
    SINKS,
    title="dead letters without their reason",
    why="Unless errors.deadletterqueue.context.headers.enable is true, a dead letter tells neither where it came from "
    "nor why it was refused, and cannot be sent again.",
    source="SinkConnectorConfig of Connect, KIP-298",
    cure="Set errors.deadletterqueue.context.headers.enable to true.",
)
def bare_dead_letters(sink: Configuration, _: Setup) -> Iterator[Problem]:
    key = f"{_DLQ}context.headers.enable"
    if sink.get(f"{_DLQ}topic.name") and not sink.flag(key):
        place = key if key in sink.values else f"{_DLQ}topic.name"
        yield Problem(f"{key} is {sink.get(key) or 'not set'}", place, put(key, "true"))


@rule(
    "CDC247",
    "error",
    (DEBEZIUM, ICEBERG),
    title="the worker's Java is too old for the connector",
    why="MSK Connect runs Kafka Connect 2.7.1 on Java 11. Debezium 3 and Iceberg 1.11 and newer are compiled for Java "
    "17: the connector fails with UnsupportedClassVersionError, told as a class that is not found.",
    source="MSK Connect developer guide, plugins; Debezium 3.0 release notes; Iceberg's build (release 17)",
    cure="Use Kafka Connect 3.7.x.",
)
def old_java(config: Configuration, setup: Setup) -> Iterator[Problem]:
    connect = config.deployment.connect
    if connect is None or connect >= (3,):
        return
    stated = "debezium" in setup.versions
    if config.kind == DEBEZIUM and stated and debezium(config, setup) >= (3, 0):
        yield Problem(f"Debezium {_text(debezium(config, setup))} on Kafka Connect {_text(connect)}")
    if config.kind == ICEBERG and setup.versions.get("iceberg", (0,)) >= (1, 11):
        yield Problem(f"Iceberg {_text(setup.versions['iceberg'])} on Kafka Connect {_text(connect)}")


@rule(
    "CDC248",
    "warning",
    (DEBEZIUM,),
    title="workers that have nothing to do",
    why="The connector has one task, which runs on one worker. Further workers are paid for and stand idle; "
    "autoscaling also overrides tasks.max.",
    source="BinlogConnector.taskConfigs of Debezium; MSK Connect developer guide, capacity",
    cure="Provision one worker, and give it more MCUs if it is slow.",
)
def idle_workers(source: Configuration, _: Setup) -> Iterator[Problem]:
    if source.deployment.autoscaled:
        yield Problem("the capacity is autoscaled", "capacity")
    elif (source.deployment.workers or 1) > 1:
        yield Problem(f"{source.deployment.workers} workers for one task", "capacity")


@rule(
    "CDC249",
    "error",
    CONNECTORS,
    title="the plugin is known to fail",
    why="A plugin is more than its connector: jars load in the order of their names, and where a class is there twice "
    "the first one wins. The Glue converter carries AWS SDK 2.17 under its own name; before Confluent's sink 11 or "
    "newer, which brings 2.28, the task fails with NoSuchMethodError.",
    source="cdcctl plugin inspect; measured (10.5.23 and 12.1.9 with converter 1.1.9)",
    cure="Build the plugin with cdcctl plugin build, which lays the jars out; cdcctl plugin inspect tells all of it.",
)
def failing_plugin(config: Configuration, setup: Setup) -> Iterator[Problem]:
    yield from _of_plugin(config, setup, "error")


@rule(
    "CDC250",
    "warning",
    CONNECTORS,
    title="the plugin fails under some condition",
    why="The combination of versions in it is known to fail or to damage data under a condition that the plugin alone "
    "does not show.",
    source="cdcctl plugin inspect; connectors/known-bad.yaml names the source of each entry",
    cure="Do what the message says; cdcctl plugin inspect tells all of it.",
)
def doubtful_plugin(config: Configuration, setup: Setup) -> Iterator[Problem]:
    yield from _of_plugin(config, setup, "warning")


def _of_plugin(config: Configuration, setup: Setup, severity: str) -> Iterator[Problem]:
    plugin = plugin_of(config, setup.plugins)
    for finding in plugin.findings if plugin else ():
        if finding.severity == severity:
            yield Problem(f"{finding.code}: {finding.message}; {finding.cure}".removesuffix("; "))


@rule(
    "CDC251",
    "note",
    CONNECTORS,
    title="IAM's classes are in the plugin as well",
    why="Workers of MSK Connect have aws-msk-iam-auth. The copy in the plugin is a jar of 10 MB with an AWS SDK of "
    "its own, which loads before the Glue converter's.",
    source="connectors/msk-iam-auth; MSK developer guide, Debezium source connector example",
    cure="Leave it out of the plugin (cdcctl plugin build does, unless --with-iam is given).",
)
def iam_classes(config: Configuration, setup: Setup) -> Iterator[Problem]:
    plugin = plugin_of(config, setup.plugins)
    if plugin and any(jar.artifact.name == "aws-msk-iam-auth" for jar in plugin.jars):
        yield Problem(f"aws-msk-iam-auth is in the plugin {plugin.name}")


def _text(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))
