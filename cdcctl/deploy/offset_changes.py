"""Commands that change offsets: connectors out of the way, write, connectors back by the way of every deploy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from cdcctl.aws.target import Target
from cdcctl.deploy.deployment import desired_of
from cdcctl.deploy.desired import Desired
from cdcctl.deploy.executor import execute, require_possible
from cdcctl.deploy.observe import observe
from cdcctl.deploy.offset_backup import Backup
from cdcctl.deploy.offset_restore import Offsets, Part
from cdcctl.deploy.operations import Operations
from cdcctl.deploy.plan import Plan
from cdcctl.deploy.planner import make_plan
from cdcctl.deploy.run import Run, running
from cdcctl.deploy.waiting import Say
from cdcctl.errors import InputError
from cdcctl.pipeline import Pipeline
from cdcctl.render import names


@dataclass(frozen=True)
class Intention:
    """What is going to be done, to be confirmed.

    :ivar what: such as ``restore source and sinks from FILE``.
    :ivar recreated: connectors that are deleted before, and made again afterwards.
    :ivar plan: what making them again comes to, with anything else that differs; None when none is there.
    """

    what: str
    recreated: tuple[str, ...]
    plan: Plan | None


Confirm = Callable[[Intention], None]


def restore(
    pipeline: Pipeline, target: Target, backup: Backup, parts: Sequence[Part], say: Say, confirm: Confirm
) -> Intention:
    """Put back what a backup holds.

    :raises InputError: it is not the pipeline's, or cannot be put back.
    """
    backup.require_fit(pipeline)
    what = f"restore the offsets of {' and '.join(part.value for part in parts)} as of {backup.made}"
    offsets = Offsets.now(pipeline, target)
    offsets.require_restorable(backup, parts)
    return _change(
        offsets, target, "offsets restore", what, parts, say, confirm, lambda run: offsets.restore(run, backup, parts)
    )


def reset(pipeline: Pipeline, target: Target, parts: Sequence[Part], say: Say, confirm: Confirm) -> Intention:
    """Forget offsets.

    :raises InputError: the source would be left without the history that its offsets need.
    """
    if Part.HISTORY in parts and Part.SOURCE not in parts:
        raise InputError(
            "a source with offsets and without its schema history does not start",
            hint="reset the source, too, or set source.snapshot_mode to recovery",
        )
    what = f"reset the offsets of {' and '.join(part.value for part in parts)}"
    offsets = Offsets.now(pipeline, target)
    return _change(offsets, target, "offsets reset", what, parts, say, confirm, lambda run: offsets.reset(run, parts))


def _change(
    offsets: Offsets,
    target: Target,
    command: str,
    what: str,
    parts: Sequence[Part],
    say: Say,
    confirm: Confirm,
    change: Callable[[Run], None],
) -> Intention:
    pipeline = offsets.pipeline
    target = target.telling(say)
    users = [name for name in _users(pipeline, parts) if target.msk_connect.find_connector(name)]
    # Built before anything is taken away: what cannot be made again must not go.
    desired = desired_of(pipeline, target, say) if users else None
    with running(pipeline, target, command, say) as run:
        intention = Intention(what, tuple(users), _plan_without(target, desired, users) if desired else None)
        if intention.plan:
            require_possible(intention.plan)
        confirm(intention)
        operations = Operations(run, pipeline.log_group)
        for name in users:
            operations.delete(name)
        change(run)
        if desired:
            observed = observe(target, desired)
            execute(run, desired, observed, make_plan(desired, observed))
    return intention


def _users(pipeline: Pipeline, parts: Sequence[Part]) -> list[str]:
    """The connectors that use these offsets."""
    users = [names.source_connector(pipeline)] if {Part.SOURCE, Part.HISTORY} & set(parts) else []
    if Part.SINKS in parts:
        users += [names.sink_connector(pipeline, sink) for sink in pipeline.sinks.values()]
    return users


def _plan_without(target: Target, desired: Desired, gone: Sequence[str]) -> Plan:
    """What deploy does once these connectors are gone."""
    observed = observe(target, desired)
    left = {name: each for name, each in observed.connectors.items() if name not in gone}
    return make_plan(desired, replace(observed, connectors=left))
