"""Connectors of the emulated MSK Connect: create, describe, list, delete. Operations on them: ``msk_operations``."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from cdcctl.local.emulator.connector_life import ConnectorLife
from cdcctl.local.emulator.connector_runtime import ConnectorSpec, Runtime
from cdcctl.local.emulator.faults import Faults
from cdcctl.local.emulator.msk_connector import FAILED_WORDS, Connector, plugin_arn, worker_arn
from cdcctl.local.emulator.msk_plugins import CustomPlugins
from cdcctl.local.emulator.msk_resources import (
    Kind,
    Shelf,
    bad_request,
    limit_reached,
    new_identifier,
    page,
    require_first_revision,
)
from cdcctl.local.emulator.msk_tags import require_tags
from cdcctl.local.emulator.msk_validation import (
    effective_configuration,
    mcu_of,
    most_workers,
    require_creatable,
    require_state,
    require_version,
    with_policies,
)
from cdcctl.local.emulator.msk_worker_configurations import WorkerConfigurations
from cdcctl.local.emulator.pace import Change, Pace

# Amazon MSK developer guide, "Quotas".
MAX_WORKERS_OF_ALL = 60
_DESCRIBED = (
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


class Connectors:
    """The connectors and the operations that make, show and delete them.

    :param lock: shared by all kinds of resources.
    :param new_runtime: makes what runs a connector.
    :param log_group_exists: asks CloudWatch Logs.
    """

    def __init__(
        self,
        region: str,
        lock: threading.RLock,
        plugins: CustomPlugins,
        worker_configurations: WorkerConfigurations,
        new_runtime: Callable[[ConnectorSpec], Runtime],
        log_group_exists: Callable[[str], bool],
        pace: Pace,
        faults: Faults,
    ) -> None:
        self._lock = lock
        self._plugins = plugins
        self._worker_configurations = worker_configurations
        self._new_runtime = new_runtime
        self._log_group_exists = log_group_exists
        self._pace = pace
        self._faults = faults
        self.shelf: Shelf[Connector] = Shelf(Kind("connector", "connector"), region)
        self._lives: dict[str, ConnectorLife] = {}

    def create(self, request: dict[str, Any]) -> dict[str, Any]:
        """CreateConnector: validated, then started in the background."""
        require_creatable(request)
        require_tags(request.get("tags", {}))
        self._require_log_group(request)
        settings = {**request, "capacity": with_policies(request["capacity"])}
        tags = settings.pop("tags", {})
        with self._lock:
            self._require_workers(settings)
            identifier = new_identifier()
            arn = self.shelf.new_arn(request["connectorName"], identifier)
            connector = Connector(settings, arn, identifier, dict(tags))
            spec = self.new_spec(connector, settings)
            self.shelf.put(connector)
            life = ConnectorLife(
                connector, self._new_runtime(spec), self.new_spec, self._lock, self._pace, self._faults
            )
            self._lives[arn] = life
        life.begin()
        return {"connectorArn": arn, "connectorName": connector.name, "connectorState": "CREATING"}

    def describe(self, request: dict[str, Any]) -> dict[str, Any]:
        """DescribeConnector."""
        with self._lock:
            return _described(self.shelf.get(request["connectorArn"]))

    def list(self, request: dict[str, Any]) -> dict[str, Any]:
        """ListConnectors."""

        def summary(connector: Connector) -> dict[str, Any]:
            return {key: value for key, value in _described(connector).items() if key not in _NOT_LISTED}

        with self._lock:
            return page("connectors", self.shelf.numbered(request.get("connectorNamePrefix", "")), request, summary)

    def delete(self, request: dict[str, Any]) -> dict[str, Any]:
        """DeleteConnector: DELETING until its worker has stopped; its offset topic stays, as on AWS."""
        with self._lock:
            connector = self.shelf.get(request["connectorArn"])
            require_version(connector, request.get("currentVersion", connector.version))
            require_state(connector, "deleted", "RUNNING", "PAUSED", "FAILED", "DELETING")
            if connector.state != "DELETING":
                connector.state = "DELETING"
                threading.Thread(target=self._remove, args=(connector,), daemon=True).start()
        return {"connectorArn": connector.arn, "connectorState": "DELETING"}

    def life_of(self, connector: Connector) -> ConnectorLife:
        """What its operations are given to."""
        return self._lives[connector.arn]

    def reset(self) -> None:
        """Stop and forget all connectors; returns when their workers are gone."""
        with self._lock:
            lives = list(self._lives.values())
            self._lives.clear()
            self.shelf.clear()
        if lives:
            with ThreadPoolExecutor(len(lives)) as pool:
                list(pool.map(ConnectorLife.end, lives))

    def user_of(self, arn: str) -> str | None:
        """Name of a connector that refers to the custom plugin or worker configuration of an ARN."""
        with self._lock:
            return next((connector.name for connector in self.shelf if connector.uses(arn)), None)

    def new_spec(self, connector: Connector, settings: Mapping[str, Any]) -> ConnectorSpec:
        """What a connector is to run with.

        :raises ApiError: its plugin or worker configuration does not exist or is not ACTIVE.
        """
        require_first_revision(settings["plugins"][0]["customPlugin"]["revision"], "custom plugin")
        logs = settings.get("logDelivery", {}).get("workerLogDelivery", {}).get("cloudWatchLogs", {})
        return ConnectorSpec(
            name=connector.name,
            identifier=connector.identifier,
            configuration=effective_configuration(settings),
            worker_properties=self._worker_properties(settings),
            plugin=self._plugins.active(plugin_arn(settings)),
            log_group=logs.get("logGroup") if logs.get("enabled") else None,
            bootstrap_servers=settings["kafkaCluster"]["apacheKafkaCluster"]["bootstrapServers"],
            capacity=json.dumps(settings["capacity"], sort_keys=True),
            mcu=mcu_of(settings["capacity"]),
        )

    def _remove(self, connector: Connector) -> None:
        begin = time.monotonic()
        life = self._lives.pop(connector.arn, None)
        try:
            if life:
                life.end()
        finally:
            left = self._pace.seconds(Change.CONNECTOR_DELETED) - (time.monotonic() - begin)
            with self._lock:
                self.shelf.drop(connector.arn, after=max(0.0, left))

    def _require_workers(self, settings: Mapping[str, Any]) -> None:
        used = sum(most_workers(each.settings["capacity"]) for each in self.shelf)
        if used + most_workers(settings["capacity"]) > MAX_WORKERS_OF_ALL:
            raise limit_reached(f"{MAX_WORKERS_OF_ALL} workers")

    def _worker_properties(self, settings: Mapping[str, Any]) -> dict[str, str]:
        arn = worker_arn(settings)
        if arn is None:
            return _DEFAULT_WORKER
        require_first_revision(settings["workerConfiguration"]["revision"], "worker configuration")
        return self._worker_configurations.properties(arn)

    def _require_log_group(self, request: dict[str, Any]) -> None:
        logs = request.get("logDelivery", {}).get("workerLogDelivery", {}).get("cloudWatchLogs", {})
        group = str(logs.get("logGroup", ""))
        if logs.get("enabled") and not (group and self._log_group_exists(group)):
            raise bad_request(f"The log group {group!r} does not exist.")


def _described(connector: Connector) -> dict[str, Any]:
    settings = connector.settings
    return {
        **{key: settings[key] for key in _DESCRIBED if settings.get(key) is not None},
        "connectorArn": connector.arn,
        "connectorDescription": settings.get("connectorDescription"),
        "connectorState": connector.state,
        "creationTime": connector.created,
        "currentVersion": connector.version,
        "networkType": settings.get("networkType", "IPV4"),
        "stateDescription": FAILED_WORDS if connector.state == "FAILED" else None,
    }
