"""What was found: a rule's problem in one configuration, and where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cdcctl.lint.configuration import Configuration, Location
from cdcctl.lint.rule import RANK, RULES, Edit, Rule


@dataclass(frozen=True)
class Suppression:
    """A finding that a file says is known. Without a reason it counts, and is itself reported."""

    code: str
    reason: str
    location: Location


@dataclass(frozen=True)
class Finding:
    """One problem, with the rule it breaks.

    :param fix: the edits of the configuration that cure it, where the cure is mechanical.
    :param reason: why the file says it is to be left alone; None where it does not.
    """

    code: str
    message: str
    location: Location
    configuration: Configuration | None = None
    fix: tuple[Edit, ...] = ()
    reason: str | None = None

    @property
    def rule(self) -> Rule:
        """What the code means."""
        return RULES[self.code]

    @property
    def order(self) -> tuple[Any, ...]:
        """By file and line, and the worse first in one line."""
        return (self.location.file, self.location.line or 0, -RANK[self.rule.severity], self.code, self.message)

    def to_dict(self) -> dict[str, Any]:
        """Return the finding as JSON, with its meaning in words."""
        rule = self.rule
        data = {
            "code": self.code,
            "severity": rule.severity,
            "file": self.location.file,
            "line": self.location.line,
            "column": self.location.column,
            "key": self.location.key,
            "connector": self.configuration.name if self.configuration and self.configuration.name else None,
            "kind": self.configuration.kind if self.configuration else None,
            "title": rule.title,
            "message": self.message,
            "why": rule.why,
            "source": rule.source,
            "cure": rule.cure,
            "fixable": bool(self.fix),
            "reason": self.reason,
        }
        return {key: value for key, value in data.items() if value is not None}
