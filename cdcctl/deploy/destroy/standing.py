"""The look at what stands of a pipeline, and at who else uses it. Changes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cdcctl.aws.catalog import Table
from cdcctl.aws.connect_resources import Connector
from cdcctl.aws.logs import LogGroup
from cdcctl.aws.target import Target
from cdcctl.deploy.brokers import open_cluster
from cdcctl.deploy.desired import OWNER_TAG, Desired, desired_without_plugins, plugin_key
from cdcctl.deploy.destroy.claims import Claims, claims_of
from cdcctl.deploy.observe import Observed, observe
from cdcctl.deploy.offset_state import OffsetState, read_offsets
from cdcctl.deploy.record import Record, read_record
from cdcctl.deploy.topics import worker_topics
from cdcctl.errors import CdcctlError, NotFoundError
from cdcctl.kafka.records import TopicReader
from cdcctl.kafka.source_offsets import parse
from cdcctl.pipeline import IcebergSink, Pipeline
from cdcctl.render import names
from cdcctl.render.configurations import Configurations, render
from cdcctl.render.objects import folder_of


@dataclass(frozen=True)
class Told:
    """What the user told to delete as well."""

    offsets: bool = False
    topics: bool = False
    schemas: bool = False
    data: bool = False

    @property
    def needs_brokers(self) -> bool:
        """Whether some of it is Kafka's."""
        return self.offsets or self.topics


@dataclass(frozen=True)
class Registry:
    """A registry that exists. ``owner``: the pipeline that it was made for, if by cdcctl."""

    name: str
    owner: str | None
    schemas: tuple[str, ...]


@dataclass(frozen=True)
class Brokers:
    """What Kafka has of the pipeline.

    :ivar topics: all that there are.
    :ivar workers: those that MSK Connect itself has made for the pipeline's connectors.
    :ivar strangers: connectors of others that keep source offsets in the same topic.
    """

    topics: tuple[str, ...]
    workers: tuple[str, ...]
    offsets: OffsetState
    strangers: tuple[str, ...]


@dataclass(frozen=True)
class Folder:
    """Where an S3 sink has put the objects of a topic. ``objects``: whether there are any."""

    bucket: str
    prefix: str
    objects: bool


@dataclass(frozen=True)
class Standing:
    """What is there.

    :ivar owners: ARN of a connector, plugin or worker configuration → the pipeline it was made for, if by cdcctl.
    :ivar others: connectors of the account that are not the pipeline's.
    :ivar objects: keys of plugin ZIPs that exist.
    :ivar tables: Iceberg tables of the sinks that exist; only looked at when data are to go, as ``folders`` are.
    :ivar untold: topics whose objects in S3 cannot be told from those of others, by their names.
    """

    pipeline: Pipeline
    desired: Desired
    observed: Observed
    record: Record | None
    owners: Mapping[str, str | None]
    others: tuple[Connector, ...]
    claims: Claims
    objects: frozenset[str]
    log_group: LogGroup | None
    registries: tuple[Registry, ...]
    brokers: Brokers | None
    why_no_brokers: str
    tables: Mapping[str, Table]
    databases: Mapping[str, Mapping[str, str]]
    database_tables: Mapping[str, frozenset[str]]
    folders: tuple[Folder, ...]
    untold: tuple[str, ...]


def look(pipeline: Pipeline, target: Target, told: Told) -> Standing:
    """Look at everything that the pipeline may have made."""
    rendered = render(pipeline, target.region)
    record = read_record(target, pipeline)
    desired = desired_without_plugins(pipeline, rendered, _recorded_plugins(record))
    observed = observe(target, desired)
    listed = target.msk_connect.list_connectors()
    others = tuple(each for each in listed if each.name not in observed.connectors)
    brokers, why = _brokers(pipeline, target, observed)
    folders, untold = _folders(pipeline, target, rendered) if told.data else ((), ())
    tables = dict(_tables(pipeline, target)) if told.data else {}
    return Standing(
        pipeline=pipeline,
        desired=desired,
        observed=observed,
        record=record,
        owners=_owners(target, observed),
        others=others,
        claims=claims_of(target, others) if told.needs_brokers or told.data else Claims(),
        objects=_objects(pipeline, target, observed, record),
        log_group=target.logs.find_group(desired.log_group) if desired.log_group else None,
        registries=tuple(_registries(target, desired)),
        brokers=brokers,
        why_no_brokers=why,
        tables=tables,
        databases={
            name: marks
            for name in (desired.databases if told.data else ())
            if (marks := target.catalog.database_marks(name)) is not None
        },
        database_tables={
            name: frozenset(target.catalog.table_names(name)) for name in (desired.databases if told.data else ())
        },
        folders=folders,
        untold=untold,
    )


