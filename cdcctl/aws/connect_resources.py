"""What MSK Connect has: connectors, custom plugins, worker configurations and operations, as data.

``from_api`` of each reads the service's own description (the shapes of the botocore model).
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

# On its way from one state to another: no operation can be started on such a connector.
TRANSITIONAL = frozenset({"CREATING", "UPDATING", "DELETING", "RESTARTING", "PAUSING", "RESUMING"})
# What a connector is described by beside its configuration, plugin and worker configuration.
_SETTINGS = (
    "capacity",
    "kafkaCluster",
    "kafkaClusterClientAuthentication",
    "kafkaClusterEncryptionInTransit",
    "kafkaConnectVersion",
    "logDelivery",
    "networkType",
    "serviceExecutionRoleArn",
)


@dataclass(frozen=True)
class Plugin:
    """A custom plugin. ``state``: CREATING, CREATE_FAILED, ACTIVE, UPDATING, UPDATE_FAILED, DELETING."""

    name: str
    arn: str
    state: str
    revision: int = 1
    file_key: str = ""
    reason: str = ""
    bucket: str = ""

    @classmethod
    def from_api(cls, found: Mapping[str, Any]) -> Plugin:
        """From a description or an item of a list, which has no reason."""
        latest = found.get("latestRevision") or {}
        location = latest.get("location", {}).get("s3Location", {})
        return cls(
            name=found["name"],
            arn=found["customPluginArn"],
            state=found["customPluginState"],
            revision=latest.get("revision", 1),
            file_key=location.get("fileKey", ""),
            reason=_words(found.get("stateDescription")),
            bucket=location.get("bucketArn", "").rpartition(":")[2],
        )


@dataclass(frozen=True)
class WorkerConfiguration:
    """A worker configuration; ``content`` is the decoded properties file ("" when only listed)."""

    name: str
    arn: str
    state: str
    revision: int = 1
    content: str = ""

    @classmethod
    def from_api(cls, found: Mapping[str, Any]) -> WorkerConfiguration:
        """From a description or an item of a list, which has no content."""
        latest = found.get("latestRevision") or {}
        return cls(
            name=found["name"],
            arn=found["workerConfigurationArn"],
            state=found.get("workerConfigurationState", "ACTIVE"),
            revision=latest.get("revision", 1),
            content=base64.b64decode(latest.get("propertiesFileContent", "")).decode("utf-8", errors="replace"),
        )


@dataclass(frozen=True)
class Connector:
    """A connector as described. ``state``: CREATING, RUNNING, UPDATING, DELETING, FAILED, PAUSED, …

    :ivar version: to be named when it is updated; another one after each update.
    :ivar created: when CreateConnector was called; a connector of the same name may have been there before.
    :ivar settings: all else that it was created with; see :func:`settings_of`.
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
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def log_group(self) -> str | None:
        """The CloudWatch log group of its workers' logs; None when they do not go there."""
        return self.settings.get("logDelivery.workerLogDelivery.cloudWatchLogs.logGroup")

    @classmethod
    def from_api(cls, found: Mapping[str, Any]) -> Connector:
        """From a description, or an item of a list, which has neither configuration nor reason."""
        plugins = found.get("plugins") or [{}]
        return cls(
            name=found["connectorName"],
            arn=found["connectorArn"],
            state=found.get("connectorState", ""),
            configuration=found.get("connectorConfiguration") or {},
            plugin_arn=plugins[0].get("customPlugin", {}).get("customPluginArn", ""),
            worker_configuration_arn=(found.get("workerConfiguration") or {}).get("workerConfigurationArn", ""),
            version=found.get("currentVersion", ""),
            reason=_words(found.get("stateDescription")),
            created=found.get("creationTime"),
            settings=settings_of(found),
        )


@dataclass(frozen=True)
class Operation:
    """An operation on a connector, e.g. of type UPDATE_CONNECTOR_CONFIGURATION.

    :ivar state: PENDING, or what is done followed by IN_PROGRESS, COMPLETE or FAILED; ROLLBACK_… after a failure.
    :ivar steps: type and state of each step.
    :ivar reason: the service's code and message.
    """

    arn: str
    type: str
    state: str
    steps: tuple[tuple[str, str], ...] = ()
    reason: str = ""
    created: datetime | None = None
    ended: datetime | None = None

    @classmethod
    def from_api(cls, found: Mapping[str, Any]) -> Operation:
        """From a description or an item of a list, which has neither steps nor reason."""
        return cls(
            arn=found["connectorOperationArn"],
            type=found.get("connectorOperationType", ""),
            state=found.get("connectorOperationState", ""),
            steps=tuple(
                (each.get("stepType", ""), each.get("stepState", "")) for each in found.get("operationSteps") or ()
            ),
            reason=_words(found.get("errorInfo")),
            created=found.get("creationTime"),
            ended=found.get("endTime"),
        )

    @property
    def is_over(self) -> bool:
        """Whether its outcome is known."""
        return self.state.endswith(("_COMPLETE", "_FAILED"))

    @property
    def succeeded(self) -> bool:
        """Whether what was asked for is in effect. A completed rollback is a failure."""
        return self.state.endswith("_COMPLETE") and not self.state.startswith("ROLLBACK")


def settings_of(described: Mapping[str, Any]) -> dict[str, str]:
    """What a CreateConnector request or a description says, flat: dotted name → text; lists sorted, comma-separated.

    Equal for two connectors that run in the same way, whether their descriptions spell defaults out or not.
    """
    flat: dict[str, str] = {}
    for name in _SETTINGS:
        _flatten(name, described.get(name), flat)
    flat.setdefault("networkType", "IPV4")
    return flat


def _flatten(name: str, value: Any, into: dict[str, str]) -> None:
    if isinstance(value, Mapping):
        # A way of log delivery that is switched off is one that is not there.
        if value.get("enabled") is not False:
            for key, below in value.items():
                _flatten(f"{name}.{key}", below, into)
    elif isinstance(value, (list, tuple)):
        if value:
            into[name] = ",".join(sorted(map(str, value)))
    elif isinstance(value, bool):
        into[name] = "true" if value else "false"
    elif value is not None:
        into[name] = str(value)


def _words(description: Mapping[str, Any] | None) -> str:
    """A StateDescription as ``code: message``."""
    found = description or {}
    return ": ".join(part for part in (found.get("code", ""), found.get("message", "")) if part)
