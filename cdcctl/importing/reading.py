"""What configurations say, by path in the pipeline file."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from cdcctl.importing.given import Given
from cdcctl.importing.meaning import Meaning
from cdcctl.lint.configuration import CONFLUENT_S3, ICEBERG
from cdcctl.plugins import definitions
from cdcctl.render import aiven_s3, confluent_s3, converter, iceberg, selection, source
from cdcctl.render.kafka import credentials_of, security_of
from cdcctl.render.settings import Found, below

_HISTORY = "schema.history.internal"
_REGIONS = (
    "s3.region",
    "aws.s3.region",
    "iceberg.catalog.client.region",
    "value.converter.region",
    "key.converter.region",
)
# Hosts of the place in which the connectors run: brokers of MSK, an endpoint of RDS.
_HOSTS = (f"{_HISTORY}.kafka.bootstrap.servers", "iceberg.kafka.bootstrap.servers", "database.hostname")
_OF_AWS = re.compile(r"\.([a-z0-9-]+)(?:\.rds)?\.amazonaws\.com(?:\.cn)?(?:[:,]|$)")
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d")


def of_source(config: Mapping[str, str], meaning: Meaning) -> Found:
    """Everything below ``source``, and the topic prefix."""
    found = below(["source"], source.source_of(config, meaning.default_of(config)))
    credentials = credentials_of(config.get("database.user", ""), config.get("database.password", ""))
    if credentials:
        found[("source", "credentials")] = credentials
    if config.get("topic.prefix"):
        found[("topic_prefix",)] = config["topic.prefix"]
    return found


def of_sink(one: Given, config: Mapping[str, str], prefix: str, captured: list[str], meaning: Meaning) -> Found:
    """Everything below one sink.

    :param captured: the tables that the source captures, where they are spelled out.
    """
    default_of = meaning.default_of(config)
    tables = selection.tables_of(config, prefix, captured)
    found: Found = {}
    if tables is not None and sorted(tables) != sorted(captured):
        found[("tables",)] = tables
    if one.kind == ICEBERG:
        in_order = tables if found else captured
        found |= iceberg.iceberg_of(config, in_order or [], default_of)
        if not in_order:
            # Whatever routes the rows, it is nothing that the names of tables tell.
            found[("properties",)] = {"iceberg.tables": config.get("iceberg.tables", "")}
        return found
    read = confluent_s3.confluent_s3_of if one.kind == CONFLUENT_S3 else aiven_s3.aiven_s3_of
    return {**found, **read(config, default_of)}


def of_registries(configs: Sequence[Mapping[str, str]], region: str) -> Found:
    """Everything below ``registries``, by the first that has Glue's converter for values, else for keys."""

    def default_of(option: str) -> str | None:
        definition = definitions.of(converter.PLUGIN).get(option)
        return definition.default if definition else None

    each = [found for config in configs if (found := converter.registries_of(config, region, default_of))]
    best = next((found for found in each if ("values",) in found), each[0] if each else {})
    # A sink that reads no keys does not know their registry.
    names: Found = {
        path: value for found in reversed(each) for path, value in found.items() if path in (("keys",), ("values",))
    }
    return below(["registries"], {**names, **best})


def of_clients(configs: Sequence[Mapping[str, str]]) -> Found:
    """Brokers, and how the connectors' own clients reach them, below ``kafka``."""
    servers = [
        config[key]
        for config in configs
        for key in (f"{_HISTORY}.kafka.bootstrap.servers", "iceberg.kafka.bootstrap.servers")
        if config.get(key)
    ]
    found: Found = {("kafka", "bootstrap_servers"): servers[0]} if servers else {}
    clients = [
        client
        for config in configs
        for prefix in (f"{_HISTORY}.producer.", f"{_HISTORY}.consumer.", "signal.consumer.", "iceberg.kafka.")
        if (client := _client(config, prefix))
    ]
    if not (clients or servers):
        return found
    # Clients without a word about it speak to brokers in plain text.
    return {**found, **below(["kafka"], security_of(clients or [{}]))}


