"""Answers to what lint asks of columns: the safe choice for each, written into the file with its alternative.

Which columns raise a question is lint's to say; what has no answer in the file is told beside the table.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cdcctl.documents import Steps
from cdcctl.lint.finding import Finding
from cdcctl.pipeline.needs import number


@dataclass(frozen=True)
class Answer:
    """What is written, and when to write something else.

    :ivar since: the Debezium version that knows it.
    :ivar beside: codes that need no remark of their own any more, as this line has the choice.
    """

    path: Steps
    value: str
    otherwise: str
    since: str = "1.9"
    beside: tuple[str, ...] = ()


@dataclass(frozen=True)
class Remark:
    """A comment at one line of the file: a decision, or what to know. ``code`` is lint's, "" where it has none."""

    path: Steps
    text: str
    code: str = ""

    def to_dict(self) -> dict[str, str | None]:
        """As JSON."""
        return {"key": ".".join(map(str, self.path)), "message": self.text, "code": self.code or None}


ANSWERS = {
    "CDC271": Answer(
        ("source", "types", "bigint_unsigned"), "precise", "long, a plain number, if none exceeds 9223372036854775807"
    ),
    "CDC274": Answer(
        ("source", "properties", "field.name.adjustment.mode"), "avro", "or rename the columns: Avro has no such names"
    ),
    "CDC277": Answer(
        ("source", "types", "decimal"), "string", "precise, once these have 38 digits at most or are left out"
    ),
    "CDC279": Answer(
        ("source", "types", "time"),
        "microseconds",
        "connect, for Parquet dates and timestamps in milliseconds",
        since="3.1",
        beside=("CDC283",),
    ),
    "CDC280": Answer(("source", "types", "tinyint1"), "number", "boolean, if they hold nothing but 0 and 1"),
    "CDC283": Answer(
        ("source", "types", "time"),
        "adaptive_time_microseconds",
        "connect, for Parquet dates and timestamps in milliseconds",
    ),
}


def answered(findings: Iterable[Finding], debezium: str) -> Iterator[tuple[Answer, Remark]]:
    """The answer to each finding that has one, and what is said of it; one answer a line of the file."""
    found = {each.code: each for each in findings}
    settled: set[str] = set()
    for code, answer in ANSWERS.items():
        if code in found and code not in settled and number(debezium) >= number(answer.since):
            settled |= set(answer.beside)
            yield answer, Remark(answer.path, f"{found[code].message}; {answer.otherwise}", code)
