"""What must exist for a pipeline: computed from the pipeline file alone, compared with what is found by the planner."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cdcctl.aws.msk_connect import (
    Autoscaled,
    ConnectorRequest,
    LogDelivery,
    Plugin,
    Provisioned,
    WorkerConfiguration,
)
from cdcctl.pipeline import Capacity, IcebergSink, Pipeline
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
    capacity: Capacity


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
    pipeline: Pipeline, rendered: Configurations, source_zip: BuiltPlugin, sink_zips: Mapping[str, BuiltPlugin]
) -> Desired:
    """Put names on everything.

    :param source_zip: plugin of the source.
    :param sink_zips: plugins of the sinks, by the sink's name.
    """
    bucket = pipeline.connect.plugin_bucket
    source = _plugin(source_zip, bucket)
    sinks = {name: _plugin(built, bucket) for name, built in sink_zips.items()}
    content = to_text(rendered.worker)
    return Desired(
        pipeline=pipeline,
        plugins=tuple(dict.fromkeys((source, *sinks.values()))),
        # A worker configuration cannot be changed: other content is another resource.
        worker_name=f"{pipeline.name}-worker-{hashlib.sha256(content.encode()).hexdigest()[:10]}",
        worker_content=content,
        log_group=pipeline.log_group,
        registries=(pipeline.registries.keys, pipeline.registries.values),
        databases=_databases(pipeline),
        connectors=(
            DesiredConnector(
                names.source_connector(pipeline),
                "source",
                rendered.source,
                source,
                pipeline.capacity_of(pipeline.source),
            ),
            *(
                DesiredConnector(
                    names.sink_connector(pipeline, sink),
                    "sink",
                    rendered.sinks[name],
                    sinks[name],
                    pipeline.capacity_of(sink),
                )
                for name, sink in pipeline.sinks.items()
            ),
        ),
    )


def _databases(pipeline: Pipeline) -> tuple[str, ...]:
    """The Glue databases that the Iceberg sinks need; they make tables, but no database."""
    iceberg = [sink for sink in pipeline.sinks.values() if isinstance(sink, IcebergSink)]
    tables = [sink.table_of(table) for sink in iceberg for table in pipeline.tables_of(sink)]
    return tuple(dict.fromkeys(table.split(".")[0] for table in tables))


def _capacity(capacity: Capacity) -> Provisioned | Autoscaled:
    if capacity.min_workers is None or capacity.max_workers is None:
        return Provisioned(capacity.mcu, capacity.provisioned_workers)
    return Autoscaled(
        mcu=capacity.mcu,
        min_workers=capacity.min_workers,
        max_workers=capacity.max_workers,
        scale_in_cpu=capacity.scale_in_cpu,
        scale_out_cpu=capacity.scale_out_cpu,
        max_tasks=capacity.max_tasks,
    )


def _logs(pipeline: Pipeline) -> LogDelivery:
    logs = pipeline.connect.logs
    return LogDelivery(
        log_group=pipeline.log_group if logs.cloudwatch else None,
        bucket=logs.s3.bucket if logs.s3 else None,
        prefix=logs.s3.prefix if logs.s3 else None,
        delivery_stream=logs.firehose,
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
        capacity=_capacity(connector.capacity),
        network=pipeline.connect.network,
        role_arn=pipeline.connect.role_arn,
        logs=_logs(pipeline),
        tags=pipeline.tags,
    )
