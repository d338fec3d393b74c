"""A deployed pipeline from day to day, on the running stack: looked at, paused, meddled with, and taken down."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pymysql
import pytest
from click.testing import Result
from ruamel.yaml import YAML
from typer.testing import CliRunner

from cdcctl.aws.target import Target
from cdcctl.cli.app import app
from cdcctl.kafka.cluster import Cluster
from cdcctl.local import stack as local_stack
from cdcctl.local.state import Stack


@dataclass
class Operated:
    """A pipeline with two sinks."""

    name: str
    database: str
    file: Path
    stack: Stack
    target: Target

    def run(self, command: str, *more: str) -> Result:
        """The command in this process: it is started dozens of times here."""
        place = ["-f", str(self.file), "--local", "--state", str(self.stack.state)]
        return CliRunner().invoke(app, [*command.split(), *place, *more])

    def cdcctl(self, command: str, *more: str, code: int = 0) -> str:
        done = self.run(command, *more)
        assert done.exit_code == code, done.stdout + done.stderr + repr(done.exception)
        return done.stdout

    def json(self, command: str, *more: str, code: int = 0) -> Any:
        return json.loads(self.cdcctl(command, "--json", *more, code=code))

    def sql(self, *statements: str) -> None:
        server = self.stack.mysql
        with (
            pymysql.connect(
                host=server.host, port=server.port, user=server.user, password=server.password, autocommit=True
            ) as mysql,
            mysql.cursor() as cursor,
        ):
            for statement in statements:
                cursor.execute(statement)

    def status(self, until: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Lines by subject and what they are about, once they say so."""
        deadline = time.monotonic() + 90
        while True:
            done = self.run("status", "--json")
            lines = {f"{each['subject']} {each['what']}": each for each in json.loads(done.stdout)["lines"]}
            if until(lines):
                return lines
            assert time.monotonic() < deadline, done.stdout
            time.sleep(0.2)

    @property
    def topics(self) -> list[str]:
        overlay: Any = self.target.overlay
        cluster = Cluster({"bootstrap.servers": overlay["kafka"]["bootstrap_servers"]}, lambda: None)
        return [topic for topic in cluster.topic_names() if self.name in topic]


@pytest.fixture(scope="module")
def operated(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operated]:
    name, database = f"operated-{os.getpid()}", f"operated_{os.getpid()}"
    file = tmp_path_factory.mktemp("operated") / "pipeline.yaml"
    # As in integration/movies: nothing of a sink waits for more to come, or for a coordinator that is gone.
    properties = {
        "consumer.override.fetch.max.wait.ms": 50,
        "consumer.override.metadata.max.age.ms": 1000,
        "iceberg.kafka.metadata.max.age.ms": 1000,
        "iceberg.kafka.session.timeout.ms": 6000,
        "iceberg.kafka.heartbeat.interval.ms": 2000,
        "iceberg.control.commit.timeout-ms": 2000,
    }
    sink = {"type": "iceberg", "commit_interval_ms": 1000, "properties": properties}
    data = {
        "name": name,
        "topic_prefix": name,
        "source": {
            "server_id": 7990,
            "tables": [f"{database}.t"],
            "heartbeat": {"interval_ms": 1000},
            "properties": {"poll.interval.ms": 50, "producer.override.linger.ms": 0},
        },
        "worker": {"properties": {"offset.flush.interval.ms": 1000}},
        "registries": {"keys": f"{name}-keys", "values": f"{name}-values"},
        "sinks": {"lake": sink, "again": {**sink, "database": f"{database}_again"}},
    }
    with file.open("w") as out:
        YAML().dump(data, out)
    made = Operated(name, database, file, stack, local_stack.target(stack))
    made.sql(
        f"CREATE DATABASE {database}",
        f"CREATE TABLE {database}.t (id INT PRIMARY KEY)",
        f"CREATE TABLE {database}.cdcctl_signal (id VARCHAR(64), type VARCHAR(32), data TEXT)",
        f"INSERT INTO {database}.t VALUES (1), (2)",
    )
    made.cdcctl("deploy", "--yes")
    yield made
    if made.topics:  # else the last test has been here
        made.cdcctl("destroy", "--yes", "--offsets", "--topics", "--schemas", "--data")
    made.sql(f"DROP DATABASE {database}")


def committed(database: str, rows: int) -> Callable[[dict[str, Any]], bool]:
    tables = (f"table {database}.t commit", f"table {database}_again.t commit")
    return lambda lines: all(lines[each].get("records") == rows for each in tables)


