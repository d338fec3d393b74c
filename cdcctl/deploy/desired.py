"""What must exist for a pipeline: computed from the pipeline file alone, compared with what is found by the planner."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from cdcctl.aws.connect_requests import Autoscaled, ConnectorRequest, LogDelivery, Provisioned
from cdcctl.aws.connect_resources import Plugin, WorkerConfiguration
from cdcctl.pipeline import Capacity, IcebergSink, Pipeline
from cdcctl.plugins.build import BuiltPlugin
from cdcctl.render import names
from cdcctl.render.configurations import Configurations
from cdcctl.render.worker import to_text

# On every resource of MSK Connect that cdcctl makes: the pipeline it belongs to.
OWNER_TAG = "cdcctl:pipeline"
PLUGIN_FOLDER = "cdcctl/plugins/"


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
    """A connector: the request that makes it, without the ARNs of what it refers to.

    :ivar role: ``source`` or ``sink``.
    """

    role: str
    plugin: DesiredPlugin
    request: ConnectorRequest

    @property
    def name(self) -> str:
        """Its name."""
        return self.request.name


@dataclass(frozen=True)
class DesiredSchema:
    """A schema of a registry and its compatibility mode.

    :ivar create: it is made beforehand; else the converter makes it with the mode of all when it first meets it.
    """

    registry: str
    name: str
    compatibility: str
    create: bool = False


@dataclass(frozen=True)
class DesiredTopic:
    """A topic that must be there before the connectors are, with the settings that matter."""

    name: str
    partitions: int = 1
    settings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Desired:
    """Everything a pipeline needs to exist."""

    pipeline: Pipeline
    plugins: tuple[DesiredPlugin, ...]
    worker_name: str
    worker_content: str
    log_group: str | None
    registries: tuple[str, ...]
    schemas: tuple[DesiredSchema, ...]
    databases: tuple[str, ...]
    topics: tuple[DesiredTopic, ...]
    connectors: tuple[DesiredConnector, ...]
    tags: Mapping[str, str]

    @property
    def bucket(self) -> str:
        """The bucket of plugins, journal and lock."""
        return self.pipeline.connect.plugin_bucket


def desired_state(
    pipeline: Pipeline, rendered: Configurations, source_zip: BuiltPlugin, sink_zips: Mapping[str, BuiltPlugin]
) -> Desired:
    """Put names on everything.

    :param source_zip: plugin of the source.
    :param sink_zips: plugins of the sinks, by the sink's name.
    """
    content = to_text(rendered.worker)
    # A worker configuration cannot be changed: other content is another resource.
    worker_name = f"{worker_prefix(pipeline)}{hashlib.sha256(content.encode()).hexdigest()[:10]}"
    tags = {**pipeline.tags, OWNER_TAG: pipeline.name}
    worker = WorkerConfiguration(worker_name, "", "ACTIVE", content=content)
    source = _Part(names.source_connector(pipeline), "source", rendered.source, pipeline.capacity_of(pipeline.source))
    sinks = [
        _Part(names.sink_connector(pipeline, sink), "sink", rendered.sinks[name], pipeline.capacity_of(sink))
        for name, sink in pipeline.sinks.items()
    ]
    zips = [source_zip, *(sink_zips[name] for name in pipeline.sinks)]
    connectors = tuple(
        _connector(pipeline, part, _plugin(built, pipeline.connect.plugin_bucket), worker, tags)
        for part, built in zip([source, *sinks], zips, strict=True)
    )
    return Desired(
        pipeline=pipeline,
        plugins=tuple(dict.fromkeys(connector.plugin for connector in connectors)),
        worker_name=worker_name,
        worker_content=content,
        log_group=pipeline.log_group if pipeline.connect.logs.cloudwatch else None,
        registries=(pipeline.registries.keys, pipeline.registries.values),
        schemas=_schemas(pipeline),
        databases=_databases(pipeline),
        topics=_topics(pipeline),
        connectors=connectors,
        tags=tags,
    )


def desired_without_plugins(pipeline: Pipeline, rendered: Configurations, plugins: Mapping[str, str]) -> Desired:
    """The same without building a plugin, for looks that need none.

    :param plugins: connector → name of the custom plugin that it is to be taken to need; "" where none is named.
    """
    nothing = BuiltPlugin("", Path(), "", 0, (), {})
    made = desired_state(pipeline, rendered, nothing, dict.fromkeys(pipeline.sinks, nothing))
    connectors = tuple(
        replace(each, plugin=_named(plugins.get(each.name, ""), pipeline.connect.plugin_bucket))
        for each in made.connectors
    )
    known = tuple(dict.fromkeys(each.plugin for each in connectors if each.plugin.name))
    return replace(made, connectors=connectors, plugins=known)


def plugin_key(name: str) -> str:
    """Where the ZIP of a custom plugin is in its bucket."""
    return f"{PLUGIN_FOLDER}{name}.zip"


def _named(name: str, bucket: str) -> DesiredPlugin:
    return DesiredPlugin(name, Path(), bucket, plugin_key(name), 0)


def _schemas(pipeline: Pipeline) -> tuple[DesiredSchema, ...]:
    """One of keys and one of values for each table that is spelled out, as far as their names are known."""
    registries = pipeline.registries
    if registries.naming_class:
        return ()
    return tuple(
        DesiredSchema(
            registry,
            registries.schema_name or topic,
            registries.compatibility_by_table.get(table, registries.compatibility),
            create=table in registries.compatibility_by_table,
        )
        for registry in (registries.keys, registries.values)
        for table, topic in pipeline.topics.items()
    )


def _databases(pipeline: Pipeline) -> tuple[str, ...]:
    """The Glue databases that the Iceberg sinks need; they make tables, but no database."""
    iceberg = [sink for sink in pipeline.sinks.values() if isinstance(sink, IcebergSink)]
    tables = [sink.table_of(table) for sink in iceberg for table in pipeline.tables_of(sink)]
    return tuple(dict.fromkeys(table.split(".")[0] for table in tables))


def _topics(pipeline: Pipeline) -> tuple[DesiredTopic, ...]:
    """The control topics of Iceberg sinks: nobody else makes them where brokers make none by themselves."""
    iceberg = [sink for sink in pipeline.sinks.values() if isinstance(sink, IcebergSink)]
    return tuple(DesiredTopic(names.control_topic(pipeline, sink)) for sink in iceberg)


def worker_prefix(pipeline: Pipeline) -> str:
    """What the names of a pipeline's worker configurations begin with."""
    return f"{pipeline.name}-worker-"


