"""``cdcctl evolve apply`` on the running stack: killed and resumed, straight through, and aborted."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pymysql
import pytest
from command import COMMAND
from ruamel.yaml import YAML

from cdcctl.aws.target import Target
from cdcctl.documents import Document
from cdcctl.local import stack as local_stack
from cdcctl.local.state import Stack
from cdcctl.mysql.signals import Signals
from cdcctl.pipeline import Pipeline, load
from cdcctl.runbook.record import unfinished

NAME = f"apply-test-{os.getpid()}"
DATABASE = f"apply_test_{os.getpid()}"
MOVIES = (
    f"CREATE TABLE {DATABASE}.movies (MOVIE_ID INT PRIMARY KEY, TITLE VARCHAR(128) NOT NULL)",
    f"INSERT INTO {DATABASE}.movies VALUES (1, 'Metropolis'), (2, 'Сталкер')",
)


@dataclass
class Deployed:
    """A deployed pipeline whose value registry is on BACKWARD."""

    folder: Path
    stack: Stack
    target: Target
    pipeline: Pipeline
    run: Callable[..., Any]
    processes: list[subprocess.Popen[str]] = field(default_factory=list)

    @property
    def place(self) -> list[str]:
        return ["-f", str(self.folder / "pipeline.yaml"), "--local", "--state", str(self.stack.state)]

    def sql(self, *statements: str) -> None:
        server = self.stack.mysql
        with (
            pymysql.connect(
                host=server.host, port=server.port, user=server.user, password=server.password, autocommit=True
            ) as connection,
            connection.cursor() as cursor,
        ):
            for statement in statements:
                cursor.execute(statement)

    def migration(self, name: str, text: str) -> str:
        path = self.folder / name
        path.write_text(text)
        return str(path)

    def apply(self, *arguments: str) -> Any:
        return self.run("evolve", "apply", *self.place, "--yes", *arguments)

    def begun(self, kind: str, *arguments: str) -> subprocess.Popen[str]:
        """A process of its own that has come to a step of this kind."""
        process = subprocess.Popen(
            [str(COMMAND), "evolve", "apply", *self.place, "--yes", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.processes.append(process)
        while True:
            record = unfinished(self.target, self.pipeline)
            if record and record.next < len(record.steps) and record.plan.steps[record.next].kind.value == kind:
                return process
            assert process.poll() is None, process.communicate()
            time.sleep(0.1)

    def schema(self) -> tuple[str, int | None, int]:
        """Mode, checkpoint and number of versions of the movies' values."""
        name = self.pipeline.schema_name(f"{DATABASE}.movies")
        found = self.target.registry.find_schema(f"{NAME}-values", name)
        assert found is not None
        return found.compatibility, found.checkpoint, len(self.target.registry.versions(f"{NAME}-values", name))

    def states(self) -> set[str]:
        return {each.state for each in self.target.msk_connect.list_connectors(NAME)}


@pytest.fixture
def deployed(stack: Stack, cdcctl: Callable[..., Any], tmp_path: Path) -> Iterator[Deployed]:
    target = local_stack.target(stack)
    data = {
        "name": NAME,
        "topic_prefix": NAME,
        "source": {"server_id": 7900, "tables": [f"{DATABASE}.movies"], "properties": {"poll.interval.ms": 50}},
        "registries": {"keys": f"{NAME}-keys", "values": f"{NAME}-values", "compatibility": "BACKWARD"},
        "sink": {"type": "iceberg", "commit_interval_ms": 1000},
        "worker": {"properties": {"offset.flush.interval.ms": 500}},
    }
    with (tmp_path / "pipeline.yaml").open("w") as sink:
        YAML().dump(data, sink)
    pipeline = load([tmp_path / "pipeline.yaml"], [Document("stack", target.overlay)])
    made = Deployed(tmp_path, stack, target, pipeline, cdcctl)
    made.sql(f"CREATE DATABASE {DATABASE}", *MOVIES)
    try:
        done = cdcctl("deploy", *made.place, "--yes")
        assert done.returncode == 0, done.stderr
        yield made
    finally:
        for process in made.processes:
            process.kill()
            process.wait()
        for each in target.msk_connect.list_connectors(NAME):
            if each.state in ("RUNNING", "FAILED", "PAUSED"):
                target.msk_connect.delete_connector(each.arn)
        made.sql(f"DROP DATABASE {DATABASE}")


