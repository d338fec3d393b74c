"""MySQL asked ahead, in a thread of its own: it works out its sums while DuckDB reads the lake's files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event
from typing import ParamSpec, TypeVar

_P = ParamSpec("_P")
_T = TypeVar("_T")


class Ahead:
    """Takes what MySQL is to be asked, one after the other."""

    def __init__(self, threads: ThreadPoolExecutor) -> None:
        self._threads = threads
        self._stop = Event()

    def ask(self, question: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> Future[_T]:
        """Have a function called when those before it are done."""
        return self._threads.submit(question, *args, **kwargs)

    def stopped(self) -> bool:
        """Whether nobody wants the answers any more: a long question ends at its next step then."""
        return self._stop.is_set()

    def stop(self) -> None:
        """Forget what was not asked yet, and wait for the statement that runs."""
        self._stop.set()
        self._threads.shutdown(cancel_futures=True)


@contextmanager
def ahead() -> Iterator[Ahead]:
    """A thread that has ended afterwards, whatever happens."""
    made = Ahead(ThreadPoolExecutor(1, "mysql"))
    try:
        yield made
    finally:
        made.stop()
