"""Ask Python's checker and Java's the same questions."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field

from cdcctl.schema.avro_parser import InvalidSchemaError
from cdcctl.schema.classpath import Jars
from cdcctl.schema.compatibility import Mode, check
from cdcctl.schema.prediction import Child
from tests.avro_pairs import pairs

_BATCH = 2_000


@dataclass
class Outcome:
    """How many pairs Java finds readable, unreadable, or no schemas; and those that Python judges otherwise."""

    readable: int = 0
    unreadable: int = 0
    invalid: int = 0
    differing: list[tuple[str, str, object, object]] = field(default_factory=list)


def disagreements(count: int) -> Outcome:
    """Compare the verdicts on ``count`` pairs."""
    outcome = Outcome()
    remaining = pairs(count)
    with Child(Jars()) as child:
        while batch := list(itertools.islice(remaining, _BATCH)):
            for (reader, writer), java in zip(batch, child.readable(batch), strict=True):
                _count(outcome, java)
                python = _python(reader, writer)
                if python != java:
                    outcome.differing.append((reader, writer, python, java))
    return outcome


def _count(outcome: Outcome, java: bool | None) -> None:
    outcome.invalid += java is None
    outcome.readable += java is True
    outcome.unreadable += java is False


def _python(reader: str, writer: str) -> bool | None:
    try:
        return check(reader, [writer], Mode.BACKWARD).compatible
    except InvalidSchemaError:
        return None
