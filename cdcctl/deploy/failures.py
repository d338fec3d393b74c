"""What a user is told when a connector does not come to run or an operation on it fails: all that is known, once."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime

from cdcctl.aws.connect_resources import Connector, Operation
from cdcctl.aws.logs import error_lines
from cdcctl.aws.target import Target
from cdcctl.errors import CdcctlError, RemoteError

# Logs are delivered later than states.
_LOG_SECONDS = 20
_LAST_LINES = 12


def connector_failed(target: Target, log_group: str | None, found: Connector) -> RemoteError:
    """A FAILED connector: the service's words, then the worker's own error lines."""
    return RemoteError(
        f"connector {found.name} is FAILED",
        hint=_hint(log_group),
        details=[
            f"state description: {found.reason or 'none given'}",
            *_log(target, log_group, found.name, found.created),
        ],
    )


def operation_failed(target: Target, log_group: str | None, found: Connector, operation: Operation) -> RemoteError:
    """An operation that failed or was rolled back."""
    rolled_back = operation.state.startswith("ROLLBACK")
    after = "it runs as before" if found.state == "RUNNING" else f"it is {found.state} now"
    what = "was rolled back" if rolled_back else f"ended as {operation.state}"
    return RemoteError(
        f"{operation.type} of connector {found.name} {what}; {after}",
        hint=_hint(log_group),
        details=[
            f"error of the operation: {operation.reason or 'none given'}",
            *(f"step {kind}: {state}" for kind, state in operation.steps),
            *_log(target, log_group, found.name, operation.created),
        ],
    )


def _hint(log_group: str | None) -> str:
    where = f"the whole log is in {log_group}" if log_group else "no log goes to CloudWatch, so none can be shown here"
    return f"correct the cause and run deploy again; {where}"


def _log(target: Target, log_group: str | None, name: str, since: datetime | None) -> Sequence[str]:
    """The worker's error lines since then, else the last of any."""
    if log_group is None:
        return []
    try:
        lines = _lines(target, log_group, name, since)
    except CdcctlError as error:
        return [f"its log could not be read: {error.message}"]
    return error_lines(lines) or lines[-_LAST_LINES:] or [f"no line in log group {log_group} yet"]


def _lines(target: Target, log_group: str, name: str, since: datetime | None) -> list[str]:
    """The log, waited for until it holds an error."""
    deadline = time.monotonic() + _LOG_SECONDS
    while True:
        lines = target.logs.lines(log_group, f"{name}-", since=since)
        if error_lines(lines) or time.monotonic() > deadline:
            return lines
        target.check()
        time.sleep(target.poll_seconds)
