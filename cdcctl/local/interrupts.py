"""Ctrl-C and SIGTERM while there are processes to clean up."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class _State:
    """Whether some part of the program is being protected."""

    active = False


@contextmanager
def first_interrupt_counts() -> Iterator[None]:
    """Within, the first Ctrl-C or SIGTERM raises KeyboardInterrupt, and every later one is ignored.

    So the clean-up that the first one starts is done to its end, wherever the next one hits. What was in force before
    comes back at the end, unless one has come: then the command is about to end, and ignores them until it has.
    May be nested; outside the main thread, where no signal arrives, it does nothing. A signal that this process was
    told to ignore, as a shell does with SIGINT of what it runs in the background, stays ignored.
    """
    if _State.active or threading.current_thread() is not threading.main_thread():
        yield
        return
    heard = [each for each in _SIGNALS if signal.getsignal(each) != signal.SIG_IGN]
    before = {each: signal.signal(each, _raise_once) for each in heard}
    _State.active = True
    try:
        yield
    finally:
        _State.active = False
        if all(signal.getsignal(each) == _raise_once for each in heard):
            for each, handler in before.items():
                signal.signal(each, handler)


def _raise_once(_signal: int, _frame: FrameType | None) -> None:
    for each in _SIGNALS:
        signal.signal(each, signal.SIG_IGN)
    raise KeyboardInterrupt
