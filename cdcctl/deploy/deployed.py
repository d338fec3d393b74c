"""What is rendered against what runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import javaproperties

from cdcctl.aws.target import Target
from cdcctl.pipeline import Pipeline
from cdcctl.render import names
from cdcctl.render.configurations import Configurations
from cdcctl.render.difference import Compared


def compare_with_deployed(pipeline: Pipeline, rendered: Configurations, target: Target) -> list[Compared]:
    """Pair each configuration with the one that MSK Connect has; with none where there is no such connector."""
    return list(_compared(pipeline, rendered, target))


def _compared(pipeline: Pipeline, rendered: Configurations, target: Target) -> Iterator[Compared]:
    *configs, (worker_file, worker) = rendered.by_file().items()
    workers: set[str] = set()
    for name, (file, config) in zip(names.connectors(pipeline), configs, strict=True):
        found = target.msk_connect.find_connector(name)
        yield Compared(file, f"connector {name}", found.configuration if found else None, config)
        if found:
            workers.add(found.worker_configuration_arn)
    for arn in sorted(workers):
        # …:worker-configuration/NAME/UUID-1; a connector may run with the service's default one.
        used = arn.split("/")[1] if "/" in arn else ""
        yield Compared(worker_file, f"worker configuration {used or '(default)'}", _content(used, target), worker)


def _content(name: str, target: Target) -> Mapping[str, str] | None:
    found = target.msk_connect.find_worker_configuration(name) if name else None
    return javaproperties.loads(found.content) if found else None
