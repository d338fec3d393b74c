"""A plan: one step a resource, each with what changes, why, and what it costs. Plain data, to be printed and kept.

No value in it is a secret: what must not be shown is hidden when a change is made, and only its hash tells that it
differs.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from cdcctl.secrets import shown


class Action(str, Enum):
    """What a step does with its resource."""

    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"
    WAIT = "wait"
    KEEP = "unchanged"
    REFUSE = "refused"

    @property
    def words(self) -> str:
        """As it is printed."""
        return {"update": "update in place", "wait": "wait for"}.get(self.value, self.value)


class Cost(str, Enum):
    """What a step costs the data that flow."""

    NONE = "none"
    GAP = "gap"
    SNAPSHOT = "new snapshot"
    LOSS = "loss"


@dataclass(frozen=True)
class Change:
    """A property and its values before and after, as they may be shown; None where there is none.

    :ivar part: what of the resource it belongs to, e.g. ``configuration``, ``worker configuration``, ``tags``.
    :ivar digest: of the true values, so that two plans can be compared.
    """

    part: str
    property: str
    old: str | None
    new: str | None
    digest: str = ""

    @classmethod
    def of(cls, part: str, name: str, old: str | None, new: str | None) -> Change:
        """A change with what must not be shown hidden."""
        before, after = (None if value is None else shown(name, value) for value in (old, new))
        return cls(part, name, before, after, digest_of([old, new]))


@dataclass(frozen=True)
class Step:
    """One resource and what is to be done with it. ``kind`` and ``name`` identify it.

    :ivar why: the reason of a replacement, a deletion, a refusal or a wait.
    :ivar price: what the cost consists of, in words.
    :ivar digest: of what the resource is to be.
    """

    action: Action
    kind: str
    name: str
    why: str = ""
    changes: tuple[Change, ...] = ()
    cost: Cost = Cost.NONE
    price: str = ""
    digest: str = ""

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "action": self.action.value,
            "kind": self.kind,
            "name": self.name,
            "why": self.why,
            "changes": [
                {"part": each.part, "property": each.property, "old": each.old, "new": each.new}
                for each in self.changes
            ],
            "cost": self.cost.value,
            "price": self.price,
        }


@dataclass(frozen=True)
class Plan:
    """Steps in the order in which they are carried out.

    :ivar notes: what could not be looked at, and what else to know beforehand.
    """

    steps: tuple[Step, ...]
    notes: tuple[str, ...] = ()

    @property
    def changes(self) -> tuple[Step, ...]:
        """The steps that do something."""
        return tuple(step for step in self.steps if step.action is not Action.KEEP)

    @property
    def refused(self) -> tuple[Step, ...]:
        """The steps that cannot be taken."""
        return tuple(step for step in self.steps if step.action is Action.REFUSE)

    @property
    def fingerprint(self) -> str:
        """Equal for two plans that do the same to the same world."""
        return digest_of([[*_identity(step), [each.digest for each in step.changes]] for step in self.steps], 32)

    def step(self, kind: str, name: str) -> Step:
        """The step of a resource."""
        return next(step for step in self.steps if (step.kind, step.name) == (kind, name))

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "changed": len(self.changes),
            "fingerprint": self.fingerprint,
            "notes": list(self.notes),
            "steps": [step.to_dict() for step in self.steps],
        }


def digest_of(value: Any, length: int = 16) -> str:
    """A short hash of anything that JSON can hold."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), default=_plain)
    return hashlib.sha256(text.encode()).hexdigest()[:length]


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    return str(value)


def _identity(step: Step) -> list[str]:
    # Neither why nor price: their words may change from one version of cdcctl to the next.
    return [step.action.value, step.kind, step.name, step.digest]