def is_worker_of(pipeline: Pipeline, name: str) -> bool:
    """Whether a worker configuration is one of the pipeline's, and not of one whose name only begins like its."""
    return re.fullmatch(f"{re.escape(worker_prefix(pipeline))}[0-9a-f]{{10}}", name) is not None


def _plugin(built: BuiltPlugin, bucket: str) -> DesiredPlugin:
    # A custom plugin cannot be changed either. Letters, digits and hyphens pass every name rule of the service.
    name = re.sub(r"[^A-Za-z0-9-]", "-", f"{built.name}-{built.sha256[:12]}")
    return DesiredPlugin(name, built.path, bucket, plugin_key(name), built.size)


@dataclass(frozen=True)
class _Part:
    """What one connector has of its own."""

    name: str
    role: str
    configuration: Mapping[str, str]
    capacity: Capacity


def _connector(
    pipeline: Pipeline, part: _Part, plugin: DesiredPlugin, worker: WorkerConfiguration, tags: Mapping[str, str]
) -> DesiredConnector:
    kafka, connect = pipeline.kafka, pipeline.connect
    request = ConnectorRequest(
        name=part.name,
        configuration=part.configuration,
        plugin=Plugin(plugin.name, "", "ACTIVE"),
        worker_configuration=worker,
        bootstrap_servers=kafka.bootstrap_servers,
        subnets=tuple(kafka.subnets),
        security_groups=tuple(kafka.security_groups),
        authentication=kafka.authentication,
        encryption=kafka.encryption,
        connect_version=connect.version,
        capacity=_capacity(part.capacity),
        network=connect.network,
        role_arn=connect.role_arn,
        logs=_logs(pipeline),
        tags=tags,
    )
    return DesiredConnector(part.role, plugin, request)


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
