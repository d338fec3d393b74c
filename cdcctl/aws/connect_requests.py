"""What MSK Connect is asked for, in the shapes of the botocore model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cdcctl.aws.connect_resources import Plugin, WorkerConfiguration


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
            **plugin_member(self.plugin),
            "serviceExecutionRoleArn": self.role_arn,
            **worker_configuration_member(self.worker_configuration),
            "logDelivery": self.logs.to_api(),
        }
        if self.network != "IPV4":
            request["networkType"] = self.network
        if self.tags:
            request["tags"] = dict(self.tags)
        return request


def plugin_member(plugin: Plugin) -> dict[str, Any]:
    """``plugins`` of CreateConnector and UpdateConnector; the list must hold exactly one."""
    return {"plugins": [{"customPlugin": {"customPluginArn": plugin.arn, "revision": plugin.revision}}]}


def worker_configuration_member(worker: WorkerConfiguration) -> dict[str, Any]:
    """``workerConfiguration`` of CreateConnector and UpdateConnector."""
    return {"workerConfiguration": {"workerConfigurationArn": worker.arn, "revision": worker.revision}}
