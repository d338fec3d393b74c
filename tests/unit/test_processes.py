"""Processes of a stack: recorded, watched, and stopped without residue."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from cdcctl.errors import ChildProcessDiedError
from cdcctl.local.processes import Child, ProcessTable, mask, tail

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready', flush=True); time.sleep(60)",
]


@pytest.fixture
def table(tmp_path: Path) -> Iterator[ProcessTable]:
    made = ProcessTable(tmp_path)
    yield made
    made.kill_all()


def wait_for(what: str, log: str) -> None:
    deadline = time.monotonic() + 10
    while what not in Path(log).read_text():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_spawned_process_is_recorded_and_alive(table: ProcessTable) -> None:
    child = table.spawn("one", SLEEP)
    assert table.children() == [child]
    assert child.is_alive()
    table.check()


def test_dead_process_is_told_with_the_end_of_its_log(table: ProcessTable) -> None:
    child = table.spawn("one", [sys.executable, "-c", "print('last words'); raise SystemExit(3)"])
    wait_dead(child)
    with pytest.raises(ChildProcessDiedError) as caught:
        table.check()
    assert "one" in caught.value.message
    assert caught.value.details == ("last words",)


def wait_dead(child: Child) -> None:
    deadline = time.monotonic() + 10
    while child.is_alive():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_process_with_an_owner_is_for_the_owner_to_tell(table: ProcessTable) -> None:
    child = table.spawn("one", [sys.executable, "-c", ""], owner="its connector")
    wait_dead(child)
    table.check()
    assert table.children() == [child]


def test_stop_forgets_and_kills_what_ignores_sigterm(table: ProcessTable) -> None:
    child = table.spawn("one", STUBBORN)
    wait_for("ready", child.log)
    table.stop("one", timeout=0.2)
    assert not child.is_alive()
    assert table.children() == []
    table.stop("one")


def test_kill_all_ends_grandchildren_and_the_unrecorded(table: ProcessTable) -> None:
    parent = table.spawn(
        "one",
        [
            sys.executable,
            "-c",
            f"import subprocess, time; print(subprocess.Popen({SLEEP!r}).pid, flush=True); time.sleep(60)",
        ],
    )
    wait_for("\n", parent.log)
    grandchild = int(Path(parent.log).read_text())
    table.forget("one")
    table.kill_all()
    assert not parent.is_alive()
    assert not psutil.pid_exists(grandchild) or psutil.Process(grandchild).status() == psutil.STATUS_ZOMBIE
    assert list(table.members()) == []


def test_a_reused_pid_is_not_our_process(table: ProcessTable) -> None:
    mine = psutil.Process()
    assert not Child("x", mine.pid, mine.create_time() - 100, "log").is_alive()


def test_tables_of_two_folders_do_not_see_each_other(table: ProcessTable, tmp_path: Path) -> None:
    other = ProcessTable(tmp_path / "other")
    child = other.spawn("one", SLEEP)
    table.kill_all()
    assert child.is_alive()
    other.kill_all()
    assert not child.is_alive()


def test_killed_process_is_noticed(table: ProcessTable) -> None:
    child = table.spawn("one", SLEEP)
    os.kill(child.pid, signal.SIGKILL)
    wait_dead(child)
    with pytest.raises(ChildProcessDiedError):
        table.check()


def test_a_program_that_is_not_there(table: ProcessTable) -> None:
    with pytest.raises(ChildProcessDiedError, match="could not be started"):
        table.spawn("one", ["/no/such/program"])


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("database.password = abc", "database.password = ********"),
        ("aws.secret: x y", "aws.secret: ******** y"),
        ("nothing here", "nothing here"),
    ],
)
def test_mask(line: str, shown: str) -> None:
    assert mask(line) == shown


def test_tail(tmp_path: Path) -> None:
    assert tail(tmp_path / "none") == []
    (tmp_path / "log").write_text("".join(f"line {number}\n" for number in range(50)))
    assert tail(tmp_path / "log", 2) == ["line 48", "line 49"]


def test_the_users_own_aws_settings_do_not_reach_a_process(
    table: ProcessTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9")
    # Asked itself: from outside, the environment of a process that has only just begun may still be empty.
    told = "import os; print(*[name for name in os.environ if name.startswith('AWS_')], 'all')"
    child = table.spawn("one", [sys.executable, "-c", told], env={"AWS_REGION": "us-east-1"})
    wait_for("all", child.log)
    assert Path(child.log).read_text().split() == ["AWS_REGION", "all"]
