"""A small pipeline, what it needs, and a look at a world in which all of it is as it should be."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

from cdcctl.aws.connect_resources import Connector, Plugin, WorkerConfiguration, settings_of
from cdcctl.aws.glue_registry import Schema
from cdcctl.deploy.desired import Desired, desired_state
from cdcctl.deploy.observe import Observed, ObservedKafka
from cdcctl.documents import Document, merge
from cdcctl.kafka.cluster import Topic
from cdcctl.pipeline import Pipeline, parse
from cdcctl.plugins.build import BuiltPlugin
from cdcctl.render.configurations import render

ARN = "arn:aws:kafkaconnect:r:a"
BASE: dict[str, Any] = {
    "name": "m",
    "topic_prefix": "db1",
    "source": {"host": "h", "server_id": 1, "tables": ["a.b"], "credentials": {"secret": "s"}},
    "registries": {"keys": "k", "values": "v"},
    "sink": {"type": "iceberg", "warehouse": "s3://lake/w"},
    "kafka": {"bootstrap_servers": "b:1", "subnets": ["s"]},
    "connect": {"role_arn": "arn:aws:iam::111122223333:role/x", "plugin_bucket": "bucket"},
}


def pipeline(**overlay: Any) -> Pipeline:
    """The pipeline, something laid over it."""
    data: dict[str, Any] = {}
    for each in (BASE, overlay):
        merge(data, each)
    return parse([Document("base", data)])


def desired(
    made: Pipeline | None = None, *, source_zip: str = "source", sink_zip: str = "sink", folder: Path | None = None
) -> Desired:
    """What it needs; ``source_zip`` and ``sink_zip`` are the plugins' content, real ZIPs where there is a folder."""
    made = made or pipeline()
    zips = [_zip(name, content, folder) for name, content in (("debezium", source_zip), ("iceberg", sink_zip))]
    return desired_state(made, render(made, "us-east-1"), zips[0], dict.fromkeys(made.sinks, zips[1]))


def _zip(name: str, content: str, folder: Path | None) -> BuiltPlugin:
    if folder is None:
        return BuiltPlugin(name, Path(f"/{name}.zip"), f"{content:x<64}", 100, (), {})
    path = folder / f"{name}-{content}.zip"
    if not path.exists():
        jar = io.BytesIO()
        with zipfile.ZipFile(jar, "w") as archive:
            archive.writestr("content", content)
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(f"{name}/{content}.jar", jar.getvalue())
    return BuiltPlugin(name, path, f"{content:x<64}", path.stat().st_size, (), {})


def arn(kind: str, name: str) -> str:
    return f"{ARN}:{kind}/{name}/1"


def fulfilled(wanted: Desired) -> Observed:
    """Everything is there and runs."""
    worker = WorkerConfiguration(
        wanted.worker_name,
        arn("worker-configuration", wanted.worker_name),
        "ACTIVE",
        content=wanted.worker_content,
    )
    connectors = {each.name: running(wanted, each.name) for each in wanted.connectors}
    users: dict[str, frozenset[str]] = {worker.arn: frozenset(connectors)}
    for each in connectors.values():
        users[each.plugin_arn] = users.get(each.plugin_arn, frozenset()) | {each.name}
    return Observed(
        buckets=frozenset({wanted.bucket}),
        objects={plugin.key: plugin.size for plugin in wanted.plugins},
        plugins={each.name: Plugin(each.name, arn("custom-plugin", each.name), "ACTIVE") for each in wanted.plugins},
        worker_configurations={worker.arn: worker},
        log_groups=frozenset({wanted.log_group}),
        registries=frozenset(wanted.registries),
        schemas={
            (s.registry, s.name): Schema(s.registry, s.name, s.compatibility, "AVAILABLE") for s in wanted.schemas
        },
        databases=frozenset(wanted.databases),
        connectors=connectors,
        tags={name: dict(wanted.tags) for name in connectors},
        users=users,
        updatable=frozenset({"connectorConfiguration", "capacity", "plugins", "workerConfiguration"}),
        kafka=ObservedKafka(
            {each.name: Topic(each.name, each.partitions, each.settings) for each in wanted.topics}, True
        ),
    )


def running(wanted: Desired, name: str, state: str = "RUNNING") -> Connector:
    """A connector as it should be."""
    connector = next(each for each in wanted.connectors if each.name == name)
    return Connector(
        name=name,
        arn=arn("connector", name),
        state=state,
        configuration=dict(connector.request.configuration),
        plugin_arn=arn("custom-plugin", connector.plugin.name),
        worker_configuration_arn=arn("worker-configuration", wanted.worker_name),
        version="v",
        settings=settings_of(connector.request.to_api()),
    )
