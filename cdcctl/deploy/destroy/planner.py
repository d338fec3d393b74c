"""What stands, and what the user told: the steps that take it down, as data. No I/O.

Deleted is what carries the pipeline's mark and nobody else uses. What is kept is a step of its own, with the reason.
"""

from __future__ import annotations

from collections.abc import Iterator

from cdcctl.deploy.desired import OWNER_TAG, is_worker_of, plugin_key
from cdcctl.deploy.destroy.data import data_steps
from cdcctl.deploy.destroy.standing import Brokers, Registry, Standing, Told
from cdcctl.deploy.destroy.steps import BACKUP, GROUP, RECORD, SOURCE_OFFSETS, delete, keep, not_ours
from cdcctl.deploy.offset_state import sink_groups
from cdcctl.deploy.plan import Action, Cost, Plan, Step
from cdcctl.deploy.run import deployed_key, pipeline_folder
from cdcctl.deploy.topics import dead_letter_topics, heartbeat_topic, position_topics, table_topics
from cdcctl.render import names


def plan_destruction(standing: Standing, told: Told) -> Plan:
    """The steps in the order in which they are taken: what runs first, what it was made of next, data last."""
    steps = [*_connectors(standing)]
    going = {step.name for step in steps if step.action is Action.DELETE}
    steps += _backup(standing, told, going)
    steps += _worker_configurations(standing, going)
    steps += _plugins(standing, going)
    steps += _log_group(standing, going)
    if standing.brokers:
        steps += _positions(standing, standing.brokers, told)
        steps += _topics(standing, standing.brokers, told)
    elif told.needs_brokers:
        why = standing.why_no_brokers
        steps.append(Step(Action.REFUSE, "Kafka cluster", standing.pipeline.kafka.bootstrap_servers, why))
    for registry in standing.registries:
        steps += _registry(standing, registry, told)
    steps += data_steps(standing)
    if standing.record:
        # The last: as long as it is there, a run that was ended is gone on with.
        steps.append(Step(Action.DELETE, RECORD, deployed_key(standing.pipeline)))
    return Plan(tuple(steps), tuple(_notes(standing, told)))


def _connectors(standing: Standing) -> Iterator[Step]:
    """The source's first, so that nothing new comes while the sinks still write."""
    own = names.connectors(standing.pipeline)
    known = [name for name in own if name in standing.observed.connectors]
    for name in [*known, *sorted(set(standing.observed.connectors) - set(known))]:
        found = standing.observed.connectors[name]
        owner = standing.owners[found.arn]
        if owner == standing.pipeline.name:
            is_source = name == own[0]
            price = "streaming ends; MySQL keeps what comes for as long as its binlog retention says"
            cost, said = (Cost.GAP, price) if is_source else (Cost.NONE, "")
            yield Step(Action.DELETE, "connector", name, cost=cost, price=said, digest=found.arn)
        else:
            yield keep("connector", name, not_ours(owner))


def _backup(standing: Standing, told: Told, going: set[str]) -> Iterator[Step]:
    """Of offsets that are left without a user: Kafka forgets a group without members after a while."""
    state = standing.brokers.offsets if standing.brokers else None
    if state and (state.source or state.groups) and (going or told.offsets or standing.record):
        place = f"s3://{standing.pipeline.connect.plugin_bucket}/{pipeline_folder(standing.pipeline)}offsets/"
        yield Step(Action.CREATE, BACKUP, place, "for cdcctl offsets restore")


def _users(standing: Standing, arn: str, going: set[str]) -> list[str]:
    return sorted(standing.observed.users.get(arn, frozenset()) - going)


def _worker_configurations(standing: Standing, going: set[str]) -> Iterator[Step]:
    kind = "worker configuration"
    for worker in sorted(standing.observed.worker_configurations.values(), key=lambda each: each.name):
        if worker.state == "DELETING" or not is_worker_of(standing.pipeline, worker.name):
            continue
        users = _users(standing, worker.arn, going)
        owner = standing.owners[worker.arn]
        if owner != standing.pipeline.name:
            yield keep(kind, worker.name, not_ours(owner))
        elif users:
            yield keep(kind, worker.name, f"connector {', '.join(users)} uses it")
        else:
            yield delete(kind, worker.name)


def _plugins(standing: Standing, going: set[str]) -> Iterator[Step]:
    """The object before the plugin: a run that was ended between the two finds the plugin, and so the object."""
    kept: dict[str, str] = {}
    plugins = standing.observed.plugins
    for name, plugin in sorted(plugins.items()):
        users = _users(standing, plugin.arn, going)
        owner = standing.owners[plugin.arn]
        if users:
            kept[name] = f"connector {', '.join(users)} uses it"
        elif owner is None or (owner != standing.pipeline.name and _is_there(standing, owner)):
            kept[name] = not_ours(owner)
    for key in sorted(standing.objects):
        made = next((name for name in kept if plugin_key(name) == key), None)
        yield keep("plugin object", key, kept[made]) if made else delete("plugin object", key)
    for name, plugin in sorted(plugins.items()):
        if name in kept:
            yield keep("custom plugin", name, kept[name])
        elif plugin.state != "DELETING":
            yield delete("custom plugin", name)


