"""``cdcctl import``: what was in effect stays so, also in another version of Debezium, or is told."""

from __future__ import annotations

import pytest
from tests_of_import import DEBEZIUM, imported, notes, rendered, source


def test_what_was_in_effect_without_a_word_stays_in_effect() -> None:
    made = rendered(imported(DEBEZIUM))
    assert made.source["include.schema.changes"] == "true"
    assert made.source["schema.name.adjustment.mode"] == "none"
    assert made.source["tombstones.on.delete"] == "true"
    assert not [key for key in made.source if "heartbeat" in key or key.startswith("topic.creation")]


def test_an_old_default_goes_along_to_a_new_version() -> None:
    old = {
        **{key.replace("schema.history.internal", "database.history"): value for key, value in DEBEZIUM.items()},
        "database.server.name": "db1",
    }
    del old["topic.prefix"]
    made = imported(old, debezium="3.6")
    assert made.versions.of == (1, 9)
    config = rendered(made).source
    assert (config["database.ssl.mode"], config["skipped.operations"]) == ("disabled", "none")
    assert config["schema.name.adjustment.mode"] == "avro"


def test_a_key_that_is_gone_is_told_and_left_out() -> None:
    old = {**source(topic__prefix=None), "database.server.name": "db1", "snapshot.new.tables": "parallel"}
    made = imported(old, from_debezium="1.9", debezium="3.6")
    assert "snapshot.new.tables" in notes(made, "changed")
    assert "snapshot.new.tables" not in rendered(made).source
    assert "snapshot.new.tables" in rendered(imported(old, from_debezium="1.9")).source


@pytest.mark.parametrize(
    ("deletes", "mode"),
    [
        ({}, "drop"),
        ({"delete.handling.mode": "none"}, "tombstone"),
        ({"delete.handling.mode": "rewrite", "drop.tombstones": "false"}, "rewrite-with-tombstone"),
        ({"delete.handling.mode": "rewrite"}, "rewrite"),
    ],
)
@pytest.mark.parametrize("alias", ["unwrap", "flat"])
def test_deletes(deletes: dict[str, str], mode: str, alias: str) -> None:
    chain = {"transforms": alias, f"transforms.{alias}.type": "io.debezium.transforms.ExtractNewRecordState"}
    options = {f"transforms.{alias}.{key}": value for key, value in deletes.items()}
    made = imported({**DEBEZIUM, **chain, **options}, from_debezium="2.4", debezium="3.6")
    assert made.pipeline.source.events.deletes == mode


def test_a_way_to_delete_that_no_longer_exists_is_told() -> None:
    prefix = "transforms.unwrap."
    chain = {"transforms": "unwrap", f"{prefix}type": "io.debezium.transforms.ExtractNewRecordState"}
    config = {**DEBEZIUM, **chain, f"{prefix}delete.handling.mode": "none", f"{prefix}drop.tombstones": "false"}
    kept = rendered(imported(config, from_debezium="2.4"))
    assert kept.source[f"{prefix}delete.handling.mode"] == "none"
    assert kept.source[f"{prefix}drop.tombstones"] == "false"
    assert f"{prefix}drop.tombstones" in notes(imported(config, from_debezium="2.4", debezium="3.6"), "changed")


def test_a_longer_chain_stays_whole() -> None:
    chain = {
        "transforms": "route,flat",
        "transforms.route.type": "org.apache.kafka.connect.transforms.RegexRouter",
        "transforms.flat.type": "io.debezium.transforms.ExtractNewRecordState",
        "transforms.flat.delete.tombstone.handling.mode": "rewrite",
        "transforms.flat.add.fields": "op, db",
    }
    made = rendered(imported({**DEBEZIUM, **chain})).source
    assert made["transforms"] == "route,unwrap"
    assert made["transforms.unwrap.add.fields"] == "op,db"
    assert not [key for key in made if "flat" in key]
