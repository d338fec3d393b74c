"""The look at the world that a plan is made from. Changes nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from cdcctl.aws.connect_resources import Connector, Plugin, WorkerConfiguration
from cdcctl.aws.glue_registry import Schema
from cdcctl.aws.target import Target
from cdcctl.deploy.brokers import open_cluster
from cdcctl.deploy.desired import OWNER_TAG, PLUGIN_FOLDER, Desired, is_worker_of, worker_prefix
from cdcctl.errors import CdcctlError, NotFoundError
from cdcctl.kafka.cluster import Topic
from cdcctl.kafka.records import TopicReader
from cdcctl.kafka.source_offsets import offsets_of
from cdcctl.render import names

_LOOKS_AT_ONCE = 8


@dataclass(frozen=True)
class ObservedKafka:
    """What the brokers told.

    :ivar topics: those of the desired topics that exist.
    :ivar has_offsets: whether the source has committed offsets in the topic that it is to use.
    """

    topics: Mapping[str, Topic]
    has_offsets: bool


@dataclass(frozen=True)
class Observed:
    """What was found. Mappings are by name, sets hold names.

    :ivar objects: key → size in bytes.
    :ivar worker_configurations: by ARN: those of the pipeline, with content where one of its connectors uses it.
    :ivar plugins: those desired, and others that cdcctl made for this pipeline.
    :ivar connectors: those desired, and others that cdcctl made for this pipeline.
    :ivar tags: of each of these connectors.
    :ivar users: ARN of a plugin or worker configuration → connectors of the account that use it.
    :ivar kafka: None when no broker can be reached from here; then ``why_no_kafka`` says why.
    """

    buckets: frozenset[str]
    objects: Mapping[str, int]
    plugins: Mapping[str, Plugin]
    worker_configurations: Mapping[str, WorkerConfiguration]
    log_groups: frozenset[str]
    registries: frozenset[str]
    schemas: Mapping[tuple[str, str], Schema]
    databases: frozenset[str]
    connectors: Mapping[str, Connector]
    tags: Mapping[str, Mapping[str, str]]
    users: Mapping[str, frozenset[str]]
    updatable: frozenset[str]
    kafka: ObservedKafka | None = None
    why_no_kafka: str = ""

    def worker_configuration(self, name: str) -> WorkerConfiguration | None:
        """The one of that name."""
        return next((each for each in self.worker_configurations.values() if each.name == name), None)


def observe(target: Target, desired: Desired) -> Observed:
    """Look at everything that ``desired`` names, and at what an earlier deploy of the pipeline has made."""
    connect, storage = target.msk_connect, target.storage
    buckets = {plugin.bucket for plugin in desired.plugins if storage.has_bucket(plugin.bucket)}
    listed = connect.list_connectors()
    connectors, tags, gone = _connectors(target, desired, listed)
    users: defaultdict[str, set[str]] = defaultdict(set)
    for each in listed:
        if each.arn in gone:
            continue
        users[each.plugin_arn].add(each.name)
        users[each.worker_configuration_arn].add(each.name)
    kafka, why = _kafka(target, desired)
    return Observed(
        buckets=frozenset(buckets),
        objects={
            plugin.key: size
            for plugin in desired.plugins
            if plugin.bucket in buckets and (size := storage.size(plugin.bucket, plugin.key)) is not None
        },
        plugins=_plugins(target, desired),
        worker_configurations=_worker_configurations(target, desired, connectors),
        log_groups=frozenset(
            [desired.log_group] if desired.log_group and target.logs.has_group(desired.log_group) else []
        ),
        registries=frozenset(name for name in desired.registries if target.registry.find_registry(name)),
        schemas=_schemas(target, desired),
        databases=frozenset(name for name in desired.databases if storage.has_database(name)),
        connectors=connectors,
        tags=tags,
        users={arn: frozenset(found) for arn, found in users.items()},
        updatable=connect.update_members,
        kafka=kafka,
        why_no_kafka=why,
    )


def _connectors(
    target: Target, desired: Desired, listed: Iterable[Connector]
) -> tuple[dict[str, Connector], dict[str, dict[str, str]], set[str]]:
    """The pipeline's connectors and their tags: those desired, and others that carry its mark.

    The third: ARNs of those that have gone between the list and the description; they use nothing any more.
    """
    wanted = {connector.name for connector in desired.connectors}
    connectors, tags, gone = {}, {}, set()
    for each in listed:
        if not each.name.startswith(f"{desired.pipeline.name}-"):
            continue
        try:
            marks = target.msk_connect.tags(each.arn)
            if each.name in wanted or marks.get(OWNER_TAG) == desired.pipeline.name:
                connectors[each.name] = target.msk_connect.describe_connector(each.arn)
                tags[each.name] = marks
        except NotFoundError:
            gone.add(each.arn)
    return connectors, tags, gone


def _plugins(target: Target, desired: Desired) -> dict[str, Plugin]:
    wanted = {plugin.name for plugin in desired.plugins}
    found = {}
    for plugin in target.msk_connect.list_plugins():
        if plugin.name in wanted or (
            plugin.file_key.startswith(PLUGIN_FOLDER)
            and target.msk_connect.tags(plugin.arn).get(OWNER_TAG) == desired.pipeline.name
        ):
            found[plugin.name] = plugin
    return found


def _worker_configurations(
    target: Target, desired: Desired, connectors: Mapping[str, Connector]
) -> dict[str, WorkerConfiguration]:
    connect = target.msk_connect
    listed = connect.list_worker_configurations(worker_prefix(desired.pipeline))
    found = {each.arn: each for each in listed if is_worker_of(desired.pipeline, each.name)}
    for arn in dict.fromkeys(each.worker_configuration_arn for each in connectors.values()):
        if arn:
            found[arn] = connect.describe_worker_configuration(arn)
    return found


def _schemas(target: Target, desired: Desired) -> dict[tuple[str, str], Schema]:
    with ThreadPoolExecutor(_LOOKS_AT_ONCE) as pool:
        found = pool.map(lambda each: target.registry.find_schema(each.registry, each.name), desired.schemas)
        return {(schema.registry, schema.name): schema for schema in found if schema}


def _kafka(target: Target, desired: Desired) -> tuple[ObservedKafka | None, str]:
    """What the brokers tell, or why they do not: from outside their VPC most cannot be reached."""
    pipeline = desired.pipeline
    try:
        cluster = open_cluster(pipeline, target)
        topics = cluster.describe([topic.name for topic in desired.topics])
        reader = TopicReader(cluster, target.check)
        try:
            records = reader.read(names.offset_topic(pipeline))
        finally:
            reader.close()
    except CdcctlError as error:
        target.check()
        return None, error.message
    offsets = offsets_of(names.source_connector(pipeline), records)
    return ObservedKafka(topics, any(each.offset for each in offsets)), ""
