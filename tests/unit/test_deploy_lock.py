"""The lock of a pipeline, on a real S3 API: one of many gets it; it expires, is taken over, and is missed when lost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import pytest
from aws_place import target_at

from cdcctl.aws.target import Target
from cdcctl.deploy.identity import Worker
from cdcctl.deploy.lock import Lock, LockedError, break_lock, holder_of
from cdcctl.errors import ConflictError, NotFoundError

KEY = "cdcctl/pipelines/m/lock.json"


@pytest.fixture
def target(emulator_port: tuple[str, dict[str, Any]]) -> Target:
    endpoint, behind = emulator_port
    behind["faults"].clear()
    made = target_at(endpoint)
    made.client("s3").create_bucket(Bucket="bucket")
    made.storage.delete("bucket", KEY)
    return made


def lock(target: Target, lease: float = 60, said: list[str] | None = None) -> Lock:
    return Lock(target, "bucket", KEY, "deploy", (said if said is not None else []).append, lease)


def plant(target: Target, lease: float = 60, **changes: object) -> None:
    """A lock of somebody on another machine."""
    somebody = {**Worker.of_this_process(target).to_dict(), "user": "ada", "host": "far", "machine": "far", **changes}
    target.storage.write(
        "bucket", KEY, json.dumps({"token": "t", "doing": "deploy", "lease": lease, **somebody}).encode()
    )


def test_conditional_writes(target: Target) -> None:
    storage = target.storage
    etag = storage.write_new("bucket", "x", b"1")
    with pytest.raises(ConflictError):
        storage.write_new("bucket", "x", b"2")
    newer = storage.write_over("bucket", "x", b"3", etag)
    with pytest.raises(ConflictError):
        storage.write_over("bucket", "x", b"4", etag)
    found = storage.read("bucket", "x")
    assert found is not None
    assert (found.content, found.etag) == (b"3", newer)
    assert abs((found.now - found.modified).total_seconds()) < 30
    with pytest.raises(ConflictError):
        storage.delete("bucket", "x", etag)
    storage.delete("bucket", "x", newer)
    assert storage.read("bucket", "x") is None
    with pytest.raises((NotFoundError, ConflictError)):
        storage.write_over("bucket", "x", b"5", newer)


def test_one_of_many_has_it(target: Target) -> None:
    def attempt(_number: int) -> bool:
        try:
            with lock(target):
                time.sleep(0.5)
        except LockedError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, range(8))) == 1
    assert target.storage.read("bucket", KEY) is None


def test_the_second_is_told_who_and_for_how_long(target: Target) -> None:
    plant(target)
    with pytest.raises(LockedError) as caught, lock(target):
        pass
    assert "deploy of this pipeline is under way: ada@far (process" in caught.value.message
    assert "--break-lock" in str(caught.value.hint)
    assert "ada@far" in str(holder_of(target, "bucket", KEY))


def test_an_expired_lock_is_taken_over(target: Target) -> None:
    plant(target, lease=-5)
    said: list[str] = []
    assert holder_of(target, "bucket", KEY) is None
    with lock(target, said=said):
        assert json.loads(target.storage.read("bucket", KEY).content)["user"] != "ada"  # type: ignore[union-attr]
    assert "which expired" in said[0]


def test_the_lock_of_a_process_of_this_machine_that_was_killed_is_taken_over_at_once(target: Target) -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    started = Worker.of_this_process(target)
    with open(f"/proc/{child.pid}/stat") as source:
        ticks = source.read().rpartition(")")[2].split()[19]
    plant(target, machine=started.machine, pid=child.pid, process_started=ticks)
    with pytest.raises(LockedError), lock(target):
        pass
    child.kill()
    child.wait()
    said: list[str] = []
    with lock(target, said=said):
        pass
    assert "which has ended" in said[0]


def test_a_pid_that_was_given_to_another_process_does_not_keep_the_lock(target: Target) -> None:
    here = Worker.of_this_process(target)
    plant(target, machine=here.machine, pid=os.getpid(), process_started="1")
    with lock(target):
        pass


def test_it_is_renewed_for_as_long_as_it_is_held(target: Target) -> None:
    with lock(target, lease=1) as held:
        time.sleep(3)
        held.check()
        with pytest.raises(LockedError), lock(target, lease=1):
            pass


def test_whose_lock_was_broken_stops_before_its_next_change(target: Target) -> None:
    with ExitStack() as stack:
        held = stack.enter_context(lock(target, lease=1))
        assert "process" in str(break_lock(target, "bucket", KEY))
        second = stack.enter_context(lock(target, lease=1))
        time.sleep(0.5)
        with pytest.raises(LockedError, match="broken or taken over"):
            held.check()
        second.check()
    assert break_lock(target, "bucket", KEY) is None


def test_who_cannot_renew_stops_when_the_lease_ends(target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    with lock(target, lease=0.4) as held:
        monkeypatch.setattr(held, "_renew", lambda: None)
        monkeypatch.setattr(target.storage, "write_over", lambda *_: (_ for _ in ()).throw(NotFoundError("x")))
        monkeypatch.setattr(target.storage, "read", lambda *_: None)
        time.sleep(0.6)
        with pytest.raises(LockedError):
            held.check()
