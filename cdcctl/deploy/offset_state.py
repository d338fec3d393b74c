"""How far a pipeline has come, as Kafka keeps it: source offsets, groups of the sinks, Debezium's schema history."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cdcctl.aws.target import Target
from cdcctl.deploy.brokers import open_cluster
from cdcctl.kafka.cluster import Ends, GroupOffsets
from cdcctl.kafka.records import Record, TopicReader
from cdcctl.kafka.source_offsets import SourceOffset, offsets_of
from cdcctl.pipeline import IcebergSink, Pipeline
from cdcctl.render import names


@dataclass(frozen=True)
class OffsetState:
    """All of it.

    :ivar source: of each source partition, i.e. of the one MySQL server.
    :ivar groups: consumer group → what it has committed.
    :ivar ends: of the topics that the groups read.
    :ivar history: the records of the schema history, in their order.
    """

    source: tuple[SourceOffset, ...]
    groups: Mapping[str, GroupOffsets]
    ends: Mapping[str, Ends]
    history: tuple[Record, ...]

    def lag(self, group: str) -> int:
        """How many records a group has not read yet, of the topics it has read from."""
        return sum(
            max(0, self.ends[topic][partition][1] - offset)
            for (topic, partition), offset in self.groups[group].items()
            if partition in self.ends.get(topic, {})
        )

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        last = self.history[-1] if self.history else None
        return {
            "source": [{"partition": each.partition, "offset": each.offset} for each in self.source],
            "groups": {
                name: [
                    {
                        "topic": topic,
                        "partition": partition,
                        "offset": offset,
                        "end": self.ends.get(topic, {}).get(partition, (0, None))[1],
                    }
                    for (topic, partition), offset in sorted(offsets.items())
                ]
                for name, offsets in self.groups.items()
            },
            "schema_history": {"records": len(self.history), "last": _parsed(last)},
        }


def read_offsets(pipeline: Pipeline, target: Target) -> OffsetState:
    """Look at the brokers.

    The history is read last: one that knows more than the offsets is as good, one that knows less is none.

    :raises RemoteError: no broker can be reached, or one refuses.
    """
    cluster = open_cluster(pipeline, target)
    reader = TopicReader(cluster, target.check)
    try:
        source = offsets_of(names.source_connector(pipeline), reader.read(names.offset_topic(pipeline)))
        groups = {name: found for name in sink_groups(pipeline) if (found := cluster.group(name))}
        topics = {topic for offsets in groups.values() for topic, _ in offsets}
        history = reader.read(names.schema_history_topic(pipeline))
    finally:
        reader.close()
    return OffsetState(tuple(source), groups, cluster.ends(sorted(topics)), tuple(history))


def sink_groups(pipeline: Pipeline) -> Iterator[str]:
    """The consumer groups of the sinks; an Iceberg sink's coordinator has one of its own for the control topic."""
    for sink in pipeline.sinks.values():
        group = names.sink_group(pipeline, sink)
        yield group
        if isinstance(sink, IcebergSink):
            yield f"{group}-coord"


def _parsed(record: Record | None) -> Any:
    if record is None or record.value is None:
        return None
    try:
        found = json.loads(record.value)
    except ValueError:
        return record.value
    # Its statement may be long; where it stood in the binlog says how far the history reaches.
    return {name: found.get(name) for name in ("position", "ts_ms", "databaseName") if name in found}
