"""The whole of ``destroy``: under the pipeline's lock look, plan, have the plan confirmed, carry it out."""

from __future__ import annotations

from collections.abc import Callable

from cdcctl.aws.target import Target
from cdcctl.deploy.destroy.executor import execute
from cdcctl.deploy.destroy.planner import plan_destruction
from cdcctl.deploy.destroy.standing import Told, look
from cdcctl.deploy.executor import require_possible
from cdcctl.deploy.plan import Plan
from cdcctl.deploy.run import running
from cdcctl.deploy.waiting import Say
from cdcctl.errors import InputError
from cdcctl.pipeline import Pipeline


def destroy(
    pipeline: Pipeline,
    target: Target,
    told: Told,
    say: Say,
    confirm: Callable[[Plan], None] = lambda _plan: None,
    *,
    breaks_lock: bool = False,
) -> Plan:
    """Take the pipeline down, and return what was done. A run that was ended is finished by the next one.

    :param confirm: is shown the plan before anything is changed, and raises to call it off.
    :raises InputError: what was told cannot be done from here; nothing has been changed then.
    :raises RemoteError: something failed, or another run is under way; the next run continues from there.
    """
    target = target.telling(say)
    bucket = pipeline.connect.plugin_bucket
    if not target.storage.has_bucket(bucket):
        raise InputError(
            f"bucket {bucket} does not exist: what a deploy has made is written there",
            hint="correct connect.plugin_bucket, the account or the region",
        )
    with running(pipeline, target, "destroy", say, breaks_lock=breaks_lock) as run:
        say("looking at what exists")
        standing = look(pipeline, target, told)
        plan = plan_destruction(standing, told)
        confirm(plan)
        require_possible(plan)
        if plan.changes:
            run.journal.plan(plan.to_dict())
            execute(run, standing, plan)
    return plan
