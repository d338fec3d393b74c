"""How a run goes on when a fault has stopped a connector: what the component says is named, then it is restarted."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from cdcctl.aws.target import Target
from cdcctl.errors import RemoteError
from cdcctl.pipeline import Pipeline
from cdcctl.render import names
from cdcctl.verify.findings import Finding, code_of

Say = Callable[[str], None]
_RESTARTS = 3
_SECONDS = 120.0
_STOPPED = frozenset({"source-stopped", "sink-stopped"})


class Recovery:
    """Restarts what a fault has stopped, at most three times in a drain.

    :ivar findings: what gave up, each expected: a component that stops by design is told, and is no loss.
    """

    def __init__(self, pipeline: Pipeline, target: Target, say: Say) -> None:
        self._pipeline = pipeline
        self._target = target
        self._say = say
        self.findings: list[Finding] = []
        self._left = _RESTARTS

    def begin(self) -> None:
        """A drain begins."""
        self._left = _RESTARTS

    def goes_on(self, findings: Sequence[Finding]) -> bool:
        """Whether what stopped the pipeline could be restarted."""
        stopped = [name for name in names.connectors(self._pipeline) if self._state(name) == "FAILED"]
        if not stopped or not self._left:
            return False
        self._left -= 1
        named = [each for each in findings if each.rule.slug not in _STOPPED]
        if not named:
            detail = "\n".join(each.detail for each in findings if each.detail)
            named = [Finding(code_of("connector-gave-up"), detail=detail)]
        self.findings += [replace(each, expected=True) for each in named]
        for name in stopped:
            self.restart(name)
        return True

    def restart(self, name: str) -> None:
        """Restart a connector, as whoever is on duty does.

        :raises RemoteError: it does not come to run.
        """
        self._say(f"restarting {name}")
        connector = self._target.msk_connect.find_connector(name)
        if connector is None:
            raise RemoteError(f"connector {name} does not exist", hint="was it deleted meanwhile?")
        self._target.msk_connect.restart_connector(connector.arn, only_failed_tasks=False)
        deadline = time.monotonic() + _SECONDS
        while (state := self._state(name)) == "RESTARTING":
            self._target.check()
            if time.monotonic() > deadline:
                raise RemoteError(f"connector {name} is still {state}", hint="see its log")
            time.sleep(self._target.poll_seconds)

    def _state(self, name: str) -> str | None:
        found = self._target.msk_connect.find_connector(name)
        return found.state if found else None
