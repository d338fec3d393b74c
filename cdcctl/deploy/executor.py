"""Walk a plan: do each step, wait until it took effect, and say why when it did not.

Every step may be taken again: after a crash, ``deploy`` looks anew and does what is missing.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from cdcctl.aws.logs import error_lines
from cdcctl.aws.msk_connect import Connector, Plugin
from cdcctl.aws.target import Target
from cdcctl.deploy.desired import Desired, DesiredConnector, DesiredPlugin, connector_request
from cdcctl.deploy.planner import Do, Plan, Step
from cdcctl.errors import CdcctlError, ConflictError, InputError, NotFoundError, RemoteError

Say = Callable[[str], None]
# A connector that cannot reach its brokers stays CREATING for twenty minutes and more before it is FAILED.
_CONNECTOR_SECONDS = 45 * 60
_PLUGIN_SECONDS = 15 * 60
_LOG_SECONDS = 20
_LAST_LINES = 12


def execute(target: Target, desired: Desired, plan: Plan, say: Say) -> None:
    """Carry the plan out.

    :raises InputError: a step cannot be taken; nothing has been changed then.
    :raises RemoteError: a service failed or a connector did not come to run; the next run continues from there.
    """
    if plan.refused:
        raise InputError(
            f"{len(plan.refused)} resource(s) stand in the way",
            hint="change the pipeline file, or remove them; nothing was changed",
            details=[f"{step.kind} {step.name} {step.why}" for step in plan.refused],
        )
    _Execution(target, desired, plan, say).run()


class _Execution:
    def __init__(self, target: Target, desired: Desired, plan: Plan, say: Say) -> None:
        self._target = target
        self._desired = desired
        self._do = {(step.kind, step.name): step.do for step in plan.steps}
        self._steps = plan.steps
        self._say = say

    def run(self) -> None:
        """Small things first, plugins side by side, then both connectors side by side."""
        self._small_things()
        plugins = dict(zip(self._names(), _in_parallel(self._plugin, self._desired.plugins), strict=True))
        connect = self._target.msk_connect
        worker = connect.find_worker_configuration(self._desired.worker_name)
        if worker is None:
            self._say(f"creating worker configuration {self._desired.worker_name}")
            worker = connect.create_worker_configuration(
                self._desired.worker_name, self._desired.worker_content, self._desired.pipeline.tags
            )
        arns = []
        for connector in self._desired.connectors:
            request = connector_request(self._desired.pipeline, connector, plugins[connector.plugin.name], worker)
            arns.append(self._connector(connector, lambda request=request: connect.create_connector(request)))  # type: ignore[misc]
        for connector, arn in zip(self._desired.connectors, arns, strict=True):
            self._wait_running(connector, arn)

    def _names(self) -> list[str]:
        return [plugin.name for plugin in self._desired.plugins]

    def _small_things(self) -> None:
        target, tags = self._target, self._desired.pipeline.tags
        create: dict[str, Callable[[str], object]] = {
            "log group": target.logs.create_group,
            "registry": lambda name: target.registry.create_registry(name, tags),
            "Glue database": target.storage.create_database,
        }
        for step in self._steps:
            if step.do is Do.CREATE and step.kind in create:
                self._say(f"creating {step.kind} {step.name}")
                _unless_there(create[step.kind], step)

    def _plugin(self, plugin: DesiredPlugin) -> Plugin:
        """The ACTIVE custom plugin."""
        connect = self._target.msk_connect
        if self._do["plugin object", plugin.key] is Do.CREATE:
            self._say(f"uploading {plugin.name} ({plugin.size / 1e6:.0f} MB)")
            self._target.storage.upload(plugin.file, plugin.bucket, plugin.key)
        found = connect.find_plugin(plugin.name)
        if found and found.state not in ("ACTIVE", "CREATING", "UPDATING"):
            if found.state != "DELETING":
                self._say(f"deleting custom plugin {plugin.name}, which is {found.state}")
                connect.delete_plugin(found.arn)
            self._wait_gone(lambda: connect.find_plugin(plugin.name) is None, f"custom plugin {plugin.name}")
            found = None
        if found is None:
            self._say(f"creating custom plugin {plugin.name}")
            found = connect.create_plugin(plugin.name, plugin.bucket, plugin.key, self._desired.pipeline.tags)
        return self._wait_active(found)

    def _wait_active(self, plugin: Plugin) -> Plugin:
        deadline = time.monotonic() + _PLUGIN_SECONDS
        while plugin.state in ("CREATING", "UPDATING"):
            self._pause(deadline, f"custom plugin {plugin.name} is still {plugin.state}")
            plugin = self._target.msk_connect.describe_plugin(plugin.arn)
        if plugin.state != "ACTIVE":
            raise RemoteError(
                f"CreateCustomPlugin of {plugin.name}: it is {plugin.state}",
                hint="check that the ZIP is in a bucket of this region and may be read; then run deploy again",
                details=[plugin.reason] if plugin.reason else [],
            )
        return plugin

    def _connector(self, connector: DesiredConnector, create: Callable[[], str]) -> str:
        """ARN of the connector, created where the plan says so."""
        connect = self._target.msk_connect
        found = connect.find_connector(connector.name)
        if found and found.state in ("FAILED", "DELETING"):
            if found.state == "FAILED":
                self._say(f"deleting connector {connector.name}, which is FAILED")
                connect.delete_connector(found.arn)
            self._wait_gone(lambda: connect.find_connector(connector.name) is None, f"connector {connector.name}")
            found = None
        if found:
            return found.arn
        self._say(f"creating connector {connector.name}")
        return create()

    def _wait_running(self, connector: DesiredConnector, arn: str) -> None:
        deadline = time.monotonic() + _CONNECTOR_SECONDS
        while True:
            try:
                found = self._target.msk_connect.describe_connector(arn)
            except NotFoundError:
                raise RemoteError(
                    f"connector {connector.name} was deleted while it was waited for", hint="run deploy again"
                ) from None
            if found.state == "RUNNING":
                self._say(f"connector {connector.name} is RUNNING")
                return
            if found.state == "FAILED":
                raise connector_failed(self._target, self._desired.log_group, found)
            self._say(f"connector {connector.name} is {found.state}")
            self._pause(deadline, f"connector {connector.name} is still {found.state}")

    def _wait_gone(self, gone: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + _PLUGIN_SECONDS
        while not gone():
            self._pause(deadline, f"{what} is still being deleted")

    def _pause(self, deadline: float, still: str) -> None:
        self._target.check()
        if time.monotonic() > deadline:
            raise RemoteError(still, hint="run deploy again to go on waiting")
        time.sleep(self._target.poll_seconds)


def connector_failed(target: Target, log_group: str, found: Connector) -> RemoteError:
    """All that is known about a FAILED connector: the service's words, then the worker's own error lines."""
    details = [f"state description: {found.reason or 'none given'}"]
    try:
        lines = _log_of(target, log_group, found)
    except CdcctlError as error:
        details.append(f"its log could not be read: {error.message}")
    else:
        details += error_lines(lines) or lines[-_LAST_LINES:] or [f"no line in log group {log_group} yet"]
    return RemoteError(
        f"CreateConnector of {found.name}: it is FAILED",
        hint=f"correct the cause and run deploy again; the whole log is in {log_group}",
        details=details,
    )


def _log_of(target: Target, log_group: str, found: Connector) -> list[str]:
    """The connector's log, waited for until it holds an error: logs are delivered later than states."""
    deadline = time.monotonic() + _LOG_SECONDS
    while True:
        lines = target.logs.lines(log_group, f"{found.name}-", since=found.created)
        if error_lines(lines) or time.monotonic() > deadline:
            return lines
        target.check()
        time.sleep(target.poll_seconds)


def _unless_there(create: Callable[[str], object], step: Step) -> None:
    """Somebody else may have made it since the look."""
    try:
        create(step.name)
    except ConflictError:
        return


def _in_parallel(function: Callable[[DesiredPlugin], Plugin], items: tuple[DesiredPlugin, ...]) -> list[Plugin]:
    with ThreadPoolExecutor(len(items)) as pool:
        return list(pool.map(function, items))