def _is_there(standing: Standing, pipeline: str) -> bool:
    """Whether another pipeline still has connectors. Plugins are shared by content, and outlive who made them."""
    return any(each.name.startswith(f"{pipeline}-") for each in standing.others)


def _log_group(standing: Standing, going: set[str]) -> Iterator[Step]:
    group = standing.log_group
    if group is None:
        return
    stay = [each for name, each in standing.observed.connectors.items() if name not in going]
    users = sorted(each.name for each in (*standing.others, *stay) if each.log_group == group.name)
    owner = group.tags.get(OWNER_TAG)
    if owner != standing.pipeline.name:
        yield keep("log group", group.name, not_ours(owner))
    elif users:
        yield keep("log group", group.name, f"connector {', '.join(users)} writes to it")
    else:
        yield delete("log group", group.name)


def _positions(standing: Standing, brokers: Brokers, told: Told) -> Iterator[Step]:
    pipeline = standing.pipeline
    for group in sink_groups(pipeline):
        if group in brokers.offsets.groups:
            yield delete(GROUP, group) if told.offsets else keep(GROUP, group, "--offsets deletes it")
    offsets = names.offset_topic(pipeline)
    for topic in (*position_topics(pipeline), *brokers.workers):
        if topic not in brokers.topics:
            continue
        user = standing.claims.of_topic(topic)
        if not told.offsets:
            yield keep("topic", topic, "--offsets deletes it")
        elif topic == offsets and brokers.strangers:
            if any(each.offset for each in brokers.offsets.source):
                yield delete(SOURCE_OFFSETS, topic, "those of this pipeline alone")
            yield keep("topic", topic, f"connector {', '.join(brokers.strangers)} keeps its offsets there")
        elif user:
            yield keep("topic", topic, f"connector {user} uses it")
        else:
            yield delete("topic", topic)


def _topics(standing: Standing, brokers: Brokers, told: Told) -> Iterator[Step]:
    pipeline = standing.pipeline
    heartbeat = heartbeat_topic(pipeline)
    others = [*dead_letter_topics(pipeline), *([heartbeat] if heartbeat else [])]
    for topic in [*table_topics(pipeline, brokers.topics), *(each for each in others if each in brokers.topics)]:
        user = standing.claims.of_topic(topic)
        if not told.topics:
            yield keep("topic", topic, "--topics deletes it")
        elif user:
            yield keep("topic", topic, f"connector {user} uses it")
        else:
            yield delete("topic", topic, lost=_unread(brokers, topic))


def _unread(brokers: Brokers, topic: str) -> str:
    state = brokers.offsets
    behind = max(
        (
            sum(
                max(0, state.ends[each][partition][1] - offset)
                for (each, partition), offset in offsets.items()
                if each == topic and partition in state.ends.get(each, {})
            )
            for offsets in state.groups.values()
        ),
        default=0,
    )
    return f"{behind} record(s) in it have not been read by a sink" if behind else ""


def _registry(standing: Standing, registry: Registry, told: Told) -> Iterator[Step]:
    """The registry where it was made for the pipeline and holds nothing else; else the pipeline's schemas in it."""
    own = _own_schemas(standing, registry)
    foreign = [name for name in registry.schemas if name not in own]
    ours = registry.owner == standing.pipeline.name
    if not told.schemas:
        yield keep("registry", registry.name, "--schemas deletes it" if ours else not_ours(registry.owner))
    elif ours and not foreign:
        yield delete("registry", registry.name, lost=f"{len(own)} schema(s) with all versions" if own else "")
    else:
        for name in own:
            yield delete("schema", f"{registry.name}/{name}")
        why = f"holds schema(s) of others, such as {foreign[0]}" if ours else not_ours(registry.owner)
        yield keep("registry", registry.name, why)


def _own_schemas(standing: Standing, registry: Registry) -> list[str]:
    """Named like topics of captured tables, or as the pipeline file names the one."""
    pipeline = standing.pipeline
    if pipeline.registries.naming_class:
        return []
    named = pipeline.registries.schema_name
    # Heartbeats are registered like everything else.
    others = {each for each in (named, heartbeat_topic(pipeline)) if each}
    return sorted({*table_topics(pipeline, registry.schemas), *others.intersection(registry.schemas)})


def _notes(standing: Standing, told: Told) -> Iterator[str]:
    pipeline = standing.pipeline
    if standing.brokers is None and not told.needs_brokers:
        yield (
            f"{standing.why_no_brokers}: offsets and topics stay, and no "
            "backup of the offsets is made; Kafka forgets those of the sinks after offsets.retention.minutes"
        )
    if told.topics and not told.offsets:
        yield "without --offsets a pipeline deployed again goes on where this one ended, and never sends older rows"
    if told.schemas and not told.topics:
        yield "without their schemas the records that stay in the topics can no longer be read"
    for topic in standing.untold:
        yield f"the objects of topic {topic} stay: their names do not begin with a folder of its own"
    yield (
        f"the journal and backups of offsets stay in s3://{pipeline.connect.plugin_bucket}/{pipeline_folder(pipeline)}"
    )
