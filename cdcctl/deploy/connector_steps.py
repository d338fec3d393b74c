"""The steps of a plan that concern a connector."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from cdcctl.aws.connect_requests import plugin_member, worker_configuration_member
from cdcctl.aws.connect_resources import Connector, Plugin, WorkerConfiguration
from cdcctl.deploy.desired import DesiredConnector
from cdcctl.deploy.differences import CAPACITY, CONFIGURATION, PLUGIN, TAGS, WORKER
from cdcctl.deploy.failures import connector_failed
from cdcctl.deploy.observe import Observed
from cdcctl.deploy.operations import SECONDS, Operations
from cdcctl.deploy.plan import Action, Step
from cdcctl.deploy.run import Run
from cdcctl.errors import ConflictError, InputError, NotFoundError, RemoteError

# A role that was made just now is not known everywhere yet; AWS speaks of up to two minutes.
_ROLE_SECONDS = 150
_ROLE = re.compile(r"(?i)assume|trust|execution role|not authorized to perform|insufficient permission")


@dataclass(frozen=True)
class Parts:
    """What the connectors of a pipeline are made with; the plugin by its name."""

    plugins: Mapping[str, Plugin]
    worker: WorkerConfiguration


class ConnectorSteps:
    """The steps on the connectors of a pipeline.

    :param log_group: where their workers' logs are, if in any.
    :param observed: what the plan was made from.
    """

    def __init__(self, run: Run, log_group: str | None, observed: Observed) -> None:
        self._run = run
        self._connect = run.target.msk_connect
        self._operations = Operations(run, log_group)
        self._log_group = log_group
        self._observed = observed

    def take(self, step: Step, wanted: DesiredConnector, parts: Parts) -> None:
        """Take one step of a plan.

        :raises RemoteError: it failed, or somebody else has changed the connector meanwhile.
        """
        if step.action is Action.REPLACE:
            self._operations.delete(wanted.name)
        if step.action in (Action.CREATE, Action.REPLACE):
            self._create(wanted, parts)
        elif step.action is Action.WAIT:
            self._operations.running(wanted.name)
        elif step.action is Action.UPDATE:
            self._update(step, wanted, parts)

    def _create(self, wanted: DesiredConnector, parts: Parts) -> None:
        request = replace(wanted.request, plugin=parts.plugins[wanted.plugin.name], worker_configuration=parts.worker)
        reason, started = "", time.monotonic()

        def attempt() -> Connector | None:
            nonlocal reason
            found = self._connect.find_connector(wanted.name)
            if found:
                reason = f"the name {wanted.name} is still taken by a connector that is DELETING"
                return None if found.state == "DELETING" else found
            try:
                return self._connect.describe_connector(self._connect.create_connector(request))
            except (ConflictError, NotFoundError):
                # Made by a request whose answer was lost, or still being deleted: the list will tell.
                reason = f"the name {wanted.name} is taken"
            except (InputError, RemoteError) as error:
                if not _ROLE.search(error.message) or time.monotonic() - started > _ROLE_SECONDS:
                    raise
                reason = f"{error.message}; IAM may need two minutes to tell of a new role"
            return None

        with self._run.change(f"create connector {wanted.name}"):
            self._run.waiting.until_found(attempt, SECONDS, lambda: reason)
        self._operations.running(wanted.name)

    def _update(self, step: Step, wanted: DesiredConnector, parts: Parts) -> None:
        """Worker settings first, then the configuration: one request of the service changes either."""
        self._require_as_planned(wanted.name)
        changed = {change.part for change in step.changes}
        setting: dict[str, Any] = {}
        if CAPACITY in changed:
            setting["capacity"] = wanted.request.capacity.to_api()
        if PLUGIN in changed:
            setting |= plugin_member(parts.plugins[wanted.plugin.name])
        if WORKER in changed:
            setting |= worker_configuration_member(parts.worker)
        if setting:
            self._change(wanted.name, ", ".join(setting), setting)
        if CONFIGURATION in changed:
            configuration = dict(wanted.request.configuration)
            self._change(wanted.name, "configuration", {"connectorConfiguration": configuration})
        if TAGS in changed:
            self._tag(step, wanted)

    def _change(self, name: str, what: str, change: Mapping[str, Any]) -> None:
        # While it is PAUSED the service takes no other update (API_UpdateConnector).
        def start(found: Connector) -> str | None:
            paused = found.state == "PAUSED"
            return self._connect.update_connector(found, change, skip_health_validation=paused)

        self._operations.perform(name, f"update {what} of connector {name}", start)

    def _require_as_planned(self, name: str) -> None:
        found, seen = self._operations.settled(name), self._observed.connectors[name]
        if found and found.state == "FAILED":
            raise connector_failed(self._run.target, self._log_group, found)
        if found is None or _essence(found) != _essence(seen):
            raise RemoteError(
                f"connector {name} has been changed by somebody else since the plan was made",
                hint="run the command again: it looks anew",
            )

    def _tag(self, step: Step, wanted: DesiredConnector) -> None:
        changes = [change for change in step.changes if change.part == TAGS]
        put = {change.property: wanted.request.tags[change.property] for change in changes if change.new is not None}
        remove = [change.property for change in changes if change.new is None]
        with self._run.change(f"change the tags of connector {wanted.name}"):
            self._connect.change_tags(self._observed.connectors[wanted.name].arn, put, remove)


def _essence(found: Connector) -> tuple[Any, ...]:
    """What an update would change."""
    return (
        found.arn,
        dict(found.configuration),
        found.plugin_arn,
        found.worker_configuration_arn,
        dict(found.settings),
    )
