"""The first interrupt ends the work, no later one disturbs the clean-up."""

from __future__ import annotations

import os
import signal

import pytest

from cdcctl.local.interrupts import first_interrupt_counts


@pytest.fixture(autouse=True)
def _handlers():
    before = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)}
    yield
    for each, handler in before.items():
        signal.signal(each, handler)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_only_the_first_is_raised(number):
    cleaned = []

    def work() -> None:
        with first_interrupt_counts():
            try:
                os.kill(os.getpid(), number)
            finally:
                for _ in range(3):
                    os.kill(os.getpid(), signal.SIGINT)
                    os.kill(os.getpid(), signal.SIGTERM)
                cleaned.append(True)

    with pytest.raises(KeyboardInterrupt):
        work()
    assert cleaned == [True]


def test_nested_it_is_one():
    with first_interrupt_counts():
        with pytest.raises(KeyboardInterrupt), first_interrupt_counts():
            os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)


def test_without_an_interrupt_everything_is_as_before():
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    with first_interrupt_counts():
        assert signal.getsignal(signal.SIGINT) not in before
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before
