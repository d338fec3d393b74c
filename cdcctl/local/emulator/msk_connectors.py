"""Connectors of the emulated MSK Connect."""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cdcctl.local.emulator.connect_lifecycle import ConnectorSpec, Lifecycle
from cdcctl.local.emulator.msk_plugins import CustomPlugins
from cdcctl.local.emulator.msk_resources import Kind, Shelf, bad_request, new_identifier, now, page
from cdcctl.local.emulator.msk_worker_configurations import WorkerConfigurations

log = logging.getLogger(__name__)

# What the service says whatever the reason; that is in the worker's log.
_FAILED = {"code": "UnknownError.Unknown", "message": "The last operation failed. Retry the operation."}
_GIVEN = (
    "capacity",
    "connectorConfiguration",
    "connectorName",
    "kafkaCluster",
    "kafkaClusterClientAuthentication",
    "kafkaClusterEncryptionInTransit",
    "kafkaConnectVersion",
    "logDelivery",
    "plugins",
    "serviceExecutionRoleArn",
    "workerConfiguration",
)
_NOT_LISTED = ("connectorConfiguration", "stateDescription")
# MSK Connect's default worker configuration.
_DEFAULT_WORKER = {
    "key.converter": "org.apache.kafka.connect.storage.StringConverter",
    "value.converter": "org.apache.kafka.connect.storage.StringConverter",
}


def _new_version() -> str:
    return uuid.uuid4().hex[:14].upper()


@dataclass
class _Connector:
    request: dict[str, Any]
    arn: str
    lifecycle: Lifecycle
    created: datetime = field(default_factory=now)
    state: str = "CREATING"
    version: str = field(default_factory=_new_version)

    @property
    def name(self) -> str:
        return str(self.request["connectorName"])


