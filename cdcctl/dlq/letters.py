"""The dead letters of a pipeline's sinks, with what their headers say: where each stood, and why it was set aside.

Source of the headers: DeadLetterQueueReporter of Kafka Connect (errors.deadletterqueue.context.headers.enable).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from cdcctl.kafka.cluster import Cluster
from cdcctl.kafka.raw import Headers, RawRecord, read
from cdcctl.pipeline import Pipeline
from cdcctl.secrets import masked

_PREFIX = "__connect.errors."
# Put on a record that is sent again: the dead letter that it was.
REPLAYED = "cdcctl.replayed"
_QUEUE = "errors.deadletterqueue.topic.name"


@dataclass(frozen=True)
class Origin:
    """Where a dead letter stood."""

    topic: str
    partition: int
    offset: int


@dataclass(frozen=True)
class DeadLetter:
    """A dead letter.

    :ivar origin: None where the sink was told to write no headers.
    :ivar headers: the record's own, without those that tell of the error.
    """

    queue: str
    record: RawRecord
    origin: Origin | None
    connector: str | None
    stage: str | None
    error: str | None
    message: str | None
    stacktrace: str | None
    headers: Headers

    @property
    def name(self) -> str:
        """How a user names it: PARTITION:OFFSET within its queue."""
        return f"{self.record.partition}:{self.record.offset}"

    @property
    def mark(self) -> str:
        """What tells it from every other one, also of a queue that was made anew."""
        return f"{self.queue}/{self.record.partition}/{self.record.offset}/{self.record.timestamp_ms}"

    @property
    def was_replayed_before(self) -> bool:
        """Whether the record that was set aside had been sent again itself."""
        return any(name == REPLAYED for name, _ in self.headers)

    def to_dict(self) -> dict[str, Any]:
        """As JSON, without key and value."""
        origin = self.origin
        return {
            "queue": self.queue,
            "partition": self.record.partition,
            "offset": self.record.offset,
            "timestamp_ms": self.record.timestamp_ms,
            "origin": vars(origin) if origin else None,
            "connector": self.connector,
            "stage": self.stage,
            "error": self.error,
            "message": self.message,
            "replayed_before": self.was_replayed_before,
        }


def queues(pipeline: Pipeline) -> list[str]:
    """The dead letter queues of the pipeline's sinks, each once."""
    named = []
    for sink in pipeline.sinks.values():
        configured = sink.dead_letters.topic if sink.dead_letters else None
        named.append(sink.properties.get(_QUEUE) or configured)
    return list(dict.fromkeys(filter(None, named)))


def dead_letters(pipeline: Pipeline, cluster: Cluster, check: Callable[[], None]) -> Iterator[DeadLetter]:
    """All dead letters that the queues still hold, queue by queue.

    :raises RemoteError: Kafka does not deliver.
    """
    for queue in queues(pipeline):
        for record in read(cluster, queue, cluster.ends([queue]).get(queue, {}), check):
            yield letter(queue, record)


def letter(queue: str, record: RawRecord) -> DeadLetter:
    """A record of a queue, with what its headers say."""
    told = {name.removeprefix(_PREFIX): _text(value) for name, value in record.headers if name.startswith(_PREFIX)}
    return DeadLetter(
        queue,
        record,
        _origin(told),
        told.get("connector.name"),
        told.get("stage"),
        told.get("exception.class.name"),
        masked(told.get("exception.message")),
        masked(told.get("exception.stacktrace")),
        tuple(each for each in record.headers if not each[0].startswith(_PREFIX)),
    )


def _origin(told: dict[str, str | None]) -> Origin | None:
    try:
        return Origin(str(told["topic"]), int(told["partition"] or ""), int(told["offset"] or ""))
    except (KeyError, ValueError):
        return None


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode("utf-8", "replace")
