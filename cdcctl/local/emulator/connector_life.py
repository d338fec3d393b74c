"""The life of one connector: one thread that creates it, carries out its operations one after the other and watches it.

What is told of a connector is told only after it has happened to the worker, and a reason is in the log before that.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from cdcctl.local.emulator.connector_runtime import ConnectorSpec, RefusedChangeError, Runtime
from cdcctl.local.emulator.faults import Fault, Faults, Kind
from cdcctl.local.emulator.msk_connector import FAILED_WORDS, Connector, Operation, Verb, new_version
from cdcctl.local.emulator.pace import Change, Pace

log = logging.getLogger(__name__)

_WATCH_SECONDS = 0.5
_LOOK_SECONDS = 0.05
# How long the health of an update is looked at before it counts, at the least.
_VALIDATION_SECONDS = 1.0
_CHANGES = {
    Verb.UPDATE: Change.CONNECTOR_UPDATED,
    Verb.PAUSE: Change.CONNECTOR_PAUSED,
    Verb.RESUME: Change.CONNECTOR_RESUMED,
    Verb.RESTART: Change.CONNECTOR_RESTARTED,
}


class ConnectorLife:
    """Lives one connector's life.

    :param lock: of all resources; held whenever the connector is read or written, never while the runtime works.
    :param new_spec: what the connector is to run with, from its settings.
    """

    def __init__(
        self,
        connector: Connector,
        runtime: Runtime,
        new_spec: Callable[[Connector, Mapping[str, Any]], ConnectorSpec],
        lock: threading.RLock,
        pace: Pace,
        faults: Faults,
    ) -> None:
        self._connector = connector
        self._runtime = runtime
        self._new_spec = new_spec
        self._spec = new_spec(connector, connector.settings)
        self._lock = lock
        self._pace = pace
        self._faults = faults
        self._wanted: queue.Queue[Operation] = queue.Queue()
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"connector {connector.name}", daemon=True)

    def begin(self) -> None:
        """Create the connector, in the background."""
        self._thread.start()

    def submit(self, operation: Operation) -> None:
        """Carry out an operation next; the caller has seen to it that none is under way."""
        self._wanted.put(operation)

    def end(self) -> None:
        """Stop everything; returns when it is gone and its log is delivered."""
        self._ending.set()
        self._runtime.stop()
        self._thread.join()
        self._runtime.close()

    def _run(self) -> None:
        try:
            self._create()
            while not self._ending.is_set():
                self._live()
        except Exception:
            # A defect of the emulator must not leave a connector CREATING or UPDATING for ever.
            log.exception("connector %s: the emulator failed", self._connector.name)
            self._become("FAILED")

    def _live(self) -> None:
        try:
            operation = self._wanted.get(timeout=_WATCH_SECONDS)
        except queue.Empty:
            if self._connector.state == "RUNNING" and not self._runtime.is_healthy():
                self._become("FAILED")
            return
        begin = time.monotonic()
        with self._lock:
            operation.begin()
        state = self._updated(operation) if operation.verb is Verb.UPDATE else self._done(operation, begin)
        self._become(state)

    def _create(self) -> None:
        begin = time.monotonic()
        stuck = self._faults.strikes(Kind.STUCK_CREATING, self._connector.name)
        healthy = self._stays_stuck(stuck) if stuck else self._runtime.start(self._spec)
        self._hold(begin, Change.CONNECTOR_CREATED if healthy else Change.CONNECTOR_CREATION_FAILED)
        with self._lock:
            self._connector.has_run = healthy
        self._become("RUNNING" if healthy else "FAILED")

    def _stays_stuck(self, fault: Fault) -> bool:
        """Wait for as long as the fault holds; no worker ever starts, and on AWS, too, the log is empty then."""
        while not self._faults.is_over(fault) and not self._ending.wait(_LOOK_SECONDS):
            pass
        return False

    def _done(self, operation: Operation, begin: float) -> str:
        """Pause, resume or restart; the connector's state afterwards."""
        runtime = self._runtime
        acts: dict[Verb, tuple[Callable[[], bool], str]] = {
            Verb.PAUSE: (runtime.pause, "PAUSED"),
            Verb.RESUME: (runtime.resume, "RUNNING"),
            Verb.RESTART: (lambda: runtime.restart(only_failed=operation.only_failed), "RUNNING"),
        }
        act, state = acts[operation.verb]
        done = act()
        self._hold(begin, _CHANGES[operation.verb])
        with self._lock:
            operation.end(operation.named("COMPLETE" if done else "FAILED"), None if done else FAILED_WORDS)
        return state if done else "FAILED"

    def _updated(self, operation: Operation) -> str:
        """Update, and roll back what turns out unhealthy; the connector's state afterwards."""
        begin = time.monotonic()
        paused = operation.returns_to == "PAUSED"
        self._step(operation, None, "INITIALIZE_UPDATE")
        spec = self._new_spec(self._connector, {**self._connector.settings, **operation.target})
        self._step(operation, "INITIALIZE_UPDATE", operation.type)
        try:
            healthy = self._runtime.change(spec, paused=paused)
        except RefusedChangeError as error:
            self._runtime.say(f"ERROR The update is refused: {error}")
            self._fail(operation, operation.named("FAILED"))
            return operation.returns_to
        self._step(operation, operation.type, None if operation.skips_health else "VALIDATE_UPDATE")
        if not operation.skips_health and not (healthy and self._stays_healthy()):
            return self._rolled_back(operation)
        self._step(operation, None if operation.skips_health else "VALIDATE_UPDATE", "FINALIZE_UPDATE")
        self._hold(begin, Change.CONNECTOR_UPDATED)
        with self._lock:
            self._spec = spec
            self._connector.settings = {**self._connector.settings, **operation.target}
            self._connector.version = new_version()
            operation.step("FINALIZE_UPDATE", None)
            operation.end(operation.named("COMPLETE"))
        return operation.returns_to

    def _stays_healthy(self) -> bool:
        fault = self._faults.strikes(Kind.ROLLBACK, self._connector.name)
        if fault:
            self._runtime.say(f"ERROR The health check of the update is failed by fault {fault.id}")
            return False
        deadline = time.monotonic() + _VALIDATION_SECONDS
        while time.monotonic() < deadline and not self._ending.wait(_WATCH_SECONDS):
            if not self._runtime.is_healthy():
                return False
        return True

    def _rolled_back(self, operation: Operation) -> str:
        """Bring the old settings back; the connector's state afterwards."""
        begin = time.monotonic()
        with self._lock:
            operation.steps["VALIDATE_UPDATE"] = "FAILED"
            operation.state = "ROLLBACK_IN_PROGRESS"
        try:
            healthy = self._runtime.change(self._spec, paused=False)
        except RefusedChangeError:
            healthy = False
        self._hold(begin, Change.CONNECTOR_UPDATED)
        with self._lock:
            self._connector.version = new_version()
        self._fail(operation, "ROLLBACK_COMPLETE" if healthy else "ROLLBACK_FAILED")
        return operation.returns_to if healthy else "FAILED"

    def _step(self, operation: Operation, done: str | None, begun: str | None) -> None:
        with self._lock:
            operation.step(done, begun)

    def _fail(self, operation: Operation, state: str) -> None:
        with self._lock:
            operation.end(state, FAILED_WORDS)

    def _become(self, state: str) -> None:
        with self._lock:
            self._connector.operation = None
            if self._connector.state != "DELETING":
                self._connector.state = state

    def _hold(self, begin: float, change: Change) -> None:
        """Wait for the rest of the time that a change takes at this pace."""
        self._ending.wait(max(0.0, begin + self._pace.seconds(change) - time.monotonic()))
