"""Connectors as MSK Connect has them, and their tasks, of which only CloudWatch's metrics tell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timezone
from typing import Any

from cdcctl.aws.connect_resources import TRANSITIONAL, Connector, Operation
from cdcctl.aws.logs import error_lines
from cdcctl.aws.metrics import TaskCounts, last_changed
from cdcctl.aws.target import Target
from cdcctl.errors import CdcctlError
from cdcctl.operate.status.line import Line, duration, judged, unknown
from cdcctl.pipeline import Pipeline
from cdcctl.render import names

_ERRORS = 3
_UNTOLD = "not known: CloudWatch, told once a minute, has nothing newer than the connector and its last operation"


def connectors(pipeline: Pipeline, target: Target) -> Iterator[Line]:
    """State, tasks and last operation of each."""
    for name in names.connectors(pipeline):
        subject = f"connector {name}"
        found = target.msk_connect.find_connector(name)
        if found is None:
            yield judged(subject, "state", "does not exist; cdcctl deploy makes it", wrong=True, state=None)
            continue
        yield _state(subject, target, found)
        try:
            operations = target.msk_connect.list_operations(found.arn)
        except CdcctlError as error:
            yield unknown(subject, "operation", error.message)
            continue
        if found.state == "RUNNING":
            yield _tasks(subject, target, found, operations)
        if operations:
            yield _operation(subject, operations[0])


def _state(subject: str, target: Target, found: Connector) -> Line:
    tasks = found.configuration.get("tasks.max", "1")
    values: dict[str, Any] = {"state": found.state, "tasks_max": int(tasks) if tasks.isdigit() else None}
    text = f"{found.state}; up to {tasks} task(s)"
    if found.state == "FAILED":
        errors = _errors(target, found)
        text = "; ".join([f"FAILED: {found.reason or 'no reason given'}", *errors])
        values["errors"] = errors
    elif found.state == "PAUSED":
        text = "PAUSED: nothing moves until cdcctl resume"
    elif found.state in TRANSITIONAL:
        text = f"{found.state}: an operation is under way"
    return judged(subject, "state", text, wrong=found.state in ("FAILED", "PAUSED", "DELETING"), **values)


def _tasks(subject: str, target: Target, found: Connector, operations: Sequence[Operation]) -> Line:
    since = last_changed(found, operations)
    try:
        counts = target.metrics.tasks(found.name, since) if since else None
    except CdcctlError as error:
        return unknown(subject, "tasks", f"not known: {error.message}")
    if counts is None:
        return unknown(subject, "tasks", _UNTOLD)
    text = f"{counts.running} running, {counts.errored} failed, CloudWatch says as of {counts.at:%H:%M:%S} UTC"
    values: dict[str, Any] = {"running": counts.running, "errored": counts.errored, "at": counts.at.isoformat()}
    if counts.errored:
        values["errors"] = _errors(target, found)
        text = "; ".join([f"{text}: cdcctl restart --failed once the cause is gone", *values["errors"]])
    return judged(subject, "tasks", text, wrong=_is_wrong(counts), **values)


def _is_wrong(counts: TaskCounts) -> bool:
    return counts.errored > 0 or counts.running == 0


def _errors(target: Target, found: Connector) -> list[str]:
    """The last of the worker's own error lines since the connector was made, as far as there are any."""
    if found.log_group is None:
        return []
    try:
        return error_lines(target.logs.lines(found.log_group, f"{found.name}-", since=found.created), _ERRORS)
    except CdcctlError:
        return []


def _operation(subject: str, last: Operation) -> Line:
    ended = last.ended or last.created
    ago = f", {duration((datetime.now(timezone.utc) - ended).total_seconds())} ago" if ended else ""
    return judged(
        subject,
        "operation",
        f"last operation {last.type} is {last.state}{ago}",
        wrong=last.is_over and not last.succeeded,
        operation=last.type,
        operation_state=last.state,
        at=ended.isoformat() if ended else None,
    )
