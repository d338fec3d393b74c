"""The Python checker decides as Java's does: on a sample here, on all 50,000 pairs with the stack tests."""

from __future__ import annotations

from tests.avro_agreement import disagreements


def test_python_and_java_agree_on_a_sample() -> None:
    outcome = disagreements(3_000)
    assert outcome.differing == []
    # A corpus that is all one thing would show nothing.
    assert min(outcome.readable, outcome.unreadable, outcome.invalid) > 50
