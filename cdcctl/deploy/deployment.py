"""The whole of ``deploy``: render, build, look, plan; and carry out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cdcctl.aws.target import Target
from cdcctl.deploy.desired import Desired, desired_state
from cdcctl.deploy.executor import execute
from cdcctl.deploy.planner import Plan, make_plan, observe
from cdcctl.errors import InputError
from cdcctl.pipeline import Pipeline, Sink
from cdcctl.plugins.build import BuiltPlugin, Ingredients, build
from cdcctl.plugins.catalogue import pinned_of
from cdcctl.plugins.progress import Sentences
from cdcctl.plugins.recipe import recipe_names
from cdcctl.render import converter, source
from cdcctl.render.configurations import Configurations, render
from cdcctl.render.worker import AWS_PROVIDERS, references

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
    rendered = render(pipeline, target.region)
    _require_msk_connect_can(pipeline, rendered, target)
    say("building the plugins")
    source_zip = _source_plugin(pipeline, rendered, say)
    sink_zips = {name: _sink_plugin(pipeline, sink, rendered, say) for name, sink in pipeline.sinks.items()}
    desired = desired_state(pipeline, rendered, source_zip, sink_zips)
    say("looking at what exists")
    return Deployment(target, desired, make_plan(desired, observe(target, desired)))


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


def _source_plugin(pipeline: Pipeline, rendered: Configurations, say: Say) -> BuiltPlugin:
    part = pipeline.source
    connector = rendered.source["connector.class"]
    return _built(pipeline, source.PLUGIN, part.debezium, part.plugin, "source.plugin", connector, say)


def _sink_plugin(pipeline: Pipeline, sink: Sink, rendered: Configurations, say: Say) -> BuiltPlugin:
    connector = rendered.sinks[sink.name]["connector.class"]
    return _built(pipeline, sink.type, sink.version, sink.plugin, f"sinks.{sink.name}.plugin", connector, say)


def _built(
    pipeline: Pipeline, name: str, version: str, own: Path | None, key: str, connector: str, say: Say
) -> BuiltPlugin:
    """The plugin of one connector: the user's own archive, or the pinned one where it is of that version.

    Classes for IAM are not added: the workers of MSK Connect have their own.
    """
    provider = pipeline.connect.secrets_provider
    extra = [provider] if provider else []
    if own is None:
        return build(Ingredients([_pinned(name, version, key), converter.PLUGIN], added=extra), progress=Sentences(say))
    plugin = build(Ingredients([converter.PLUGIN], [own], extra), name=name, progress=Sentences(say))
    if not any(connector in classes for classes in plugin.services.values()):
        raise InputError(
            f"{key}: {own} does not hold {connector}", hint=f"cdcctl plugin inspect {own} shows what it holds"
        )
    return plugin


def _pinned(name: str, version: str, key: str) -> str:
    """The word for a pinned version of a line such as ``3.6``."""
    word = pinned_of(name, version)
    if word is None:
        can = f"pin it with cdcctl plugin fetch {name}@{version}, or" if name in recipe_names() else "download it, and"
        raise InputError(f"{key}: cdcctl does not come with {name} {version}", hint=f"{can} name its archive in {key}")
    return word
