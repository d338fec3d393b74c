"""MSK Connect: connectors, custom plugins and worker configurations."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cdcctl.aws.errors import translated
from cdcctl.errors import NotFoundError


@dataclass(frozen=True)
class Plugin:
    """A custom plugin. ``state``: CREATING, CREATE_FAILED, ACTIVE, UPDATING, UPDATE_FAILED, DELETING."""

    name: str
    arn: str
    state: str
    revision: int = 1
    file_key: str = ""
    reason: str = ""


@dataclass(frozen=True)
class WorkerConfiguration:
    """A worker configuration; ``content`` is the decoded properties file ("" when only listed)."""

    name: str
    arn: str
    state: str
    revision: int = 1
    content: str = ""


@dataclass(frozen=True)
class Connector:
    """A connector as described. ``state``: CREATING, RUNNING, UPDATING, DELETING, FAILED, PAUSED, …

    :ivar created: when CreateConnector was called; a connector of the same name may have been there before.
    """

    name: str
    arn: str
    state: str
    configuration: Mapping[str, str]
    plugin_arn: str
    worker_configuration_arn: str
    version: str
    reason: str = ""
    created: datetime | None = None


@dataclass(frozen=True)
class Provisioned:
    """A fixed number of workers."""

    mcu: int
    workers: int

    def to_api(self) -> dict[str, Any]:
        """The shape Capacity."""
        return {"provisionedCapacity": {"mcuCount": self.mcu, "workerCount": self.workers}}


@dataclass(frozen=True)
class Autoscaled:
    """Workers that the service adds above and removes below a CPU utilisation in percent."""

    mcu: int
    min_workers: int
    max_workers: int
    scale_in_cpu: int
    scale_out_cpu: int
    max_tasks: int | None = None

    def to_api(self) -> dict[str, Any]:
        """The shape Capacity."""
        scaling: dict[str, Any] = {
            "mcuCount": self.mcu,
            "minWorkerCount": self.min_workers,
            "maxWorkerCount": self.max_workers,
            "scaleInPolicy": {"cpuUtilizationPercentage": self.scale_in_cpu},
            "scaleOutPolicy": {"cpuUtilizationPercentage": self.scale_out_cpu},
        }
        if self.max_tasks is not None:
            scaling["maxAutoscalingTaskCount"] = self.max_tasks
        return {"autoScaling": scaling}


@dataclass(frozen=True)
class LogDelivery:
    """Where the workers' logs go; None: not there."""

    log_group: str | None
    bucket: str | None = None
    prefix: str | None = None
    delivery_stream: str | None = None

    def to_api(self) -> dict[str, Any]:
        """The shape LogDelivery."""
        delivery: dict[str, Any] = {}
        if self.log_group:
            delivery["cloudWatchLogs"] = {"enabled": True, "logGroup": self.log_group}
        if self.bucket:
            delivery["s3"] = {
                "enabled": True,
                "bucket": self.bucket,
                **({"prefix": self.prefix} if self.prefix else {}),
            }
        if self.delivery_stream:
            delivery["firehose"] = {"enabled": True, "deliveryStream": self.delivery_stream}
        return {"workerLogDelivery": delivery or {"cloudWatchLogs": {"enabled": False}}}


@dataclass(frozen=True)
class ConnectorRequest:
    """All that CreateConnector is given."""

    name: str
    configuration: Mapping[str, str]
    plugin: Plugin
    worker_configuration: WorkerConfiguration
    bootstrap_servers: str
    subnets: tuple[str, ...]
    security_groups: tuple[str, ...]
    authentication: str
    encryption: str
    connect_version: str
    capacity: Provisioned | Autoscaled
    role_arn: str
    logs: LogDelivery
    tags: Mapping[str, str]
    network: str = "IPV4"

    def to_api(self) -> dict[str, Any]:
        """The request in the service's words (API_CreateConnector)."""
        request: dict[str, Any] = {
            "connectorName": self.name,
            "connectorConfiguration": dict(self.configuration),
            "capacity": self.capacity.to_api(),
            "kafkaCluster": {
                "apacheKafkaCluster": {
                    "bootstrapServers": self.bootstrap_servers,
                    "vpc": {"subnets": list(self.subnets), "securityGroups": list(self.security_groups)},
                }
            },
            "kafkaClusterClientAuthentication": {"authenticationType": self.authentication},
            "kafkaClusterEncryptionInTransit": {"encryptionType": self.encryption},
            "kafkaConnectVersion": self.connect_version,
            "plugins": [{"customPlugin": {"customPluginArn": self.plugin.arn, "revision": self.plugin.revision}}],
            "serviceExecutionRoleArn": self.role_arn,
            "workerConfiguration": {
                "workerConfigurationArn": self.worker_configuration.arn,
                "revision": self.worker_configuration.revision,
            },
            "logDelivery": self.logs.to_api(),
        }
        if self.network != "IPV4":
            request["networkType"] = self.network
        if self.tags:
            request["tags"] = dict(self.tags)
        return request


