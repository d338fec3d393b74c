"""Faults on demand: what is to go wrong, where, how often and for how long. Kept in memory only.

Two sorts. Faults of requests (throttle, 5xx, lost-reply, slow, cut-off) strike before or after an operation of any
service. Faults of things (stuck-creating, rollback, lost-logs, lost-worker, lost-task, schema-failure) strike what the
emulator does by itself.
"""

from __future__ import annotations

import math
import random as _random
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from enum import Enum
from threading import Lock
from typing import Any


class Kind(str, Enum):
    """What goes wrong."""

    THROTTLE = "throttle"
    SERVER_ERROR = "5xx"
    LOST_REPLY = "lost-reply"
    SLOW = "slow"
    CUT_OFF = "cut-off"
    STUCK_CREATING = "stuck-creating"
    ROLLBACK = "rollback"
    LOST_LOGS = "lost-logs"
    LOST_WORKER = "lost-worker"
    LOST_TASK = "lost-task"
    SCHEMA_FAILURE = "schema-failure"


OF_REQUESTS = (Kind.THROTTLE, Kind.SERVER_ERROR, Kind.LOST_REPLY, Kind.SLOW, Kind.CUT_OFF)
_DEFAULT_DELAY = 2.0


class InvalidFaultError(ValueError):
    """A fault that makes no sense; the message says why."""


@dataclass(frozen=True)
class FaultSpec:
    """What a fault is to be.

    :ivar service: as boto3 calls it, ``glue``; None: any. Like ``operation`` and ``code`` for faults of requests only.
    :ivar operation: ``CreateConnector``; None: any.
    :ivar resource: text that the name of the connector, plugin or schema contains, or the request; None: any.
    :ivar count: how often it strikes at most.
    :ivar probability: that it strikes where it could.
    :ivar seconds: after which it is over.
    :ivar delay: how long a slow request waits, in seconds.
    :ivar code: the error of a ``throttle`` or ``5xx``, any that the operation's service has.
    """

    kind: Kind
    service: str | None = None
    operation: str | None = None
    resource: str | None = None
    count: int | None = None
    probability: float = 1.0
    seconds: float | None = None
    delay: float | None = None
    code: str | None = None

    def __post_init__(self) -> None:
        if found := self._problems():
            raise InvalidFaultError("; ".join(found))

    def _problems(self) -> list[str]:
        of_requests = self.kind in OF_REQUESTS
        only = [name for name in ("service", "operation") if getattr(self, name) is not None and not of_requests]
        found = [f"{name} is for faults of requests, which {self.kind.value} is not" for name in only]
        if self.operation is not None and self.service is None and of_requests:
            found.append("an operation needs its service")
        if self.kind is Kind.LOST_TASK and (self.count is not None or self.probability != 1):
            found.append("count and probability are not for lost-task, which holds until it is over")
        if self.delay is not None and self.kind is not Kind.SLOW:
            found.append(f"delay is for slow, not for {self.kind.value}")
        if self.code is not None and self.kind not in (Kind.THROTTLE, Kind.SERVER_ERROR):
            found.append(f"code is for throttle and 5xx, not for {self.kind.value}")
        if not 0 < self.probability <= 1:
            found.append(f"a probability is more than 0 and at most 1, not {self.probability:g}")
        for name in ("count", "seconds", "delay"):
            value = getattr(self, name)
            if value is not None and not 0 < value < math.inf:
                found.append(f"{name} must be more than 0, not {value:g}")
        return found

    @classmethod
    def parse(cls, given: object) -> FaultSpec:
        """From JSON, as the admin endpoint takes it.

        :raises InvalidFaultError: it is no fault.
        """
        if not isinstance(given, dict):
            raise InvalidFaultError("a fault is a JSON object")
        if unknown := sorted(given.keys() - {each.name for each in fields(cls)}):
            raise InvalidFaultError(f"a fault has no {', '.join(unknown)}")
        try:
            kind = Kind(given.get("kind"))
        except ValueError:
            known = ", ".join(each.value for each in Kind)
            raise InvalidFaultError(f"{given.get('kind')!r} is no kind of fault; there are {known}") from None
        for name, types in _TYPES.items():
            value = given.get(name)
            if value is not None and (isinstance(value, bool) or not isinstance(value, types)):
                raise InvalidFaultError(f"{name} cannot be {value!r}")
        return cls(**{name: value for name, value in given.items() if value is not None} | {"kind": kind})


