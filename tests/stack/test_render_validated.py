"""What is rendered for older versions is accepted by their own classes: in a JVM, and by a real Connect worker."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import urllib3
from command import Run

from cdcctl.documents import Document
from cdcctl.jvm import runtime
from cdcctl.local import stack as local_stack
from cdcctl.local.ports import free_ports, wait_until
from cdcctl.local.state import Stack
from cdcctl.pipeline import load
from cdcctl.plugins.catalogue import load_lock, pinned_of
from cdcctl.plugins.fetch import unpacked
from cdcctl.render.configurations import render
from cdcctl.render.worker import to_text

PIPELINES = Path(__file__).parents[1] / "pipelines"
OVERLAYS = {"1.9": ["for-1.9"], "2.7": ["for-2.7"], "3.0": ["for-2.7"], "3.6": []}


def files_for(version: str, tmp_path: Path) -> list[Path]:
    """The pipeline with nearly every key there is, for one version of Debezium."""
    own = tmp_path / "version.yaml"
    own.write_text(f"source: {{debezium: {version}}}\n")
    return [*(PIPELINES / f"{name}.yaml" for name in ("whole", *OVERLAYS[version])), own]


@pytest.mark.parametrize("version", OVERLAYS)
def test_the_connectors_classes_accept_what_is_rendered(version: str, tmp_path: Path, cdcctl: Run) -> None:
    arguments = [part for file in files_for(version, tmp_path) for part in ("-f", file)]
    done = cdcctl("render", *arguments, "--region", "us-east-1", "--validate", "--json", timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
    judged = {each["file"]: each for each in json.loads(done.stdout)["configurations"]}
    assert judged["source.json"]["by"] == pinned_of("debezium-mysql", version)
    assert judged["sink-lake.json"]["by"] == "iceberg@1.12.0"
    assert [each["problems"] for each in judged.values()] == [[], [], [], []]
    # Those two come as the user's own archive only.
    assert [judged[f"sink-{name}.json"]["by"] for name in ("archive", "copy")] == [None, None]


def test_the_connectors_classes_refuse_what_is_wrong(tmp_path: Path, cdcctl: Run) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(
        "source: {properties: {poll.interval.ms: soon, snapshot.modus: x, transforms.unwrap.add.feilds: op}}\n"
        "sinks: {lake: {properties: {topics: a, topics.regex: a.*, topics.rejex: b, "
        "iceberg.tables.dynamic-enabled: true}}}\n"
    )
    arguments = ["-f", PIPELINES / "whole.yaml", "-f", wrong, "--region", "us-east-1", "--validate", "--json"]
    done = cdcctl("render", *arguments, timeout=600)
    assert done.returncode == 1, done.stderr
    document = json.loads(done.stdout)
    assert document["ok"] is False
    found = {(each["file"], problem["key"]) for each in document["configurations"] for problem in each["problems"]}
    assert found == {
        ("source.json", "poll.interval.ms"),
        ("source.json", "snapshot.modus"),
        ("source.json", "transforms.unwrap.add.feilds"),
        ("sink-lake.json", ""),
        ("sink-lake.json", "topics.rejex"),
    }
    messages = {problem["message"] for each in document["configurations"] for problem in each["problems"]}
    assert any("topics and topics.regex are mutually exclusive" in message for message in messages)
    assert "Cannot specify both static and dynamic table names" in messages


def test_the_users_own_archive_is_asked(tmp_path: Path, cdcctl: Run) -> None:
    built = cdcctl("plugin", "build", "iceberg", "--out", tmp_path / "own.zip", timeout=600)
    assert built.returncode == 0, built.stderr
    own = tmp_path / "own.yaml"
    own.write_text(f"source: {{debezium: 2.4}}\nsinks: {{lake: {{plugin: {tmp_path}/own.zip}}}}\n")
    files = [PIPELINES / "whole.yaml", PIPELINES / "for-1.9.yaml", own]
    arguments = [part for file in files for part in ("-f", file)]
    done = cdcctl("render", *arguments, "--region", "us-east-1", "--validate", timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "sink-lake.json: accepted by own.zip\n" in done.stdout
    assert "source.json: not validated" in done.stdout
    assert "cdcctl plugin fetch debezium-mysql@VERSION (2.4.…)" in done.stdout
    assert "name the ZIP of confluent-s3 12.1 as the sink's plugin" in done.stdout


@pytest.mark.parametrize("version", ["2.7", "3.0", "3.6"])
def test_a_worker_accepts_what_is_rendered(version: str, tmp_path: Path, stack: Stack) -> None:
    """``PUT /connector-plugins/…/config/validate``, by which Debezium also connects to MySQL."""
    target = local_stack.target(stack)
    pipeline = load(files_for(version, tmp_path), [Document("stack", target.overlay)])
    rendered = render(pipeline, target.region)
    config = rendered.source | {
        "name": "validated",
        "database.user": stack.mysql.debezium_user,
        "database.password": stack.mysql.debezium_password,
        "database.ssl.mode": "preferred",
    }
    with _worker(stack, version, tmp_path) as address:
        errors = _errors(address, config)
        assert errors == {}
        assert "snapshot.mode" in _errors(address, {**config, "snapshot.mode": "sometimes"})
        sink = {"name": "validated-sink", **rendered.sinks["lake"]}
        assert _errors(address, sink) == {}
        assert "iceberg.control.commit.interval-ms" in _errors(
            address, {**sink, "iceberg.control.commit.interval-ms": "soon"}
        )


def _errors(address: str, config: dict[str, str]) -> dict[str, list[str]]:
    path = f"/connector-plugins/{config['connector.class']}/config/validate"
    answer = urllib3.request("PUT", address + path, json=config, timeout=90)
    assert answer.status == 200, answer.data
    values: list[dict[str, Any]] = [each["value"] for each in answer.json()["configs"] if each["value"]]
    return {each["name"]: each["errors"] for each in values if each["errors"]}


@contextmanager
def _worker(stack: Stack, version: str, tmp_path: Path) -> Iterator[str]:
    """A Connect worker with one version of Debezium and the Iceberg sink; its address."""
    word = pinned_of("debezium-mysql", version)
    assert word is not None
    plugins = tmp_path / "plugins"
    for folder, names in {
        "debezium": (word, "glue-avro-converter"),
        "iceberg": ("iceberg", "glue-avro-converter"),
    }.items():
        (plugins / folder).mkdir(parents=True)
        for name in names:
            for jar in unpacked(load_lock(name)).glob("*.jar"):
                (plugins / folder / jar.name).symlink_to(jar)
    (port,) = free_ports(1)
    group = f"validate-{version}"
    properties = {
        "bootstrap.servers": stack.bootstrap_servers,
        "group.id": group,
        "key.converter": "org.apache.kafka.connect.storage.StringConverter",
        "value.converter": "org.apache.kafka.connect.storage.StringConverter",
        "plugin.path": str(plugins),
        "plugin.discovery": "hybrid_warn",
        "listeners": f"http://127.0.0.1:{port}",
        **{f"{kind}.storage.topic": f"{group}-{kind}" for kind in ("offset", "config", "status")},
        **{f"{kind}.storage.replication.factor": "1" for kind in ("offset", "config", "status")},
    }
    file = tmp_path / "worker.properties"
    file.write_text(to_text(properties))
    class_path = [unpacked(load_lock("kafka")) / "*"]
    argv = runtime.command("org.apache.kafka.connect.cli.ConnectDistributed", class_path, str(file), heap_mb=512)
    log = (tmp_path / "worker.log").open("wb")
    process = subprocess.Popen(argv, stdout=log, stderr=log, cwd=tmp_path)

    def alive() -> None:
        assert process.poll() is None, (tmp_path / "worker.log").read_text()[-3000:]

    try:
        wait_until(lambda: _answers(port), "the worker", alive, 90)
        yield f"http://127.0.0.1:{port}"
    finally:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        log.close()


def _answers(port: int) -> bool:
    try:
        return urllib3.request("GET", f"http://127.0.0.1:{port}/connectors", timeout=2, retries=False).status == 200
    except urllib3.exceptions.HTTPError:
        return False
