"""One pipeline for every version of Debezium: names and values that the version has, and the same meaning."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from cdcctl.documents import Document
from cdcctl.errors import InputError
from cdcctl.pipeline import parse
from cdcctl.pipeline.needs import NEEDS, number
from cdcctl.pipeline.source import DebeziumVersion
from cdcctl.render.debezium import OLD_DELETES, RENAMED, in_words_of
from cdcctl.render.source import source_config

VERSIONS = get_args(DebeziumVersion)
BASE: dict[str, Any] = {
    "name": "m",
    "topic_prefix": "db1",
    "source": {"host": "h", "tables": ["a.b"], "credentials": {"secret": "s"}},
    "registries": {"keys": "k", "values": "v"},
    "sink": {"warehouse": "s3://lake/w"},
    "kafka": {"bootstrap_servers": "b:1", "subnets": ["s"]},
    "connect": {"role_arn": "arn:aws:iam::111122223333:role/x", "plugin_bucket": "bucket"},
}
UNWRAP = "transforms.unwrap."


def source(version: str, **more: Any) -> dict[str, str]:
    own = {"source": {"debezium": version, **more}}
    return source_config(parse([Document("base", BASE), Document("own", own)]), "eu-central-1")


@pytest.mark.parametrize("version", VERSIONS)
def test_every_version_has_one_name_for_each_thing(version: str) -> None:
    config = source(version)
    old = number(version) < number("2.0")
    assert ("database.server.name" in config, "topic.prefix" in config) == (old, not old)
    assert any(key.startswith("database.history.") for key in config) == old
    assert any(key.startswith("schema.history.internal.") for key in config) == (not old)
    new_deletes = number(version) >= number("2.5")
    assert (UNWRAP + "delete.tombstone.handling.mode" in config) == new_deletes
    assert (UNWRAP + "drop.tombstones" in config) == (not new_deletes)


@pytest.mark.parametrize(("version", "mode"), [("1.9", "schema_only"), ("2.5", "schema_only"), ("2.6", "no_data")])
def test_values_are_called_as_the_version_calls_them(version: str, mode: str) -> None:
    assert source(version, snapshot_mode="no_data")["snapshot.mode"] == mode


def test_a_default_that_changed_is_written_out_where_it_is_another() -> None:
    key = "schema.history.internal.store.only.captured.databases.ddl"
    assert [version for version in VERSIONS if source(version).get(key) == "false"] == [
        "2.2", "2.3", "2.4", "2.5", "2.6", "2.7",
    ]  # fmt: skip
    assert source("2.7", schema_history={"only_captured_databases": True})[key] == "true"
    assert [version for version in VERSIONS if "database.ssl.mode" in source(version)] == ["1.9", "2.0", "2.1", "2.2"]
    assert source("1.9", ssl_mode="required")["database.ssl.mode"] == "required"


@pytest.mark.parametrize("mode", OLD_DELETES)
def test_deletes_before_2_5(mode: str) -> None:
    config = source("2.4", events={"deletes": mode})
    assert (config[UNWRAP + "delete.handling.mode"], config[UNWRAP + "drop.tombstones"]) == OLD_DELETES[mode]
    assert source("2.5", events={"deletes": mode})[UNWRAP + "delete.tombstone.handling.mode"] == mode


def test_raw_properties_are_in_the_words_of_the_version_already() -> None:
    config = source("1.9", properties={"topic.prefix": "raw", "database.history.kafka.recovery.attempts": 5})
    assert config["topic.prefix"] == "raw"
    assert config["database.history.kafka.recovery.attempts"] == "5"


def test_old_names_are_not_new_ones_elsewhere() -> None:
    """Otherwise a key would be renamed twice."""
    news, olds = {each.new for each in RENAMED}, {each.old for each in RENAMED}
    assert not news & olds
    today = {each.new.rstrip("."): "x" for each in RENAMED}
    assert in_words_of("3.6", today) == today


@pytest.mark.parametrize("need", NEEDS, ids=lambda need: ".".join(need.key))
def test_what_a_version_does_not_have_is_refused_with_its_place(need: Any) -> None:
    examples = {"signal_topic": "t", "only_captured_databases": True}
    value: Any = need.values[0] if need.values else examples[need.key[-1]]
    for step in reversed(need.key):
        value = {step: value}
    has = [each for each in VERSIONS if number(each) >= number(need.since) and each <= (need.until or each)]
    assert has
    for version in VERSIONS:
        if version in has:
            assert source(version, **value)
            continue
        with pytest.raises(InputError) as caught:
            source(version, **value)
        (line,) = caught.value.details
        assert line.startswith(f"source.{'.'.join(need.key)}: ")
        assert f"source.debezium is {version}" in line
