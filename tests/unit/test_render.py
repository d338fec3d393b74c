"""Rendering: golden files, names with every odd character, and nothing secret in any of it."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import javaproperties
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdcctl.aws.worker_rules import problems
from cdcctl.documents import Document, read_document
from cdcctl.pipeline import Pipeline, load, parse
from cdcctl.render.configurations import Configurations, render
from cdcctl.render.worker import to_text

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "golden"
PIPELINES = ROOT / "tests" / "pipelines"
REGION = "eu-central-1"

AWS: dict[str, Any] = {
    "source": {"host": "aurora.cluster-abc.eu-central-1.rds.amazonaws.com", "credentials": {"secret": "prod/movies"}},
    "sink": {"warehouse": "s3://lake/warehouse/"},
    "kafka": {
        "bootstrap_servers": "b-1.msk.example:9098, b-2.msk.example:9098",
        "subnets": ["subnet-1", "subnet-2"],
        "security_groups": ["sg-1"],
    },
    "connect": {"role_arn": "arn:aws:iam::111122223333:role/connect", "plugin_bucket": "plugins"},
}


def movies(**more: Any) -> Pipeline:
    return load([ROOT / "integration" / "movies" / "pipeline.yaml"], [Document("AWS", AWS), Document("test", more)])


def whole(*overlays: str) -> Pipeline:
    return load([PIPELINES / f"{name}.yaml" for name in ("whole", *overlays)])


BARE: dict[str, Any] = {
    "name": "shop",
    "topic_prefix": "db1",
    "registries": {"keys": "shop-keys", "values": "shop-values"},
}


def with_tables(*tables: str, **source: Any) -> Pipeline:
    own = {"source": {"tables": list(tables), **source}}
    return parse([Document("bare", BARE), Document("AWS", AWS), Document("own", own)])


@pytest.mark.parametrize(
    ("folder", "pipeline"),
    [
        ("movies", movies()),
        (
            "many",
            with_tables("shop.orders", "shop.order-lines", "Shop2.Größe$1", "shop.a+b", signal_table="shop.signals"),
        ),
        ("whole", whole()),
        ("whole-1.9", whole("for-1.9")),
        ("whole-2.7", whole("for-2.7")),
    ],
    ids=["movies", "many", "whole", "whole-1.9", "whole-2.7"],
)
def test_golden_files(folder: str, pipeline: Pipeline) -> None:
    """Set UPDATE_GOLDEN=1 to write them anew, then read the difference."""
    files = render(pipeline, REGION).files()
    if os.environ.get("UPDATE_GOLDEN"):
        render(pipeline, REGION).write(GOLDEN / folder)
    assert files == {path.name: path.read_text(encoding="utf-8") for path in (GOLDEN / folder).iterdir()}


def test_rendering_is_deterministic() -> None:
    assert render(movies(), REGION).files() == render(movies(), REGION).files()


def test_render_parse_render_is_identity() -> None:
    rendered = render(movies(), REGION)
    files = rendered.files()
    parsed = Configurations(
        source=json.loads(files["source.json"]),
        sinks={"sink": json.loads(files["sink.json"])},
        worker=javaproperties.loads(files["worker.properties"]),
    )
    assert parsed == rendered
    assert parsed.files() == files


def test_write_replaces_whole_files(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "folder"
    render(movies(), REGION).write(folder)
    written = render(movies(name="films"), REGION).write(folder)
    assert sorted(folder.iterdir()) == sorted(written)
    assert "films-connect-offsets" in (folder / "worker.properties").read_text()


def test_credentials_are_references_only() -> None:
    source = render(movies(), REGION).source
    assert source["database.user"] == "${secretsmanager:prod/movies:username}"
    assert source["database.password"] == "${secretsmanager:prod/movies:password}"


def test_rendered_worker_properties_are_allowed() -> None:
    assert problems(render(movies(), REGION).worker) == []


def test_raw_properties_win() -> None:
    pipeline = movies(
        source={"properties": {"snapshot.mode": "no_data", "poll.interval.ms": 7}},
        sink={"properties": {"iceberg.tables.auto-create-enabled": False}},
        worker={"properties": {"offset.flush.interval.ms": 1}},
    )
    rendered = render(pipeline, REGION)
    assert (rendered.source["snapshot.mode"], rendered.source["poll.interval.ms"]) == ("no_data", "7")
    assert rendered.sink["iceberg.tables.auto-create-enabled"] == "false"
    assert rendered.worker["offset.flush.interval.ms"] == "1"


def test_iam_reaches_the_clients_that_msk_connect_does_not_configure() -> None:
    rendered = render(movies(), REGION)
    for client in ("producer", "consumer"):
        assert rendered.source[f"schema.history.internal.{client}.sasl.mechanism"] == "AWS_MSK_IAM"
    assert rendered.sink["iceberg.kafka.security.protocol"] == "SASL_SSL"
    assert not [key for key in rendered.worker if key.startswith(("sasl", "security"))]


def test_tls_without_iam() -> None:
    rendered = render(movies(kafka={"authentication": "NONE"}), REGION)
    assert rendered.sink["iceberg.kafka.security.protocol"] == "SSL"
    assert not [key for key in {**rendered.source, **rendered.sink} if "sasl" in key]


# What MySQL allows in a name and cdcctl takes: no dot, comma, white space, nor anything outside the basic plane.
NAMES = st.text(
    st.characters(max_codepoint=0xFFFF, exclude_characters=".,", exclude_categories=("Cs", "Cc", "Z")),
    min_size=1,
    max_size=12,
)


@given(NAMES, NAMES)
def test_include_lists_match_the_table_and_nothing_else(database: str, table: str) -> None:
    """Debezium splits at commas and matches each part against the whole name, ignoring case."""
    name = f"{database}.{table}"
    source = render(with_tables(name), REGION).source
    assert re.fullmatch(source["table.include.list"], name)
    assert re.fullmatch(source["database.include.list"], database)
    assert not re.fullmatch(source["table.include.list"], f"{database}x{table}")


def test_each_topic_has_one_route() -> None:
    sink = render(with_tables("shop.orders", "shop.orders2", "Shop.Other"), REGION).sink
    routes = {key: value for key, value in sink.items() if key.endswith(".route-regex")}
    for topic in sink["topics"].split(","):
        assert len([key for key, regex in routes.items() if re.fullmatch(regex, topic)]) == 1


def test_properties_text_is_ascii_and_java_reads_it_back() -> None:
    text = to_text({"a b": "ü = \n x", "c": " leading"})
    assert text.isascii()
    assert javaproperties.loads(text) == {"a b": "ü = \n x", "c": " leading"}


def test_parse_takes_plain_mappings() -> None:
    document = read_document(ROOT / "integration" / "movies" / "pipeline.yaml")
    assert parse([document, Document("AWS", AWS)]) == movies()
