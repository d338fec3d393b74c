"""A deployed pipeline is changed as users change it: plan says what it costs, deploy does it, no row is lost."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from cdcctl.local.stack import target
from cdcctl.local.state import Stack
from cdcctl.resources import data_folder
from cdcctl.verify.replay import Replay


@dataclass
class Movies:
    """The movies pipeline under a name and database of its own, started with an older Debezium."""

    folder: Path
    name: str
    database: str
    stack: Stack
    run: Callable[..., Any]

    @property
    def file(self) -> Path:
        return self.folder / "pipeline.yaml"

    def cdcctl(self, command: str, *more: str, code: int = 0) -> Any:
        done = self.run(
            *command.split(), "-f", self.file, "--local", "--state", self.stack.state, "--json", *more, timeout=400
        )
        assert done.returncode == code, done.stdout + done.stderr
        return json.loads(done.stdout)

    def verify(self, *more: str) -> dict[str, Any]:
        done = self.run("verify", self.folder, *more, "--json", "--state", self.stack.state, timeout=400)
        assert done.returncode == 0, done.stdout + done.stderr
        (table,) = json.loads(done.stdout)["tables"]
        return table

    def change(self, **sections: dict[str, Any]) -> None:
        data = YAML().load(self.file)
        for section, values in sections.items():
            data[section].update(values)
        with self.file.open("w") as sink:
            YAML().dump(data, sink)

    def insert(self, *numbers: int) -> None:
        with Replay(self.stack.mysql).session() as connection, connection.cursor() as cursor:
            for number in numbers:
                cursor.execute(
                    f"INSERT INTO {self.database}.movies VALUES "
                    f"({number}, 'Movie {number}', '2024-05-21', 7.5, '2024-03-01 12:00:00', 'USA')"
                )

    def changes(self, document: dict[str, Any]) -> dict[str, Any]:
        return {f"{s['kind']} {s['name']}": s for s in document["steps"] if s["action"] != "unchanged"}


@pytest.fixture(scope="module")
def movies(stack: Stack, cdcctl: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Movies]:
    folder = tmp_path_factory.mktemp("changed") / "movies"
    shutil.copytree(data_folder("integration") / "movies", folder)
    name, database = f"changed-{os.getpid()}", f"changed_{os.getpid()}"
    for file in folder.iterdir():
        file.write_text(file.read_text().replace("sampledatabase", database))
    made = Movies(folder, name, database, stack, cdcctl)
    data = YAML().load(made.file)
    data["name"], data["topic_prefix"] = name, name
    data["source"] |= {"server_id": 7900, "debezium": "3.0"}
    data["registries"] |= {"keys": f"{name}-keys", "values": f"{name}-values"}
    with made.file.open("w") as sink:
        YAML().dump(data, sink)
    assert made.verify("--keep")["events"] == 12
    yield made
    assert cdcctl("verify", folder, "--clean", "--state", stack.state).returncode == 0


def test_nothing_differs_after_a_deploy(movies: Movies) -> None:
    plan = movies.cdcctl("plan")
    assert (plan["changed"], {step["action"] for step in plan["steps"]}) == (0, {"unchanged"})
    kinds = {step["kind"] for step in plan["steps"]}
    assert kinds >= {"bucket", "custom plugin", "worker configuration", "registry", "schema", "topic", "connector"}


def test_a_sink_property_is_changed_in_place(movies: Movies) -> None:
    movies.change(sink={"commit_interval_ms": 1500})
    sink = f"connector {movies.name}-sink"
    changes = movies.changes(movies.cdcctl("plan", code=1))
    assert list(changes) == [sink]
    assert (changes[sink]["action"], changes[sink]["cost"]) == ("update", "gap")
    assert changes[sink]["changes"] == [
        {
            "part": "configuration",
            "property": "iceberg.control.commit.interval-ms",
            "old": "1000",
            "new": "1500",
        }
    ]
    before = target(movies.stack).msk_connect.find_connector(f"{movies.name}-sink")
    movies.cdcctl("deploy", "--yes")
    after = target(movies.stack).msk_connect.find_connector(f"{movies.name}-sink")
    assert before is not None
    assert after is not None
    assert (after.arn, after.configuration["iceberg.control.commit.interval-ms"]) == (before.arn, "1500")
    assert movies.cdcctl("plan")["changed"] == 0


def test_another_debezium_is_a_swap_of_plugins_that_loses_and_repeats_no_row(movies: Movies) -> None:
    movies.insert(20)
    movies.change(source={"debezium": "3.6"})
    changes = movies.changes(movies.cdcctl("plan", code=1))
    source = changes[f"connector {movies.name}-source"]
    assert (source["action"], source["cost"]) == ("update", "gap")
    assert {change["part"] for change in source["changes"]} >= {"plugin"}
    movies.cdcctl("deploy", "--yes")
    assert movies.cdcctl("plan")["changed"] == 0
    movies.insert(21)
    table = movies.verify("--keep", "--again")
    # 12 events of the scenario and the two inserts: none is missing, none came twice, and there was no second snapshot.
    assert (table["events"], table["mismatches"]) == (14, 0)
