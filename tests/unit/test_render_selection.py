"""Which tables, columns and topics are chosen, tried with the expressions themselves."""

from __future__ import annotations

import re
from typing import Any

import pytest
from tests_of_render import BASE, REGION

from cdcctl.documents import Document
from cdcctl.pipeline import Pipeline, parse
from cdcctl.render import selection
from cdcctl.render.configurations import render

TABLES = ("shop.orders", "shop.audit", "shop.tmp_1", "crm.people", "crm.audit", "other.x", "shopx.orders")


def pipeline(**source: Any) -> Pipeline:
    sink = {"sinks": {"archive": {"type": "confluent-s3", "bucket": "archive"}}}
    own = {"source": {"tables": [], **source}}
    return parse([Document("base", BASE), Document("sink", sink), Document("own", own)])


def debezium_takes(config: dict[str, str], table: str) -> bool:
    """As Debezium decides: lists of expressions, split at commas, each matched against the whole name."""

    def listed(key: str, name: str) -> bool:
        return any(re.fullmatch(each, name, re.IGNORECASE) for each in config[key].split(","))

    database = table.split(".")[0]
    return not (
        ("database.include.list" in config and not listed("database.include.list", database))
        or ("database.exclude.list" in config and listed("database.exclude.list", database))
        or ("table.include.list" in config and not listed("table.include.list", table))
        or ("table.exclude.list" in config and listed("table.exclude.list", table))
    )


@pytest.mark.parametrize(
    ("source", "captured"),
    [
        ({"tables": ["shop.orders"]}, {"shop.orders"}),
        ({"databases": ["shop"]}, {"shop.orders", "shop.audit", "shop.tmp_1"}),
        ({"databases": ["shop"], "exclude_tables": ["shop.audit"]}, {"shop.orders", "shop.tmp_1"}),
        ({"databases": ["shop"], "tables": ["crm.people"]}, {"shop.orders", "shop.audit", "shop.tmp_1", "crm.people"}),
        (
            {"databases": ["shop"], "tables": ["crm.people"], "exclude_tables": ["shop.audit", "shop.tmp_1"]},
            {"shop.orders", "crm.people"},
        ),
        ({"tables_matching": [r"shop\.tmp_\d+"]}, {"shop.tmp_1"}),
        ({"tables_matching": [r".*\.audit|crm\..*"], "exclude_tables": ["crm.audit"]}, {"shop.audit", "crm.people"}),
        ({"exclude_databases": ["crm", "other"]}, {"shop.orders", "shop.audit", "shop.tmp_1", "shopx.orders"}),
        (
            {"exclude_databases": ["crm", "other", "shopx"], "exclude_tables": ["shop.audit"]},
            {"shop.orders", "shop.tmp_1"},
        ),
    ],
    ids=lambda value: str(sorted(value)) if isinstance(value, set) else str(value),
)  # fmt: skip
def test_what_is_captured_is_what_the_sink_takes(source: dict[str, Any], captured: set[str]) -> None:
    made = pipeline(**source)
    config = selection.captured(made.source)
    assert {table for table in TABLES if debezium_takes(config, table)} == captured
    topics = selection.topics(made, made.sink)
    if made.source.is_spelled_out:
        assert topics == {"topics": ",".join(f"db1.{table}" for table in sorted(captured))}
    else:
        assert {table for table in TABLES if re.fullmatch(topics["topics.regex"], f"db1.{table}")} == captured
        # Neither the heartbeat's topic nor that of schema changes.
        assert not re.fullmatch(topics["topics.regex"], "__debezium-heartbeat.db1")
        assert not re.fullmatch(topics["topics.regex"], "db1")


def test_included_columns_leave_other_tables_whole() -> None:
    made = pipeline(tables=["shop.orders", "crm.people"], columns={"include": ["shop.orders.id", "shop.orders.total"]})
    entries = selection.columns(made.source)["column.include.list"].split(",")
    columns = ["shop.orders.id", "shop.orders.total", "shop.orders.note", "crm.people.name"]
    kept = [column for column in columns if any(re.fullmatch(each, column) for each in entries)]
    assert kept == ["shop.orders.id", "shop.orders.total", "crm.people.name"]


def test_keys_for_tables_without_one() -> None:
    made = pipeline(tables=["shop.a", "shop.b"], keys={"shop.a": ["x", "y"], "shop.b": ["z"]})
    assert selection.keys(made.source) == {"message.key.columns": r"shop\.a:x,y;shop\.b:z"}


def test_topics_that_others_make() -> None:
    made = pipeline(tables=["shop.a"], topics={"create": False})
    assert not [key for key in render(made, REGION).source if key.startswith("topic.creation")]


def test_envelopes_and_their_tombstones() -> None:
    plain = render(pipeline(tables=["shop.a"], events={"shape": "envelope"}), REGION).source
    assert plain["tombstones.on.delete"] == "false"
    assert not [key for key in plain if key.startswith("transforms")]
    asked = pipeline(tables=["shop.a"], events={"shape": "envelope", "tombstones": True})
    assert render(asked, REGION).source["tombstones.on.delete"] == "true"


def test_there_is_no_signal_table_where_no_database_is_named() -> None:
    config = render(pipeline(exclude_databases=["crm"], signal_topic="signals"), REGION).source
    assert "signal.data.collection" not in config
    assert config["signal.enabled.channels"] == "kafka"
