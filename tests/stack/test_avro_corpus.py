"""The Python checker decides as Java's does, on 50,000 pairs."""

from __future__ import annotations

from tests.avro_agreement import disagreements


def test_python_and_java_agree() -> None:
    outcome = disagreements(50_000)
    assert outcome.differing == []
    assert min(outcome.readable, outcome.unreadable) > 5_000
