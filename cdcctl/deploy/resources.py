"""A pipeline's resources as plain properties, so that what was, what is and what should be can be compared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import javaproperties

from cdcctl.aws.connect_resources import settings_of
from cdcctl.aws.target import Target
from cdcctl.deploy.brokers import open_cluster
from cdcctl.deploy.desired import Desired
from cdcctl.deploy.differences import CAPACITY, CONFIGURATION, PLUGIN, SETTINGS, TAGS, WORKER, resource_name
from cdcctl.deploy.observe import Observed
from cdcctl.deploy.topics import own_topics
from cdcctl.kafka.cluster import Topic

# (kind, name), as steps of plans have them.
Id = tuple[str, str]
Parts = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Resource:
    """One resource.

    :ivar parts: part, such as ``configuration`` → property → value.
    :ivar arn: "" where it has none: another one under the same name was made anew.
    """

    kind: str
    name: str
    parts: Parts = field(default_factory=dict)
    arn: str = ""

    @property
    def id(self) -> Id:
        """What it is known by."""
        return self.kind, self.name


def found_resources(target: Target, desired: Desired, observed: Observed) -> dict[Id, Resource]:
    """What is there; without topics where the brokers cannot be reached."""
    return {each.id: each for each in _found(target, desired, observed)}


def _found(target: Target, desired: Desired, observed: Observed) -> Iterator[Resource]:
    for found in observed.connectors.values():
        worker = observed.worker_configurations.get(found.worker_configuration_arn)
        parts = {
            CONFIGURATION: found.configuration,
            PLUGIN: {"name": resource_name(found.plugin_arn)},
            WORKER: _worker(resource_name(found.worker_configuration_arn), worker.content if worker else ""),
            **_capacity_and_rest(found.settings),
            TAGS: observed.tags.get(found.name, {}),
        }
        if found.state != "DELETING":
            yield Resource("connector", found.name, parts, found.arn)
    yield from (Resource("custom plugin", name) for name in observed.plugins)
    yield from (Resource("worker configuration", each.name) for each in observed.worker_configurations.values())
    for name in observed.log_groups:
        group = target.logs.find_group(name)
        days = group.retention_days if group else None
        yield Resource("log group", name, {"settings": {"retention in days": str(days or "for ever")}})
    yield from (Resource("registry", name) for name in observed.registries)
    for schema in observed.schemas.values():
        if schema.status != "DELETING":
            yield _schema(schema.registry, schema.name, schema.compatibility)
    yield from (Resource("Glue database", name) for name in observed.databases)
    if observed.kafka:
        yield from map(_topic, _topics(target, desired).values())


def desired_resources(desired: Desired) -> dict[Id, Resource]:
    """What deploy sees to, as it should be. Of topics it makes some, and changes the settings of those alone."""
    resources = [
        Resource(
            "connector",
            wanted.name,
            {
                CONFIGURATION: wanted.request.configuration,
                PLUGIN: {"name": wanted.plugin.name},
                WORKER: _worker(desired.worker_name, desired.worker_content),
                **_capacity_and_rest(settings_of(wanted.request.to_api())),
                TAGS: desired.tags,
            },
        )
        for wanted in desired.connectors
    ]
    resources += [Resource("custom plugin", plugin.name) for plugin in desired.plugins]
    resources += [Resource("worker configuration", desired.worker_name)]
    resources += [Resource("log group", desired.log_group)] if desired.log_group else []
    resources += [Resource("registry", name) for name in desired.registries]
    resources += [_schema(each.registry, each.name, each.compatibility) for each in desired.schemas]
    resources += [Resource("Glue database", name) for name in desired.databases]
    resources += [Resource("topic", each.name, {"settings": dict(each.settings)}) for each in desired.topics]
    return {each.id: each for each in resources}


def _worker(name: str, content: str) -> dict[str, str]:
    return {"name": name, **javaproperties.loads(content)}


def _capacity_and_rest(settings: Mapping[str, str]) -> dict[str, dict[str, str]]:
    parts: dict[str, dict[str, str]] = {CAPACITY: {}, SETTINGS: {}}
    for name, value in settings.items():
        parts[CAPACITY if name.startswith("capacity.") else SETTINGS][name] = value
    return parts


def _schema(registry: str, name: str, compatibility: str) -> Resource:
    return Resource("schema", f"{registry}/{name}", {"schema": {"compatibility": compatibility}})


def _topic(topic: Topic) -> Resource:
    return Resource("topic", topic.name, {"settings": {"partitions": str(topic.partitions), **topic.settings}})


def _topics(target: Target, desired: Desired) -> dict[str, Topic]:
    cluster = open_cluster(desired.pipeline, target)
    return cluster.describe(own_topics(desired.pipeline, cluster.topic_names()))
