"""The work folder of verify data: its own run's alone, and not left behind by one that was killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cdcctl.errors import InputError
from cdcctl.verify.data.work_folder import work_folder

HOLDER = """
import sys, time
from pathlib import Path
from cdcctl.verify.data.work_folder import work_folder
with work_folder(Path(sys.argv[1])) as made:
    (made / "1.parquet").write_text("x")
    print(made, flush=True)
    time.sleep(600)
"""
Start = Callable[[], tuple["subprocess.Popen[str]", Path]]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts another process with a folder of its own."""
    started = []

    def begin() -> tuple[subprocess.Popen[str], Path]:
        process = subprocess.Popen([sys.executable, "-c", HOLDER, tmp_path], stdout=subprocess.PIPE, text=True)
        started.append(process)
        assert process.stdout
        return process, Path(process.stdout.readline().strip())

    yield begin
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()


def test_a_folder_is_gone_afterwards_whatever_happened(tmp_path: Path) -> None:
    with work_folder(tmp_path) as made:
        (made / "0.parquet").write_text("x")
    with pytest.raises(ZeroDivisionError), work_folder(tmp_path):
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_run_has_left_is_removed_and_a_living_ones_is_not(tmp_path: Path, start: Start) -> None:
    (dead, left), (_, living) = start(), start()
    os.kill(dead.pid, signal.SIGKILL)
    dead.wait()
    assert (left / "1.parquet").exists()
    with work_folder(tmp_path) as made:
        assert sorted(tmp_path.iterdir()) == sorted([living, made])
    assert (living / "1.parquet").exists()


def test_what_is_no_work_folder_stays(tmp_path: Path) -> None:
    others = [tmp_path / "cdcctl-data-of-somebody", tmp_path / "else"]
    for other in others:
        other.mkdir()
        (other / "file").write_text("x")
    outside = tmp_path / "else" / "in-use"
    outside.write_text("")
    (tmp_path / "cdcctl-data-link").symlink_to(tmp_path / "else")
    with work_folder(tmp_path):
        pass
    assert all((other / "file").exists() for other in others)
    assert outside.exists()


def test_a_folder_taken_for_a_dead_ones_before_it_was_locked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = []

    def mkdtemp(*, prefix: str, dir: Path) -> str:
        made.append(dir / f"{prefix}{len(made)}")
        made[-1].mkdir()
        if len(made) == 1:
            # Another run's sweep, at the worst moment.
            made[-1].rmdir()
        return str(made[-1])

    monkeypatch.setattr("tempfile.mkdtemp", mkdtemp)
    with work_folder(tmp_path) as own:
        assert own == made[1]


def test_where_none_can_be_made(tmp_path: Path) -> None:
    with (
        pytest.raises(InputError, match=r"no folder can be made in .*/nowhere: No such file"),
        work_folder(tmp_path / "nowhere"),
    ):
        pass
