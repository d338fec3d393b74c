"""Parts are killed and requests refused while a pipeline runs, and nothing is lost; the rest is for the night."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cdcctl.local.fault_client import list_faults
from cdcctl.local.state import Stack
from cdcctl.resources import data_folder

PIPELINE = """\
name: struck
topic_prefix: struck
source:
  server_id: 5492
  tables: [struck.t]
  properties: {poll.interval.ms: 50, producer.override.linger.ms: 0}
registries: {keys: struck-keys, values: struck-values, compatibility: NONE}
sink:
  type: iceberg
  commit_interval_ms: 1000
  properties:
    consumer.override.metadata.max.age.ms: 1000
    iceberg.kafka.session.timeout.ms: 6000
    iceberg.kafka.heartbeat.interval.ms: 2000
    iceberg.control.commit.timeout-ms: 2000
worker: {properties: {offset.flush.interval.ms: 500}}
"""
SCENARIO = """\
steps:
  - sql: 1.sql
  - deploy
  - drain
  - sql: 2.sql
  - fault: {strike: kill:kafka, seconds: 1}
  - drain
  - fault: {strike: glue-throttle, seconds: 6, sql: 3.sql}
  - drain
expect:
  versions: {struck.t: {keys: 1, values: 2}}
"""
FILES = {
    "1.sql": "CREATE DATABASE struck; USE struck; CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(9));"
    "INSERT INTO t VALUES (1, 'one'), (2, 'two');",
    "2.sql": "USE struck; INSERT INTO t WITH RECURSIVE n AS "
    "(SELECT 10 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 900) SELECT i, 'many' FROM n;"
    "UPDATE t SET v = 'deux' WHERE id = 2; DELETE FROM t WHERE id = 1;",
    "3.sql": "USE struck; ALTER TABLE t ADD COLUMN w INT NULL; INSERT INTO t VALUES (3, 'three', 3);",
}


def test_a_killed_broker_and_a_registry_that_throttles_lose_nothing(
    stack: Stack, cdcctl: Callable[..., Any], tmp_path: Path
) -> None:
    for name, text in {"pipeline.yaml": PIPELINE, "scenario.yaml": SCENARIO, **FILES}.items():
        (tmp_path / name).write_text(text)
    done = cdcctl("verify", tmp_path, "--json", "--state", stack.state, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
    document = json.loads(done.stdout)
    [table] = document["tables"]
    assert (table["mysql_rows"], table["parquet_rows"], table["mismatches"]) == (893, 893, 0)
    killed, _, throttled, drained = document["steps"][4:8]
    assert "kill -9 of the broker" in killed["detail"]
    struck = int(throttled["detail"].rpartition(", ")[2].split()[0])
    assert struck > 0
    # The converter gives up, which is told by its code, and went on after a restart.
    assert drained["codes"] == ["VER081"]
    assert [(each["code"], each["expected"]) for each in document["findings"]] == [("VER081", True)]
    assert list_faults(stack.endpoint) == []


@pytest.fixture
def dead_letters(stack: Stack, cdcctl: Callable[..., Any], tmp_path: Path) -> Any:
    """The scenario dead-letters without its replay, left running; its pipeline as a user has it."""
    source = data_folder("integration") / "dead-letters"
    folder = tmp_path / "dead-letters"
    folder.mkdir()
    for path in source.iterdir():
        (folder / path.name).write_text(path.read_text().replace("  - replay\n  - drain\n", ""))
    done = cdcctl("verify", folder, "--keep", "--json", "--state", stack.state, timeout=600)
    yield folder, json.loads(done.stdout)
    assert cdcctl("verify", folder, "--clean", "--state", stack.state).returncode == 0


def test_dead_letters_are_sent_again_once_and_never_undo_anything(
    stack: Stack, cdcctl: Callable[..., Any], dead_letters: Any
) -> None:
    folder, document = dead_letters
    [finding] = document["findings"]
    assert (document["ok"], finding["code"], finding["rows"] > 0) == (False, "VER017", True)
    where = ("-f", folder / "pipeline.yaml", "--local", "--state", stack.state)

    def dlq(*arguments: Any) -> Any:
        done = cdcctl("dlq", *arguments, *where, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    listed = dlq("list")
    letters = {each["offset"]: each for each in listed["letters"]}
    assert listed["counts"] == {"replay": finding["rows"], "superseded": 1}
    first = dlq("show", f"0:{min(letters)}")
    assert first["origin"]["topic"] == "dead-letters.dead_letters.things"
    assert "AWSSchemaRegistryException" in first["stacktrace"]
    assert first["value"]["fields"]["what"] == "set aside"
    done = cdcctl("dlq", "replay", *where)
    assert (done.returncode, done.stdout.count("dead letter(s) sent again")) == (2, 0)
    assert dlq("replay", "--dry-run")["sent"] == 0
    assert dlq("replay", "--yes")["sent"] == finding["rows"]
    assert dlq("replay", "--yes")["sent"] == 0
    again = cdcctl("verify", folder, "--again", "--json", "--state", stack.state, timeout=600)
    compared = json.loads(again.stdout)
    assert (again.returncode, compared["tables"][0]["mismatches"], compared["findings"]) == (0, 0, []), again.stdout
