"""``cdcctl deploy`` on the running stack: real connectors, and every way in which they fail to run."""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pymysql
import pytest
import urllib3
from ruamel.yaml import YAML

from cdcctl.aws.target import Target
from cdcctl.documents import Document
from cdcctl.local import stack as local_stack
from cdcctl.local.fault_client import clear_faults, set_fault
from cdcctl.local.processes import ProcessTable
from cdcctl.local.state import Stack
from cdcctl.pipeline import load
from cdcctl.render.configurations import render

_numbers = itertools.count(1)


@dataclass
class Deployed:
    """A pipeline of its own on the shared stack."""

    name: str
    file: Path
    data: dict[str, Any]
    stack: Stack
    target: Target
    run: Callable[..., Any]

    def write(self, **source_properties: Any) -> None:
        self.data["source"]["properties"] = {"poll.interval.ms": 50, **source_properties}
        with self.file.open("w") as sink:
            YAML().dump(self.data, sink)

    @property
    def arguments(self) -> list[str]:
        return ["deploy", "-f", str(self.file), "--local", "--state", str(self.stack.state), "--yes"]

    def deploy(self, *more: str) -> Any:
        return self.run(*self.arguments, *more)

    def connectors(self) -> dict[str, tuple[str, Any, str]]:
        """Name → ARN, creation time, state."""
        client = self.target.client("kafkaconnect")
        found = client.list_connectors(connectorNamePrefix=self.name)["connectors"]
        return {
            each["connectorName"]: (each["connectorArn"], each["creationTime"], each["connectorState"])
            for each in found
        }

    def remove(self) -> None:
        client = self.target.client("kafkaconnect")
        while found := self.connectors():
            for arn, _, state in found.values():
                if state in ("RUNNING", "FAILED"):
                    client.delete_connector(connectorArn=arn)
            time.sleep(0.1)


@pytest.fixture
def pipeline(stack: Stack, cdcctl: Callable[..., Any], tmp_path: Path) -> Iterator[Deployed]:
    number = next(_numbers)
    name, database = f"deploy-test-{os.getpid()}-{number}", f"deploy_{os.getpid()}_{number}"
    server = stack.mysql
    with pymysql.connect(host=server.host, port=server.port, user=server.user, password=server.password) as mysql:
        with mysql.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {database}")
            cursor.execute(f"CREATE TABLE {database}.t (id INT PRIMARY KEY)")
            cursor.execute(f"CREATE TABLE {database}.cdcctl_signal (id VARCHAR(64), type VARCHAR(32), data TEXT)")
            cursor.execute(f"INSERT INTO {database}.t VALUES (1)")
        mysql.commit()
        data = {
            "name": name,
            "topic_prefix": name,
            "source": {"server_id": 7000 + number, "tables": [f"{database}.t"]},
            "registries": {"keys": f"{name}-keys", "values": f"{name}-values"},
            "sink": {"type": "iceberg", "commit_interval_ms": 1000},
        }
        made = Deployed(name, tmp_path / "pipeline.yaml", data, stack, local_stack.target(stack), cdcctl)
        made.write()
        yield made
        made.remove()
        with mysql.cursor() as cursor:
            cursor.execute(f"DROP DATABASE {database}")


def test_second_deploy_changes_nothing(pipeline: Deployed) -> None:
    first = pipeline.deploy("--json")
    assert first.returncode == 0, first.stderr
    assert json.loads(first.stdout)["changed"] > 0
    before = pipeline.connectors()
    second = pipeline.deploy("--json")
    assert second.returncode == 0, second.stderr
    document = json.loads(second.stdout)
    assert document["changed"] == 0
    assert {step["action"] for step in document["steps"]} == {"unchanged"}
    assert pipeline.connectors() == before
    assert {state for _, _, state in before.values()} == {"RUNNING"}
    plain = pipeline.deploy()
    assert "nothing had to be changed" in plain.stdout


def test_every_rendered_key_is_known_to_the_connectors(pipeline: Deployed) -> None:
    assert pipeline.deploy().returncode == 0
    overlay = Document("stack", pipeline.target.overlay)
    rendered = render(load([pipeline.file], [overlay]), pipeline.target.region)
    for side, configuration in (("source", rendered.source), ("sink", rendered.sink)):
        unknown, errors = _validated(pipeline, f"{pipeline.name}-{side}", configuration)
        assert errors == {}, side
        assert {key for key in unknown if not key.startswith(_PASSED_THROUGH)} == set(), side


