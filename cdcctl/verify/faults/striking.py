"""Have a fault happen to a running stack, for as long as it lasts, and see to it that it is over."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from cdcctl.local import fault_client
from cdcctl.local.parts import KAFKA, MYSQL, Parts, worker_of
from cdcctl.pipeline import Pipeline
from cdcctl.render import names
from cdcctl.verify.replay import Replay
from cdcctl.verify.sinks import compared_sink
from cdcctl.verify.steps import Fault

# A broker that cannot write ends a moment after it has noticed.
_NOTICED = 0.5


class Striker:
    """Strikes the parts that ``pipeline`` runs on."""

    def __init__(self, pipeline: Pipeline, parts: Parts, replay: Replay) -> None:
        self._parts = parts
        self._replay = replay
        self._names = {
            "mysql": MYSQL,
            "kafka": KAFKA,
            "source": worker_of(names.source_connector(pipeline)),
            "sink": worker_of(names.sink_connector(pipeline, compared_sink(pipeline))),
        }

    def strike(self, fault: Fault, meanwhile: Callable[[], None]) -> str:
        """Wait until it is time, have the fault happen, run ``meanwhile`` while it lasts, and end it.

        :returns: what it came to, in words.
        :raises CdcctlError: a part is not there, or does not come back.
        """
        time.sleep(fault.after)
        told: list[str] = [fault.kind.does]
        started = time.monotonic()
        with self._lasting(fault, told):
            meanwhile()
            time.sleep(max(0.0, started + fault.lasts - time.monotonic()))
        return ", ".join(told)

    @contextmanager
    def _lasting(self, fault: Fault, told: list[str]) -> Iterator[None]:
        kind = fault.kind
        part = self._names.get(kind.part or "")
        if part is None:
            with self._requests(fault, told):
                yield
        elif fault.strike.startswith("pause:"):
            with self._parts.paused(part):
                yield
        elif fault.strike.startswith("network:"):
            told.append(f"{self._replay.disconnect_readers()} connection(s)")
            yield
        elif fault.strike.startswith("kill:"):
            self._parts.kill(part)
            yield
            self._parts.restart(part)
        else:
            with self._parts.without_space(part):
                yield
            time.sleep(_NOTICED)
            if self._parts.has_ended(part):
                told.append("which ended it")
                self._parts.restart(part)
            else:
                told.append("which it survived")

    @contextmanager
    def _requests(self, fault: Fault, told: list[str]) -> Iterator[None]:
        endpoint = self._parts.stack.endpoint
        identifiers = [fault_client.set_fault(endpoint, each)["id"] for each in fault.kind.requests]
        try:
            yield
        finally:
            struck = [each["struck"] for each in fault_client.list_faults(endpoint) if each["id"] in identifiers]
            fault_client.clear_faults(endpoint, identifiers)
            told.append(f"{sum(struck)} request(s) struck")
