"""The processes of a local stack: started detached, recorded in the state folder, watched, and stopped without residue.

Nothing here restarts a process: a child that dies is an error to show, with the end of its log, not to paper over.
Every child carries the environment variable ``CDCCTL_STACK``; that mark, not the records, decides what belongs to the
stack, so that even a process whose record was never written (kill -9 between start and record) is found and stopped.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from cdcctl.errors import ChildProcessDiedError, LocalEnvironmentError

MARK = "CDCCTL_STACK"
LOG_TAIL_LINES = 15
# Log lines are shown to users: a password that some component prints must not travel further.
_SECRET = re.compile(r"(?i)((?:password|secret|token)[\w.]*\s*[=:]\s*)(\S+)")


@dataclass(frozen=True)
class Child:
    """A recorded process. ``created`` (seconds since the epoch) guards against a reused pid.

    ``owner`` is who notices and tells when the process dies; without one it is a part that the stack cannot be without.
    """

    name: str
    pid: int
    created: float
    log: str
    owner: str | None = None

    def is_alive(self) -> bool:
        """Whether this very process still runs (a zombie does not)."""
        try:
            process = psutil.Process(self.pid)
            return process.create_time() == self.created and process.status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False


class ProcessTable:
    """All processes of the stack whose state folder is ``folder``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self._records = self.folder / "processes"
        self.logs = self.folder / "logs"
        self._spawning = threading.Lock()
        self._called_off = False

    def spawn(
        self,
        name: str,
        argv: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        owner: str | None = None,
    ) -> Child:
        """Start ``argv`` in a session of its own, with stdout and stderr in ``logs/<name>.log``, and record it.

        :param env: variables on top of this process's own environment, of which AWS's are left out: they would lead
            the parts of a local stack to the user's real account, or to another endpoint.
        :param owner: who tells when it dies, so that :meth:`check` need not.
        :raises ChildProcessDiedError: the program cannot be started at all.
        :raises LocalEnvironmentError: this start was called off.
        """
        with self._spawning:
            if self._called_off:
                raise LocalEnvironmentError(f"the start of {name} was called off")
            return self._spawn(name, argv, env or {}, cwd, owner)

    def call_off(self) -> None:
        """From now on, start nothing through this object: what other threads are about to start stays unstarted."""
        with self._spawning:
            self._called_off = True

    def _spawn(
        self, name: str, argv: Sequence[str], env: Mapping[str, str], cwd: Path | None, owner: str | None
    ) -> Child:
        self._records.mkdir(parents=True, exist_ok=True)
        self.logs.mkdir(parents=True, exist_ok=True)
        log = self.logs / f"{name}.log"
        with log.open("ab") as sink:
            try:
                process = subprocess.Popen(
                    list(argv),
                    stdin=subprocess.DEVNULL,
                    stdout=sink,
                    stderr=subprocess.STDOUT,
                    env={**_own_environment(), **env, MARK: str(self.folder)},
                    cwd=cwd,
                    start_new_session=True,
                )
            except OSError as error:
                raise ChildProcessDiedError(f"{name} could not be started: {error}") from error
        _spawned[process.pid] = process
        try:
            created = psutil.Process(process.pid).create_time()
        except psutil.NoSuchProcess:
            created = 0.0
        child = Child(name, process.pid, created, str(log), owner)
        record = self._records / f"{name}.json"
        record.with_suffix(".new").write_text(json.dumps(asdict(child)))
        record.with_suffix(".new").replace(record)
        return child

    def children(self) -> list[Child]:
        """The recorded processes, alive or dead, by name."""
        found = []
        for record in sorted(self._records.glob("*.json")):
            with contextlib.suppress(FileNotFoundError):
                found.append(Child(**json.loads(record.read_text())))
        return found

    def check(self) -> None:
        """Raise for the first recorded process without an owner that is no longer alive.

        :raises ChildProcessDiedError: with the last lines of its log.
        """
        for child in self.children():
            if child.owner is None and not child.is_alive():
                raise died(child)

    def forget(self, name: str) -> None:
        """Drop the record of a process that was stopped on purpose."""
        (self._records / f"{name}.json").unlink(missing_ok=True)

    def stop(self, name: str, timeout: float = 10.0) -> None:
        """Stop one recorded process (SIGTERM, then SIGKILL after ``timeout`` seconds) and forget it."""
        for child in self.children():
            if child.name == name:
                self.forget(name)
                if child.is_alive():
                    with contextlib.suppress(psutil.NoSuchProcess):
                        _end([psutil.Process(child.pid)], timeout)

    def kill_all(self) -> None:
        """End every process of the stack and everything these started, at once, and forget them all.

        For when their data are of no further use: an orderly stop would only take time.
        """
        for record in self._records.glob("*.json"):
            record.unlink(missing_ok=True)
        # A process may have started another one between the look and the signal.
        while found := list(self.members()):
            _end(found, 0)

    def members(self) -> Iterator[psutil.Process]:
        """Every running process that carries the stack's mark, this one excepted."""
        for process in psutil.process_iter():
            if process.pid == os.getpid():
                continue
            with contextlib.suppress(psutil.Error, OSError):
                if process.status() != psutil.STATUS_ZOMBIE and process.environ().get(MARK) == str(self.folder):
                    yield process


def _own_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}


# Popen objects of our own children, kept so that an ended one is reaped rather than left a zombie.
_spawned: dict[int, subprocess.Popen[bytes]] = {}


def _end(processes: list[psutil.Process], timeout: float) -> None:
    """SIGTERM, and SIGKILL to those that are still there ``timeout`` seconds later (0: at once)."""
    left = processes
    if timeout:
        for process in processes:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.terminate()
        left = _still_running(processes, timeout)
    for process in left:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    _still_running(left, 5)
    for process in processes:
        popen = _spawned.pop(process.pid, None)
        if popen is not None:
            # It looks like a zombie as soon as its first thread has ended; the others may take a moment.
            with contextlib.suppress(subprocess.TimeoutExpired):
                popen.wait(5)


def _still_running(processes: list[psutil.Process], timeout: float) -> list[psutil.Process]:
    """Those that have not ended after ``timeout`` seconds. A zombie has: reaping it is up to its parent."""
    deadline = time.monotonic() + timeout
    while (left := [process for process in processes if _runs(process)]) and time.monotonic() < deadline:
        time.sleep(0.02)
    return left


def _runs(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def died(child: Child) -> ChildProcessDiedError:
    """The error that says a child is gone, with the end of its log."""
    return ChildProcessDiedError(
        f"{child.name} (process {child.pid}) has died",
        hint=f"its whole log is {child.log}",
        details=tail(Path(child.log)),
    )


def tail(log: Path, lines: int = LOG_TAIL_LINES) -> list[str]:
    """The last ``lines`` lines of a log, secrets masked; empty when there is no log yet."""
    try:
        with log.open("rb") as source:
            source.seek(0, os.SEEK_END)
            source.seek(max(0, source.tell() - 64 * 1024))
            text = source.read().decode(errors="replace")
    except FileNotFoundError:
        return []
    return [mask(line) for line in text.splitlines()[-lines:]]


def mask(line: str) -> str:
    """Replace values that follow a word like ``password=`` by asterisks."""
    return _SECRET.sub(r"\1********", line)
