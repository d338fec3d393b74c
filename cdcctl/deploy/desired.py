"""What must exist for a pipeline: computed from the pipeline file alone, compared with what is found by the planner."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from cdcctl.aws.msk_connect import ConnectorRequest, Plugin, WorkerConfiguration
from cdcctl.pipeline import Pipeline
from cdcctl.plugins.build import BuiltPlugin
from cdcctl.render import names
from cdcctl.render.configurations import Configurations
from cdcctl.render.worker import to_text


@dataclass(frozen=True)
class DesiredPlugin:
    """A plugin ZIP, its place in S3 and the custom plugin made of it. All names carry the content's hash."""

    name: str
    file: Path
    bucket: str
    key: str
    size: int


@dataclass(frozen=True)
class DesiredConnector:
    """A connector, all but the ARNs of what it refers to."""

    name: str
    role: str
    configuration: dict[str, str]
    plugin: DesiredPlugin


@dataclass(frozen=True)
class Desired:
    """Everything a pipeline needs to exist."""

    pipeline: Pipeline
    plugins: tuple[DesiredPlugin, ...]
    worker_name: str
    worker_content: str
    log_group: str
    registries: tuple[str, ...]
    databases: tuple[str, ...]
    connectors: tuple[DesiredConnector, ...]


def desired_state(
    pipeline: Pipeline, rendered: Configurations, source_zip: BuiltPlugin, sink_zip: BuiltPlugin
) -> Desired:
    """Put names on everything.

    :param source_zip: plugin of the source.
    :param sink_zip: plugin of the sink.
    """
    bucket = pipeline.connect.plugin_bucket
    source, sink = (_plugin(built, bucket) for built in (source_zip, sink_zip))
    content = to_text(rendered.worker)
    return Desired(
        pipeline=pipeline,
        plugins=tuple(dict.fromkeys((source, sink))),
        # A worker configuration cannot be changed: other content is another resource.
        worker_name=f"{pipeline.name}-worker-{hashlib.sha256(content.encode()).hexdigest()[:10]}",
        worker_content=content,
        log_group=pipeline.log_group,
        registries=(pipeline.registries.keys, pipeline.registries.values),
        databases=tuple(dict.fromkeys(names.iceberg_table(table).split(".")[0] for table in pipeline.source.tables)),
        connectors=(
            DesiredConnector(names.source_connector(pipeline), "source", rendered.source, source),
            DesiredConnector(names.sink_connector(pipeline), "sink", rendered.sink, sink),
        ),
    )


def _plugin(built: BuiltPlugin, bucket: str) -> DesiredPlugin:
    # A custom plugin cannot be changed either. Letters, digits and hyphens pass every name rule of the service.
    name = re.sub(r"[^A-Za-z0-9-]", "-", f"{built.name}-{built.sha256[:12]}")
    return DesiredPlugin(name, built.path, bucket, f"cdcctl/plugins/{name}.zip", built.size)


def connector_request(
    pipeline: Pipeline, connector: DesiredConnector, plugin: Plugin, worker: WorkerConfiguration
) -> ConnectorRequest:
    """The CreateConnector request of one connector."""
    return ConnectorRequest(
        name=connector.name,
        configuration=connector.configuration,
        plugin=plugin,
        worker_configuration=worker,
        bootstrap_servers=pipeline.kafka.bootstrap_servers,
        subnets=tuple(pipeline.kafka.subnets),
        security_groups=tuple(pipeline.kafka.security_groups),
        authentication=pipeline.kafka.authentication,
        encryption=pipeline.kafka.encryption,
        connect_version=pipeline.connect.version,
        mcu=pipeline.connect.capacity.mcu,
        workers=pipeline.connect.capacity.workers,
        role_arn=pipeline.connect.role_arn,
        log_group=pipeline.log_group,
        tags=pipeline.tags,
    )
