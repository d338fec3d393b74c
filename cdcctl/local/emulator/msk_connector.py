"""One connector of the emulated MSK Connect, and what was and is done with it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any

from cdcctl.local.account import ACCOUNT
from cdcctl.local.emulator.msk_resources import now

# What the service says whatever the reason; that is in the worker's log.
FAILED_WORDS = {"code": "UnknownError.Unknown", "message": "The last operation failed. Retry the operation."}
WORKER_SETTING = ("capacity", "plugins", "workerConfiguration")


class Verb(Enum):
    """What operations do: the word that their states begin with, and that of the connector meanwhile."""

    UPDATE = ("UPDATE", "UPDATING")
    PAUSE = ("PAUSE", "PAUSING")
    RESUME = ("RESUME", "RESUMING")
    RESTART = ("RESTART", "RESTARTING")

    @property
    def in_states(self) -> str:
        """``PAUSE``, as in PAUSE_COMPLETE."""
        return self.value[0]

    @property
    def of_connector(self) -> str:
        """The connector's state meanwhile."""
        return self.value[1]


@dataclass
class Operation:
    """An operation on a connector.

    :ivar type: a ConnectorOperationType.
    :ivar returns_to: the connector's state before, and after a failure that left it as it was.
    :ivar origin, target: the settings that an update changes, before and after; empty for the others.
    :ivar steps: step type → step state; the one that changes something is called like the operation itself.
    """

    arn: str
    type: str
    verb: Verb
    returns_to: str
    origin: Mapping[str, Any] = field(default_factory=dict)
    target: Mapping[str, Any] = field(default_factory=dict)
    skips_health: bool = False
    only_failed: bool = False
    state: str = "PENDING"
    steps: dict[str, str] = field(default_factory=dict)
    error: Mapping[str, str] | None = None
    created: datetime = field(default_factory=now)
    ended: datetime | None = None

    def begin(self) -> None:
        """Leave PENDING."""
        self.state = self.named("IN_PROGRESS")

    def step(self, done: str | None, begun: str | None) -> None:
        """Note that one step is done and another one has begun."""
        if done:
            self.steps[done] = "COMPLETED"
        if begun:
            self.steps[begun] = "IN_PROGRESS"

    def end(self, state: str, error: Mapping[str, str] | None = None) -> None:
        """Note the final state; steps that are not done will not be."""
        self.state = state
        self.error = error
        self.ended = now()
        for name, each in self.steps.items():
            self.steps[name] = {"PENDING": "CANCELLED", "IN_PROGRESS": "FAILED"}.get(each, each)

    def named(self, outcome: str) -> str:
        """A state by its last words: ``COMPLETE`` is UPDATE_COMPLETE of an update."""
        return f"{self.verb.in_states}_{outcome}"

    def summary(self) -> dict[str, Any]:
        """ConnectorOperationSummary."""
        return {
            "connectorOperationArn": self.arn,
            "connectorOperationType": self.type,
            "connectorOperationState": self.state,
            "creationTime": self.created,
            "endTime": self.ended,
        }

    def described(self) -> dict[str, Any]:
        """DescribeConnectorOperation's response, without the connector."""
        return {
            **self.summary(),
            "operationSteps": [{"stepType": name, "stepState": state} for name, state in self.steps.items()],
            "errorInfo": self.error,
            **_settings("origin", self.origin),
            **_settings("target", self.target),
        }


def new_version() -> str:
    """A currentVersion."""
    return uuid.uuid4().hex[:14].upper()


@dataclass
class Connector:
    """A connector; whoever reads or writes it holds the lock of all resources.

    :ivar settings: the members of CreateConnector, kept up to date by updates.
    :ivar operation: the one under way.
    """

    settings: dict[str, Any]
    arn: str
    identifier: str
    tags: dict[str, str]
    created: datetime = field(default_factory=now)
    state: str = "CREATING"
    version: str = field(default_factory=new_version)
    has_run: bool = False
    operation: Operation | None = None
    operations: list[Operation] = field(default_factory=list)

    @property
    def name(self) -> str:
        """Its name."""
        return str(self.settings["connectorName"])

    def uses(self, arn: str) -> bool:
        """Whether it refers, or is about to refer, to the custom plugin or worker configuration of an ARN."""
        target = self.operation.target if self.operation else {}
        return any(arn in (plugin_arn(each), worker_arn(each)) for each in (self.settings, {**self.settings, **target}))

    def new_operation_arn(self) -> str:
        """ARN of the next operation (IAM service authorization reference, Managed Streaming for Kafka Connect)."""
        region = self.arn.split(":")[3]
        tail = f"{self.name}/{self.identifier}/{uuid.uuid4()}"
        return f"arn:aws:kafkaconnect:{region}:{ACCOUNT}:connector-operation/{tail}"


def plugin_arn(settings: Mapping[str, Any]) -> str:
    """ARN of the one custom plugin that a connector's settings name."""
    return str(settings["plugins"][0]["customPlugin"]["customPluginArn"])


def worker_arn(settings: Mapping[str, Any]) -> str | None:
    """ARN of the worker configuration that a connector's settings name, if any."""
    arn = (settings.get("workerConfiguration") or {}).get("workerConfigurationArn")
    return str(arn) if arn else None


def _settings(side: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    """The members of an operation's description for one side, ``origin`` or ``target``."""
    if not settings:
        return {}
    if "connectorConfiguration" in settings:
        return {f"{side}ConnectorConfiguration": settings["connectorConfiguration"]}
    return {
        f"{side}WorkerSetting": {
            **{name: settings.get(name) for name in WORKER_SETTING},
            "useDefaultWorkerConfiguration": settings.get("workerConfiguration") is None,
        }
    }
