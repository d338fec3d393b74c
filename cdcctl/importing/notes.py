"""What there is to say about an import."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

What = Literal["modernised", "fill-in", "raw", "dropped", "added", "changed", "note"]

# What → what it is called in the text, in the order in which it is told.
HEADINGS: dict[What, str] = {
    "modernised": "modernised",
    "fill-in": "to be filled in",
    "changed": "not the same as before",
    "raw": "kept as raw properties",
    "dropped": "left out, with no effect on what the connector does",
    "added": "added, with no effect on what is written",
    "note": "also",
}


@dataclass(frozen=True)
class Note:
    """One thing to know. Never holds a secret.

    :ivar where: ``source``, ``sink NAME``, ``worker`` or ``pipeline``.
    :ivar key: the property, or the key of the pipeline file.
    :ivar new: what it became, where that is another key or value.
    """

    what: What
    where: str
    key: str
    why: str
    new: str | None = None

    def to_dict(self) -> dict[str, str | None]:
        """For ``--json``."""
        return {"what": self.what, "where": self.where, "key": self.key, "new": self.new, "why": self.why}

    def __str__(self) -> str:
        became = f" → {self.new}" if self.new is not None else ""
        return f"{self.where}: {self.key}{became}: {self.why}"
