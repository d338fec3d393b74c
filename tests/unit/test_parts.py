"""Parts of a stack are real processes: killed, stopped and kept from writing, and nobody else's are touched."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from cdcctl.errors import InputError, LocalEnvironmentError
from cdcctl.local.mysql.base import MySQLServer
from cdcctl.local.parts import Parts, worker_of
from cdcctl.local.processes import ProcessTable
from cdcctl.local.state import Stack

# Counts up in a file, and ends when it cannot write.
COUNTS = """
import sys, time
with open(sys.argv[1], "a", buffering=1) as file:
    while True:
        try:
            file.write(".")
            file.flush()
        except OSError:
            sys.exit(7)
        time.sleep(0.01)
"""


@pytest.fixture
def parts(tmp_path: Path) -> Iterator[Parts]:
    server = MySQLServer("127.0.0.1", 1, "u", "p", "d", "p", "docker", "9", "")
    table = ProcessTable(tmp_path)
    for name, owner in (("kafka", None), (worker_of("c-sink"), "its connector")):
        table.spawn(name, [sys.executable, "-c", COUNTS, str(tmp_path / f"{name}.txt")], owner=owner)
    yield Parts(Stack(tmp_path, "r", "http://127.0.0.1:1", "127.0.0.1:1", "b", "s", server))
    table.kill_all()


def written(parts: Parts, name: str) -> int:
    path = parts.stack.state / f"{name}.txt"
    return path.stat().st_size if path.exists() else 0


def until(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_killed_part_is_not_one_that_has_died(parts: Parts) -> None:
    parts.kill("kafka")
    assert parts.has_ended("kafka")
    ProcessTable(parts.stack.state).check()
    with pytest.raises(LocalEnvironmentError, match="no running kafka"):
        parts.kill("kafka")


def test_a_killed_worker_is_its_owners_to_see(parts: Parts) -> None:
    name = worker_of("c-sink")
    parts.kill(name)
    until(lambda: parts.has_ended(name))
    assert name in {child.name for child in ProcessTable(parts.stack.state).children()}
    assert not parts.has_ended("kafka")


def test_a_worker_that_was_replaced_meanwhile_stays_recorded(parts: Parts) -> None:
    """Who deletes the connector would not find it otherwise, and it would go on writing to the topics."""
    name, table = worker_of("c-sink"), ProcessTable(parts.stack.state)
    parts.kill(name)
    until(lambda: parts.has_ended(name))
    new = table.spawn(name, [sys.executable, "-c", COUNTS, str(parts.stack.state / "new.txt")], owner="its connector")
    parts.restart(name)
    assert new in table.children()
    table.stop(name)
    assert not new.is_alive()


def test_a_stopped_part_does_nothing_until_it_goes_on(parts: Parts) -> None:
    until(lambda: written(parts, "kafka") > 0)
    with parts.paused("kafka"):
        [child] = [child for child in ProcessTable(parts.stack.state).children() if child.name == "kafka"]
        until(lambda: psutil.Process(child.pid).status() == psutil.STATUS_STOPPED)
        before = written(parts, "kafka")
        time.sleep(0.1)
        assert written(parts, "kafka") == before
    until(lambda: written(parts, "kafka") > before)


def test_a_part_without_space_cannot_write(parts: Parts) -> None:
    until(lambda: written(parts, "kafka") > 0)
    with parts.without_space("kafka"):
        until(lambda: parts.has_ended("kafka"))
    # The other one has not noticed.
    before = written(parts, worker_of("c-sink"))
    until(lambda: written(parts, worker_of("c-sink")) > before)


def test_a_server_that_is_no_process_of_ours_is_left_alone(parts: Parts) -> None:
    with pytest.raises(InputError, match=r"provider docker.*cannot be struck"):
        parts.kill("mysql")
