"""Run scenarios one after the other: on the stack that is up, or on one of our own that ends with the command."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Thread

from cdcctl.errors import CdcctlError, ChildProcessDiedError, InputError
from cdcctl.local import stack
from cdcctl.local.interrupts import first_interrupt_counts
from cdcctl.local.parts import Parts
from cdcctl.local.state import Stack, load_stack
from cdcctl.verify.lake.iceberg import load_readers
from cdcctl.verify.prediction import Predictor
from cdcctl.verify.report import Report
from cdcctl.verify.run import Options, clean, run
from cdcctl.verify.scenario import Scenario

Say = Callable[[str], None]


@dataclass(frozen=True)
class Place:
    """A running stack.

    :param stays: it was there before, and is there afterwards.
    :param seconds: what starting and ending one of our own took; complete once it has ended.
    """

    stack: Stack
    stays: bool
    seconds: dict[str, float] = field(default_factory=dict)


@contextmanager
def running_stack(state: Path, options: stack.Options, say: Say) -> Iterator[Place]:
    """The stack in ``state`` if one is up there, else a fresh one in a folder of its own.

    One of our own is gone afterwards, with all that was done in it; only the logs of one that died are kept.
    """
    if load_stack(state):
        yield Place(stack.require_running(state), True)
        return
    with first_interrupt_counts():
        yield from _own_stack(options, say)


def _own_stack(options: stack.Options, say: Say) -> Iterator[Place]:
    own = Path(tempfile.mkdtemp(prefix="cdcctl-"))
    seconds: dict[str, float] = {}
    logs_needed = False
    try:
        started = time.monotonic()
        running, _ = stack.up(own, options, say)
        seconds["stack"] = time.monotonic() - started
        yield Place(running, False, seconds)
    except ChildProcessDiedError:
        logs_needed = True
        raise
    finally:
        ended = time.monotonic()
        try:
            say("shutting the stack down")
            stack.down(own)
        finally:
            if not logs_needed:
                shutil.rmtree(own, ignore_errors=True)
        seconds["shut down"] = time.monotonic() - ended


@dataclass(frozen=True)
class Ran:
    """What became of several scenarios.

    :ivar reports: of those that ran.
    :ivar errors: of those that could not be run; the last may be what ended it all.
    :ivar interrupted: whether Ctrl-C or SIGTERM ended it.
    """

    reports: tuple[Report, ...]
    errors: tuple[CdcctlError, ...] = ()
    interrupted: bool = False

    def require(self) -> None:
        """Raise what kept scenarios from being run, if anything did.

        :raises KeyboardInterrupt: that was an interrupt.
        """
        if self.interrupted:
            raise KeyboardInterrupt
        if len(self.errors) == 1:
            raise self.errors[0]
        if self.errors:
            lines = [f"{error.message}; {error.hint}" if error.hint else error.message for error in self.errors]
            together = CdcctlError(f"{len(self.errors)} scenarios could not be run", details=lines)
            together.exit_code = self.errors[-1].exit_code
            raise together


def run_all(
    scenarios: Sequence[Scenario], state: Path, options: Options, stack_options: stack.Options, say: Say
) -> Ran:
    """Run scenarios and tell of each; what starting and ending the stack took is told with the first and the last.

    A scenario that is no good is passed over. Whatever else goes wrong ends it, with the reports there are; so does an
    interrupt, after the scenario that it hit and the stack are cleaned up.
    """
    # Half a second of imports, while MySQL and Kafka start.
    Thread(target=load_readers, daemon=True).start()
    reports: list[Report] = []
    errors: list[CdcctlError] = []
    seconds: dict[str, float] = {}
    interrupted = False
    try:
        with Predictor() as predictor, running_stack(state, stack_options, say) as place:
            seconds = place.seconds
            for number, each in enumerate(scenarios, 1):
                # A stack that ends anyway needs no cleaning after the last scenario.
                left = options.keep or options.again or (not place.stays and number == len(scenarios))
                how = replace(options, keep=left)
                where, parts = stack.target(place.stack), Parts(place.stack)
                with _passed_over(each, scenarios, errors):
                    reports.append(run(each, where, place.stack.mysql, how, _of(each, say), predictor, parts))
    except CdcctlError as error:
        errors.append(error)
    except KeyboardInterrupt:
        interrupted = True
    for name, index in (("stack", 0), ("shut down", -1)):
        if reports and name in seconds:
            reports[index] = reports[index].with_seconds(name, seconds[name])
    return Ran(tuple(reports), tuple(errors), interrupted)


@contextmanager
def _passed_over(scenario: Scenario, scenarios: Sequence[Scenario], errors: list[CdcctlError]) -> Iterator[None]:
    """Among several scenarios an error says whose it is; where the scenario itself is to blame, the others go on."""
    try:
        yield
    except CdcctlError as error:
        if len(scenarios) > 1:
            error.message = f"{scenario.name}: {error.message}"
        if not isinstance(error, InputError):
            raise
        errors.append(error)


def clean_all(scenarios: Sequence[Scenario], state: Path, say: Say) -> None:
    """Remove what earlier runs of the scenarios have left on the running stack."""
    running = stack.require_running(state)
    for each in scenarios:
        clean(each, stack.target(running), running.mysql, _of(each, say))


def _of(scenario: Scenario, say: Say) -> Say:
    return lambda text: say(f"{scenario.name}: {text}")
