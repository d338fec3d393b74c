"""Custom plugins and worker configurations: made where missing, waited for, deleted where nothing needs them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from cdcctl.aws.connect_resources import Plugin, WorkerConfiguration
from cdcctl.deploy.desired import Desired, DesiredPlugin
from cdcctl.deploy.plan import Action, Plan
from cdcctl.deploy.run import Run
from cdcctl.errors import ConflictError, NotFoundError, RemoteError

_SECONDS = 15 * 60


def active_plugin(run: Run, desired: Desired, wanted: DesiredPlugin, plan: Plan) -> Plugin:
    """The custom plugin, made of its object in S3 if it is not there, once it is ACTIVE.

    :raises RemoteError: it did not become ACTIVE.
    """
    connect = run.target.msk_connect
    if plan.step("plugin object", wanted.key).action is Action.CREATE:
        with run.change(f"upload {wanted.name} ({wanted.size / 1e6:.0f} MB)"):
            run.target.storage.upload(wanted.file, wanted.bucket, wanted.key)
    if plan.step("custom plugin", wanted.name).action is Action.REPLACE:
        delete_plugin(run, wanted.name)
    found = connect.find_plugin(wanted.name)
    if found is None or found.state == "DELETING":
        with run.change(f"create custom plugin {wanted.name}"):
            found = _created(run, desired, wanted)
    return _active(run, found)


def _created(run: Run, desired: Desired, wanted: DesiredPlugin) -> Plugin:
    """A plugin whose name is still taken by one that is being deleted has to wait for it."""
    connect = run.target.msk_connect

    def attempt() -> Plugin | None:
        found = connect.find_plugin(wanted.name)
        if found:
            return None if found.state == "DELETING" else found
        try:
            return connect.create_plugin(wanted.name, wanted.bucket, wanted.key, desired.tags)
        except ConflictError:
            # Made by a request whose answer was lost, or still being deleted: the list will tell.
            return None

    return run.waiting.until_found(attempt, _SECONDS, lambda: f"the plugin {wanted.name} of before is DELETING")


def _active(run: Run, plugin: Plugin) -> Plugin:
    if plugin.state == "ACTIVE":
        return plugin
    found = run.waiting.until(
        lambda: run.target.msk_connect.describe_plugin(plugin.arn),
        lambda each: each.state not in ("CREATING", "UPDATING"),
        _SECONDS,
        lambda each: f"custom plugin {each.name} is {each.state}",
    )
    if found.state != "ACTIVE":
        raise RemoteError(
            f"CreateCustomPlugin of {found.name}: it is {found.state}",
            hint="check that the ZIP is in a bucket of this region and may be read; then run deploy again",
            details=[found.reason] if found.reason else [],
        )
    return found


def delete_plugin(run: Run, name: str) -> None:
    """Delete a custom plugin, and wait until it is gone."""
    connect = run.target.msk_connect
    _delete(run, "custom plugin", name, connect.find_plugin, connect.delete_plugin)


def worker_configuration(run: Run, desired: Desired) -> WorkerConfiguration:
    """The worker configuration, made if it is not there."""
    connect, name = run.target.msk_connect, desired.worker_name

    def attempt() -> WorkerConfiguration | None:
        found = connect.find_worker_configuration(name)
        if found:
            return None if found.state == "DELETING" else found
        try:
            return connect.create_worker_configuration(name, desired.worker_content, desired.tags)
        except ConflictError:
            return None

    found = connect.find_worker_configuration(name)
    if found is None or found.state == "DELETING":
        with run.change(f"create worker configuration {name}"):
            found = run.waiting.until_found(
                attempt, _SECONDS, lambda: f"worker configuration {name} of before is DELETING"
            )
    return found


def delete_worker_configuration(run: Run, name: str) -> None:
    """Delete a worker configuration, and wait until it is gone."""
    connect = run.target.msk_connect
    find, delete = connect.find_worker_configuration, connect.delete_worker_configuration
    _delete(run, "worker configuration", name, find, delete)


def _delete(
    run: Run,
    kind: str,
    name: str,
    find: Callable[[str], Plugin | WorkerConfiguration | None],
    delete: Callable[[str], None],
) -> None:
    found = find(name)
    if found is None:
        return
    with run.change(f"delete {kind} {name}"):
        if found.state != "DELETING":
            with suppress(NotFoundError):
                delete(found.arn)
        run.waiting.until(
            lambda: find(name), lambda each: each is None, _SECONDS, lambda _: f"{kind} {name} is DELETING"
        )
