"""``cdcctl local`` as a user meets it, each test on a stack of its own or on a copy of nothing at all."""

from __future__ import annotations

import ipaddress
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from cdcctl.local.processes import MARK, ProcessTable
from cdcctl.local.state import Stack, load_stack

pytestmark = pytest.mark.stack

COMMAND = str(Path(sys.executable).parent / "cdcctl")
MOVIES = Path(__file__).parents[2] / "integration" / "movies" / "pipeline.yaml"


def members(state: Path) -> list[psutil.Process]:
    """Every process that carries the mark of the stack in ``state``, found without cdcctl's own help."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.status() != psutil.STATUS_ZOMBIE and process.environ().get(MARK) == str(state.resolve()):
                found.append(process)
        except psutil.Error:
            continue
    return found


@pytest.fixture
def state(tmp_path: Path) -> Iterator[Path]:
    """An empty state folder; whatever a failed test leaves running in it is killed."""
    yield tmp_path / "state"
    for process in members(tmp_path / "state"):
        process.kill()


@pytest.fixture
def local(cdcctl, state: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    return lambda *arguments: cdcctl("local", *arguments, "--state", state)


@pytest.fixture
def own_stack(local, state: Path) -> Stack:
    """A stack that the test may break."""
    up = local("up")
    assert up.returncode == 0, up.stderr
    stack = load_stack(state)
    assert stack is not None
    return stack


def kill(state: Path, name: str) -> None:
    (child,) = [child for child in ProcessTable(state).children() if child.name == name]
    process = psutil.Process(child.pid)
    process.kill()
    deadline = time.monotonic() + 10
    while child.is_alive() and time.monotonic() < deadline:
        time.sleep(0.05)


def test_up_attach_status_logs_reset_down(local, own_stack, state):
    again = local("up")
    assert again.returncode == 0
    assert again.stdout.startswith("the local stack was running already\n")
    assert own_stack.endpoint in again.stdout

    status = json.loads(local("status", "--json").stdout)
    assert status["up"] is True
    assert status["healthy"] is True
    assert {process["name"] for process in status["processes"]} >= {"aws", "kafka", "mysql"}
    assert status["addresses"]["kafka"] == own_stack.bootstrap_servers
    text = local("status").stdout
    assert "running    kafka" in text
    assert own_stack.bootstrap_servers in text

    assert "KafkaRaftServer" in local("logs", "kafka").stdout
    assert "== mysql" in local("logs", "--lines", "1").stdout

    reset = local("reset", "--json")
    assert reset.returncode == 0, reset.stderr
    assert json.loads(reset.stdout)["aws"] != own_stack.endpoint
    assert own_stack.bootstrap_servers not in local("status").stdout

    down = local("down")
    assert (down.returncode, down.stdout) == (0, "the local stack is down\n")
    assert members(state) == []
    assert local("down").stdout == "no local stack was running\n"
    status_after = local("status")
    assert (status_after.returncode, status_after.stderr) == (1, "")
    assert "cdcctl local up" in status_after.stdout
    assert local("logs", "kafka").returncode == 0, "logs stay"
    left = {path.name for path in state.iterdir()}
    assert left <= {"logs", "processes", ".lock"}


def test_a_killed_broker_is_named_at_once_with_its_log(cdcctl, local, own_stack, state):
    kill(state, "kafka")
    status = local("status")
    assert status.returncode == 1
    assert "DIED       kafka" in status.stdout
    assert "KafkaRaftServer" in status.stdout
    begin = time.monotonic()
    for command in (["deploy", "--yes"], ["render"]):
        done = cdcctl(*command, "-f", MOVIES, "--local", "--state", state)
        assert done.returncode == 5
        assert "error: kafka (process" in done.stderr
        assert "has died" in done.stderr
        assert "KafkaRaftServer" in done.stderr
    assert time.monotonic() - begin < 10
    assert local("up").returncode == 5
    assert local("down").returncode == 0
    assert members(state) == []


def test_a_broker_that_dies_during_a_deployment_ends_it(cdcctl, own_stack, state):
    command = [COMMAND, "deploy", "--yes", "-f", str(MOVIES), "--local", "--state", str(state)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as deploy:
        deadline = time.monotonic() + 120
        while not any("movies" in child.name for child in ProcessTable(state).children()):
            assert deploy.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)
        kill(state, "kafka")
        begin = time.monotonic()
        _, stderr = deploy.communicate(timeout=30)
    assert time.monotonic() - begin < 10
    assert deploy.returncode == 5
    assert "error: kafka (process" in stderr


INTERRUPTIONS = [
    *((signal.SIGINT, delay) for delay in (0.15, 0.6, 1.1, 1.7, 2.6)),
    *((signal.SIGTERM, delay) for delay in (0.8, 1.3, 2.1)),
]


def start_up(state: Path) -> subprocess.Popen[str]:
    # A session of its own, so that its group can be signalled as a terminal does it.
    return subprocess.Popen(
        [COMMAND, "local", "up", "--state", str(state)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


@pytest.mark.parametrize(("number", "delay"), INTERRUPTIONS, ids=lambda value: getattr(value, "name", value))
def test_an_interrupted_up_leaves_nothing(local, state, number, delay):
    up = start_up(state)
    time.sleep(delay)
    os.killpg(up.pid, number) if number == signal.SIGINT else up.send_signal(number)
    _, stderr = up.communicate(timeout=60)
    if load_stack(state):  # it was up before the signal came
        assert local("down").returncode == 0
    elif up.returncode >= 0:  # else Python itself was not up yet
        assert up.returncode == 130
        assert stderr == "interrupted\n"
    assert members(state) == []


def test_a_second_interrupt_does_not_stop_the_clean_up(state):
    up = start_up(state)
    time.sleep(1.5)
    while up.poll() is None:
        os.killpg(up.pid, signal.SIGINT)
        time.sleep(0.03)
    up.communicate(timeout=60)
    assert members(state) == []


@pytest.mark.parametrize("delay", [0.7, 1.2, 1.8, 2.5])
def test_down_cleans_up_after_a_killed_up(local, state, delay):
    up = start_up(state)
    time.sleep(delay)
    up.kill()
    up.communicate()
    down = local("down")
    assert down.returncode == 0, down.stderr
    assert members(state) == []
    assert load_stack(state) is None


def test_up_after_a_killed_up(local, state):
    up = start_up(state)
    time.sleep(1.8)
    up.kill()
    up.communicate()
    assert local("up").returncode == 0
    names = [child.name for child in ProcessTable(state).children()]
    marked = members(state)
    assert len(marked) == len(names), [process.cmdline()[:3] for process in marked]
    assert local("down").returncode == 0
    assert members(state) == []


@pytest.fixture
def deployed(cdcctl, stack: Stack) -> Iterator[Stack]:
    """The shared stack with a pipeline in it, so that Connect workers run too."""
    done = cdcctl("deploy", "-f", MOVIES, "--local", "--yes", "--state", stack.state)
    assert done.returncode == 0, done.stderr
    yield stack
    # Other tests run this very scenario.
    assert cdcctl("verify", "movies", "--clean", "--state", stack.state).returncode == 0


def test_everything_listens_on_loopback_only(deployed):
    found = members(deployed.state)
    assert any("ConnectDistributed" in " ".join(process.cmdline()) for process in found)
    listening = [
        (connection.laddr.ip, connection.laddr.port, process.name())
        for process in found
        for connection in process.net_connections()
        if connection.status == psutil.CONN_LISTEN
    ]
    assert len(listening) >= 5
    assert [each for each in listening if not is_loopback(each[0])] == []


def is_loopback(address: str) -> bool:
    ip: Any = ipaddress.ip_address(address)
    return bool((getattr(ip, "ipv4_mapped", None) or ip).is_loopback)


def test_passwords_stay_in_files_of_the_user(deployed):
    secrets = [deployed.mysql.password.encode(), deployed.mysql.debezium_password.encode()]
    holding = []
    for path in sorted(deployed.state.rglob("*")):
        if path.is_file() and any(secret in path.read_bytes() for secret in secrets):
            holding.append(path)
            assert path.stat().st_mode & 0o077 == 0, path
    assert deployed.state / "stack.json" in holding
    assert [path for path in holding if path.is_relative_to(deployed.state / "logs")] == []
    for process in members(deployed.state):
        line = " ".join(process.cmdline()).encode()
        assert not any(secret in line for secret in secrets), process


def test_the_users_own_aws_profile_plays_no_part(cdcctl, stack: Stack):
    foreign = {"AWS_PROFILE": "there-is-none", "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:9"}
    done = cdcctl("verify", "movies", "--state", stack.state, env=foreign)
    assert done.returncode == 0, done.stderr
