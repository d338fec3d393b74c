"""Who is at work: for the journal, and for the lock to know whether its holder is still there."""

from __future__ import annotations

import getpass
import os
import platform
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from cdcctl.aws.target import Target


@dataclass(frozen=True)
class Worker:
    """A running command.

    :ivar principal: ARN of the AWS principal.
    :ivar machine: tells machines, and containers on one machine, apart.
    :ivar process_started: with ``pid``, tells processes of a machine apart; "" where it cannot be known.
    """

    principal: str
    user: str
    host: str
    machine: str
    pid: int
    process_started: str

    @classmethod
    def of_this_process(cls, target: Target) -> Worker:
        """This command, acting on ``target``."""
        host = platform.node()
        return cls(target.principal, _user(), host, _machine(host), os.getpid(), _started(os.getpid()))

    @property
    def words(self) -> str:
        """As it is shown."""
        return f"{self.user}@{self.host} (process {self.pid}, {self.principal})"

    @property
    def has_ended(self) -> bool:
        """Whether it certainly does not run any more; of another machine's processes nothing is certain."""
        if self.machine != _machine(platform.node()) or not self.process_started:
            return False
        return _started(self.pid) != self.process_started

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


def _machine(host: str) -> str:
    """The host, its boot and its namespace of process ids."""
    parts = [host]
    try:
        parts.append(Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip())
        parts.append(str(Path("/proc/self/ns/pid").readlink()))
    except OSError:
        parts.append("unknown")
    return " ".join(parts)


def _started(pid: int) -> str:
    """When a process of this machine was started, in ticks since boot; "" when it does not run, or cannot be asked."""
    try:
        # The name, in parentheses, may hold anything; the start time is field 22 (proc_pid_stat(5)).
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] == "Z" else fields[19]
