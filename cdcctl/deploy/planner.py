"""Desired state against what is there: the steps to take, as data. No I/O."""

from __future__ import annotations

from collections.abc import Iterator

from cdcctl.aws.connect_resources import TRANSITIONAL, Connector
from cdcctl.deploy import cost
from cdcctl.deploy.desired import OWNER_TAG, Desired, DesiredConnector, DesiredSchema, DesiredTopic, is_worker_of
from cdcctl.deploy.differences import (
    CAPACITY,
    CONFIGURATION,
    PLUGIN,
    SETTINGS,
    TAGS,
    WORKER,
    connector_changes,
)
from cdcctl.deploy.observe import Observed
from cdcctl.deploy.plan import Action, Change, Plan, Step, digest_of

# What of a connector UpdateConnector changes, by the member that takes it.
_MEMBERS = {
    CONFIGURATION: "connectorConfiguration",
    CAPACITY: "capacity",
    PLUGIN: "plugins",
    WORKER: "workerConfiguration",
}


def make_plan(desired: Desired, observed: Observed, replace: frozenset[str] = frozenset()) -> Plan:
    """Compare, and decide.

    :param replace: connectors to delete and make again where they would be changed in place.
    """
    steps: list[Step] = [_bucket(bucket, observed) for bucket in dict.fromkeys(each.bucket for each in desired.plugins)]
    steps += _plugin_objects(desired, observed)
    steps += [_plugin(plugin.name, observed) for plugin in desired.plugins]
    steps.append(_worker(desired, observed))
    steps += [_simple("log group", desired.log_group, observed.log_groups)] if desired.log_group else []
    steps += [_simple("registry", name, observed.registries) for name in desired.registries]
    steps += _schemas(desired, observed)
    steps += [_simple("Glue database", name, observed.databases) for name in desired.databases]
    steps += [_topic(topic, observed) for topic in desired.topics] if observed.kafka else []
    steps += [_connector(connector, desired, observed, replace) for connector in desired.connectors]
    steps += _deletions(desired, observed, {step.name for step in steps if step.kind == "connector"})
    return Plan(tuple(steps), _notes(desired, observed))


def _simple(kind: str, name: str, there: frozenset[str]) -> Step:
    return Step(Action.KEEP if name in there else Action.CREATE, kind, name)


def _bucket(bucket: str, observed: Observed) -> Step:
    if bucket in observed.buckets:
        return Step(Action.KEEP, "bucket", bucket)
    return Step(Action.REFUSE, "bucket", bucket, "does not exist; create it, or name another in connect.plugin_bucket")


def _plugin_objects(desired: Desired, observed: Observed) -> Iterator[Step]:
    for plugin in desired.plugins:
        found = observed.plugins.get(plugin.name)
        # MSK Connect keeps its own copy: the object is needed only to make the plugin.
        needed = found is None or found.state not in ("ACTIVE", "CREATING")
        if found and found.state.endswith("_FAILED"):
            # Its size alone does not say that the object is what it should be.
            yield Step(Action.CREATE, "plugin object", plugin.key, f"again: its custom plugin is {found.state}")
            continue
        missing = needed and observed.objects.get(plugin.key) != plugin.size
        yield Step(Action.CREATE if missing else Action.KEEP, "plugin object", plugin.key)


def _plugin(name: str, observed: Observed) -> Step:
    found = observed.plugins.get(name)
    if found is None or found.state == "DELETING":
        return Step(Action.CREATE, "custom plugin", name)
    if found.state == "ACTIVE":
        return Step(Action.KEEP, "custom plugin", name)
    if found.state in ("CREATING", "UPDATING"):
        return Step(Action.WAIT, "custom plugin", name, f"it is {found.state}")
    return Step(Action.REPLACE, "custom plugin", name, f"it is {found.state}")


def _worker(desired: Desired, observed: Observed) -> Step:
    found = observed.worker_configuration(desired.worker_name)
    there = found is not None and found.state != "DELETING"
    return Step(Action.KEEP if there else Action.CREATE, "worker configuration", desired.worker_name)


def _schemas(desired: Desired, observed: Observed) -> Iterator[Step]:
    """Those that exist, for the converter gives a schema its mode only when it makes it, and those made beforehand."""
    for wanted in desired.schemas:
        found = observed.schemas.get((wanted.registry, wanted.name))
        if found is None or found.status == "DELETING":
            if wanted.create:
                yield Step(Action.CREATE, "schema", schema_id(wanted), digest=wanted.compatibility)
        elif found.compatibility == wanted.compatibility:
            yield Step(Action.KEEP, "schema", schema_id(wanted))
        else:
            change = Change.of("schema", "compatibility", found.compatibility, wanted.compatibility)
            yield Step(Action.UPDATE, "schema", schema_id(wanted), changes=(change,))


def schema_id(schema: DesiredSchema) -> str:
    """How a step names a schema."""
    return f"{schema.registry}/{schema.name}"


