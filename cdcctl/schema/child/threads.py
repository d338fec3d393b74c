"""Several threads for many independent questions: Python waits while Java computes, so a processor each is used."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from os import cpu_count
from typing import Any

_FROM = 50


def spread(ask: Callable[[Any], Any], questions: Sequence[Any]) -> list[Any]:
    """The answers in the order of the questions; each thread takes every n-th one."""
    count = cpu_count() or 1
    if len(questions) < _FROM or count == 1:
        return [ask(each) for each in questions]
    answers: list[Any] = [None] * len(questions)

    def part(first: int) -> None:
        for index in range(first, len(questions), count):
            answers[index] = ask(questions[index])

    with ThreadPoolExecutor(count) as pool:
        list(pool.map(part, range(count)))
    return answers
