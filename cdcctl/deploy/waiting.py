"""Waiting until something has come about, with the reason shown, for as long as it can sensibly take."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TypeVar

import tenacity
from tenacity.stop import stop_base

from cdcctl.aws.target import Target
from cdcctl.errors import RemoteError, UnavailableError

T = TypeVar("T")
Say = Callable[[str], None]
# How long a service may be silent while something is waited for.
_SILENT_SECONDS = 5 * 60


class Waiting:
    """What all waits of one command share: the place, whom to tell, and the end when one of its threads has failed."""

    def __init__(self, target: Target, say: Say) -> None:
        self._target = target
        self.say = say
        self._stopped = threading.Event()

    def stop(self) -> None:
        """End all waits."""
        self._stopped.set()

    def pause(self, seconds: float) -> None:
        """Do nothing for a while, or until waits are to end."""
        self._stopped.wait(seconds)

    def until(self, look: Callable[[], T], done: Callable[[T], bool], seconds: float, still: Callable[[T], str]) -> T:
        """Look again and again until ``done``; returns what was seen last.

        :param look: changes nothing, or nothing twice. A service that is silent meanwhile is asked again.
        :param still: what to say of what was seen while it is not done, such as ``connector x is UPDATING``.
        :raises RemoteError: it was not done in ``seconds``; says what was seen last.
        """

        def tell(state: tenacity.RetryCallState) -> None:
            self._target.check()
            if state.outcome is not None:
                error = state.outcome.exception()
                self.say(f"{error}; trying again" if error else still(state.outcome.result()))

        def give_up(state: tenacity.RetryCallState) -> T:
            if state.outcome is None:
                raise RemoteError("nothing was looked at")
            # A failure is raised here as it was.
            seen: T = state.outcome.result()
            raise RemoteError(still(seen), hint="run the command again to go on waiting")

        return tenacity.Retrying(
            retry=tenacity.retry_if_not_result(done) | tenacity.retry_if_exception_type(UnavailableError),
            stop=tenacity.stop_any(
                tenacity.stop_after_delay(seconds), tenacity.stop_when_event_set(self._stopped), _SilentTooLong()
            ),
            wait=tenacity.wait_fixed(self._target.poll_seconds),
            sleep=tenacity.sleep_using_event(self._stopped),
            before_sleep=tell,
            retry_error_callback=give_up,
        )(look)

    def until_found(self, look: Callable[[], T | None], seconds: float, still: Callable[[], str]) -> T:
        """Look until there is something; as :meth:`until`."""
        found = self.until(look, lambda each: each is not None, seconds, lambda _: still())
        if found is None:
            raise RemoteError(still())
        return found


class _SilentTooLong(stop_base):
    """Stops when a service has not answered once for a while."""

    def __init__(self) -> None:
        self._since: float | None = None

    def __call__(self, state: tenacity.RetryCallState) -> bool:
        if state.outcome is None or not state.outcome.failed:
            self._since = None
            return False
        self._since = self._since or time.monotonic()
        return time.monotonic() - self._since > _SILENT_SECONDS
