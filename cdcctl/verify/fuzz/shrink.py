"""The smallest list that still fails: delta debugging (Zeller and Hildebrandt, "Simplifying and Isolating
Failure-Inducing Input", algorithm ddmin), with an end to how long it may take."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")


def smallest(items: Sequence[T], fails: Callable[[Sequence[T]], bool], may_go_on: Callable[[], bool]) -> list[T]:
    """Leave out items as long as what is left fails.

    :param fails: whether a list of items still shows the failure; the whole list is known to.
    :param may_go_on: asked before every try; False ends the search with the smallest list so far.
    """
    current = list(items)
    parts = 2
    while len(current) >= 2:
        size = max(1, len(current) // parts)
        chunks = [range(start, min(start + size, len(current))) for start in range(0, len(current), size)]
        for chunk in chunks:
            if not may_go_on():
                return current
            rest = [item for place, item in enumerate(current) if place not in chunk]
            if rest and fails(rest):
                current, parts = rest, max(parts - 1, 2)
                break
        else:
            if size == 1:
                return current
            parts = min(len(current), parts * 2)
    return current
