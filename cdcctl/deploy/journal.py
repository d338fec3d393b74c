"""Who did what and when: one object in the bucket for each run that changed something, or tried to.

It is written before every step, so that even of a run that was killed is known how far it came.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from cdcctl import __version__
from cdcctl.aws.target import Target
from cdcctl.deploy.identity import Worker
from cdcctl.errors import CdcctlError


class Journal:
    """The record of one run.

    :param command: what was asked for, e.g. ``deploy``.
    """

    def __init__(self, target: Target, bucket: str, folder: str, command: str, worker: Worker) -> None:
        started = _now()
        self._storage = target.storage
        self._place = (bucket, f"{folder}{started.replace(':', '')}-{worker.pid}.json")
        self._writing = threading.Lock()
        self._written = False
        self._record: dict[str, Any] = {
            "command": command,
            "started": started,
            "ended": None,
            "outcome": None,
            "cdcctl": __version__,
            "who": worker.to_dict(),
            "entries": [],
        }

    def plan(self, plan: dict[str, Any]) -> None:
        """Record what is going to be done."""
        self._record["plan"] = plan
        self._write()

    @contextmanager
    def step(self, what: str) -> Iterator[dict[str, Any]]:
        """Around a step: when it began, and when and how it ended. What is put into the mapping is kept as well."""
        entry: dict[str, Any] = {"step": what, "began": _now()}
        with self._writing:
            self._record["entries"].append(entry)
        self._write()
        try:
            yield entry
        except BaseException as error:
            # What went wrong is worth more than that it cannot be written down.
            entry |= {"ended": _now(), "outcome": _outcome(error)}
            with suppress(CdcctlError):
                self._write()
            raise
        # Written with whatever is written next: that it was begun is what a crash must not lose.
        entry |= {"ended": _now(), "outcome": "done"}

    def close(self) -> None:
        """Record that the run ended well; one that changed nothing leaves no record."""
        if self._written:
            self._record |= {"ended": _now(), "outcome": "done"}
            self._write()

    def give_up(self, error: BaseException) -> None:
        """Record why the run ended, as far as that is possible still."""
        if self._written:
            self._record |= {"ended": _now(), "outcome": _outcome(error)}
            with suppress(CdcctlError):
                self._write()

    def _write(self) -> None:
        with self._writing:
            self._written = True
            self._storage.write(*self._place, json.dumps(self._record, indent=1, ensure_ascii=False).encode())


@dataclass(frozen=True)
class Run:
    """A run as it is listed."""

    command: str
    started: str
    ended: str | None
    outcome: str | None
    who: str
    entries: list[dict[str, Any]] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return dict(vars(self))


def read_journal(target: Target, bucket: str, folder: str, last: int) -> list[Run]:
    """The last runs, oldest first."""
    runs = []
    for key in target.storage.keys(bucket, folder)[-last:]:
        found = target.storage.read(bucket, key)
        if found is None:
            continue
        record = json.loads(found.content)
        who = record["who"]
        runs.append(
            Run(
                record["command"],
                record["started"],
                record["ended"],
                record["outcome"],
                f"{who['user']}@{who['host']} ({who['principal']})",
                record["entries"],
            )
        )
    return runs


def _outcome(error: BaseException) -> str:
    return f"failed: {error.message}" if isinstance(error, CdcctlError) else f"ended by {type(error).__name__}"


def _now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
