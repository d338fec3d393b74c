"""``cdcctl import`` of the article's connectors: the golden case."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests_of_import import ARTICLE, REGION, imported, notes, rendered, run

from cdcctl.connector_files import read_connector_files
from cdcctl.errors import EXIT_FINE
from cdcctl.pipeline import load
from cdcctl.render.configurations import render

GOLDEN = Path(__file__).parents[1] / "golden"


@pytest.mark.parametrize("version", ["1.9", "3.6"])
def test_the_article(tmp_path: Path, version: str) -> None:
    """For what it was written for, and for today: files as they should be, looked at by a person once."""
    out = tmp_path / "pipeline.yaml"
    chosen = [] if version == "1.9" else ["--debezium", version]
    done = run(ARTICLE / "source.json", ARTICLE / "sink.json", *chosen, "--name", "movies", "-o", out)
    assert done.exit_code == EXIT_FINE, done.stderr
    golden = GOLDEN / f"article-{version}"
    text = out.read_text()
    assert text.split("\n", 1)[1] == (golden / "pipeline.yaml").read_text().split("\n", 1)[1]
    made = render(load([out]), REGION)
    assert made.files() == {each.name: each.read_text() for each in golden.iterdir() if each.name != "pipeline.yaml"}


def test_the_article_for_1_9_does_what_it_did() -> None:
    """Every property is there with its value, and of what came beside them none changes a row or a file."""
    old = {"table.whitelist": "sampledatabase.movies", "database.whitelist": "sampledatabase"}
    given_source = {**read_connector_files(ARTICLE / "source.json")[0].config, **old}
    given_sink = dict(read_connector_files(ARTICLE / "sink.json")[0].config)
    made = rendered(imported(given_source, given_sink))
    today = {key.replace("whitelist", "include.list"): value for key, value in given_source.items()}
    today["table.include.list"] = r"sampledatabase\.movies"
    assert {key: made.source[key] for key in today} == today
    assert {key: made.sink[key] for key in given_sink} == given_sink
    throughput = (
        r"connect\.keep\.alive\..*|max\.(batch|queue)\.size|(producer|consumer)\.override\..*|config\.action\.reload"
    )
    beside = {key: value for key, value in made.source.items() if key not in today}
    assert {key: value for key, value in beside.items() if not re.fullmatch(throughput, key)} == {
        # The defaults of 1.9 …
        "database.ssl.mode": "disabled",
        "schema.name.adjustment.mode": "avro",
        "snapshot.mode": "initial",
        # … and what has no effect: the transform drops TRUNCATE, there is no such table.
        "skipped.operations": "t",
        "signal.data.collection": "sampledatabase.cdcctl_signal",
    }
    beside = {key: value for key, value in made.sink.items() if key not in given_sink}
    assert {key: value for key, value in beside.items() if not re.fullmatch(throughput, key)} == {
        "behavior.on.null.values": "fail",
        "parquet.codec": "snappy",
        "topics.dir": "topics",
    }


def test_the_article_says_what_it_is_called_today() -> None:
    files = [read_connector_files(ARTICLE / name)[0].config for name in ("source.json", "sink.json")]
    told = notes(imported(*files, debezium="3.6"), "modernised")
    assert told["database.server.name"] == "topic.prefix"
    assert told["table.whitelist"] == "table.include.list"
    assert told["database.history.kafka.topic"] == "schema.history.internal.kafka.topic"
    assert told["transforms.unwrap.drop.tombstones"] == "transforms.unwrap.delete.tombstone.handling.mode=rewrite"
    assert notes(imported(*files), "modernised") == {"table.whitelist": "table.include.list"}
