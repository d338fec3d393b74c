"""Several steps of one run side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from cdcctl.deploy.run import Run
from cdcctl.errors import CdcctlError

T = TypeVar("T")
R = TypeVar("R")


def in_parallel(run: Run, function: Callable[[T], R], items: Sequence[T]) -> list[R]:
    """All of them, each to its end even when another one fails; at an interrupt all stop waiting.

    :raises CdcctlError: the first error, with the others among its details.
    """
    with ThreadPoolExecutor(max(1, len(items))) as pool:
        futures = [pool.submit(function, item) for item in items]
        try:
            errors = [error for future in futures if (error := future.exception())]
        except BaseException:
            run.waiting.stop()
            raise
    if errors:
        raise _first(errors)
    return [future.result() for future in futures]


def _first(errors: Sequence[BaseException]) -> BaseException:
    first = next((error for error in errors if not isinstance(error, CdcctlError)), errors[0])
    if isinstance(first, CdcctlError):
        also = [f"also: {error}" for error in errors if error is not first]
        first.details = (*first.details, *also)
    return first
