"""A plan kept in a file, to be carried out later: that very plan, or nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from cdcctl import __version__
from cdcctl.aws.target import Target
from cdcctl.deploy.plan import Plan
from cdcctl.errors import InputError
from cdcctl.pipeline import Pipeline
from cdcctl.whole_file import write_whole

_FORMAT = 1


@dataclass(frozen=True)
class SavedPlan:
    """What a plan file holds: the whole pipeline, where it is for, and what was going to be done.

    A pipeline holds references to secrets, never secrets, and a plan hides them.

    :ivar steps: kind and name → action.
    """

    pipeline: Pipeline
    account: str
    region: str
    replace: frozenset[str]
    fingerprint: str
    steps: Mapping[tuple[str, str], str]

    def require(self, plan: Plan) -> None:
        """:raises InputError: the plan made now is another one: the world, the file's pipeline or cdcctl has moved."""
        if plan.fingerprint == self.fingerprint:
            return
        now = {(step.kind, step.name): step.action.value for step in plan.steps}
        moved = [
            f"{kind} {name}: was {self.steps.get((kind, name), 'not there')}, now {now.get((kind, name), 'not there')}"
            for kind, name in sorted({*now, *self.steps})
            if now.get((kind, name)) != self.steps.get((kind, name))
        ]
        raise InputError(
            "the plan is out of date: the world has moved since it was made",
            hint="make a new one (cdcctl plan --out), look at it, and deploy that; nothing was changed",
            details=moved or ["the same steps, but other values"],
        )

    def require_target(self, target: Target) -> None:
        """:raises InputError: the plan is for another account or region."""
        here, there = (target.account, target.region), (self.account, self.region)
        if here != there:
            raise InputError(
                f"the plan is for account {there[0]} in {there[1]}, and this is account {here[0]} in {here[1]}",
                hint="choose another --profile or --region",
            )


def save_plan(path: Path, pipeline: Pipeline, target: Target, plan: Plan, replace: frozenset[str]) -> None:
    """Write a plan file, whole or not at all.

    :raises InputError: it cannot be written.
    """
    document = {
        "format": _FORMAT,
        "cdcctl": __version__,
        "account": target.account,
        "region": target.region,
        "replace": sorted(replace),
        "plan": plan.to_dict(),
        "pipeline": pipeline.model_dump(mode="json"),
    }
    write_whole(path, json.dumps(document, indent=1, ensure_ascii=False) + "\n", hint="choose another --out")


def load_plan(path: Path) -> SavedPlan:
    """Read a plan file.

    :raises InputError: it is none, or of another version's format.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}", hint="make it with cdcctl plan --out") from error
    except ValueError:
        raise InputError(f"{path} is no plan", hint="make it with cdcctl plan --out") from None
    try:
        return _read(document)
    except (KeyError, TypeError, ValidationError):
        raise InputError(f"{path} is no plan that this version reads", hint="make it anew: cdcctl plan --out") from None


def _read(document: dict[str, Any]) -> SavedPlan:
    if document["format"] != _FORMAT:
        raise KeyError("format")
    plan = document["plan"]
    return SavedPlan(
        pipeline=Pipeline.model_validate(document["pipeline"]),
        account=document["account"],
        region=document["region"],
        replace=frozenset(document["replace"]),
        fingerprint=plan["fingerprint"],
        steps={(step["kind"], step["name"]): step["action"] for step in plan["steps"]},
    )