# Keys that a connector hands on to something else and so does not declare.
_PASSED_THROUGH = (
    "key.converter.",
    "value.converter.",
    "producer.override.",
    "consumer.override.",
    "topic.creation.",
    "schema.history.internal.",
    "transforms.",
    # Prefixes of the sink: Hadoop, catalog and Kafka client settings (IcebergSinkConfig).
    "iceberg.catalog.",
    "iceberg.kafka.",
    "iceberg.table.",
)


def _validated(pipeline: Deployed, name: str, configuration: dict[str, str]) -> tuple[set[str], dict[str, list[str]]]:
    """Keys that the connector does not declare, and its errors by key, as a real worker tells them."""
    (folder,) = (pipeline.stack.state / "workers").glob(f"{name}-*")
    (listeners,) = [
        line for line in (folder / "worker.properties").read_text().splitlines() if line.startswith("listeners=")
    ]
    address = listeners.removeprefix("listeners=").replace("\\", "")
    # References resolve in the worker alone; any value passes here, for MySQL is asked only about values that resolve.
    server = pipeline.stack.mysql
    body = {
        **configuration,
        "name": name,
        "database.user": server.debezium_user,
        "database.password": server.debezium_password,
    }
    if name.endswith("-sink"):
        body = {key: value for key, value in body.items() if not key.startswith("database.")}
    answer = urllib3.request(
        "PUT", f"{address}/connector-plugins/{configuration['connector.class']}/config/validate", json=body, timeout=60
    )
    assert answer.status == 200, answer.data
    configs = answer.json()["configs"]
    declared = {each["definition"]["name"] for each in configs if each["definition"]}
    values = [each["value"] for each in configs if each["value"]]
    errors = {each["name"]: each["errors"] for each in values if each["errors"]}
    return set(configuration) - declared, errors


def test_wrong_password_is_named_and_never_shown(pipeline: Deployed) -> None:
    with _secret(pipeline, {"username": pipeline.stack.mysql.debezium_user, "password": "Wr0ng-S3cret-Value"}):
        failed = pipeline.deploy()
    output = failed.stdout + failed.stderr
    assert failed.returncode == 4, output
    assert f"connector {pipeline.name}-source is FAILED" in output
    assert "state description: UnknownError.Unknown" in output
    assert "Access denied" in output
    assert "Wr0ng-S3cret-Value" not in output
    log = pipeline.stack.state / "logs" / f"connect-{pipeline.name}-source.log"
    assert "Wr0ng-S3cret-Value" not in log.read_text()
    before = pipeline.connectors()
    again = pipeline.deploy("--json")
    assert again.returncode == 0, again.stderr
    done = {step["name"]: step["action"] for step in json.loads(again.stdout)["steps"]}
    assert done[f"{pipeline.name}-source"] == "replace"
    after = pipeline.connectors()
    assert after[f"{pipeline.name}-sink"][:2] == before[f"{pipeline.name}-sink"][:2]
    assert {state for _, _, state in after.values()} == {"RUNNING"}


def test_secret_without_the_key(pipeline: Deployed) -> None:
    with _secret(pipeline, {"username": "somebody"}):
        failed = pipeline.deploy()
    assert failed.returncode == 4
    assert f"secret {pipeline.stack.secret} has no key password" in failed.stderr


@contextmanager
def _secret(pipeline: Deployed, value: dict[str, str]) -> Iterator[None]:
    client = pipeline.target.client("secretsmanager")
    before = client.get_secret_value(SecretId=pipeline.stack.secret)["SecretString"]
    client.put_secret_value(SecretId=pipeline.stack.secret, SecretString=json.dumps(value))
    try:
        yield
    finally:
        client.put_secret_value(SecretId=pipeline.stack.secret, SecretString=before)


@pytest.mark.parametrize(
    ("properties", "said"),
    [
        ({"database.hostname": "mysql.invalid"}, "mysql.invalid"),
        ({"connector.class": "com.example.NoSuchConnector"}, "NoSuchConnector"),
        ({"snapshot.mode": "sometimes"}, "snapshot.mode"),
        ({"max.batch.size": "many"}, "max.batch.size"),
    ],
    ids=["unknown-host", "unknown-class", "bad-enum", "bad-number"],
)
def test_the_workers_own_words_name_the_cause(pipeline: Deployed, properties: dict[str, str], said: str) -> None:
    pipeline.write(**properties)
    failed = pipeline.deploy()
    assert failed.returncode == 4, failed.stderr
    assert f"connector {pipeline.name}-source is FAILED" in failed.stderr
    assert "state description: UnknownError.Unknown" in failed.stderr
    assert any(said in line for line in failed.stderr.splitlines()[2:])
    assert "Traceback" not in failed.stderr
    assert "CloudEvents" not in failed.stderr
    pipeline.write()
    again = pipeline.deploy()
    assert again.returncode == 0, again.stderr
    assert {state for _, _, state in pipeline.connectors().values()} == {"RUNNING"}


