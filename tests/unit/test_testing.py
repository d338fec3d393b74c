"""What ``cdcctl.testing`` gives to other people's tests, tried as they would."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import psutil

CONFTEST = 'pytest_plugins = ["cdcctl.testing"]\n'
TEST = """
import boto3
import pytest


def worker_configurations(emulator):
    return emulator.client("kafkaconnect").list_worker_configurations()["workerConfigurations"]


@pytest.mark.parametrize("number", [1, 2])
def test_each_begins_with_nothing(aws_emulator, number):
    assert worker_configurations(aws_emulator) == []
    content = "a2V5LmNvbnZlcnRlcj14CnZhbHVlLmNvbnZlcnRlcj15Cg=="
    aws_emulator.client("kafkaconnect").create_worker_configuration(name="w", propertiesFileContent=content)
    aws_emulator.client("s3").create_bucket(Bucket="bucket")
    assert len(worker_configurations(aws_emulator)) == 1


def test_fault(aws_emulator):
    client = aws_emulator.client("glue")
    with aws_emulator.fault("5xx", service="glue", code="EntityNotFoundException"):
        with pytest.raises(client.exceptions.EntityNotFoundException):
            client.list_registries()
    assert client.list_registries()["Registries"] == []


def test_environment(aws_emulator, monkeypatch):
    for name, value in aws_emulator.environment.items():
        monkeypatch.setenv(name, value)
    assert boto3.Session().client("kafkaconnect").list_connectors()["connectors"] == []
    print("PORT", aws_emulator.endpoint)


def test_the_end(aws_emulator):
    import os
    if os.environ.get("DIE"):
        os.kill(os.getpid(), 9)
"""


def run(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    (folder / "conftest.py").write_text(CONFTEST)
    (folder / "test_it.py").write_text(TEST)
    argv = [sys.executable, "-m", "pytest", "-q", "-s", "-p", "no:cacheprovider", str(folder)]
    return subprocess.run(
        argv,
        cwd=folder,
        env={**os.environ, "TMPDIR": str(folder), **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def emulators(folder: Path) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter():
        try:
            if any(str(folder) in part for part in process.cmdline()) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except psutil.Error:
            continue
    return found


def test_the_fixture(tmp_path: Path) -> None:
    done = run(tmp_path)
    assert "5 passed" in done.stdout, done.stdout + done.stderr
    assert emulators(tmp_path) == []
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("cdcctl-")] == []


def test_an_emulator_does_not_outlive_a_killed_test_run(tmp_path: Path) -> None:
    assert run(tmp_path, DIE="1").returncode == -9
    deadline = time.monotonic() + 15
    while emulators(tmp_path) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert emulators(tmp_path) == []


def test_a_speed_that_is_none(tmp_path: Path) -> None:
    done = run(tmp_path, CDCCTL_EMULATOR_SPEED="fast")
    assert "UsageError: 'fast' is no speed" in done.stdout
