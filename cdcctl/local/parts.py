"""The parts of a running stack, struck one by one as trouble strikes them, and brought back as they were.

A part is a real process: it is ended with SIGKILL, stopped with SIGSTOP or kept from writing, and started again on the
same data and the same port. What AWS runs is brought back by who runs it there: a worker that is gone is replaced by
MSK Connect (see :mod:`cdcctl.local.emulator.worker_runtime`).
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psutil

from cdcctl.errors import InputError, LocalEnvironmentError
from cdcctl.local import kafka
from cdcctl.local.mysql.base import PROCESS
from cdcctl.local.mysql.choice import provider_of
from cdcctl.local.processes import Child, ProcessTable
from cdcctl.local.state import Stack
from cdcctl.plugins.catalogue import load_lock
from cdcctl.plugins.fetch import unpacked

MYSQL, KAFKA = PROCESS, kafka.NAME
_OWN_PROCESS = ("path", "debian")


def worker_of(connector: str) -> str:
    """The part that a connector's worker is."""
    return f"connect-{connector}"


@dataclass(frozen=True)
class Parts:
    """The parts of ``stack``: ``mysql``, ``kafka`` and each connector's worker (:func:`worker_of`)."""

    stack: Stack

    def kill(self, part: str) -> None:
        """End a part with SIGKILL. Until :meth:`restart` nobody counts it as one that has died.

        :raises InputError: it is not ours to kill.
        """
        child = self._child(part)
        if child.owner is None:
            self._table.stop(part, timeout=0)
        else:
            # Its owner is to see that it is gone, and does what it does then.
            _process(child).kill()

    def has_ended(self, part: str) -> bool:
        """Whether a part that was struck has ended of it."""
        return not any(child.name == part and child.is_alive() for child in self._table.children())

    def restart(self, part: str) -> None:
        """Start a part again that was killed or has ended, on its data and its port; returns once it answers.

        A worker is its owner's to replace, and what is recorded under its name may be the new one already.

        :raises LocalEnvironmentError: it does not come back.
        """
        if part not in (MYSQL, KAFKA):
            return
        # What has ended by itself is still recorded.
        self._table.forget(part)
        if part == MYSQL:
            server = self.stack.mysql
            provider_of(server).start(self._table, self.stack.state, server.port)
        else:
            port = int(self.stack.bootstrap_servers.rpartition(":")[2])
            kafka.run_broker(self._table, [unpacked(load_lock("kafka")) / "*"], port, self._table.check)

    @contextmanager
    def paused(self, part: str) -> Iterator[None]:
        """Stop a part (SIGSTOP) for as long as the block takes: it is there, and does nothing.

        :raises InputError: it is not ours to stop.
        """
        process = _process(self._child(part))
        process.suspend()
        try:
            yield
        finally:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.resume()

    @contextmanager
    def without_space(self, part: str) -> Iterator[None]:
        """Let no write of a part succeed for as long as the block takes.

        Its limit for the size of files is set to nothing: writes fail with EFBIG where a full disk has ENOSPC. A real
        full disk would need root, and fill up what others use.
        """
        process = _process(self._child(part))
        limits = process.rlimit(psutil.RLIMIT_FSIZE)
        process.rlimit(psutil.RLIMIT_FSIZE, (0, limits[1]))
        try:
            yield
        finally:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.rlimit(psutil.RLIMIT_FSIZE, limits)

    @property
    def _table(self) -> ProcessTable:
        return ProcessTable(self.stack.state)

    def _child(self, part: str) -> Child:
        provider = self.stack.mysql.provider
        if part == MYSQL and provider not in _OWN_PROCESS:
            raise InputError(
                f"the stack's MySQL (provider {provider}) is no process of its own, and cannot be struck",
                hint=f"use a stack whose MySQL comes from one of {', '.join(_OWN_PROCESS)}",
            )
        for child in self._table.children():
            if child.name == part and child.is_alive():
                return child
        raise LocalEnvironmentError(f"the stack has no running {part}", hint="see: cdcctl local status")


def _process(child: Child) -> psutil.Process:
    return psutil.Process(child.pid)
