"""What is said of one thing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

_UNITS = ((86400, "d"), (3600, "h"), (60, "min"))


class Health(str, Enum):
    """Whether it is as it should be."""

    FINE = "fine"
    WRONG = "wrong"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Line:
    """One fact about a pipeline.

    :ivar subject: such as ``connector movies-source``; ``what``: such as ``state``.
    :ivar values: what the text says, as numbers and names.
    """

    subject: str
    what: str
    health: Health
    text: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "subject": self.subject,
            "what": self.what,
            "health": self.health.value,
            "text": self.text,
            **self.values,
        }


def judged(subject: str, what: str, text: str, *, wrong: bool, **values: Any) -> Line:
    """A fact that is fine or wrong."""
    return Line(subject, what, Health.WRONG if wrong else Health.FINE, text, values)


def unknown(subject: str, what: str, why: str) -> Line:
    """What could not be found out."""
    return Line(subject, what, Health.UNKNOWN, why)


def duration(seconds: float) -> str:
    """``12 s``, ``3.5 min``, ``2.0 h``, ``5.1 d``."""
    for size, unit in _UNITS:
        if seconds >= 2 * size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.0f} s"


def size(count: int) -> str:
    """Bytes as ``312 bytes``, ``4.5 MB``."""
    return f"{count} bytes" if count < 10_000 else f"{count / 1e6:.1f} MB"
