"""Desired state against what is there: the steps to take, as data. No I/O but the look in :func:`observe`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from cdcctl.aws.msk_connect import Connector
from cdcctl.aws.target import Target
from cdcctl.deploy.desired import Desired, DesiredConnector


class Do(str, Enum):
    """What a step does with its resource."""

    CREATE = "create"
    KEEP = "unchanged"
    WAIT = "wait for"
    REPLACE = "replace"
    REFUSE = "differs"


@dataclass(frozen=True)
class Step:
    """One resource and what is to be done with it. ``kind`` and ``name`` identify it."""

    do: Do
    kind: str
    name: str
    why: str = ""


@dataclass(frozen=True)
class Plan:
    """Steps in the order in which they are carried out."""

    steps: tuple[Step, ...]

    @property
    def changes(self) -> tuple[Step, ...]:
        """The steps that do something."""
        return tuple(step for step in self.steps if step.do is not Do.KEEP)

    @property
    def refused(self) -> tuple[Step, ...]:
        """The steps that cannot be taken."""
        return tuple(step for step in self.steps if step.do is Do.REFUSE)


@dataclass(frozen=True)
class Observed:
    """What was found. Sets hold names; ``plugins`` maps a custom plugin's name to its state."""

    buckets: frozenset[str]
    objects: dict[str, int]
    plugins: dict[str, str]
    worker_configurations: frozenset[str]
    log_groups: frozenset[str]
    registries: frozenset[str]
    databases: frozenset[str]
    connectors: dict[str, Connector]


def observe(target: Target, desired: Desired) -> Observed:
    """Look at everything that ``desired`` names."""
    connect, storage = target.msk_connect, target.storage
    buckets = {plugin.bucket for plugin in desired.plugins if storage.has_bucket(plugin.bucket)}
    plugins = {each.name: connect.find_plugin(each.name) for each in desired.plugins}
    connectors = {each.name: connect.find_connector(each.name) for each in desired.connectors}
    return Observed(
        buckets=frozenset(buckets),
        objects={
            plugin.key: size
            for plugin in desired.plugins
            if plugin.bucket in buckets and (size := storage.size(plugin.bucket, plugin.key)) is not None
        },
        plugins={name: plugin.state for name, plugin in plugins.items() if plugin},
        worker_configurations=frozenset(
            [desired.worker_name] if connect.find_worker_configuration(desired.worker_name) else []
        ),
        log_groups=frozenset([desired.log_group] if target.logs.has_group(desired.log_group) else []),
        registries=frozenset(name for name in desired.registries if target.registry.find_registry(name)),
        databases=frozenset(name for name in desired.databases if storage.has_database(name)),
        connectors={name: connector for name, connector in connectors.items() if connector},
    )


def make_plan(desired: Desired, observed: Observed) -> Plan:
    """Compare, and decide."""
    steps = [_bucket(bucket, observed) for bucket in dict.fromkeys(each.bucket for each in desired.plugins)]
    for plugin in desired.plugins:
        there = observed.objects.get(plugin.key) == plugin.size
        usable = observed.plugins.get(plugin.name) in ("ACTIVE", "CREATING")
        # MSK Connect keeps its own copy: the object is needed only to make the plugin.
        steps.append(Step(Do.KEEP if there or usable else Do.CREATE, "plugin object", plugin.key))
    steps += [_plugin(plugin.name, observed) for plugin in desired.plugins]
    steps.append(_simple("worker configuration", desired.worker_name, observed.worker_configurations))
    steps.append(_simple("log group", desired.log_group, observed.log_groups))
    steps += [_simple("registry", name, observed.registries) for name in desired.registries]
    steps += [_simple("Glue database", name, observed.databases) for name in desired.databases]
    steps += [_connector(connector, desired, observed) for connector in desired.connectors]
    return Plan(tuple(steps))


def _simple(kind: str, name: str, there: frozenset[str]) -> Step:
    return Step(Do.KEEP if name in there else Do.CREATE, kind, name)


def _bucket(bucket: str, observed: Observed) -> Step:
    if bucket in observed.buckets:
        return Step(Do.KEEP, "bucket", bucket)
    return Step(Do.REFUSE, "bucket", bucket, "does not exist; create it, or name another in connect.plugin_bucket")


def _plugin(name: str, observed: Observed) -> Step:
    state = observed.plugins.get(name)
    if state is None:
        return Step(Do.CREATE, "custom plugin", name)
    if state == "ACTIVE":
        return Step(Do.KEEP, "custom plugin", name)
    if state in ("CREATING", "UPDATING"):
        return Step(Do.WAIT, "custom plugin", name, f"it is {state}")
    return Step(Do.REPLACE, "custom plugin", name, f"it is {state}")


def _connector(connector: DesiredConnector, desired: Desired, observed: Observed) -> Step:
    found = observed.connectors.get(connector.name)
    if found is None or found.state == "DELETING":
        return Step(Do.CREATE, "connector", connector.name)
    if found.state == "FAILED":
        return Step(Do.REPLACE, "connector", connector.name, "it is FAILED; its offsets stay in their own topic")
    differing = differences(connector, desired, found)
    if differing:
        return Step(Do.REFUSE, "connector", connector.name, f"exists with other {', '.join(differing)}")
    if found.state != "RUNNING":
        return Step(Do.WAIT, "connector", connector.name, f"it is {found.state}")
    return Step(Do.KEEP, "connector", connector.name)


def differences(connector: DesiredConnector, desired: Desired, found: Connector) -> list[str]:
    """The names of what differs between a connector and what it should be; values may be sensitive and stay out."""
    keys = sorted(set(connector.configuration) | set(found.configuration))
    differing = [key for key in keys if connector.configuration.get(key) != found.configuration.get(key)]
    if f"/{connector.plugin.name}/" not in found.plugin_arn:
        differing.append("plugin")
    if f"/{desired.worker_name}/" not in found.worker_configuration_arn:
        differing.append("worker configuration")
    return differing
