"""What Kafka tells of a pipeline: how far source and sinks have come, and when records were written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cdcctl.aws.target import Target
from cdcctl.deploy.brokers import open_cluster
from cdcctl.deploy.topics import dead_letter_topics, heartbeat_topic, table_topics
from cdcctl.kafka.cluster import Ends, GroupOffsets
from cdcctl.kafka.records import TopicReader
from cdcctl.kafka.source_offsets import SourceOffset, offsets_of
from cdcctl.pipeline import Pipeline
from cdcctl.render import names

# (topic, partition).
Place = tuple[str, int]


@dataclass(frozen=True)
class Brokers:
    """What was told. Times are in milliseconds since the epoch.

    :ivar source: what the source has committed; None when it has not committed anything.
    :ivar groups: sink → what its group has committed.
    :ivar ends: of the tables' topics, of heartbeats and of dead letters, those that exist.
    :ivar tables: sink → the topics it reads, those that exist.
    :ivar written: when the last record of a place was written; ``waiting``: sink → when its first unread one was.
    """

    source: SourceOffset | None
    groups: Mapping[str, GroupOffsets]
    ends: Mapping[str, Ends]
    tables: Mapping[str, list[str]]
    written: Mapping[Place, int]
    waiting: Mapping[str, Mapping[Place, int]]

    def unread(self, sink: str) -> dict[Place, int]:
        """Place → records that a sink has not read, where there are any; of a topic it never read, all."""
        found = {
            (topic, partition): high - max(low, self.groups[sink].get((topic, partition), low))
            for topic in self.tables[sink]
            for partition, (low, high) in self.ends.get(topic, {}).items()
        }
        return {place: count for place, count in found.items() if count > 0}

    def last_written(self, topic: str) -> int | None:
        """When the last record of a topic was written; None when it is empty, or does not exist."""
        return max((time for (each, _), time in self.written.items() if each == topic), default=None)

    def count(self, topic: str) -> int:
        """How many records a topic holds, as far as its offsets tell."""
        return sum(high - low for low, high in self.ends.get(topic, {}).values())


def ask_brokers(pipeline: Pipeline, target: Target) -> Brokers:
    """Look.

    :raises RemoteError: no broker can be reached, or one refuses.
    """
    cluster = open_cluster(pipeline, target)
    existing = cluster.topic_names()
    tables = {name: table_topics(pipeline, existing, sink) for name, sink in pipeline.sinks.items()}
    ends = cluster.ends(sorted({*(each for topics in tables.values() for each in topics), *_others(pipeline)}))
    groups = {name: cluster.group(names.sink_group(pipeline, sink)) for name, sink in pipeline.sinks.items()}
    reader = TopicReader(cluster, target.check)
    try:
        source = offsets_of(names.source_connector(pipeline), reader.read(names.offset_topic(pipeline)))
        made = Brokers(next((each for each in source if each.offset), None), groups, ends, tables, {}, {})
        last = {(topic, p): high - 1 for topic, each in ends.items() for p, (low, high) in each.items() if high > low}
        written = {place: record.timestamp_ms for place, record in reader.at(last).items()}
        waiting = {}
        for name in pipeline.sinks:
            first = {place: max(ends[place[0]][place[1]][0], groups[name].get(place, 0)) for place in made.unread(name)}
            waiting[name] = {place: record.timestamp_ms for place, record in reader.at(first).items()}
    finally:
        reader.close()
    return Brokers(made.source, groups, ends, tables, written, waiting)


def _others(pipeline: Pipeline) -> Iterator[str]:
    yield from dead_letter_topics(pipeline)
    heartbeat = heartbeat_topic(pipeline)
    if heartbeat:
        yield heartbeat
