"""A JVM that is kept for the next command: the same answers, one process, and none left when its time is up."""

from __future__ import annotations

import socket
import time
from pathlib import Path

import pytest

from cdcctl.schema import process
from cdcctl.schema.classpath import Jars
from cdcctl.schema.prediction import Child
from tests.unit.test_prediction import CONFIG, stream

KEPT_SECONDS = 20


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder of our own, so that nobody else's process is met."""
    monkeypatch.setattr(process, "cache_folder", lambda kind: tmp_path / kind)
    with Child(Jars()):
        pass  # the archive of classes is there from now on
    return tmp_path / "warm"


def asked(warm: float) -> object:
    with Child(Jars(), warm=warm) as child:
        return stream(child.source(CONFIG), "CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a BOOLEAN)")


def test_the_second_command_meets_the_first_ones_process(folder: Path) -> None:
    own = asked(0)
    assert not folder.exists()
    assert asked(KEPT_SECONDS) == own
    (path,) = folder.glob("*[!g]")
    born = path.stat().st_ino
    assert asked(KEPT_SECONDS) == own
    assert path.stat().st_ino == born
    assert oct(folder.stat().st_mode & 0o777) == "0o700"


def test_it_forgets_no_request_that_came_while_it_answered(folder: Path) -> None:
    with Child(Jars(), warm=KEPT_SECONDS) as child:
        number = child.source(CONFIG).number
        assert list(child.ask_each("tables", [{"of": number}] * 200)) == [[]] * 200
    assert len(list(folder.glob("*[!g]"))) == 1


def test_one_that_is_busy_is_left_alone(folder: Path) -> None:
    with Child(Jars(), warm=KEPT_SECONDS) as first:
        source = first.source(CONFIG)
        with Child(Jars(), warm=KEPT_SECONDS) as second:
            assert second.source(CONFIG).tables() == []
        assert source.tables() == []
    assert len(list(folder.glob("*[!g]"))) == 1


def test_it_ends_when_nobody_comes_and_what_a_killed_one_leaves_is_replaced(folder: Path) -> None:
    own = asked(0.5)
    (path,) = folder.glob("*[!g]")
    deadline = time.monotonic() + 60
    while path.exists():
        assert time.monotonic() < deadline
        time.sleep(0.1)
    with socket.socket(socket.AF_UNIX) as nobody:
        nobody.bind(str(path))
    assert path.exists()
    assert asked(KEPT_SECONDS) == own