_TYPES: Mapping[str, tuple[type, ...]] = {
    **dict.fromkeys(("service", "operation", "resource", "code"), (str,)),
    "count": (int,),
    **dict.fromkeys(("probability", "seconds", "delay"), (int, float)),
}


@dataclass
class Fault:
    """A fault that was set.

    :ivar struck: how often it has struck.
    """

    spec: FaultSpec
    ends: float
    id: str = field(default_factory=lambda: uuid.uuid4().hex[:8])
    struck: int = 0
    cleared: bool = False

    @property
    def delay(self) -> float:
        """Seconds that a slow request waits."""
        return self.spec.delay if self.spec.delay is not None else _DEFAULT_DELAY

    def is_used_up(self) -> bool:
        """Whether it has struck as often as it may."""
        return self.spec.count is not None and self.struck >= self.spec.count

    def described(self, now: float) -> dict[str, Any]:
        """As the admin endpoint tells it."""
        given = {each.name: getattr(self.spec, each.name) for each in fields(FaultSpec)}
        left = None if self.ends == math.inf else round(max(0.0, self.ends - now), 1)
        return {"id": self.id, **given, "kind": self.spec.kind.value, "struck": self.struck, "seconds_left": left}


class Faults:
    """The faults of one emulator; safe to use from many threads.

    :param clock: seconds; :param random: a number from 0 up to 1.
    """

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, random: Callable[[], float] = _random.random
    ) -> None:
        self._clock = clock
        self._random = random
        self._lock = Lock()
        self._faults: list[Fault] = []

    def set(self, spec: FaultSpec) -> Fault:
        """Have something go wrong from now on."""
        with self._lock:
            ends = math.inf if spec.seconds is None else self._clock() + spec.seconds
            self._faults.append(Fault(spec, ends))
            return self._faults[-1]

    def clear(self, identifier: str | None = None) -> int:
        """End one fault, or all; how many there were."""
        with self._lock:
            gone = [fault for fault in self._faults if identifier in (None, fault.id)]
            for fault in gone:
                fault.cleared = True
                self._faults.remove(fault)
            return len(gone)

    def described(self) -> list[dict[str, Any]]:
        """All that were not cleared, in the order they were set; also those that are over."""
        with self._lock:
            return [fault.described(self._clock()) for fault in self._faults]

    def strikes(self, kind: Kind, name: str) -> Fault | None:
        """The fault that strikes the connector, plugin or schema of this name now, and counts as having struck."""
        return self._strike(lambda spec: spec.kind is kind and _names(spec.resource, name))

    def strikes_request(self, service: str, operation: str, mentions: Callable[[str], bool]) -> Fault | None:
        """The first fault that strikes a request.

        :param mentions: whether the request contains a text.
        """
        return self._strike(
            lambda spec: (
                spec.kind in OF_REQUESTS
                and spec.service in (None, service)
                and spec.operation in (None, operation)
                and (spec.resource is None or mentions(spec.resource))
            )
        )

    def any_of_requests(self) -> bool:
        """Whether a request could be struck at all."""
        return any(fault.spec.kind in OF_REQUESTS for fault in self._faults)

    def is_over(self, fault: Fault) -> bool:
        """Whether a fault was cleared or its time is up. One that struck keeps its hold until then."""
        return fault.cleared or self._clock() >= fault.ends

    def _strike(self, concerns: Callable[[FaultSpec], bool]) -> Fault | None:
        with self._lock:
            for fault in self._faults:
                if fault.is_used_up() or self.is_over(fault) or not concerns(fault.spec):
                    continue
                if fault.spec.probability < 1 and self._random() >= fault.spec.probability:
                    continue
                fault.struck += 1
                return fault
        return None


def _names(resource: str | None, name: str) -> bool:
    return resource is None or resource in name
