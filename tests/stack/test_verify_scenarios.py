"""Scenarios of one's own, all shipped ones, and those that must fail."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from browser import look
from confluent_kafka import Producer

from cdcctl.local.state import Stack
from cdcctl.verify.replay import Replay

PIPELINE = """\
name: {name}
topic_prefix: {name}
source:
  server_id: 5490
  tables: [{name}.t]
  properties: {{poll.interval.ms: 50, producer.override.linger.ms: 0}}
registries: {{keys: {name}-keys, values: {name}-values, compatibility: {mode}}}
sink:
  type: iceberg
  commit_interval_ms: 1000
  properties:
    consumer.override.metadata.max.age.ms: 1000
    iceberg.control.commit.timeout-ms: 2000
worker: {{properties: {{offset.flush.interval.ms: 500}}}}
"""
Verify = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture
def verify(stack: Stack, cdcctl: Callable[..., Any]) -> Verify:
    def run(*arguments: str | Path) -> tuple[int, Any]:
        done = cdcctl("verify", *arguments, "--json", "--state", stack.state, timeout=600)
        assert done.stdout, done.stderr
        return done.returncode, json.loads(done.stdout)

    return run


def scenario(folder: Path, name: str, *files: str, mode: str = "FORWARD") -> Path:
    (folder / "pipeline.yaml").write_text(PIPELINE.format(name=name, mode=mode))
    for number, text in enumerate(files, 1):
        (folder / f"{number}.sql").write_text(text)
    return folder


def found(document: dict[str, Any], code: str) -> list[dict[str, Any]]:
    everything = [*document["findings"], *(f for table in document["tables"] for f in table["findings"])]
    return [finding for finding in everything if finding["code"] == code]


SHIPPED = [
    "altered",
    "created-later",
    "json-updates",
    "key-updates",
    "load-data",
    "migrations",
    "movies",
    "no-key",
    "refused",
    "several-tables",
    "shapes",
    "types",
    "unparseable",
    "unparseable-skipped",
]


def cause(document: dict[str, Any]) -> str:
    """What a scenario found without expecting it, in lines that pytest does not shorten."""
    everything = [*document["findings"], *(f for table in document["tables"] for f in table["findings"])]
    lines = [f"{document['scenario']}: {unmet}" for unmet in document["unmet"]]
    lines += [f"{document['scenario']}: {json.dumps(each)}" for each in everything if not each["expected"]]
    return "\n".join(lines)


def test_every_shipped_scenario_comes_out_as_it_says(verify: Verify, tmp_path: Path) -> None:
    page = tmp_path / "all.html"
    code, documents = verify("all", "--out", page)
    assert [document["scenario"] for document in documents] == SHIPPED
    failed = [document for document in documents if not document["ok"]]
    assert not failed, "\n".join(map(cause, failed))
    assert code == 0
    versions = [version for d in documents for schema in d["schemas"] for version in schema["versions"]]
    assert len(versions) > 80
    assert all(version["equal"] for version in versions)
    codes = {finding["slug"] for d in documents for table in d["tables"] for finding in table["findings"]}
    assert {"unbackfilled-column", "null-became-default", "unit-changed", "unsigned-wrapped", "zero-date"} <= codes
    [refused] = [document for document in documents if document["scenario"] == "refused"]
    [refusal] = found(refused, "VER016")
    assert (refusal["table"], refusal["column"], refusal["expected"]) == ("refuseddb.products", "maker", True)
    [seen] = look(page)
    assert (seen.problems, seen.pictures) == ([], len(SHIPPED))


def test_a_folder_of_sql_files_is_a_scenario(verify: Verify, tmp_path: Path) -> None:
    folder = scenario(
        tmp_path,
        "plainsql",
        "CREATE DATABASE plainsql; USE plainsql; CREATE TABLE t (id INT PRIMARY KEY, w VARCHAR(9));"
        "INSERT INTO t VALUES (1, 'one'), (2, 'two');",
        "USE plainsql; UPDATE t SET w = 'deux' WHERE id = 2; DELETE FROM t WHERE id = 1;"
        "INSERT INTO t VALUES (3, NULL);",
    )
    code, document = verify(folder)
    assert (code, document["ok"]) == (0, True)
    assert [step["step"] for step in document["steps"]] == ["sql: 1.sql", "deploy", "drain", "sql: 2.sql", "drain"]
    [table] = document["tables"]
    assert (table["mysql_rows"], table["parquet_rows"], table["events"], table["findings"]) == (2, 2, 5, [])


def test_a_silent_loss_that_nobody_expects_fails(verify: Verify, tmp_path: Path) -> None:
    folder = scenario(
        tmp_path,
        "silentloss",
        "CREATE DATABASE silentloss; USE silentloss; CREATE TABLE t (id INT PRIMARY KEY, p DECIMAL(8, 2));"
        "INSERT INTO t VALUES (1, 1.25);",
        "USE silentloss; ALTER TABLE t MODIFY p DECIMAL(10, 4); INSERT INTO t VALUES (2, 2.1234);",
        mode="NONE",
    )
    code, document = verify(folder)
    assert (code, document["ok"], document["tables"][0]["mismatches"]) == (1, False, 1)
    [finding] = found(document, "VER024")
    assert (finding["column"], finding["rows"], finding["expected"]) == ("p", 1, False)
    assert finding["examples"] == [{"key": "id=2", "mysql": "2.1234", "parquet": "2.12"}]


def test_a_refused_schema_version_is_told_with_its_field_and_the_reason(verify: Verify, tmp_path: Path) -> None:
    folder = scenario(
        tmp_path,
        "refusal",
        "CREATE DATABASE refusal; USE refusal; CREATE TABLE t (id INT PRIMARY KEY); INSERT INTO t VALUES (1);",
        "USE refusal; ALTER TABLE t ADD COUNTRY VARCHAR(64) NOT NULL; INSERT INTO t VALUES (2, 'Japan');",
        "USE refusal; CREATE TABLE never_reached (id INT PRIMARY KEY);",
        mode="BACKWARD",
    )
    (folder / "scenario.yaml").write_text(
        "steps: [sql: 1.sql, deploy, drain, sql: 2.sql, drain, sql: 3.sql]\n"
        "pipeline: {source: {tables: [refusal.t, refusal.never_reached]}}\n"
    )
    code, document = verify(folder)
    assert (code, document["ok"]) == (1, False)
    [finding] = found(document, "VER016")
    assert (finding["table"], finding["column"]) == ("refusal.t", "COUNTRY")
    assert "refused under BACKWARD" in finding["detail"]
    assert "no default" in finding["detail"]
    [source] = found(document, "VER015")
    # CloudWatch may tell of the task before MSK Connect has called the connector FAILED.
    assert re.search("refusal-source is (FAILED|RUNNING, and 1 of its tasks failed)", source["detail"])
    assert "is in FAILURE status" in source["detail"]


def test_dead_letters_are_counted(stack: Stack, verify: Verify, cdcctl: Callable[..., Any], tmp_path: Path) -> None:
    folder = scenario(
        tmp_path,
        "deadletters",
        "CREATE DATABASE deadletters; USE deadletters; CREATE TABLE t (id INT PRIMARY KEY); INSERT INTO t VALUES (1);",
    )
    (folder / "scenario.yaml").write_text(
        """\
