"""A deployed pipeline is changed as users change it: plan says what it costs, deploy does it, no row is lost."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from cdcctl.kafka.cluster import Cluster
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


def test_offsets_put_back_into_a_pipeline_made_anew_leave_no_gap_and_need_no_snapshot(
    movies: Movies, tmp_path: Path
) -> None:
    backup = tmp_path / "offsets.json"
    made = movies.cdcctl("offsets backup", "--out", str(backup))
    assert (made["source"], made["groups"]) == (1, 2)
    assert made["history"] > 0
    everything_lost(movies)
    movies.insert(22)  # nobody reads it for now
    shown = movies.cdcctl("offsets show")
    assert (shown["source"], shown["groups"], shown["schema_history"]["records"]) == ([], {}, 0)

    movies.cdcctl("offsets restore", "--from", str(backup), "--yes")
    restored = json.loads(backup.read_text())
    shown = movies.cdcctl("offsets show")
    assert [each["offset"]["pos"] for each in shown["source"]] == [
        json.loads(each["value"])["pos"] for each in restored["source"]
    ]
    movies.cdcctl("deploy", "--yes")
    table = movies.verify("--keep", "--again")
    # One more than before. A snapshot would have sent every row again, a gap would be a row that Parquet lacks.
    assert (table["events"], table["mismatches"]) == (15, 0)


def test_a_source_whose_offsets_are_reset_sends_everything_again(movies: Movies) -> None:
    movies.cdcctl("offsets reset", "--part", "source", "--part", "history", "--yes")
    table = movies.verify("--keep", "--again")
    assert (table["events"], table["mismatches"]) == (15 + table["mysql_rows"], 0)


def everything_lost(movies: Movies) -> None:
    """Both connectors deleted in the console, and what Kafka knows of how far they had come."""
    place = target(movies.stack)
    for connector in place.msk_connect.list_connectors(f"{movies.name}-"):
        place.msk_connect.delete_connector(connector.arn)
    cluster = Cluster({"bootstrap.servers": movies.stack.bootstrap_servers}, place.check)
    deadline = time.monotonic() + 60
    groups = [f"connect-{movies.name}-sink", f"connect-{movies.name}-sink-coord"]
    while place.msk_connect.list_connectors(f"{movies.name}-") or any(map(cluster.members, groups)):
        assert time.monotonic() < deadline, "the connectors are still there"
        time.sleep(0.2)
    topics = [name for name in cluster.topic_names() if movies.name in name]
    cluster.delete([name for name in topics if name.endswith(("-offsets", "-schema-history"))])
    cluster.delete_groups(groups)
