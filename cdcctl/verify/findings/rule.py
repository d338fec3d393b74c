"""What a code means. Severity says how to read a finding:

- ``difference``: what is in Parquet is not what is in MySQL, and no component is known to work that way.
- ``known``: a component changes the value on purpose or by a known limitation; it is still not what MySQL holds.
- ``note``: the value is the same, only its form or its way here is unusual. A note never fails a run.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["difference", "known", "note"]


@dataclass(frozen=True)
class Rule:
    """What a code means."""

    code: str
    slug: str
    severity: Severity
    title: str
    why: str
    cure: str