steps: [sql: 1.sql, drain]
pipeline:
  sink:
    properties:
      errors.tolerance: all
      errors.deadletterqueue.topic.name: deadletters-dlq
      errors.deadletterqueue.topic.replication.factor: 1
"""
    )
    try:
        code, document = verify(folder, "--keep")
        assert (code, document["ok"]) == (0, True)
        producer = Producer({"bootstrap.servers": stack.bootstrap_servers})
        producer.produce("deadletters.deadletters.t", b"not Avro", key=b"not Avro")
        producer.flush(10)
        code, document = verify(folder, "--again")
        assert (code, document["ok"]) == (1, False)
        [finding] = found(document, "VER017")
        assert (finding["rows"], finding["detail"]) == (1, "in topic deadletters-dlq")
    finally:
        assert cdcctl("verify", folder, "--clean", "--state", stack.state).returncode == 0


def test_a_database_that_was_there_before_is_never_dropped(
    stack: Stack, cdcctl: Callable[..., Any], tmp_path: Path
) -> None:
    folder = scenario(tmp_path, "precious", "USE precious;\nINSERT INTO t VALUES (2);\n")
    replay = Replay(stack.mysql)
    with replay.session() as connection, connection.cursor() as cursor:
        cursor.execute("CREATE DATABASE precious")
        cursor.execute("CREATE TABLE precious.t (id INT PRIMARY KEY)")
        cursor.execute("INSERT INTO precious.t VALUES (1)")
        for arguments in ([], ["--clean"]):
            done = cdcctl("verify", folder, *arguments, "--state", stack.state)
            assert (done.returncode, done.stdout) == (3, "")
            assert "database precious" in done.stderr
        assert stack.mysql.admin.count("precious.t") == 1
        cursor.execute("DROP DATABASE precious")
    assert replay.existing(["cdcctl_verify"]) == []


def test_sql_that_mysql_refuses_is_told_by_file_and_line(
    stack: Stack, cdcctl: Callable[..., Any], tmp_path: Path
) -> None:
    folder = scenario(tmp_path, "badsql", "CREATE DATABASE badsql;\nUSE badsql;\nCREATE TABEL t (id INT);\n")
    done = cdcctl("verify", folder, "--state", stack.state)
    assert done.returncode == 3
    assert "1.sql:3" in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, "pipeline.yaml"),
        ({"pipeline.yaml": PIPELINE.format(name="x", mode="FORWARD")}, "nor an SQL file"),
        (
            {"pipeline.yaml": PIPELINE.format(name="x", mode="FORWARD"), "scenario.yaml": "steps: [sql: no.sql, jump]"},
            "not a step",
        ),
    ],
)
def test_a_bad_folder_is_told_before_anything_starts(
    cdcctl: Callable[..., Any], tmp_path: Path, files: dict[str, str], said: str
) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    done = cdcctl("verify", tmp_path, "--state", tmp_path / "none")
    assert done.returncode == 3
    assert said in done.stderr


def test_the_list_names_every_shipped_scenario(cdcctl: Callable[..., Any]) -> None:
    found = json.loads(cdcctl("verify", "--list", "--json").stdout)
    assert {"movies", "several-tables", "types", "key-updates", "no-key", "created-later", "refused", "altered"} <= {
        each["name"] for each in found
    }
    text = cdcctl("verify", "--list").stdout
    assert all(each["name"] in text and each["description"] for each in found)


@pytest.mark.parametrize("arguments", [["--keep"], ["--again"], ["--clean"], ["--clean", "--keep"]])
def test_what_needs_a_stack_that_stays_says_so(
    cdcctl: Callable[..., Any], tmp_path: Path, arguments: list[str]
) -> None:
    done = cdcctl("verify", "movies", *arguments, "--state", tmp_path)
    assert done.returncode == 2
