"""Deploy and destroy are killed after every single API call in turn and run again: they end in the same state always.

Killed means SIGKILL, at the moment when the answer to a request has arrived and nobody has looked at it: what the
service did is done, and the deploy does not know. After a request that reads, or writes the journal, the world is as it
was before it, which has been tried then; with CDCCTL_TEST_EVERY_CALL=1 deploys are killed there as well.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from aws_place import World
from deploys import EVERY_CALL, Deploys

from cdcctl.local.emulator import connector_life

FIRST: dict[str, Any] = {"pipeline": {}, "source": "one", "sink": "one"}
# Everything that can be changed in place, at once: configurations, plugin, worker configuration, capacity, tags.
SECOND: dict[str, Any] = {
    "pipeline": {
        "source": {"server_id": 2},
        "sink": {"commit_interval_ms": 5000},
        "worker": {"properties": {"offset.flush.interval.ms": 1}},
        "connect": {"capacity": {"mcu": 2}},
        "tags": {"team": "data"},
    },
    "source": "two",
    "sink": "one",
}
# What cannot be changed in place.
REPLACED: dict[str, Any] = {**FIRST, "pipeline": {"connect": {"log_group": "/other"}}}


@pytest.fixture
def new_world(
    emulator_port: tuple[str, dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[], World]:
    # The service looks at an update's health for a while; here it is what the test says.
    monkeypatch.setattr(connector_life, "_VALIDATION_SECONDS", 0.01)
    return lambda: World(*emulator_port, tmp_path / "store")


@pytest.fixture
def deploys(emulator_port: tuple[str, dict[str, Any]], tmp_path: Path) -> Iterator[Deploys]:
    made = Deploys(emulator_port[0], tmp_path)
    yield made
    made.end()


def figures(what: str, killed: list[str], seconds: float) -> None:
    print(f"{what}: killed after each of {len(killed)} calls, {seconds:.0f} s: {dict(Counter(killed))}")


def test_a_first_deploy(new_world: Callable[[], World], deploys: Deploys) -> None:
    world = new_world()
    deploys.run(FIRST)
    expected = world.everything()
    assert {each["state"] for each in expected["connectors"].values()} == {"RUNNING"}
    killed: list[str] = []
    started = time.monotonic()
    while True:
        world = new_world()
        first = deploys.run(FIRST, kill_after=len(killed) + 1)
        if not first["killed"]:
            break
        killed.append(first["calls"][-1])
        deploys.run(FIRST)
        assert world.everything() == expected, first["calls"]
        assert world.acts == {"start m-source": 1, "start m-sink": 1}, first["calls"]
    figures("a first deploy", killed, time.monotonic() - started)
    assert {"CreateConnector", "CreateCustomPlugin", "CreateWorkerConfiguration", "CreateRegistry"} <= set(killed)


@pytest.mark.parametrize(("other", "once"), [(SECOND, "UpdateConnector"), (REPLACED, "DeleteConnector")])
def test_there_and_back(new_world: Callable[[], World], deploys: Deploys, other: dict[str, Any], once: str) -> None:
    world = new_world()
    jobs = (FIRST, other)
    expected, done = {}, {}
    # From the second time on, there is also what is left of the time before, such as a log group.
    for number in range(4):
        before = world.changes()
        deploys.run(jobs[number % 2])
        expected[number % 2], done[number % 2] = world.everything(), world.changes() - before
    killed: list[str] = []
    started = time.monotonic()
    while True:
        now = len(killed) % 2
        before = world.changes()
        first = deploys.run(jobs[now], kill_after=len(killed) + 1)
        if first["killed"]:
            deploys.run(jobs[now])
        assert world.everything() == expected[now], first["calls"]
        assert world.changes() - before == done[now], first["calls"]
        if not first["killed"]:
            break
        killed.append(first["calls"][-1])
    figures("there and back", killed, time.monotonic() - started)
    assert once in killed


DESTROYED: dict[str, Any] = {**FIRST, "command": "destroy"}


def test_a_destruction(new_world: Callable[[], World], deploys: Deploys) -> None:
    world = new_world()
    deploys.run(FIRST)
    deploys.run(DESTROYED)
    nothing = world.everything()
    left = {"connectors", "plugins", "workers", "groups", "registries", "databases", "objects"}
    assert {key: bool(nothing[key]) for key in left} == dict.fromkeys(left, False)
    killed: list[str] = []
    started = time.monotonic()
    while True:
        deploys.run(FIRST)
        before = world.changes()
        first = deploys.run(DESTROYED, kill_after=len(killed) + 1)
        if first["killed"]:
            deploys.run(DESTROYED)
        assert world.everything() == nothing, first["calls"]
        assert world.changes() - before == {"stop m-source": 1, "stop m-sink": 1}, first["calls"]
        if not first["killed"]:
            break
        killed.append(first["calls"][-1])
    figures("a destruction", killed, time.monotonic() - started)
    if EVERY_CALL:
        # How often is looked, while something goes, differs: a change may be passed by. Without it each is hit.
        return
    assert {"DeleteConnector", "DeleteCustomPlugin", "DeleteWorkerConfiguration", "DeleteLogGroup"} <= set(killed)
    assert {"DeleteRegistry", "DeleteDatabase", "DeleteObject"} <= set(killed)
