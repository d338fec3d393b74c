"""MySQL in a container, for real.

Run by name, ``scripts/test tests/docker``, where a Docker engine answers: no test can bring one along.
CDCCTL_MYSQL_IMAGE chooses the image; without it, it is the provider's own, pulled.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import docker
import pytest

from cdcctl.local.mysql.docker import LABEL

Run = Callable[..., Any]


@pytest.fixture
def state(tmp_path: Path, cdcctl: Run) -> Iterator[Path]:
    """A folder for a stack, which is brought down whatever happens."""
    yield tmp_path / "state"
    cdcctl("local", "down", "--state", tmp_path / "state")


def containers(state: Path, *, everything: bool = False) -> list[Any]:
    """The stack's containers that run, or all of them."""
    client = docker.from_env()
    return list(client.containers.list(all=everything, filters={"label": f"{LABEL}={state.resolve()}"}))


def up(cdcctl: Run, state: Path) -> dict[str, Any]:
    result = cdcctl("local", "up", "--mysql", "docker", "--state", state, "--json", timeout=600)
    assert result.returncode == 0, result.stderr
    answer: dict[str, Any] = json.loads(result.stdout)
    return answer


def mysql_port(answer: dict[str, Any]) -> str:
    """The port in an answer such as ``127.0.0.1:3306 (docker, 8.4.6)``."""
    return str(answer["mysql"]).partition(" ")[0].rpartition(":")[2]


def test_a_scenario_runs_on_a_container_and_nothing_of_it_stays(state, cdcctl):
    answer = up(cdcctl, state)
    assert "(docker, " in answer["mysql"]
    (container,) = containers(state)
    (binding,) = container.attrs["HostConfig"]["PortBindings"]["3306/tcp"]
    assert (binding["HostIp"], binding["HostPort"]) == ("127.0.0.1", mysql_port(answer))
    assert not any("PASSWORD" in variable for variable in container.attrs["Config"]["Env"] or [])

    verified = cdcctl("verify", "movies", "--state", state, "--json")
    assert verified.returncode == 0, verified.stderr
    assert json.loads(verified.stdout)["tables"][0]["mismatches"] == 0

    assert cdcctl("local", "down", "--state", state).returncode == 0
    assert containers(state, everything=True) == []


def test_a_container_that_is_killed_is_told_with_its_log(state, cdcctl):
    up(cdcctl, state)
    (container,) = containers(state)
    container.kill()
    container.wait()
    status = cdcctl("local", "status", "--state", state)
    assert status.returncode == 1
    assert "mysql" in status.stdout
    assert "ready for connections" in status.stdout
    assert cdcctl("local", "down", "--state", state).returncode == 0
    assert containers(state, everything=True) == []


def test_an_image_that_is_not_there_is_one_clear_error(state, cdcctl):
    result = cdcctl(
        "local", "up", "--mysql", "docker", "--state", state, env={"CDCCTL_MYSQL_IMAGE": "cdcctl.invalid/none:0"}
    )
    assert result.returncode == 5
    assert "cdcctl.invalid/none:0" in result.stderr
    assert "Traceback" not in result.stderr
