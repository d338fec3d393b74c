"""A process of verify's own stack dies in the middle: the command ends at once, says which, and leaves none behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from command import COMMAND

from cdcctl.local.emulator_process import EMULATOR_CONFIG
from cdcctl.local.fault_client import set_fault
from cdcctl.local.processes import MARK, ProcessTable


@pytest.fixture
def running(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], ProcessTable]]:
    """``cdcctl verify movies`` with a stack of its own, which it has just made both connectors on."""
    command = [str(COMMAND), "verify", "movies", "--state", str(tmp_path / "none")]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, "TMPDIR": str(tmp_path)}
    )
    deadline = time.monotonic() + 120
    while not (records := list(tmp_path.glob("cdcctl-*/processes/connect-movies-s*.json"))) or len(records) < 2:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.05)
    yield process, ProcessTable(records[0].parent.parent)
    process.kill()
    process.wait()


def kill(table: ProcessTable, name: str) -> None:
    [child] = [child for child in table.children() if child.name == name]
    os.kill(child.pid, signal.SIGKILL)


def left_over(table: ProcessTable) -> list[int]:
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(MARK) == str(table.folder):
                found.append(process.pid)
        except psutil.Error:
            continue
    return found


@pytest.mark.stack
@pytest.mark.parametrize("name", ["mysql", "kafka", "aws"])
def test_a_part_that_dies_ends_the_run_at_once(running: tuple[subprocess.Popen[str], ProcessTable], name: str) -> None:
    process, table = running
    kill(table, name)
    # Without a look at the part, the run would wait for 90 s before it calls the pipeline stalled.
    stdout, stderr = process.communicate(timeout=60)
    assert (process.returncode, stdout) == (5, "")
    assert f"error: {name} (process" in stderr
    assert "has died" in stderr
    log = table.logs / f"{name}.log"
    assert str(log) in stderr
    assert log.exists()
    assert left_over(table) == []


@pytest.mark.stack
def test_a_source_worker_that_dies_is_a_stopped_source(running: tuple[subprocess.Popen[str], ProcessTable]) -> None:
    process, table = running
    # The sink makes its table with the first event: the deployment is through then.
    log = table.logs / "connect-movies-sink.log"
    deadline = time.monotonic() + 60
    while "Successfully committed to table" not in log.read_text(errors="replace"):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    # Otherwise MSK Connect would put another worker in its place.
    port = json.loads((table.folder / EMULATOR_CONFIG).read_text())["port"]
    set_fault(f"http://127.0.0.1:{port}", {"kind": "lost-worker"})
    kill(table, "connect-movies-source")
    stdout, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "VER015 the source connector does not run" in stdout
    assert "movies-source is FAILED" in stdout
    assert not table.folder.exists()
    assert left_over(table) == []