def test_status_tells_all_there_is(operated: Operated) -> None:
    def everything_through(lines: dict[str, Any]) -> bool:
        through = all(lines[f"sink {each} lag"].get("events") == 0 for each in ("lake", "again"))
        told = all(lines[f"connector {operated.name}-{each} tasks"]["health"] == "fine" for each in ("source", "lake"))
        position = lines["source position"].get("position")
        return through and told and position is not None and committed(operated.database, 2)(lines)

    lines = operated.status(everything_through)
    assert {each["health"] for each in lines.values()} == {"fine"}, lines
    assert lines["source lag"]["seconds"] < 60
    assert lines["source connection"]["readers"] >= 1
    assert lines["source purge"]["purged"] is False
    assert lines["source heartbeat"]["seconds_ago"] < 60
    assert lines[f"connector {operated.name}-lake tasks"]["running"] == 1
    value = lines[f"schema {operated.name}-values/{operated.name}.{operated.database}.t versions"]
    assert (value["versions"], value["status"], value["compatibility"]) == (1, "AVAILABLE", "FORWARD")


def test_logs_are_the_workers_own(operated: Operated) -> None:
    assert "io.debezium" in operated.cdcctl("logs source")
    lines = operated.json("logs lake --lines 5")["lines"]
    assert {each["connector"] for each in lines} == {f"{operated.name}-lake"}
    # Nothing was stopped yet: a task that is ended while it asks something says so as an error.
    assert "Exception" not in operated.cdcctl("logs --errors")


def test_a_paused_sink_falls_behind_and_catches_up(operated: Operated) -> None:
    operated.cdcctl("pause again")
    operated.sql(f"INSERT INTO {operated.database}.t VALUES (3)")
    lines = operated.status(lambda lines: lines["sink again lag"]["events"] == 1)
    assert lines[f"connector {operated.name}-again state"]["health"] == "wrong"
    assert lines["sink again lag"]["seconds"] > 0
    operated.cdcctl("resume")
    operated.status(committed(operated.database, 3))
    operated.cdcctl("restart source")
    operated.cdcctl("restart lake", "--failed")
    operated.sql(f"INSERT INTO {operated.database}.t VALUES (4)")
    lines = operated.status(committed(operated.database, 4))
    assert lines[f"connector {operated.name}-source operation"]["operation_state"] == "RESTART_COMPLETE"


def test_what_was_done_in_the_console_is_found_and_taken_back(operated: Operated) -> None:
    assert operated.json("drift")["drifts"] == []
    connect = operated.target.msk_connect
    found = connect.find_connector(f"{operated.name}-lake")
    assert found is not None
    arn = connect.update_connector(
        found,
        {"connectorConfiguration": {**found.configuration, "iceberg.control.commit.interval-ms": "1234"}},
    )
    while not connect.describe_operation(str(arn)).is_over:
        time.sleep(0.1)
    overlay: Any = operated.target.overlay
    cluster = Cluster({"bootstrap.servers": overlay["kafka"]["bootstrap_servers"]}, lambda: None)
    topic = f"{operated.name}.{operated.database}.t"
    cluster.set(topic, {"retention.ms": "60000"})
    drifts = {each["name"]: each["differences"] for each in operated.json("drift", code=1)["drifts"]}
    assert drifts == {
        f"{operated.name}-lake": [
            {
                "part": "configuration",
                "property": "iceberg.control.commit.interval-ms",
                "was": "1000",
                "now": "1234",
                "verdict": "deploy takes it back",
            }
        ],
        topic: [
            {
                "part": "settings",
                "property": "retention.ms",
                "was": None,
                "now": "60000",
                "verdict": "deploy leaves it",
            }
        ],
    }
    operated.cdcctl("deploy", "--yes")
    assert operated.json("drift")["drifts"] == []


def test_taken_down_and_up_again_it_goes_on(operated: Operated) -> None:
    done = operated.json("destroy", "--yes")
    steps = {(each["kind"], each["name"]): each for each in done["steps"]}
    assert ("offset backup", f"s3://{operated.stack.bucket}/cdcctl/pipelines/{operated.name}/offsets/") in steps
    kept = steps["topic", f"{operated.name}.{operated.database}.t"]
    assert (kept["action"], kept["why"]) == ("unchanged", "--topics deletes it")
    assert operated.json("status", code=1)["healthy"] is False
    operated.sql(f"INSERT INTO {operated.database}.t VALUES (5)")
    plan = operated.json("plan", code=1)
    source = next(each for each in plan["steps"] if each["name"] == f"{operated.name}-source")
    assert (source["action"], source["cost"]) == ("create", "none")
    operated.cdcctl("deploy", "--yes")
    # Five rows in all: none is missing, and there was no second snapshot.
    operated.status(committed(operated.database, 5))


def test_nothing_is_left_when_all_is_told(operated: Operated) -> None:
    operated.cdcctl("destroy", "--yes", "--offsets", "--topics", "--schemas", "--data")
    assert operated.topics == []
    for registry in ("keys", "values"):
        assert operated.target.registry.find_registry(f"{operated.name}-{registry}") is None
    for database in (operated.database, f"{operated.database}_again"):
        assert operated.target.catalog.database_marks(database) is None
    assert "has nothing left to delete" in operated.cdcctl("destroy", "--yes")