class Connectors:
    """The operations on connectors.

    :param lock: shared by all kinds of resources.
    :param new_lifecycle: makes what runs a connector.
    :param log_group_exists: asks CloudWatch Logs.
    """

    def __init__(
        self,
        region: str,
        lock: threading.RLock,
        plugins: CustomPlugins,
        worker_configurations: WorkerConfigurations,
        new_lifecycle: Callable[[ConnectorSpec], Lifecycle],
        log_group_exists: Callable[[str], bool],
    ) -> None:
        self._lock = lock
        self._plugins = plugins
        self._worker_configurations = worker_configurations
        self._new_lifecycle = new_lifecycle
        self._log_group_exists = log_group_exists
        self._shelf: Shelf[_Connector] = Shelf(Kind("connector", "connector"), region)

    def create(self, request: dict[str, Any]) -> dict[str, Any]:
        """CreateConnector: validated, then started in the background."""
        _require_valid(request)
        log_group = self._log_group(request)
        with self._lock:
            identifier = new_identifier()
            spec = ConnectorSpec(
                name=request["connectorName"],
                identifier=identifier,
                configuration=request["connectorConfiguration"],
                worker_properties=self._worker_properties(request),
                plugin=self._plugins.active(plugin_arn(request)),
                log_group=log_group,
            )
            arn = self._shelf.new_arn(spec.name, identifier)
            connector = _Connector(request, arn, self._new_lifecycle(spec))
            self._shelf.put(connector)
        threading.Thread(target=self._run, args=(connector,), daemon=True).start()
        return {"connectorArn": connector.arn, "connectorName": connector.name, "connectorState": "CREATING"}

    def _run(self, connector: _Connector) -> None:
        """Follow a connector for as long as it exists."""
        try:
            for healthy in connector.lifecycle.run():
                self._set_state(connector, "RUNNING" if healthy else "FAILED")
        except Exception:
            # A defect of the emulator must not leave a connector CREATING for ever.
            log.exception("connector %s: the emulator failed", connector.name)
            self._set_state(connector, "FAILED")

    def _set_state(self, connector: _Connector, state: str) -> None:
        with self._lock:
            if connector.state != "DELETING":
                connector.state = state

    def describe(self, request: dict[str, Any]) -> dict[str, Any]:
        """DescribeConnector."""
        with self._lock:
            return self._described(self._shelf.get(request["connectorArn"]))

    def list(self, request: dict[str, Any]) -> dict[str, Any]:
        """ListConnectors."""

        def summary(connector: _Connector) -> dict[str, Any]:
            return {key: value for key, value in self._described(connector).items() if key not in _NOT_LISTED}

        with self._lock:
            return page("connectors", self._shelf, request.get("connectorNamePrefix", ""), request, summary)

    def delete(self, request: dict[str, Any]) -> dict[str, Any]:
        """DeleteConnector: DELETING until its worker has stopped; its offset topic stays, as on AWS."""
        with self._lock:
            connector = self._shelf.get(request["connectorArn"])
            if request.get("currentVersion", connector.version) != connector.version:
                raise bad_request("The currentVersion given is not the connector's current version.")
            if connector.state == "CREATING":
                raise bad_request("A connector in state CREATING cannot be deleted.")
            if connector.state != "DELETING":
                connector.state = "DELETING"
                threading.Thread(target=self._remove, args=(connector,), daemon=True).start()
        return {"connectorArn": connector.arn, "connectorState": "DELETING"}

    def _remove(self, connector: _Connector) -> None:
        try:
            connector.lifecycle.stop()
        finally:
            with self._lock:
                self._shelf.drop(connector.arn)

    def user_of(self, arn: str) -> str | None:
        """Name of a connector that refers to the custom plugin or worker configuration of an ARN."""
        with self._lock:
            for connector in self._shelf:
                if arn in (plugin_arn(connector.request), worker_arn(connector.request)):
                    return connector.name
        return None

    def _worker_properties(self, request: dict[str, Any]) -> dict[str, str]:
        arn = worker_arn(request)
        return self._worker_configurations.properties(arn) if arn else _DEFAULT_WORKER

    def _log_group(self, request: dict[str, Any]) -> str | None:
        logs = request.get("logDelivery", {}).get("workerLogDelivery", {}).get("cloudWatchLogs", {})
        if not logs.get("enabled"):
            return None
        group = str(logs.get("logGroup", ""))
        if not group or not self._log_group_exists(group):
            raise bad_request(f"The log group {group!r} does not exist.")
        return group

    def _described(self, connector: _Connector) -> dict[str, Any]:
        given = {key: connector.request[key] for key in _GIVEN if key in connector.request}
        return {
            **given,
            "connectorArn": connector.arn,
            "connectorDescription": connector.request.get("connectorDescription"),
            "connectorState": connector.state,
            "creationTime": connector.created,
            "currentVersion": connector.version,
            "networkType": connector.request.get("networkType", "IPV4"),
            "stateDescription": _FAILED if connector.state == "FAILED" else None,
        }


def plugin_arn(request: dict[str, Any]) -> str:
    """ARN of the one custom plugin that a CreateConnector request names."""
    return str(request["plugins"][0]["customPlugin"]["customPluginArn"])


def worker_arn(request: dict[str, Any]) -> str | None:
    """ARN of the worker configuration that a CreateConnector request names, if any."""
    arn = request.get("workerConfiguration", {}).get("workerConfigurationArn")
    return str(arn) if arn else None


def _require_valid(request: dict[str, Any]) -> None:
    """What the service checks of the request alone."""
    capacity = request["capacity"]
    if len(capacity) != 1:
        raise bad_request("Specify exactly one of autoScaling and provisionedCapacity.")
    if next(iter(capacity.values()))["mcuCount"] not in (1, 2, 4, 8):
        raise bad_request("mcuCount must be one of 1, 2, 4, 8.")
    if len(request["plugins"]) != 1:
        raise bad_request("Specify exactly one plugin.")
    if "connector.class" not in request["connectorConfiguration"]:
        raise bad_request("The connector configuration has no connector.class.")
