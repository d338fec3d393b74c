"""The plugin ZIPs of a pipeline's connectors."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from cdcctl.errors import InputError
from cdcctl.pipeline import Pipeline, Sink
from cdcctl.plugins.build import BuiltPlugin, Ingredients, build
from cdcctl.plugins.catalogue import pinned_of
from cdcctl.plugins.progress import Sentences
from cdcctl.plugins.recipe import recipe_names
from cdcctl.render import converter, source
from cdcctl.render.configurations import Configurations

Say = Callable[[str], None]


def source_plugin(pipeline: Pipeline, rendered: Configurations, say: Say) -> BuiltPlugin:
    """The source's."""
    part = pipeline.source
    connector = rendered.source["connector.class"]
    return _built(pipeline, source.PLUGIN, part.debezium, part.plugin, "source.plugin", connector, say)


def sink_plugin(pipeline: Pipeline, sink: Sink, rendered: Configurations, say: Say) -> BuiltPlugin:
    """A sink's."""
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
