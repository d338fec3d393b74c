"""The events as they are in Kafka, read by clients that are not the connectors'.

Between MySQL and Parquet this is the place where one can look: a value that is wrong here was changed by Debezium or
the converter, one that is right here and wrong in Parquet by the sink or after it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from cdcctl.aws.glue_registry import AVAILABLE, GlueRegistry
from cdcctl.errors import RemoteError
from cdcctl.render.iceberg import OFFSET_COLUMN, PARTITION_COLUMN, TOPIC_COLUMN
from cdcctl.verify.findings import Finding
from cdcctl.verify.fold import OP_COLUMN

if TYPE_CHECKING:
    import pyarrow as pa

# More events than this are not decoded one by one: decoding takes some 30 µs an event in Python.
LIMIT = 50_000
_OWN = frozenset({TOPIC_COLUMN, PARTITION_COLUMN, OFFSET_COLUMN})
Place = tuple[int, int]


class UndecodableEventError(RemoteError):
    """An event that no version in the registry can read, such as one that the sink has set aside."""


@dataclass(frozen=True)
class Event:
    """One event: the number of the schema version it was written with, and its fields (None: a tombstone)."""

    partition: int
    offset: int
    version: int | None
    value: Mapping[str, Any] | None


@dataclass(frozen=True)
class Changed:
    """A column whose values the sink changed: how many, and one of them."""

    column: str
    rows: int
    place: Place
    kafka: Any
    parquet: Any


@dataclass(frozen=True)
class Summary:
    """What the events of a topic are: how many by operation (c, r, u, d) and by schema version."""

    by_operation: Mapping[str, int] = field(default_factory=dict)
    by_version: Mapping[int, int] = field(default_factory=dict)


class EventReader:
    """Reads topics with confluent-kafka and decodes them with AWS's own Python client of the registry.

    :param settings: of a librdkafka client.
    :param registry: asked for versions by their ids.
    """

    def __init__(self, settings: Mapping[str, Any], registry: GlueRegistry) -> None:
        from cdcctl.decode.decoder import Decoder

        self._settings = settings
        self._decoder = Decoder(registry.version)

    def read(self, topic: str, parts: Mapping[int, tuple[int, int]]) -> Iterator[Event]:
        """All events between the given offsets.

        :param parts: partition → first offset, and the one after the last.
        :raises RemoteError: Kafka does not deliver, or an event is not framed or encoded as the registry says.
        """
        from cdcctl.kafka.messages import messages

        for message in messages(self._settings, topic, parts):
            yield self._decoded(topic, message)

    def _decoded(self, topic: str, message: Any) -> Event:
        if message.value() is None:
            return Event(message.partition(), message.offset(), None, None)
        from cdcctl.decode.decoder import UndecodableError

        where = f"{topic}, partition {message.partition()}, offset {message.offset()}"
        try:
            found = self._decoder.decode(message.value())
        except UndecodableError as error:
            if error.frame is not None and error.version is None:
                raise RemoteError(f"{where}: {error}", hint="was a version in use deleted?") from error
            raise UndecodableEventError(f"{where}: not written by the Glue converter: {error}") from error
        version = found.version
        if version.status != AVAILABLE:
            raise RemoteError(
                f"{where}: written with schema version {version.id}, which is {version.status}",
                hint="was it registered by another client, and refused?",
            )
        return Event(message.partition(), message.offset(), version.number, found.value)


def summary(events: Sequence[Event]) -> Summary:
    """Count events."""
    operations = Counter(str((event.value or {}).get(OP_COLUMN) or "?") for event in events)
    versions = Counter(event.version for event in events if event.version is not None)
    return Summary(dict(sorted(operations.items())), dict(sorted(versions.items())))


def changed_by_sink(events: Sequence[Event], parquet: pa.Table) -> list[Changed]:
    """Hold each row of Parquet against the event at its offset; columns that the event does not have must be NULL."""
    there = {(event.partition, event.offset): event.value for event in events}
    names = [name for name in parquet.column_names if name not in _OWN]
    places = list(zip(parquet[PARTITION_COLUMN].to_pylist(), parquet[OFFSET_COLUMN].to_pylist(), strict=True))
    found = []
    for name in names:
        different = [
            (place, value.get(name), actual)
            for place, actual in zip(places, parquet[name].to_pylist(), strict=True)
            if (value := there.get(place)) is not None and not _equal(value.get(name), actual)
        ]
        if different:
            place, expected, actual = different[0]
            found.append(Changed(name, len(different), place, expected, actual))
    return found


def located(findings: Sequence[Finding], changed: Sequence[Changed]) -> tuple[Finding, ...]:
    """Findings of a column's values, with the side of Kafka on which the values became what they are."""
    by_column = {each.column: each for each in changed}
    return tuple(_located(finding, by_column.get(str(finding.column))) for finding in findings)


def _located(finding: Finding, changed: Changed | None) -> Finding:
    if finding.column is None or finding.rule.severity == "note" or finding.detail:
        return finding
    if changed is None:
        return replace(finding, detail="it is so in Kafka already: before the sink")
    partition, offset = changed.place
    values = f"the event at partition {partition}, offset {offset} holds {changed.kafka!r}, Parquet {changed.parquet!r}"
    return replace(finding, detail=f"it is not so in Kafka: {values[:300]}")


def _equal(kafka: Any, parquet: Any) -> bool:
    """Equal as values: fastavro and Arrow give the same Python types, but for time zones, NaN and nested structs."""
    if isinstance(kafka, datetime) and isinstance(parquet, datetime):
        return _utc(kafka) == _utc(parquet)
    if isinstance(kafka, Mapping) and isinstance(parquet, Mapping):
        return all(_equal(kafka.get(name), value) for name, value in parquet.items())
    if isinstance(kafka, (list, tuple)) and isinstance(parquet, (list, tuple)):
        return len(kafka) == len(parquet) and all(map(_equal, kafka, parquet))
    return bool(kafka == parquet) or (kafka != kafka and parquet != parquet)  # noqa: PLR0124 - NaN


def _utc(value: datetime) -> datetime:
    return value if value.tzinfo else value.replace(tzinfo=timezone.utc)
