"""``cdcctl import`` as a command: its files, its output, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests_of_import import ARTICLE, DEBEZIUM, REGION, imported, run

from cdcctl.documents import read_document
from cdcctl.errors import EXIT_FINE, EXIT_INPUT, EXIT_USAGE, InputError
from cdcctl.pipeline import load
from cdcctl.render.configurations import render

TESTS = Path(__file__).parents[1]


def test_what_render_wrote_into_a_folder_has_its_names_again(tmp_path: Path) -> None:
    whole = load([TESTS / "pipelines" / "whole.yaml"], variables={})
    before = render(whole, "eu-central-1")
    done = run(*before.write(tmp_path), "--name", "whole", "-o", tmp_path / "p.yaml")
    assert done.exit_code == EXIT_FINE, done.stderr
    after = load([tmp_path / "p.yaml"])
    assert list(after.sinks) == list(whole.sinks)
    assert render(after, "eu-central-1") == before


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"a.json": {**DEBEZIUM}, "b.json": {**DEBEZIUM}}, "are both a source"),
        ({"a.json": {"connector.class": "io.debezium.connector.postgresql.PostgresConnector"}}, "cannot have a"),
        ({"a.json": {"connector.class": "x.Sink", "topics": "t"}}, "cannot have a x.Sink"),
        (
            {"a.json": {"connector.class": "io.io.confluent.connect.s3.S3SinkConnector", "topics": "t"}},
            "did you mean io.confluent.connect.s3.S3SinkConnector?",
        ),
        ({"w.json": {"key.converter": "a", "value.converter": "b"}}, "no connector's configuration"),
        ({"a.json": {"a": "b"}}, "no configuration of a connector"),
    ],
)
def test_what_cannot_be_imported(tmp_path: Path, files: dict[str, Any], said: str) -> None:
    for name, config in files.items():
        (tmp_path / name).write_text(json.dumps(config))
    done = run(*(tmp_path / name for name in files), "-o", tmp_path / "p.yaml")
    assert (done.exit_code, said in done.stderr) == (EXIT_INPUT, True), done.stderr
    assert not (tmp_path / "p.yaml").exists()


def test_a_file_that_is_there_stays(tmp_path: Path) -> None:
    out = tmp_path / "p.yaml"
    out.write_text("mine")
    assert run(ARTICLE / "source.json", "-o", out).exit_code == EXIT_USAGE
    assert out.read_text() == "mine"
    assert run(ARTICLE / "source.json", "-o", out, "--overwrite").exit_code == EXIT_FINE
    assert read_document(out).data["name"] == "db1"


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["a.json", "--from-msk", "b"],
        ["a.json", "--local"],
        [ARTICLE / "source.json", "--debezium", "9.9"],
        [ARTICLE / "source.json", "--name", "A b"],
    ],
    ids=str,
)
def test_usage(arguments: list[Any]) -> None:
    assert run(*arguments).exit_code == EXIT_USAGE


def test_json_tells_the_same() -> None:
    done = run(ARTICLE / "source.json", ARTICLE / "sink.json", "--json")
    told = json.loads(done.stdout)
    assert told["debezium"] == {"of": "1.9", "to": "1.9", "how": "by its keys, which only 1.9 knows"}
    assert (told["file"], told["region"], told["pipeline"]["sink"]["type"]) == (None, REGION, "confluent-s3")
    assert {"what", "where", "key", "new", "why"} == told["notes"][0].keys()


def test_the_file_goes_to_stdout_and_the_report_to_stderr(tmp_path: Path) -> None:
    done = run(ARTICLE / "source.json")
    path = tmp_path / "p.yaml"
    path.write_text(done.stdout)
    load([path])
    assert "to be filled in:" in done.stderr


def test_two_tables_in_one_are_refused() -> None:
    """Each sink has a table of its own: that is a rule of pipelines, and import does not get around it."""
    iceberg = {
        "connector.class": "org.apache.iceberg.connect.IcebergSinkConnector",
        "topics": "db1.shop.orders",
        "iceberg.tables": "shop.orders",
        "iceberg.catalog.warehouse": "s3://lake/w",
    }
    with pytest.raises(InputError, match="cannot be one pipeline"):
        imported(DEBEZIUM, iceberg, iceberg)
