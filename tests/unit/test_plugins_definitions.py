"""What the connectors' own classes say of their properties, and the few facts that everything else rests on."""

from __future__ import annotations

import pytest

from cdcctl.plugins import definitions
from cdcctl.plugins.definitions import debezium, debezium_transform, debezium_versions, of, span_of

UNWRAP = "io.debezium.transforms.ExtractNewRecordState"


def test_every_minor_version_of_debezium_is_known() -> None:
    versions = debezium_versions()
    assert versions == sorted(versions)
    assert versions[0] == (1, 9)
    assert {(2, minor) for minor in range(8)} < set(versions)
    assert {(3, minor) for minor in range(7)} < set(versions)


@pytest.mark.parametrize(
    ("key", "first", "last"),
    [
        ("database.server.name", (1, 9), (1, 9)),
        ("topic.prefix", (2, 0), (3, 6)),
        ("table.whitelist", (1, 9), (1, 9)),
        ("table.include.list", (1, 9), (3, 6)),
        ("schema.history.internal.kafka.topic", (2, 0), (3, 6)),
        ("event.converting.failure.handling.mode", (2, 6), (3, 6)),
        ("ddl.parser.type", (3, 6), (3, 6)),
    ],
)
def test_a_key_is_known_from_its_first_to_its_last_version(key, first, last) -> None:
    assert [version for version in debezium_versions() if key in debezium(version)] == [
        version for version in debezium_versions() if first <= version <= last
    ]
    assert span_of(key) == (first, last)


def test_defaults_and_values_follow_the_version() -> None:
    assert debezium((1, 9))["schema.name.adjustment.mode"].default == "avro"
    assert debezium((3, 6))["schema.name.adjustment.mode"].default == "none"
    assert "schema_only" in debezium((3, 2))["snapshot.mode"].values
    assert "schema_only" not in debezium((3, 3))["snapshot.mode"].values
    old, new = debezium_transform(UNWRAP, (3, 1)), debezium_transform(UNWRAP, (3, 2))
    assert old is not None
    assert new is not None
    assert old["delete.handling.mode"].default == "drop"
    assert "delete.handling.mode" not in new
    assert new["delete.tombstone.handling.mode"].default == "tombstone"


def test_a_version_after_the_last_is_taken_as_the_last() -> None:
    assert debezium((4, 0)) == debezium(debezium_versions()[-1])


def test_what_nobody_knows_is_unknown() -> None:
    assert span_of("no.such.key") is None
    assert debezium_transform("no.such.Class", (3, 6)) is None
    assert definitions.transform("no.such.Class") is None


@pytest.mark.parametrize("part", ["source", "sink", "topic_creation", "worker", "producer", "consumer"])
def test_connects_own_are_there(part) -> None:
    assert of("kafka", part)


def test_the_sinks_are_there() -> None:
    assert of("iceberg")["iceberg.control.commit.interval-ms"].default == "300000"
    assert of("confluent-s3")["flush.size"].default is None
    assert of("aiven-s3")["format.output.type"].default == "csv"
    assert of("glue-avro-converter")["compatibility"].default == "BACKWARD"
    assert definitions.transform("org.apache.kafka.connect.transforms.InsertField$Value")
