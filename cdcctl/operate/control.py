"""Connectors paused, resumed and restarted: each operation under the pipeline's lock, and followed to its end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from cdcctl.aws.connect_resources import Connector
from cdcctl.aws.target import Target
from cdcctl.deploy.operations import Operations
from cdcctl.deploy.parallel import in_parallel
from cdcctl.deploy.run import Run, running
from cdcctl.deploy.waiting import Say
from cdcctl.errors import InputError, RemoteError
from cdcctl.pipeline import Pipeline


class Verb(str, Enum):
    """What is done with a connector."""

    PAUSE = "pause"
    RESUME = "resume"
    RESTART = "restart"


# A connector in this state is what the verb leads to.
_DONE = {Verb.PAUSE: "PAUSED", Verb.RESUME: "RUNNING"}
# The service starts the operation from these states only.
_FROM = {Verb.PAUSE: ("RUNNING",), Verb.RESUME: ("PAUSED",), Verb.RESTART: ("RUNNING", "FAILED")}


@dataclass(frozen=True)
class Outcome:
    """What became of a connector.

    :ivar changed: an operation was carried out; else it was so already.
    """

    connector: str
    before: str
    after: str
    changed: bool

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return dict(vars(self))


def control(
    pipeline: Pipeline,
    target: Target,
    verb: Verb,
    names: Sequence[str],
    say: Say,
    *,
    only_failed: bool = False,
    breaks_lock: bool = False,
) -> list[Outcome]:
    """Do it to each of the connectors, side by side.

    :param only_failed: restart the failed tasks alone.
    :param breaks_lock: remove the lock of somebody else's run first.
    :raises InputError: a connector is in a state from which that is not possible; nothing is done then.
    :raises RemoteError: an operation failed, or another run is under way.
    """
    target = target.telling(say)
    with running(pipeline, target, verb.value, say, breaks_lock=breaks_lock) as run:
        operations = Operations(run, pipeline.log_group)
        found = in_parallel(run, lambda name: _possible(operations, verb, name), names)
        return in_parallel(run, lambda each: _perform(run, operations, verb, each, only_failed=only_failed), found)


def _possible(operations: Operations, verb: Verb, name: str) -> Connector:
    found = operations.settled(name)
    if found is None:
        raise InputError(f"connector {name} does not exist", hint="cdcctl deploy makes it")
    if found.state not in (*_FROM[verb], _DONE.get(verb)):
        raise InputError(
            f"connector {name} is {found.state}: MSK Connect can {verb.value} one that is "
            f"{' or '.join(_FROM[verb])} only",
            hint=_CURES.get((verb, found.state), "wait until it runs"),
        )
    return found


_CURES = {
    (Verb.PAUSE, "FAILED"): "it does nothing now; cdcctl deploy makes it again, with the same offsets",
    (Verb.RESUME, "FAILED"): "cdcctl restart tries again; cdcctl deploy makes it again, with the same offsets",
    (Verb.RESTART, "PAUSED"): "cdcctl resume starts it",
}


def _perform(run: Run, operations: Operations, verb: Verb, found: Connector, *, only_failed: bool) -> Outcome:
    if found.state == _DONE.get(verb):
        return Outcome(found.name, found.state, found.state, changed=False)
    connect = run.target.msk_connect

    def start(now: Connector) -> str | None:
        if now.state not in _FROM[verb]:
            raise RemoteError(
                f"connector {now.name} has become {now.state} meanwhile", hint="look at it with cdcctl status"
            )
        if verb is Verb.PAUSE:
            return connect.pause_connector(now.arn)
        if verb is Verb.RESUME:
            return connect.resume_connector(now.arn)
        return connect.restart_connector(now.arn, only_failed_tasks=only_failed)

    what = "restart the failed tasks of" if only_failed else verb.value
    operations.perform(found.name, f"{what} connector {found.name}", start)
    after = connect.describe_connector(found.arn)
    if after.state not in (_DONE.get(verb), "RUNNING" if verb is Verb.RESTART else None):
        raise RemoteError(
            f"connector {found.name} is {after.state} after the operation",
            hint="cdcctl status says more; somebody else may have changed it meanwhile",
        )
    return Outcome(found.name, found.state, after.state, changed=True)
