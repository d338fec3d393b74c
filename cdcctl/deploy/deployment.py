"""The whole of ``deploy``: render, build, look, plan; and carry out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from cdcctl.aws.target import Target
from cdcctl.deploy.desired import Desired, desired_state
from cdcctl.deploy.executor import execute
from cdcctl.deploy.planner import Plan, make_plan, observe
from cdcctl.errors import InputError
from cdcctl.pipeline import Pipeline
from cdcctl.plugins.build import build
from cdcctl.plugins.progress import Sentences
from cdcctl.render import converter, iceberg, source
from cdcctl.render.configurations import render

Say = Callable[[str], None]


@dataclass(frozen=True)
class Deployment:
    """A pipeline, planned for a target."""

    target: Target
    desired: Desired
    plan: Plan

    def carry_out(self, say: Say) -> None:
        """Execute the plan; raises as :func:`cdcctl.deploy.executor.execute`."""
        execute(self.target, self.desired, self.plan, say)


def plan_deployment(pipeline: Pipeline, target: Target, say: Say) -> Deployment:
    """Build the plugins, look at what exists, and plan.

    :raises InputError: the plugins cannot work at the target.
    """
    provider = pipeline.connect.secrets_provider
    if provider is None and not target.resolves_secrets:
        raise InputError(
            "connect.secrets_provider: is missing: the connectors read their credentials from Secrets Manager through "
            "a config provider that must be part of the plugin",
            hint="download AWS's msk-config-providers ZIP and name it there",
        )
    say("building the plugins")
    extra = [provider] if provider else []
    # Classes for IAM are not among them: the workers of MSK Connect have their own.
    zips = [
        build([name, converter.PLUGIN], extra=extra, progress=Sentences(say))
        for name in (source.PLUGIN, iceberg.PLUGIN)
    ]
    desired = desired_state(pipeline, render(pipeline, target.region), zips[0], zips[1])
    say("looking at what exists")
    return Deployment(target, desired, make_plan(desired, observe(target, desired)))
