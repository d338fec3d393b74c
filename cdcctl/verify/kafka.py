"""What Kafka can tell without looking at a single event: how far everybody has come."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from cdcctl.kafka.cluster import Cluster
from cdcctl.kafka.records import Record, TopicReader
from cdcctl.kafka.source_offsets import parse


class Offsets(Cluster):
    """Ends of topics, offsets of consumer groups, and the source offsets that Kafka Connect keeps in a topic.

    :param settings: of a librdkafka client.
    :param check: raises when the brokers cannot answer any more; called while waiting for an answer.
    """

    def __init__(self, settings: dict[str, Any], check: Callable[[], None]) -> None:
        super().__init__(settings, check)
        self._reader = TopicReader(self, check)
        self._source: dict[str, dict[str, Any] | None] = {}

    def close(self) -> None:
        """Leave the cluster."""
        self._reader.close()

    def source(self, topic: str, connector: str, server: str) -> dict[str, Any] | None:
        """The source offset that a connector has committed, e.g. ``{"file": …, "pos": …}``; None when there is none."""
        self._reader.follow(topic, self._keep)
        return self._source.get(json.dumps([connector, {"server": server}]))

    def _keep(self, record: Record) -> None:
        found = parse(record)
        if found:
            self._source[json.dumps([found.connector, found.partition])] = found.offset
