"""Events in Kafka: decoded by AWS's client, counted, and held against Parquet."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

import pyarrow as pa
import pytest
from aws_schema_registry.avro import AvroSchema
from aws_schema_registry.codec import encode

from cdcctl.aws.glue_registry import GlueRegistry
from cdcctl.errors import RemoteError
from cdcctl.verify.events import Event, EventReader, changed_by_sink, summary

DEFINITION = json.dumps(
    {
        "type": "record",
        "name": "Value",
        "fields": [{"name": "ID", "type": "int"}, {"name": "__op", "type": ["null", "string"], "default": None}],
    }
)


class Glue:
    """GetSchemaVersion, as the registry answers it."""

    def __init__(self, status: str = "AVAILABLE") -> None:
        self.id = uuid.uuid4()
        self.status = status
        self.calls = 0

    def get_schema_version(self, SchemaVersionId: str) -> dict[str, Any]:  # noqa: N803 - boto3's name
        self.calls += 1
        return {
            "SchemaVersionId": SchemaVersionId,
            "SchemaArn": "arn:aws:glue:us-east-1:123456789012:schema/values/db1.d.t",
            "SchemaDefinition": DEFINITION,
            "DataFormat": "AVRO",
            "Status": self.status,
            "VersionNumber": 2,
        }


@dataclass(frozen=True)
class Message:
    content: bytes | None
    place: int = 7

    def value(self) -> bytes | None:
        return self.content

    def partition(self) -> int:
        return 0

    def offset(self) -> int:
        return self.place


def test_an_event_is_decoded_with_the_version_it_names() -> None:
    glue = Glue()
    reader = EventReader({}, GlueRegistry(glue))
    content = encode(AvroSchema(DEFINITION).write({"ID": 5, "__op": "c"}), glue.id)
    event = reader._decoded("db1.d.t", Message(content))
    assert event == Event(0, 7, 2, {"ID": 5, "__op": "c"})
    reader._decoded("db1.d.t", Message(content))
    assert glue.calls == 1


def test_a_tombstone_has_no_value() -> None:
    assert EventReader({}, GlueRegistry(Glue()))._decoded("t", Message(None)) == Event(0, 7, None, None)


def test_an_event_of_another_converter_is_named_by_its_place() -> None:
    with pytest.raises(RemoteError, match="t, partition 0, offset 7"):
        EventReader({}, GlueRegistry(Glue()))._decoded("t", Message(b"{}"))


def test_a_version_that_was_refused_is_an_error() -> None:
    glue = Glue(status="FAILURE")
    content = encode(AvroSchema(DEFINITION).write({"ID": 5, "__op": "c"}), glue.id)
    with pytest.raises(RemoteError, match="FAILURE"):
        EventReader({}, GlueRegistry(glue))._decoded("t", Message(content))


def test_events_are_counted_by_operation_and_version() -> None:
    events = [Event(0, 0, 1, {"__op": "r"}), Event(0, 1, 2, {"__op": "c"}), Event(0, 2, 2, {"__op": "c"})]
    counted = summary([*events, Event(0, 3, None, None)])
    assert counted.by_operation == {"?": 1, "c": 2, "r": 1}
    assert counted.by_version == {1: 1, 2: 2}


def parquet(**columns: list[Any]) -> pa.Table:
    rows = len(next(iter(columns.values())))
    own = {"_topic": ["t"] * rows, "_partition": [0] * rows, "_offset": list(range(rows))}
    return pa.table({**columns, **own})


def test_equal_rows_are_not_changed_by_the_sink() -> None:
    moment = datetime(2024, 1, 1, tzinfo=timezone.utc)
    nan = float("nan")
    events = [Event(0, 0, 1, {"A": 1, "B": nan, "C": moment, "D": {"x": 1.0}, "E": [1.0, nan]})]
    table = parquet(A=[1], B=[nan], C=[moment.replace(tzinfo=None)], D=[{"x": 1.0}], E=[[1.0, nan]], NEW=[None])
    assert changed_by_sink(events, table) == []


def test_a_value_that_differs_from_kafka_is_the_sinks() -> None:
    events = [Event(0, place, 1, {"A": place}) for place in range(3)]
    (changed,) = changed_by_sink(events, parquet(A=[0, 9, 8]))
    assert (changed.column, changed.rows, changed.place, changed.kafka, changed.parquet) == ("A", 2, (0, 1), 1, 9)