def test_killed_deploys_are_finished_by_the_next(pipeline: Deployed) -> None:
    command = [str(Path(sys.executable).parent / "cdcctl"), *pipeline.arguments]
    for seconds in (0.5, 0.8, 1.2, 2.0, 3.0):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(seconds)
        process.send_signal(signal.SIGKILL)
        process.wait()
    done = pipeline.deploy()
    assert done.returncode == 0, done.stderr
    client = pipeline.target.client("kafkaconnect")
    assert len(pipeline.connectors()) == 2
    names = [each["name"] for each in client.list_custom_plugins()["customPlugins"]]
    assert len(names) == len(set(names))
    workers = client.list_worker_configurations(namePrefix=pipeline.name)["workerConfigurations"]
    assert len(workers) == 1
    assert json.loads(pipeline.deploy("--json").stdout)["changed"] == 0


def test_a_worker_killed_during_deploy(pipeline: Deployed) -> None:
    command = [str(Path(sys.executable).parent / "cdcctl"), *pipeline.arguments]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    table = ProcessTable(pipeline.stack.state)
    deadline = time.monotonic() + 60
    while not (found := [child for child in table.children() if child.name == f"connect-{pipeline.name}-source"]):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    psutil.Process(found[0].pid).kill()
    killed = time.monotonic()
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 4, stderr
    assert time.monotonic() - killed < 10
    assert stderr.count("error:") == 1
    assert f"connector {pipeline.name}-source is FAILED" in stderr
    assert "the worker process has ended by itself" in stderr
    # The stack itself is whole: the next deploy replaces the connector.
    again = pipeline.deploy()
    assert again.returncode == 0, again.stderr


@pytest.fixture
def workers_stay_lost(pipeline: Deployed) -> Iterator[None]:
    fault = set_fault(pipeline.stack.endpoint, {"kind": "lost-worker", "resource": pipeline.name})
    yield
    clear_faults(pipeline.stack.endpoint, [fault["id"]])


@pytest.mark.usefixtures("workers_stay_lost")
def test_a_worker_killed_later_makes_its_connector_failed(pipeline: Deployed) -> None:
    assert pipeline.deploy().returncode == 0
    table = ProcessTable(pipeline.stack.state)
    (child,) = [child for child in table.children() if child.name == f"connect-{pipeline.name}-sink"]
    psutil.Process(child.pid).kill()
    deadline = time.monotonic() + 10
    while pipeline.connectors()[f"{pipeline.name}-sink"][2] != "FAILED":
        assert time.monotonic() < deadline
        time.sleep(0.05)
    status = pipeline.run("local", "status", "--state", pipeline.stack.state)
    assert status.returncode == 1
    assert f"connect-{pipeline.name}-sink" in status.stdout
    again = pipeline.deploy("--json")
    assert again.returncode == 0, again.stderr
    done = {step["name"]: step["action"] for step in json.loads(again.stdout)["steps"]}
    assert (done[f"{pipeline.name}-sink"], done[f"{pipeline.name}-source"]) == ("replace", "unchanged")


def test_nothing_of_a_deleted_connector_is_left(pipeline: Deployed) -> None:
    assert pipeline.deploy().returncode == 0
    workers = pipeline.stack.state / "workers"
    assert len(list(workers.glob(f"{pipeline.name}-*"))) == 2
    for secret in workers.glob(f"{pipeline.name}-*/secrets/*"):
        assert secret.stat().st_mode & 0o077 == 0
    pipeline.remove()
    assert list(workers.glob(f"{pipeline.name}-*")) == []
    assert not [child for child in ProcessTable(pipeline.stack.state).children() if pipeline.name in child.name]


def test_what_runs_is_imported_as_it_runs(pipeline: Deployed, tmp_path: Path) -> None:
    deployed = pipeline.deploy()
    assert deployed.returncode == 0, deployed.stderr
    place = ["--local", "--state", str(pipeline.stack.state)]
    connectors = [f"--from-msk={pipeline.name}-{part}" for part in ("source", "sink")]
    file = tmp_path / "imported.yaml"
    done = pipeline.run("import", *connectors, *place, "-o", file)
    assert done.returncode == 0, done.stderr
    assert "fill-in" not in file.read_text()
    planned = pipeline.run("plan", "-f", file, *place)
    assert planned.returncode == 0, planned.stdout + planned.stderr
