"""The whole of ``plan`` and ``deploy``: render, build, look, plan; and, under the pipeline's lock, carry out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from cdcctl.aws.target import Target
from cdcctl.deploy.desired import Desired, desired_state
from cdcctl.deploy.executor import execute, require_possible
from cdcctl.deploy.lock import holder_of
from cdcctl.deploy.observe import Observed, observe
from cdcctl.deploy.operations import Operations
from cdcctl.deploy.plan import Plan
from cdcctl.deploy.planner import make_plan
from cdcctl.deploy.run import Run, lock_key, running
from cdcctl.deploy.saved_plan import SavedPlan
from cdcctl.deploy.zips import sink_plugin, source_plugin
from cdcctl.errors import InputError
from cdcctl.pipeline import Pipeline
from cdcctl.pipeline.placeholders import placeholders
from cdcctl.render.configurations import Configurations, render
from cdcctl.render.worker import AWS_PROVIDERS, references

Say = Callable[[str], None]


@dataclass(frozen=True)
class Options:
    """How to deploy.

    :ivar replace: connectors to delete and make again where they would be changed in place.
    :ivar break_lock: remove the lock of somebody else's run first.
    :ivar saved: carry out this plan or nothing.
    """

    replace: frozenset[str] = frozenset()
    break_lock: bool = False
    saved: SavedPlan | None = None


def plan_deployment(pipeline: Pipeline, target: Target, say: Say, options: Options | None = None) -> Plan:
    """What ``deploy`` would do now. Changes nothing, and needs no lock.

    :raises InputError: the plugins cannot work at the target.
    """
    options = options or Options()
    target = target.telling(say)
    desired = desired_of(pipeline, target, say, options)
    say("looking at what exists")
    observed = observe(target, desired)
    plan = make_plan(desired, observed, options.replace)
    holder = holder_of(target, desired.bucket, lock_key(pipeline)) if observed.buckets else None
    if holder:
        return Plan(plan.steps, (*plan.notes, f"a change of this pipeline is under way: {holder}"))
    return plan


def deploy(
    pipeline: Pipeline,
    target: Target,
    say: Say,
    confirm: Callable[[Plan], None] = lambda _plan: None,
    options: Options | None = None,
) -> Plan:
    """Bring about what the pipeline file says, and return what was done.

    :param confirm: is shown the plan before anything is changed, and raises to call it off.
    :raises InputError: a step cannot be taken; nothing has been changed then.
    :raises RemoteError: something failed, or another run is under way; the next run continues from there.
    """
    options = options or Options()
    target = target.telling(say)
    return bring_about(desired_of(pipeline, target, say, options), target, say, confirm, options)


def bring_about(desired: Desired, target: Target, say: Say, confirm: Callable[[Plan], None], options: Options) -> Plan:
    """Under the pipeline's lock: look, plan, have the plan confirmed, carry it out. As :func:`deploy`."""
    if not target.storage.has_bucket(desired.bucket):
        # Without it there is no place for the lock either; the plan says so.
        require_possible(make_plan(desired, observe(target, desired)))
    with running(desired.pipeline, target, "deploy", say, breaks_lock=options.break_lock) as run:
        say("looking at what exists")
        observed = _observed_at_rest(run, desired)
        plan = make_plan(desired, observed, options.replace)
        if options.saved:
            options.saved.require(plan)
        confirm(plan)
        execute(run, desired, observed, plan)
    return plan


def _observed_at_rest(run: Run, desired: Desired) -> Observed:
    """The look, once no operation is under way that could change what is seen."""
    observed = observe(run.target, desired)
    moving = [each for each in observed.connectors.values() if each.state not in _AT_REST]
    if not moving:
        return observed
    operations = Operations(run, desired.log_group)
    for connector in moving:
        operations.settled(connector.name)
    return observe(run.target, desired)


# CREATING and DELETING are states a plan deals with: what such a connector is going to be is known.
_AT_REST = frozenset({"RUNNING", "FAILED", "PAUSED", "CREATING", "DELETING"})


def desired_of(pipeline: Pipeline, target: Target, say: Say, options: Options | None = None) -> Desired:
    """What the pipeline needs, its plugins built.

    :raises InputError: it cannot work at the target.
    """
    _require_filled_in(pipeline)
    rendered = render(pipeline, target.region)
    _require_msk_connect_can(pipeline, rendered, target)
    say("building the plugins")
    sink_zips = {name: sink_plugin(pipeline, sink, rendered, say) for name, sink in pipeline.sinks.items()}
    desired = desired_state(pipeline, rendered, source_plugin(pipeline, rendered, say), sink_zips)
    unknown = (options or Options()).replace - {connector.name for connector in desired.connectors}
    if unknown:
        known = ", ".join(connector.name for connector in desired.connectors)
        raise InputError(f"the pipeline has no connector {', '.join(sorted(unknown))}", hint=f"it has {known}")
    return desired


def _require_filled_in(pipeline: Pipeline) -> None:
    left = [".".join(map(str, path)) for path in placeholders(pipeline.model_dump(mode="json"))]
    if left:
        raise InputError(
            "the pipeline is not complete: what an import could not know is still to be filled in",
            hint="write what belongs there; a secret into Secrets Manager, and its name into the file",
            details=left,
        )


def _require_msk_connect_can(pipeline: Pipeline, rendered: Configurations, target: Target) -> None:
    if pipeline.kafka.authentication not in ("IAM", "NONE"):
        raise InputError(
            f"kafka.authentication: workers of MSK Connect cannot authenticate by {pipeline.kafka.authentication}",
            hint="use IAM or NONE; render is there for Connect clusters of your own",
        )
    used = references([rendered.source, *rendered.sinks.values()])
    if "env" in used:
        raise InputError(
            "some property refers to an environment variable, and workers of MSK Connect have none of yours",
            hint="put the value into Secrets Manager or the SSM Parameter Store",
        )
    if used & AWS_PROVIDERS.keys() and pipeline.connect.secrets_provider is None and not target.resolves_secrets:
        raise InputError(
            "connect.secrets_provider: is missing: the connectors read their credentials from Secrets Manager through "
            "a config provider that must be part of the plugin",
            hint="download AWS's msk-config-providers ZIP and name it there",
        )
