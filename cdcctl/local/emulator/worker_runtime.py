"""Runs a connector in a real worker: started, configured, changed, paused and watched; and its log delivered."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import urllib3

from cdcctl.errors import CdcctlError
from cdcctl.local.emulator import worker_secrets
from cdcctl.local.emulator.connect_worker import ConnectWorker, WorkerRefusedError
from cdcctl.local.emulator.connector_runtime import ConnectorSpec, RefusedChangeError
from cdcctl.local.emulator.log_delivery import LogDelivery
from cdcctl.local.emulator.task_metrics import TaskMetrics
from cdcctl.local.ports import reaches_any
from cdcctl.local.processes import Child

_START_SECONDS = 120
_LOOK_SECONDS = 0.1
# How long a worker may take to say that it has begun with what it was told.
_SEEN_SECONDS = 2
_ENDED = "the worker process has ended by itself"


class WorkerRuntime:
    """Runs one connector in a worker of its own.

    :param new_worker: makes the worker; may take as long as a download.
    :param secret_value: Secrets Manager: name → secret string.
    :param broker_seconds: how long to try to reach the brokers.
    :param replaces: whether a worker that is gone gets a successor, as on MSK Connect.
    :param metrics: told of the tasks for as long as the connector runs.
    :param notices: whether a task that has failed makes the connector unhealthy.
    """

    def __init__(
        self,
        new_worker: Callable[[], ConnectWorker],
        delivery: LogDelivery | None,
        secret_value: Callable[[str], str],
        broker_seconds: float,
        replaces: Callable[[], bool] = lambda: True,
        metrics: TaskMetrics | None = None,
        notices: Callable[[], bool] = lambda: True,
    ) -> None:
        self._new_worker = new_worker
        self._delivery = delivery
        self._secret_value = secret_value
        self._broker_seconds = broker_seconds
        self._replaces = replaces
        self._metrics = metrics
        self._notices = notices
        self._starting = threading.Lock()
        self._stopping = threading.Event()
        self._made: ConnectWorker | None = None
        self._child: Child | None = None
        self._running: ConnectorSpec | None = None

    @property
    def _worker(self) -> ConnectWorker:
        if self._made is None:
            raise WorkerRefusedError("the connector has no worker")
        return self._made

    def start(self, spec: ConnectorSpec) -> bool:
        """Whether the connector and all of its tasks came to run."""
        if self._delivery:
            self._delivery.start()
        healthy = self._attempt(lambda: self._bring_up(spec, paused=False))
        if healthy:
            self._worker.make_next_start_faster()
        return healthy

    def change(self, spec: ConnectorSpec, *, paused: bool) -> bool:
        """Reconfigure the connector in its worker, or move it into a new one where that is what differs.

        :raises RefusedChangeError: they go on as before.
        """
        if self._running and spec.runs_in_the_worker_of(self._running) and self._is_running():
            return self._attempt(lambda: self._reconfigure(spec, paused=paused))
        return self._attempt(lambda: self._move(spec, paused=paused))

    def pause(self) -> bool:
        """Whether connector and tasks are paused now."""
        return self._attempt(lambda: self._ordered(self._worker.pause, {"PAUSED"}))

    def resume(self) -> bool:
        """Whether connector and tasks run again."""
        return self._attempt(lambda: self._ordered(self._worker.resume, {"RUNNING"}))

    def restart(self, *, only_failed: bool) -> bool:
        """Whether connector and tasks run again, in a new worker if theirs is gone."""
        spec = self._running
        if spec and not self._is_running():
            return self._attempt(lambda: self._move(spec, paused=False))
        return self._attempt(lambda: self._restart(only_failed=only_failed))

    def is_healthy(self) -> bool:
        """Whether the worker is there and nothing in it has failed; if not, the log says why.

        A worker that is gone is replaced first; meanwhile the connector counts as running, as MSK Connect tells it.
        """
        if not self._is_running() and not self._stopping.is_set() and not self._replaced():
            return self._stopping.is_set()
        states = self._states() or []
        if states and self._metrics:
            self._metrics.tell(states[1:])
        healthy = "FAILED" not in states
        if not healthy and self._delivery:
            self._delivery.flush()
        return healthy or not self._notices()

    def _replaced(self) -> bool:
        if self._running is None or not self._replaces():
            return self._failed(_ENDED)
        spec = self._running
        self.say(f"WARN {_ENDED}; another one takes its place")
        return self._attempt(lambda: self._move(spec, paused=False))

    def say(self, line: str) -> None:
        """Put a line of the service's own into the connector's log."""
        if self._delivery:
            self._delivery.add([f"[Worker] {line}"])

    def stop(self) -> None:
        """Stop the worker and whatever waits for it."""
        with self._starting:
            self._stopping.set()
        if self._made:
            self._made.stop()

    def close(self) -> None:
        """Deliver the rest of the log."""
        if self._delivery:
            self._delivery.stop()

    def _attempt(self, act: Callable[[], bool]) -> bool:
        """Whether it went well; who learns that it did not finds the reason in the log."""
        try:
            healthy = act()
        except (worker_secrets.SecretError, WorkerRefusedError) as error:
            return self._failed(str(error))
        except CdcctlError as error:
            return self._failed(f"{error.message}\n{error.hint or ''}")
        except urllib3.exceptions.HTTPError as error:
            return self._gave_up(f"the worker did not answer: {error}")
        if not healthy and self._delivery:
            self._delivery.flush()
        return healthy

    def _bring_up(self, spec: ConnectorSpec, *, paused: bool) -> bool:
        """Whether the connector came to run in a new worker."""
        self._start_worker(spec)
        self._running = spec
        deadline = time.monotonic() + _START_SECONDS
        if not self._until(self._worker.is_up, deadline, self._brokers_may_come(spec)):
            return self._gave_up("the worker did not come up")
        if not self._worker.is_configured_with(spec.configuration):
            self._worker.configure(spec.configuration)
        return paused or self._comes_to_run(deadline)

    def _start_worker(self, spec: ConnectorSpec) -> None:
        """Start the worker unless it is to be stopped already.

        :raises worker_secrets.SecretError: a secret cannot be read.
        """
        secrets = self._secrets(spec)
        made = self._new_worker()
        with self._starting:
            if not self._stopping.is_set():
                self._made = made
                self._child = made.start(spec.plugin, spec.worker_properties, spec.configuration, secrets)

    def _secrets(self, spec: ConnectorSpec) -> dict[str, dict[str, str]]:
        if spec.plugin.resolves_secrets:
            return {}
        providers = worker_secrets.secret_providers(spec.worker_properties)
        return worker_secrets.read(worker_secrets.references(spec.configuration, providers), self._secret_value)

    def _move(self, spec: ConnectorSpec, *, paused: bool) -> bool:
        if self._made:
            self._made.stop()
        return self._bring_up(spec, paused=paused)

    def _reconfigure(self, spec: ConnectorSpec, *, paused: bool) -> bool:
        """Stop the tasks, replace the configuration, start them again.

        Kafka Connect takes a configuration while the tasks run, too; but what it then says of the tasks is for a while
        true of the old ones.
        """
        self._worker.write_secrets(self._secrets(spec))
        problems = self._worker.problems(spec.configuration)
        if problems:
            raise RefusedChangeError("\n".join(problems))
        if paused:
            self._worker.configure(spec.configuration)
            self._running = spec
            return True
        deadline = time.monotonic() + _START_SECONDS
        self._worker.suspend()
        self._until(lambda: self._states() in (["STOPPED"], ["FAILED"]), deadline)
        try:
            self._worker.configure(spec.configuration)
        except WorkerRefusedError as error:
            self._worker.resume()
            raise RefusedChangeError(str(error)) from error
        self._running = spec
        self._until(lambda: self._states() == ["STOPPED"], time.monotonic() + _SEEN_SECONDS)
        self._worker.resume()
        return self._comes_to_run(deadline)

    def _restart(self, *, only_failed: bool) -> bool:
        before = self._states() or []
        self._worker.restart(only_failed=only_failed)
        # Until the worker has begun it tells the old states, of connector and tasks one after the other.
        begun = time.monotonic() + _SEEN_SECONDS
        if "FAILED" in before:
            self._until(lambda: "FAILED" not in (self._states() or before), begun)
        elif not only_failed:
            self._until(lambda: self._states() != before, begun)
        return self._comes_to_run(time.monotonic() + _START_SECONDS)

    def _ordered(self, order: Callable[[], None], wanted: set[str]) -> bool:
        """Whether connector and tasks get into a state they were told to get into."""
        order()
        deadline = time.monotonic() + _START_SECONDS
        return self._until(lambda: set(self._states() or []) == wanted, deadline) or self._gave_up(
            f"its tasks did not all become {' or '.join(wanted)}"
        )

    def _comes_to_run(self, deadline: float) -> bool:
        if not self._until(lambda: _settled(self._states()), deadline):
            return self._gave_up("its tasks did not come to run")
        return "FAILED" not in (self._states() or [])

    def _until(self, done: Callable[[], bool], deadline: float, in_reach: Callable[[], bool] = lambda: True) -> bool:
        """Whether it was done before the deadline, the end of the worker and the wish to stop."""
        while not done():
            late = time.monotonic() > deadline or not in_reach()
            if late or not self._is_running() or self._stopping.wait(_LOOK_SECONDS):
                return False
        return True

    def _brokers_may_come(self, spec: ConnectorSpec) -> Callable[[], bool]:
        """Whether to go on waiting for a worker, which by itself would try for a minute to reach brokers."""
        begin = time.monotonic()
        reached = False

        def may_come() -> bool:
            nonlocal reached
            waited = time.monotonic() - begin
            reached = reached or reaches_any(spec.bootstrap_servers)
            if reached or waited < self._broker_seconds:
                return True
            return self._failed(f"none of the brokers {spec.bootstrap_servers} was reached for {waited:.0f} s")

        return may_come

    def _is_running(self) -> bool:
        return self._child is not None and self._child.is_alive()

    def _states(self) -> list[str] | None:
        """States of the connector and its tasks; None while the worker does not say."""
        try:
            return self._worker.states()
        except (WorkerRefusedError, urllib3.exceptions.HTTPError):
            return None

    def _gave_up(self, reason: str) -> bool:
        """Log why it did not come to run; a worker that is gone is the reason before any other."""
        if self._stopping.is_set():
            return False
        return self._failed(reason if self._is_running() else _ENDED)

    def _failed(self, reason: str) -> bool:
        """Put into the log what on AWS, too, is only told there."""
        if self._delivery:
            lines = [line for line in reason.splitlines() if line]
            self._delivery.add([f"[Worker] ERROR The connector failed: {line}" for line in lines])
        return False


def _settled(states: list[str] | None) -> bool:
    """Whether the connector and at least one task run, or one of them has failed."""
    if not states:
        return False
    return "FAILED" in states or (len(states) > 1 and set(states) == {"RUNNING"})