def test_a_breaking_alter_is_carried_through_killed_resumed_and_aborted(deployed: Deployed) -> None:
    country = deployed.migration("country.sql", "ALTER TABLE movies ADD COUNTRY VARCHAR(64) NOT NULL;\n")

    # Somebody else is to run the statement; before that the process is killed.
    server = deployed.stack.mysql
    Signals(server.admin, f"{DATABASE}.cdcctl_signal").create(server.debezium_user)
    waiting = deployed.begun("ddl", "--wait", country)
    assert deployed.schema() == ("FORWARD", 1, 1)
    second = deployed.apply(country)
    assert second.returncode == 4
    assert "evolve apply of this pipeline is under way" in second.stderr
    waiting.kill()
    waiting.communicate()
    again = deployed.apply(country)
    assert again.returncode == 3
    assert "2 of 7 steps are done; step 3 was begun: wait until somebody has run" in again.stderr
    deployed.sql(f"ALTER TABLE {DATABASE}.movies ADD COUNTRY VARCHAR(64) NOT NULL")
    resumed = deployed.apply("--resume", "--json")
    assert resumed.returncode == 0, resumed.stderr
    steps = {each["kind"]: each for each in json.loads(resumed.stdout)["steps"]}
    assert steps["confirm"]["facts"]["registered"] == 2
    assert steps["backfill"]["facts"]["rows"] == 2
    assert steps["verify"]["facts"]["equal"]
    assert (steps["verify"]["facts"]["mysql_rows"], steps["verify"]["facts"]["parquet_rows"]) == (2, 2)
    assert deployed.schema() == ("BACKWARD", 1, 2)

    # Run twice is noticed; another one goes straight through, while its sink is paused, but for the rows of before.
    assert "there is nothing to do" in deployed.apply(country).stdout
    year = deployed.migration("year.sql", "ALTER TABLE movies ADD YEAR_MADE INT NOT NULL;\n")
    done = deployed.apply(year, "--no-backfill")
    assert done.returncode == 1, done.stderr
    assert "BACKWARD NO, FORWARD yes" in done.stdout
    assert "version 3, as predicted" in done.stdout
    assert "DIFFERENT, 2 rows in MySQL, 2 in Parquet" in done.stdout
    assert "VER020" in done.stdout
    assert f"{DATABASE}.movies.YEAR_MADE: " in done.stdout
    assert "MOVIE_ID=2: 0 in MySQL, NULL in Parquet" in done.stdout
    assert deployed.schema() == ("BACKWARD", 1, 3)
    assert deployed.states() == {"RUNNING"}

    # What is different is what verify data names. Once it is cured, the comparison is all that is left.
    repaired = deployed.run("verify", "data", *deployed.place, "--repair")
    assert repaired.returncode == 0, repaired.stdout
    assert f"{DATABASE}.movies.YEAR_MADE: " in repaired.stdout
    cured = deployed.apply("--resume")
    assert cured.returncode == 0, cured.stderr
    assert "7 of 8 steps are done" in cured.stdout
    assert "equal, 2 rows in MySQL, 2 in Parquet" in cured.stdout

    # Interrupted, and called off: the mode is back, and of the statement nothing has happened.
    genre = deployed.migration("genre.sql", "ALTER TABLE movies ADD GENRE VARCHAR(9) NOT NULL;\n")
    interrupted = deployed.begun("ddl", "--wait", "--pre-register", genre)
    assert deployed.schema() == ("FORWARD", 1, 4)
    interrupted.send_signal(signal.SIGINT)
    _, said = interrupted.communicate(timeout=60)
    assert interrupted.returncode == 130
    assert "go on with --resume, or set everything back with --abort" in said
    aborted = deployed.apply("--abort")
    assert aborted.returncode == 0, aborted.stderr
    assert f"{DATABASE}.movies is as before" in aborted.stdout
    assert deployed.schema() == ("BACKWARD", 1, 3)
    nothing = deployed.apply("--resume")
    assert nothing.returncode == 3
    assert f"no migration of {NAME} is under way" in nothing.stderr
