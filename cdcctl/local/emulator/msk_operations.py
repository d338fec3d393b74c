"""Operations on connectors of the emulated MSK Connect: update, pause, resume, restart; and how they are told of."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

from cdcctl.local.emulator.msk_connector import WORKER_SETTING, Connector, Operation, Verb
from cdcctl.local.emulator.msk_connectors import Connectors
from cdcctl.local.emulator.msk_resources import page
from cdcctl.local.emulator.msk_validation import require_state, require_updatable, with_policies
from cdcctl.local.emulator.protocol import ApiError


class ConnectorOperations:
    """The API's operations that start or show an operation on a connector.

    :param lock: shared by all kinds of resources.
    """

    def __init__(self, lock: threading.RLock, connectors: Connectors) -> None:
        self._lock = lock
        self._connectors = connectors

    def update(self, request: dict[str, Any]) -> dict[str, Any]:
        """UpdateConnector: accepted or refused at once, carried out in the background."""
        with self._lock:
            connector = self._connectors.shelf.get(request["connectorArn"])
            require_updatable(connector, request)
            target = _target(request)
            # Refuses what refers to nothing before anything is begun.
            self._connectors.new_spec(connector, {**connector.settings, **target})
            kind = "UPDATE_CONNECTOR_CONFIGURATION" if "connectorConfiguration" in request else "UPDATE_WORKER_SETTING"
            operation = self._new(connector, kind, Verb.UPDATE)
            members = ("connectorConfiguration",) if "connectorConfiguration" in request else WORKER_SETTING
            operation.origin = {name: connector.settings.get(name) for name in members}
            operation.target = {**operation.origin, **target}
            operation.skips_health = request.get("skipHealthValidation", False)
            validate = () if operation.skips_health else ("VALIDATE_UPDATE",)
            operation.steps = dict.fromkeys(("INITIALIZE_UPDATE", kind, *validate, "FINALIZE_UPDATE"), "PENDING")
            return self._begun(connector, operation) | {"connectorState": connector.state}

    def pause(self, request: dict[str, Any]) -> dict[str, Any]:
        """PauseConnector, from RUNNING only."""
        with self._lock:
            connector = self._connectors.shelf.get(request["connectorArn"])
            require_state(connector, "paused", "RUNNING", code="ConflictException")
            return self._begun(connector, self._new(connector, "PAUSE_CONNECTOR", Verb.PAUSE))

    def resume(self, request: dict[str, Any]) -> dict[str, Any]:
        """ResumeConnector, from PAUSED only."""
        with self._lock:
            connector = self._connectors.shelf.get(request["connectorArn"])
            require_state(connector, "resumed", "PAUSED", code="ConflictException")
            return self._begun(connector, self._new(connector, "RESUME_CONNECTOR", Verb.RESUME))

    def restart(self, request: dict[str, Any]) -> dict[str, Any]:
        """RestartConnector, of one that runs or has run; one whose creation failed can only be deleted."""
        with self._lock:
            connector = self._connectors.shelf.get(request["connectorArn"])
            require_state(connector, "restarted", "RUNNING", *(["FAILED"] if connector.has_run else []))
            operation = self._new(connector, "RESTART_CONNECTOR", Verb.RESTART)
            operation.only_failed = request.get("onlyFailedTasks", False)
            return self._begun(connector, operation)

    def describe(self, request: dict[str, Any]) -> dict[str, Any]:
        """DescribeConnectorOperation."""
        arn = request["connectorOperationArn"]
        with self._lock:
            for connector in self._connectors.shelf:
                for operation in connector.operations:
                    if operation.arn == arn:
                        return operation.described() | {"connectorArn": connector.arn}
        raise ApiError("NotFoundException", f"The connector operation {arn} does not exist.")

    def list(self, request: dict[str, Any]) -> dict[str, Any]:
        """ListConnectorOperations, the latest first."""
        with self._lock:
            connector = self._connectors.shelf.get(request["connectorArn"])
            numbered = list(enumerate(connector.operations))
            return page("connectorOperations", numbered, request, Operation.summary, newest_first=True)

    def _new(self, connector: Connector, kind: str, verb: Verb) -> Operation:
        return Operation(connector.new_operation_arn(), kind, verb, returns_to=connector.state)

    def _begun(self, connector: Connector, operation: Operation) -> dict[str, Any]:
        connector.state = operation.verb.of_connector
        connector.operation = operation
        connector.operations.append(operation)
        self._connectors.life_of(connector).submit(operation)
        return {"connectorArn": connector.arn, "connectorOperationArn": operation.arn}


def _target(request: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of the connector that an UpdateConnector request replaces, whole."""
    names = ("connectorConfiguration", *WORKER_SETTING)
    target = {name: request[name] for name in names if name in request}
    if "capacity" in target:
        target["capacity"] = with_policies(target["capacity"])
    if request.get("useDefaultWorkerConfiguration"):
        target["workerConfiguration"] = None
    return target