def _client(config: Mapping[str, str], prefix: str) -> dict[str, str]:
    ours = ("bootstrap.servers", "metadata.max.age.ms", "auto.offset.reset")
    client = {key.removeprefix(prefix): value for key, value in config.items() if key.startswith(prefix)}
    return {key: value for key, value in client.items() if key not in ours} if client else {}


def region_of(configs: Sequence[Mapping[str, str]]) -> str | None:
    """The region that the configurations name, else that of the brokers or of the database."""
    named = (config.get(key, "") for key in _REGIONS for config in configs)
    hosts = (host[1] for config in configs for key in _HOSTS if (host := _OF_AWS.search(config.get(key, ""))))
    return next((region for region in (*named, *hosts) if _REGION.fullmatch(region)), None)


def prefix_of(topics: list[str]) -> str | None:
    """The topic prefix of topics PREFIX.database.table; None where they have no common one."""
    prefixes = {topic.rsplit(".", 2)[0] for topic in topics if topic.count(".") >= 2}
    return prefixes.pop() if len(prefixes) == 1 and all(topic.count(".") >= 2 for topic in topics) else None


def of_settings(settings: Mapping[str, str]) -> dict[str, Any]:
    """What MSK Connect knows of a connector beside its configuration, by dotted path in the pipeline file."""
    vpc = "kafkaCluster.apacheKafkaCluster.vpc"
    names = {
        "kafka.bootstrap_servers": "kafkaCluster.apacheKafkaCluster.bootstrapServers",
        "kafka.authentication": "kafkaClusterClientAuthentication.authenticationType",
        "kafka.encryption": "kafkaClusterEncryptionInTransit.encryptionType",
        "connect.role_arn": "serviceExecutionRoleArn",
        "connect.version": "kafkaConnectVersion",
        "connect.network": "networkType",
        "connect.log_group": "logDelivery.workerLogDelivery.cloudWatchLogs.logGroup",
        "connect.logs.s3.bucket": "logDelivery.workerLogDelivery.s3.bucket",
        "connect.logs.s3.prefix": "logDelivery.workerLogDelivery.s3.prefix",
        "connect.logs.firehose": "logDelivery.workerLogDelivery.firehose.deliveryStream",
    }
    found: dict[str, Any] = {path: settings[name] for path, name in names.items() if settings.get(name)}
    for path, name in (("kafka.subnets", f"{vpc}.subnets"), ("kafka.security_groups", f"{vpc}.securityGroups")):
        if settings.get(name):
            found[path] = settings[name].split(",")
    # A way of delivery that is switched off is not told.
    if "connect.role_arn" in found and "connect.log_group" not in found:
        found["connect.logs.cloudwatch"] = False
    return found


def capacity_of(settings: Mapping[str, str]) -> dict[str, int] | None:
    """The capacity of one connector; None where it is not told."""
    names = {
        "mcu": ("provisionedCapacity.mcuCount", "autoScaling.mcuCount"),
        "workers": ("provisionedCapacity.workerCount",),
        "min_workers": ("autoScaling.minWorkerCount",),
        "max_workers": ("autoScaling.maxWorkerCount",),
        "scale_in_cpu": ("autoScaling.scaleInPolicy.cpuUtilizationPercentage",),
        "scale_out_cpu": ("autoScaling.scaleOutPolicy.cpuUtilizationPercentage",),
        "max_tasks": ("autoScaling.maxAutoscalingTaskCount",),
    }
    values = {
        key: settings.get(f"capacity.{name}", "")
        for key, each in names.items()
        for name in each
        if f"capacity.{name}" in settings
    }
    found = {key: int(value) for key, value in values.items() if re.fullmatch(r"\d{1,9}", value, re.ASCII)}
    # One worker goes without saying.
    return (
        ({key: value for key, value in found.items() if (key, value) != ("workers", 1)} or {"mcu": 1})
        if found
        else None
    )