def _recorded_plugins(record: Record | None) -> dict[str, str]:
    """Connector → its custom plugin, as the last deploy left it."""
    resources = record.resources if record else {}
    return {name: each.parts["plugin"]["name"].shown for (kind, name), each in resources.items() if kind == "connector"}


def _owners(target: Target, observed: Observed) -> dict[str, str | None]:
    connect = target.msk_connect
    owners = {each.arn: observed.tags[name].get(OWNER_TAG) for name, each in observed.connectors.items()}
    arns = [plugin.arn for plugin in observed.plugins.values()]
    arns += [worker.arn for worker in observed.worker_configurations.values()]
    for arn in arns:
        try:
            owners[arn] = connect.tags(arn).get(OWNER_TAG)
        except NotFoundError:
            # It has gone since.
            owners[arn] = None
    return owners


def _objects(pipeline: Pipeline, target: Target, observed: Observed, record: Record | None) -> frozenset[str]:
    bucket = pipeline.connect.plugin_bucket
    plugins = {*observed.plugins, *(record.names("custom plugin") if record else ())}
    keys = map(plugin_key, sorted(plugins))
    return frozenset(key for key in keys if target.storage.size(bucket, key) is not None)


def _registries(target: Target, desired: Desired) -> Iterator[Registry]:
    for name in desired.registries:
        arn = target.registry.find_registry(name)
        if arn:
            owner = target.registry.registry_tags(arn).get(OWNER_TAG)
            yield Registry(name, owner, tuple(target.registry.schemas(name)))


def _brokers(pipeline: Pipeline, target: Target, observed: Observed) -> tuple[Brokers | None, str]:
    if observed.kafka is None:
        return None, observed.why_no_kafka
    try:
        cluster = open_cluster(pipeline, target)
        topics = sorted(cluster.topic_names())
        reader = TopicReader(cluster, target.check)
        try:
            offsets = [parse(record) for record in reader.read(names.offset_topic(pipeline))]
        finally:
            reader.close()
        own = names.source_connector(pipeline)
        strangers = sorted({each.connector for each in offsets if each and each.connector != own})
        workers = [topic for name in names.connectors(pipeline) for topic in worker_topics(name, topics)]
        return Brokers(tuple(topics), tuple(workers), read_offsets(pipeline, target), tuple(strangers)), ""
    except CdcctlError as error:
        target.check()
        return None, error.message


def _tables(pipeline: Pipeline, target: Target) -> Iterator[tuple[str, Table]]:
    for sink in pipeline.sinks.values():
        if isinstance(sink, IcebergSink):
            for table in pipeline.tables_of(sink):
                found = target.catalog.find_table(sink.table_of(table))
                if found:
                    yield found.full_name, found


def _folders(
    pipeline: Pipeline, target: Target, rendered: Configurations
) -> tuple[tuple[Folder, ...], tuple[str, ...]]:
    found, untold = [], []
    for name, sink in pipeline.sinks.items():
        if isinstance(sink, IcebergSink):
            continue
        for topic in (pipeline.topic_of(table) for table in pipeline.tables_of(sink)):
            place = folder_of(rendered.sinks[name], topic)
            if place is None:
                untold.append(topic)
            elif target.storage.has_bucket(place[0]):
                any_object = target.storage.newest(*place, most=1).modified is not None
                found.append(Folder(*place, objects=any_object))
    return tuple(found), tuple(untold)
