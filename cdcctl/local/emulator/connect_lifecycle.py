"""One connector from creation to deletion: worker up, configured, watched, its log delivered, stopped."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

import urllib3

from cdcctl.local.emulator import worker_secrets
from cdcctl.local.emulator.connect_worker import ConnectWorker, WorkerRefusedError
from cdcctl.local.emulator.log_delivery import LogDelivery
from cdcctl.local.emulator.plugin_store import UnpackedPlugin
from cdcctl.local.processes import Child

_START_SECONDS = 120
_LOOK_SECONDS = 0.1
_WATCH_SECONDS = 0.5
_ENDED = "the worker process has ended by itself"


@dataclass(frozen=True)
class ConnectorSpec:
    """What a connector is to run with: CreateConnector's request, its references resolved.

    :ivar log_group: where the worker's log goes, or None.
    """

    name: str
    identifier: str
    configuration: Mapping[str, str]
    worker_properties: Mapping[str, str]
    plugin: UnpackedPlugin
    log_group: str | None


class Lifecycle(Protocol):
    """What runs a connector."""

    def run(self) -> Iterator[bool]:
        """Start everything, yield whether the connector runs, then False once it no longer does; end when stopped."""

    def stop(self) -> None:
        """Stop everything; returns when it is gone and :meth:`run` has ended."""


class WorkerLifecycle:
    """Runs one connector in a worker of its own.

    :param secret_value: Secrets Manager: name → secret string.
    """

    def __init__(
        self,
        worker: ConnectWorker,
        spec: ConnectorSpec,
        delivery: LogDelivery | None,
        secret_value: Callable[[str], str],
    ) -> None:
        self._worker = worker
        self._spec = spec
        self._delivery = delivery
        self._secret_value = secret_value
        self._starting = threading.Lock()
        self._stopping = threading.Event()
        self._ended = threading.Event()
        self._child: Child | None = None

    def run(self) -> Iterator[bool]:
        """Start everything, yield whether the connector runs, then False once it no longer does; end when stopped."""
        if self._delivery:
            self._delivery.start()
        try:
            healthy = self._bring_up()
            yield self._told(healthy)
            if healthy:
                self._worker.make_next_start_faster()
                self._watch()
                yield self._told(healthy=False)
            self._stopping.wait()
        finally:
            if self._delivery:
                self._delivery.stop()
            self._ended.set()

    def stop(self) -> None:
        """Stop the worker; returns when it is gone and its log is delivered."""
        with self._starting:
            self._stopping.set()
        self._worker.stop()
        self._ended.wait()

    def _bring_up(self) -> bool:
        """Whether the connector and all of its tasks came to run."""
        try:
            self._start()
            return self._child is not None and self._configure()
        except (worker_secrets.SecretError, WorkerRefusedError) as error:
            return self._failed(str(error))

    def _configure(self) -> bool:
        """Whether the connector came to run in its worker.

        :raises WorkerRefusedError: its configuration is not valid.
        """
        deadline = time.monotonic() + _START_SECONDS
        if not self._until(self._worker.is_up, deadline):
            return self._gave_up("the worker did not come up")
        try:
            self._worker.configure(self._spec.configuration)
        except urllib3.exceptions.HTTPError as error:
            return self._gave_up(f"the worker did not take the configuration: {error}")
        if not self._until(lambda: _settled(self._states()), deadline):
            return self._gave_up("its tasks did not come to run")
        return "FAILED" not in (self._states() or [])

    def _start(self) -> None:
        """Start the worker unless it is to be stopped already.

        :raises worker_secrets.SecretError: a secret cannot be read.
        """
        spec = self._spec
        wanted = {}
        if not spec.plugin.resolves_secrets:
            providers = worker_secrets.secret_providers(spec.worker_properties)
            wanted = worker_secrets.references(spec.configuration, providers)
        secrets = worker_secrets.read(wanted, self._secret_value)
        with self._starting:
            if not self._stopping.is_set():
                self._child = self._worker.start(spec.plugin, spec.worker_properties, spec.configuration, secrets)

    def _until(self, done: Callable[[], bool], deadline: float) -> bool:
        """Whether it was done before the deadline, the end of the worker and the wish to stop."""
        while not done():
            if not self._is_running() or time.monotonic() > deadline or self._stopping.wait(_LOOK_SECONDS):
                return False
        return True

    def _is_running(self) -> bool:
        return self._child is not None and self._child.is_alive()

    def _gave_up(self, reason: str) -> bool:
        """Log why it did not come to run; a worker that is gone is the reason before any other."""
        if self._stopping.is_set():
            return False
        return self._failed(reason if self._is_running() else _ENDED)

    def _watch(self) -> None:
        """Return when the worker is gone or a task has failed, or when it is to be stopped."""
        while not self._stopping.wait(_WATCH_SECONDS):
            if not self._is_running():
                self._failed(_ENDED)
                return
            if "FAILED" in (self._states() or []):
                return

    def _states(self) -> list[str] | None:
        """States of the connector and its tasks; None while the worker does not say."""
        try:
            status = self._worker.status()
        except (WorkerRefusedError, urllib3.exceptions.HTTPError):
            return None
        return [status["connector"]["state"], *(task["state"] for task in status["tasks"])]

    def _failed(self, reason: str) -> bool:
        """Put into the log what on AWS, too, is only told there."""
        if self._delivery:
            self._delivery.add([f"[Worker] ERROR The connector failed: {line}" for line in reason.splitlines()])
        return False

    def _told(self, healthy: bool) -> bool:
        """The same; but who learns that a connector has failed finds the reason in its log."""
        if not healthy and self._delivery:
            self._delivery.flush()
        return healthy


def _settled(states: list[str] | None) -> bool:
    """Whether the connector and at least one task run, or one of them has failed."""
    if not states:
        return False
    return "FAILED" in states or (len(states) > 1 and set(states) == {"RUNNING"})
