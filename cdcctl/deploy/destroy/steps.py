"""The steps of a destruction: kinds that a deploy has not, and how a step is made."""

from __future__ import annotations

from cdcctl.deploy.desired import OWNER_TAG
from cdcctl.deploy.plan import Action, Cost, Step

BACKUP, GROUP, SOURCE_OFFSETS, OBJECTS, RECORD = (
    "offset backup",
    "consumer group",
    "source offsets",
    "S3 objects",
    "record of the deploy",
)


def delete(kind: str, name: str, why: str = "", lost: str = "") -> Step:
    """A resource to be deleted, and what is lost with it."""
    return Step(Action.DELETE, kind, name, why, cost=Cost.LOSS if lost else Cost.NONE, price=lost)


def keep(kind: str, name: str, why: str) -> Step:
    """A resource that stays, and why."""
    return Step(Action.KEEP, kind, name, why)


def not_ours(owner: str | None) -> str:
    """Why a resource without the pipeline's mark stays."""
    return f"belongs to pipeline {owner}" if owner else f"carries no tag {OWNER_TAG}: cdcctl did not make it"
