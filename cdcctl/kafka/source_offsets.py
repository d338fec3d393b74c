"""The offsets of source connectors, which Kafka Connect keeps as records of a compacted topic.

A record's key is ``[connector, source partition]``, its value the source offset, both JSON (OffsetStorageWriter of
Kafka Connect). Debezium's source partition is ``{"server": topic.prefix}`` (BinlogPartition).
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from cdcctl.kafka.records import Record
from cdcctl.mysql.position import Position


@dataclass(frozen=True)
class SourceOffset:
    """What a connector has committed for one source partition.

    :ivar offset: None when it was reset.
    :ivar record: as it stands in the topic.
    """

    connector: str
    partition: dict[str, Any]
    offset: dict[str, Any] | None
    record: Record

    @property
    def position(self) -> Position | None:
        """The place in the binlog; None when there is none, or while a snapshot is being taken."""
        return binlog_position(self.offset)


def offsets_of(connector: str, records: Iterable[Record]) -> list[SourceOffset]:
    """The last offset of each source partition of a connector."""
    latest: dict[str, SourceOffset] = {}
    for record in records:
        found = parse(record)
        if found and found.connector == connector:
            latest[json.dumps(found.partition, sort_keys=True)] = found
    return list(latest.values())


def parse(record: Record) -> SourceOffset | None:
    """A record of the offset topic; None when it is of another kind."""
    try:
        connector, partition = json.loads(record.key or "")
        offset = json.loads(record.value) if record.value else None
    except (ValueError, TypeError):
        return None
    return SourceOffset(str(connector), partition, offset, record)


def binlog_position(offset: dict[str, Any] | None) -> Position | None:
    """The place in the binlog of a source offset; None when there is none, or while a snapshot is being taken."""
    if not offset or "file" not in offset or offset.get("snapshot") not in (None, False, "false"):
        return None
    return Position.of(str(offset["file"]), int(offset["pos"]))


def snapshot_under_way(offset: dict[str, Any] | None) -> str | None:
    """Id of the signal whose incremental snapshot the connector still has to finish; None when there is none.

    AbstractIncrementalSnapshotContext of Debezium keeps both in the offset.
    """
    if not offset or not offset.get("incremental_snapshot_collections"):
        return None
    return str(offset.get("incremental_snapshot_correlation_id") or "unknown")
