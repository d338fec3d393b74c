"""Offsets put back, or taken away: only while nobody uses them, and read back afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum

from cdcctl.aws.target import Target
from cdcctl.deploy.brokers import open_cluster
from cdcctl.deploy.offset_backup import Backup
from cdcctl.deploy.offset_state import OffsetState, read_offsets, sink_groups
from cdcctl.deploy.run import Run
from cdcctl.errors import InputError, RemoteError
from cdcctl.kafka.cluster import Cluster, GroupOffsets
from cdcctl.kafka.records import Record, write
from cdcctl.kafka.source_offsets import offsets_of
from cdcctl.pipeline import Pipeline
from cdcctl.render import names

# What Kafka Connect makes it with unless told otherwise (DistributedConfig).
_OFFSET_PARTITIONS = 25
# The history must never lose a record (Debezium's documentation, KafkaSchemaHistory).
_HISTORY_SETTINGS = {"cleanup.policy": "delete", "retention.ms": "-1", "retention.bytes": "-1"}
_SECONDS = 60


class Part(str, Enum):
    """What of the offsets."""

    SOURCE = "source"
    SINKS = "sinks"
    HISTORY = "history"


@dataclass(frozen=True)
class Offsets:
    """The pipeline's offsets, as something to be changed.

    :ivar state: what is there now.
    """

    pipeline: Pipeline
    target: Target
    cluster: Cluster
    state: OffsetState

    @classmethod
    def now(cls, pipeline: Pipeline, target: Target) -> Offsets:
        """As they are.

        :raises RemoteError: no broker can be reached.
        """
        return cls(pipeline, target, open_cluster(pipeline, target), read_offsets(pipeline, target))

    def require_restorable(self, backup: Backup, parts: Sequence[Part]) -> None:
        """:raises InputError: a group would be sent to a place that its topic does not have."""
        if Part.SINKS not in parts:
            return
        wanted = [place for offsets in backup.groups.values() for place in offsets.items()]
        ends = self.cluster.ends(sorted({topic for (topic, _), _ in wanted}))
        problems = []
        for (topic, partition), offset in wanted:
            low, high = ends.get(topic, {}).get(partition, (0, -1))
            if not low <= offset <= high:
                there = f"which holds {low} to {high}" if high >= 0 else "which does not exist"
                problems.append(f"offset {offset} of {topic}, partition {partition}, {there}")
        if problems:
            raise InputError(
                "the topics are not those of the backup any more",
                hint="restore only --part source --part history; the sinks then start where topics begin",
                details=problems,
            )

    def restore(self, run: Run, backup: Backup, parts: Sequence[Part]) -> None:
        """Put back what a backup holds; the history first, for offsets without it are of no use."""
        if Part.HISTORY in parts and backup.history:
            self._restore_history(run, backup.history)
        if Part.SOURCE in parts and backup.source:
            topic = names.offset_topic(self.pipeline)
            with run.change(f"write {len(backup.source)} source offset(s) to topic {topic}"):
                self._require_offset_topic(topic)
                write(self.cluster, topic, backup.source, keep_partitions=False)
        if Part.SINKS in parts:
            for group, offsets in backup.groups.items():
                with run.change(f"set the offsets of group {group}"):
                    self._set_group(run, group, offsets)
        self._require_restored(backup, parts)

    def reset(self, run: Run, parts: Sequence[Part]) -> None:
        """Forget: the source begins anew (with a snapshot where its mode says so), sinks where topics begin."""
        topic = names.offset_topic(self.pipeline)
        if Part.SOURCE in parts and self.state.source:
            # A record without a value is how Kafka Connect itself forgets an offset.
            tombstones = [replace(each.record, value=None) for each in self.state.source]
            with run.change(f"reset {len(tombstones)} source offset(s) in topic {topic}"):
                write(self.cluster, topic, tombstones, keep_partitions=True)
        if Part.SINKS in parts:
            groups = [group for group in sink_groups(self.pipeline) if not group.endswith("-coord")]
            with run.change(f"delete group {', '.join(groups)}"):
                when_empty(run, self.cluster, groups)
                self.cluster.delete_groups(groups)
        if Part.HISTORY in parts:
            self._delete_history(run)

    def _restore_history(self, run: Run, records: Sequence[Record]) -> None:
        """Nothing is written where what is there begins with what was there: Debezium takes from it what it needs."""
        topic = names.schema_history_topic(self.pipeline)
        values = [record.value for record in records]
        if [record.value for record in self.state.history[: len(values)]] == values:
            return
        self._delete_history(run)
        with run.change(f"write {len(records)} record(s) to topic {topic}"):
            self.cluster.create(topic, 1, _HISTORY_SETTINGS)
            write(self.cluster, topic, records, keep_partitions=True)

    def _delete_history(self, run: Run) -> None:
        topic = names.schema_history_topic(self.pipeline)
        if topic not in self.cluster.topic_names():
            return
        with run.change(f"delete topic {topic}"):
            self.cluster.delete([topic])
            run.waiting.until(
                self.cluster.topic_names,
                lambda topics: topic not in topics,
                _SECONDS,
                lambda _: f"topic {topic} is being deleted",
            )

    def _require_offset_topic(self, topic: str) -> None:
        found = self.cluster.describe([topic]).get(topic)
        if found is None:
            partitions = int(self.pipeline.worker.properties.get("offset.storage.partitions") or _OFFSET_PARTITIONS)
            self.cluster.create(topic, partitions, {"cleanup.policy": "compact"})
        elif found.settings.get("cleanup.policy") != "compact":
            raise InputError(
                f"topic {topic} is not compacted: offsets in it would be lost",
                hint="set its cleanup.policy to compact, or name another worker.offset_topic",
            )

    def _set_group(self, run: Run, group: str, offsets: GroupOffsets) -> None:
        when_empty(run, self.cluster, [group])
        self.cluster.set_group(group, offsets)

    def _require_restored(self, backup: Backup, parts: Sequence[Part]) -> None:
        """:raises RemoteError: Kafka tells something else than what was written."""
        found = read_offsets(self.pipeline, self.target)
        wrong = []
        if Part.SOURCE in parts:
            wanted = {each.record.key: each.offset for each in offsets_of(backup.connector, backup.source)}
            there = {each.record.key: each.offset for each in found.source}
            wrong += [f"source offset {key}" for key, offset in wanted.items() if there.get(key) != offset]
        if Part.SINKS in parts:
            wrong += [f"group {name}" for name, offsets in backup.groups.items() if found.groups.get(name) != offsets]
        if Part.HISTORY in parts and len(found.history) < len(backup.history):
            wrong.append("schema history")
        if wrong:
            raise RemoteError("not everything is as it was written", hint="run it again", details=wrong)


def when_empty(run: Run, cluster: Cluster, groups: Sequence[str]) -> None:
    """Groups change only without members; those of a worker that was killed stay until their session ends."""
    for group in groups:
        run.waiting.until(
            lambda group=group: cluster.members(group),  # type: ignore[misc]
            lambda members: members == 0,
            _SECONDS,
            lambda members, group=group: f"group {group} still has {members} member(s)",  # type: ignore[misc]
        )
