"""``render --diff``: against files in any form, against what is deployed, and never a secret shown."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import boto3
import pytest
from tests_of_render import BASE, REGION

from cdcctl.aws.msk_connect import Connector, WorkerConfiguration
from cdcctl.aws.target import Target
from cdcctl.deploy.deployed import compare_with_deployed
from cdcctl.documents import Document
from cdcctl.errors import InputError
from cdcctl.pipeline import Pipeline, parse
from cdcctl.render.against import compare_with_files
from cdcctl.render.configurations import Configurations, render
from cdcctl.render.difference import HIDDEN, Compared

SINKS: dict[str, Any] = {
    "sinks": {
        "lake": {"warehouse": "s3://lake/w"},
        "archive": {"type": "confluent-s3", "bucket": "archive"},
        "copy": {"type": "confluent-s3", "bucket": "copy", "tables": ["a.b"]},
    }
}


def pipeline(*more: dict[str, Any]) -> Pipeline:
    return parse([Document("base", BASE), Document("sinks", SINKS), *(Document("own", each) for each in more)])


def rendered(*more: dict[str, Any]) -> Configurations:
    return render(pipeline(*more), REGION)


def differing(compared: list[Compared]) -> list[tuple[str, str, str | None, str | None]]:
    return [(each.file, each.key, each.old, each.new) for one in compared for each in one.differences()]


def test_what_was_written_is_equal(tmp_path: Path) -> None:
    rendered().write(tmp_path)
    compared = compare_with_files(rendered(), tmp_path)
    assert differing(compared) == []
    assert [each.unified() for each in compared] == [""] * 5


def test_a_folder_and_what_changed_since(tmp_path: Path) -> None:
    rendered().write(tmp_path)
    (tmp_path / "sink-gone.json").write_text('{"a": "b"}')
    (tmp_path / "sink-copy.json").unlink()
    now = rendered({"source": {"properties": {"poll.interval.ms": 5}}, "worker": {"properties": {"x": "y"}}})
    compared = compare_with_files(now, tmp_path)
    found = differing(compared)
    assert ("source.json", "poll.interval.ms", None, "5") in found
    assert ("worker.properties", "x", None, "y") in found
    assert ("sink-gone.json", "a", "b", None) in found
    assert {each[0] for each in found} == {"source.json", "worker.properties", "sink-gone.json", "sink-copy.json"}
    text = "\n".join(each.unified() for each in compared)
    assert "+poll.interval.ms = 5" in text
    assert "-a = b" in text
    assert f"--- {tmp_path / 'source.json'}" in text


@pytest.mark.parametrize("form", ["plain", "connect", "msk"])
def test_one_file_in_any_form(tmp_path: Path, form: str) -> None:
    config = {**rendered().source, "database.port": "3307"}
    forms: dict[str, Any] = {
        "plain": config,
        "connect": {"name": "x", "config": config},
        "msk": {"connectorName": "x", "connectorConfiguration": config},
    }
    file = tmp_path / "any.json"
    file.write_text(json.dumps(forms[form]))
    assert differing(compare_with_files(rendered(), file)) == [("source.json", "database.port", "3307", "3306")]


def test_one_of_several_sinks_of_a_kind_is_found_by_name_or_topics(tmp_path: Path) -> None:
    made = rendered({"source": {"tables": ["a.b", "a.c"]}})
    by_topics = tmp_path / "x.json"
    by_topics.write_text(json.dumps({**made.sinks["copy"], "s3.bucket.name": "other"}))
    assert differing(compare_with_files(made, by_topics)) == [("sink-copy.json", "s3.bucket.name", "other", "copy")]
    by_name = tmp_path / "sink-archive.json"
    by_name.write_text(json.dumps({**made.sinks["archive"], "topics": "z"}))
    ((file, key, _, _),) = differing(compare_with_files(made, by_name))
    assert (file, key) == ("sink-archive.json", "topics")


def test_a_worker_configuration_has_no_class(tmp_path: Path) -> None:
    file = tmp_path / "w.properties"
    file.write_text("offset.flush.interval.ms=1\n")
    assert ("worker.properties", "offset.flush.interval.ms", "1", "10000") in differing(
        compare_with_files(rendered(), file)
    )


def test_what_has_nothing_to_do_with_the_pipeline(tmp_path: Path) -> None:
    file = tmp_path / "x.json"
    file.write_text('{"connector.class": "com.example.Other"}')
    with pytest.raises(InputError, match=r"nothing is rendered for com\.example\.Other"):
        compare_with_files(rendered(), file)
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="holds none of"):
        compare_with_files(rendered(), tmp_path / "empty")
    with pytest.raises(InputError, match="no such file"):
        compare_with_files(rendered(), tmp_path / "none.json")


def test_secrets_in_files_are_not_shown(tmp_path: Path) -> None:
    file = tmp_path / "source.json"
    file.write_text(json.dumps({**rendered().source, "database.password": "hunter2"}))
    (compared,) = compare_with_files(rendered(), file)
    (difference,) = compared.differences()
    assert difference.to_dict()["old"] == HIDDEN
    assert "hunter2" not in compared.unified()
    assert f"-database.password = {HIDDEN}" in compared.unified()


class Deployed:
    """MSK Connect with two connectors of the pipeline, in memory."""

    def __init__(self, made: Configurations, worker: str) -> None:
        arn = "arn:aws:kafkaconnect:r:a:worker-configuration/m-worker-1/0-1"
        self._connectors = {
            name: Connector(name, name, "RUNNING", config, "", arn, "1")
            for name, config in (("m-source", made.source), ("m-lake", {**made.sinks["lake"], "tasks.max": "9"}))
        }
        self._worker = worker

    def find_connector(self, name: str) -> Connector | None:
        return self._connectors.get(name)

    def find_worker_configuration(self, name: str) -> WorkerConfiguration | None:
        assert name == "m-worker-1"
        return WorkerConfiguration(name, "arn", "ACTIVE", 1, self._worker)


def test_against_what_is_deployed() -> None:
    made = rendered()
    place = Target(boto3.Session(region_name="r"), "r", "the test")
    place.__dict__["msk_connect"] = Deployed(made, made.files()["worker.properties"] + "old.key=1\n")
    compared = compare_with_deployed(pipeline(), made, place)
    assert [each.file for each in compared] == [
        "source.json",
        "sink-lake.json",
        "sink-archive.json",
        "sink-copy.json",
        "worker.properties",
    ]
    found = differing(compared)
    assert ("sink-lake.json", "tasks.max", "9", "1") in found
    assert ("worker.properties", "old.key", "1", None) in found
    # What is not deployed differs in everything.
    missing = {each[1] for each in found if each[0] == "sink-copy.json"}
    assert missing == set(made.sinks["copy"])
    assert not [each for each in found if each[0] == "source.json"]