def _topic(wanted: DesiredTopic, observed: Observed) -> Step:
    found = observed.kafka.topics.get(wanted.name) if observed.kafka else None
    if found is None:
        return Step(Action.CREATE, "topic", wanted.name, digest=digest_of([wanted.partitions, wanted.settings]))
    changes = tuple(
        Change.of("settings", name, found.settings.get(name), value)
        for name, value in wanted.settings.items()
        if found.settings.get(name) != value
    )
    return Step(Action.UPDATE if changes else Action.KEEP, "topic", wanted.name, changes=changes)


def _connector(wanted: DesiredConnector, desired: Desired, observed: Observed, replace: frozenset[str]) -> Step:
    kind, name = "connector", wanted.name
    digest = digest_of([wanted.request.to_api(), desired.worker_name, wanted.plugin.name])
    found = observed.connectors.get(name)
    if found is None or found.state == "DELETING":
        charge, price = cost.of_creation(wanted, desired, observed)
        why = "its name is free once the one that is DELETING has gone" if found else ""
        return Step(Action.CREATE, kind, name, why, cost=charge, price=price, digest=digest)
    owner = observed.tags[name].get(OWNER_TAG)
    if owner not in (None, desired.pipeline.name):
        return Step(Action.REFUSE, kind, name, f"belongs to pipeline {owner}; give this pipeline another name")
    changes = connector_changes(wanted, desired, found, observed)
    reason = _why_replace(changes, found, observed, forced=name in replace)
    if reason:
        charge, price = cost.of_replacement(wanted, desired, changes)
        return Step(Action.REPLACE, kind, name, reason, changes, charge, price, digest)
    if changes:
        charge, price = cost.of_update(wanted, changes)
        return Step(Action.UPDATE, kind, name, _how_update(changes, found), changes, charge, price, digest)
    if found.state in TRANSITIONAL:
        return Step(Action.WAIT, kind, name, f"it is {found.state}", digest=digest)
    return Step(Action.KEEP, kind, name, "" if found.state == "RUNNING" else f"it is {found.state}", digest=digest)


def _why_replace(changes: tuple[Change, ...], found: Connector, observed: Observed, *, forced: bool) -> str:
    """Why the connector cannot be kept; "" when it can."""
    if found.state == "FAILED":
        return "it is FAILED"
    if any((change.part, change.property) == (CONFIGURATION, "connector.class") for change in changes):
        return "connector.class of a connector cannot be changed"
    fixed = next((change.property for change in changes if change.part == SETTINGS), None)
    if fixed:
        return f"{fixed} of a connector cannot be changed"
    for part, member in _MEMBERS.items():
        if member not in observed.updatable and any(change.part == part for change in changes):
            return f"UpdateConnector of the installed SDK has no {member}"
    return "asked for" if forced and any(change.part != TAGS for change in changes) else ""


def _how_update(changes: tuple[Change, ...], found: Connector) -> str:
    parts = {change.part for change in changes}
    said = []
    if CONFIGURATION in parts and parts & {CAPACITY, PLUGIN, WORKER}:
        said.append("in two operations")
    if found.state == "PAUSED" and parts != {TAGS}:
        said.append("it is PAUSED: its health is not checked, and nothing is rolled back")
    elif found.state in TRANSITIONAL:
        said.append(f"once it is no longer {found.state}")
    return "; ".join(said)


def _deletions(desired: Desired, observed: Observed, kept: set[str]) -> Iterator[Step]:
    """What an earlier deploy of the pipeline made and nothing uses any more, connectors first."""
    gone = {name for name in observed.connectors if name not in kept}
    for name in sorted(gone):
        if observed.connectors[name].state != "DELETING":
            yield Step(Action.DELETE, "connector", name, "the pipeline file no longer has it")
    # Ours let go of what they use now when they are changed; others hold on to it.
    let_go = {*kept, *gone}
    for worker in sorted(observed.worker_configurations.values(), key=lambda each: each.name):
        unused = not observed.users.get(worker.arn, frozenset()) - let_go
        if (
            is_worker_of(desired.pipeline, worker.name)
            and unused
            and worker.name != desired.worker_name
            and worker.state != "DELETING"
        ):
            yield Step(Action.DELETE, "worker configuration", worker.name, "nothing uses it any more")
    wanted = {plugin.name for plugin in desired.plugins}
    for plugin in sorted(observed.plugins.values(), key=lambda each: each.name):
        unused = not observed.users.get(plugin.arn, frozenset()) - let_go
        if plugin.name not in wanted and unused and plugin.state not in ("DELETING", "CREATING"):
            yield Step(Action.DELETE, "custom plugin", plugin.name, "nothing uses it any more")


def _notes(desired: Desired, observed: Observed) -> tuple[str, ...]:
    if observed.kafka or not desired.topics:
        return ()
    topics = ", ".join(topic.name for topic in desired.topics)
    return (f"{observed.why_no_kafka}: whether there is {topics} is not known",)