class MskConnect:
    """The operations cdcctl uses; ``client`` is boto3's ``kafkaconnect``."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def find_plugin(self, name: str) -> Plugin | None:
        """The custom plugin of that very name, described."""
        arn = self._find("list_custom_plugins", "customPlugins", "namePrefix", name, "customPluginArn")
        return self.describe_plugin(arn) if arn else None

    def describe_plugin(self, arn: str) -> Plugin:
        """:raises NotFoundError: there is no such plugin."""
        with translated(f"custom plugin {arn}"):
            found = self._client.describe_custom_plugin(customPluginArn=arn)
        latest = found.get("latestRevision", {})
        return Plugin(
            name=found["name"],
            arn=found["customPluginArn"],
            state=found["customPluginState"],
            revision=latest.get("revision", 1),
            file_key=latest.get("location", {}).get("s3Location", {}).get("fileKey", ""),
            reason=_reason(found),
        )

    def create_plugin(self, name: str, bucket: str, key: str, tags: Mapping[str, str]) -> Plugin:
        """Make a custom plugin of the ZIP at ``s3://bucket/key``; it is CREATING when this returns."""
        request: dict[str, Any] = {
            "name": name,
            "contentType": "ZIP",
            "location": {"s3Location": {"bucketArn": f"arn:aws:s3:::{bucket}", "fileKey": key}},
        }
        if tags:
            request["tags"] = dict(tags)
        with translated(f"custom plugin {name}"):
            made = self._client.create_custom_plugin(**request)
        return Plugin(name, made["customPluginArn"], made["customPluginState"], made.get("revision", 1), key)

    def delete_plugin(self, arn: str) -> None:
        """Delete a custom plugin (asynchronous)."""
        with translated(f"custom plugin {arn}"):
            self._client.delete_custom_plugin(customPluginArn=arn)

    def find_worker_configuration(self, name: str) -> WorkerConfiguration | None:
        """The worker configuration of that very name, with its content."""
        arn = self._find(
            "list_worker_configurations", "workerConfigurations", "namePrefix", name, "workerConfigurationArn"
        )
        if arn is None:
            return None
        with translated(f"worker configuration {name}"):
            found = self._client.describe_worker_configuration(workerConfigurationArn=arn)
        latest = found["latestRevision"]
        content = base64.b64decode(latest.get("propertiesFileContent", "")).decode("utf-8", errors="replace")
        return WorkerConfiguration(
            name, arn, found.get("workerConfigurationState", "ACTIVE"), latest["revision"], content
        )

    def create_worker_configuration(self, name: str, content: str, tags: Mapping[str, str]) -> WorkerConfiguration:
        """Make a worker configuration. They cannot be changed later: other content needs another name."""
        request: dict[str, Any] = {
            "name": name,
            # The model says string, not blob: the properties file travels base64-encoded.
            "propertiesFileContent": base64.b64encode(content.encode()).decode(),
        }
        if tags:
            request["tags"] = dict(tags)
        with translated(f"worker configuration {name}"):
            made = self._client.create_worker_configuration(**request)
        return WorkerConfiguration(
            name,
            made["workerConfigurationArn"],
            made.get("workerConfigurationState", "ACTIVE"),
            made["latestRevision"]["revision"],
            content,
        )

    def delete_worker_configuration(self, arn: str) -> None:
        """Delete a worker configuration (asynchronous)."""
        with translated(f"worker configuration {arn}"):
            self._client.delete_worker_configuration(workerConfigurationArn=arn)

    def find_connector(self, name: str) -> Connector | None:
        """The connector of that very name, described."""
        arn = self._find("list_connectors", "connectors", "connectorNamePrefix", name, "connectorArn")
        if arn is None:
            return None
        try:
            return self.describe_connector(arn)
        except NotFoundError:
            return None

    def describe_connector(self, arn: str) -> Connector:
        """:raises NotFoundError: there is no such connector (any more)."""
        with translated(f"connector {arn}"):
            found = self._client.describe_connector(connectorArn=arn)
        plugins = found.get("plugins") or [{}]
        return Connector(
            name=found["connectorName"],
            arn=found["connectorArn"],
            state=found["connectorState"],
            configuration=found.get("connectorConfiguration", {}),
            plugin_arn=plugins[0].get("customPlugin", {}).get("customPluginArn", ""),
            worker_configuration_arn=found.get("workerConfiguration", {}).get("workerConfigurationArn", ""),
            version=found.get("currentVersion", ""),
            reason=_reason(found),
            created=found.get("creationTime"),
        )

    def create_connector(self, request: ConnectorRequest) -> str:
        """Create a connector (asynchronous); returns its ARN."""
        with translated(f"connector {request.name}"):
            return str(self._client.create_connector(**request.to_api())["connectorArn"])

    def delete_connector(self, arn: str) -> None:
        """Delete a connector (asynchronous)."""
        with translated(f"connector {arn}"):
            self._client.delete_connector(connectorArn=arn)

    def _find(self, operation: str, items: str, prefix: str, name: str, arn: str) -> str | None:
        """ARN of the item whose name is exactly ``name`` (the service only filters by prefix)."""
        label = "connectorName" if items == "connectors" else "name"
        with translated(f"{items} named {name}"):
            for page in self._client.get_paginator(operation).paginate(**{prefix: name}):
                for item in page[items]:
                    if item[label] == name:
                        return str(item[arn])
        return None


def _reason(found: Mapping[str, Any]) -> str:
    description = found.get("stateDescription") or {}
    return ": ".join(part for part in (description.get("code", ""), description.get("message", "")) if part)
