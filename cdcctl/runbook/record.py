"""How far a migration has come, kept in the pipeline's bucket: one object a migration, written around every step."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from cdcctl import __version__
from cdcctl.aws.target import Target
from cdcctl.deploy.identity import Worker
from cdcctl.deploy.run import pipeline_folder
from cdcctl.errors import InputError
from cdcctl.pipeline import Pipeline
from cdcctl.runbook.plan import Plan, Step

_FORMAT = 1
BEGUN, DONE = "begun", "done"


@dataclass
class Progress:
    """A step's: nothing yet, begun, or done; ``facts`` are what it has found out and needs when it is taken again."""

    state: str = ""
    seconds: float = 0.0
    facts: dict[str, Any] = field(default_factory=dict)


class Record:
    """The record of one migration."""

    def __init__(self, target: Target, place: tuple[str, str], document: dict[str, Any], plan: Plan) -> None:
        self._storage = target.storage
        self._place = place
        self._document = document
        self.plan = plan
        self.steps = [Progress(**each) for each in document["steps"]]

    @classmethod
    def begin(cls, target: Target, pipeline: Pipeline, plan: Plan, worker: Worker) -> Record:
        """Write a new one."""
        started = _now()
        document = {
            "format": _FORMAT,
            "cdcctl": __version__,
            "started": started,
            "ended": None,
            "outcome": None,
            "who": worker.to_dict(),
            "plan": plan.to_dict(),
            "steps": [vars(Progress()) for _ in plan.steps],
        }
        place = (pipeline.connect.plugin_bucket, f"{folder(pipeline)}{started.replace(':', '')}.json")
        made = cls(target, place, document, plan)
        made.write()
        return made

    @property
    def id(self) -> str:
        """Its name: when it began."""
        return str(self._document["started"])

    @property
    def next(self) -> int:
        """Number of the first step that is not done, from 0."""
        return next((number for number, each in enumerate(self.steps) if each.state != DONE), len(self.steps))

    @property
    def standing(self) -> str:
        """Where it stands, in words."""
        number, count = self.next, len(self.steps)
        if number == count:
            return f"all {count} steps are done"
        step, progress = self.plan.steps[number], self.steps[number]
        begun = "was begun" if progress.state == BEGUN else "comes next"
        return f"{number} of {count} steps are done; step {number + 1} {begun}: {step.what}"

    def progress(self, step: Step) -> Progress:
        """A step's."""
        return self.steps[self.plan.steps.index(step)]

    def close(self, outcome: str) -> None:
        """Write down how it has ended: ``done`` or ``aborted``."""
        self._document |= {"outcome": outcome, "ended": _now()}
        self.write()

    def write(self) -> None:
        """Write it down as it is."""
        self._document["steps"] = [vars(each) for each in self.steps]
        self._storage.write(*self._place, json.dumps(self._document, indent=1, ensure_ascii=False).encode())


class Timer:
    """Seconds since it was made."""

    def __init__(self) -> None:
        self._since = time.monotonic()

    @property
    def seconds(self) -> float:
        """So far."""
        return round(time.monotonic() - self._since, 2)


def unfinished(target: Target, pipeline: Pipeline) -> Record | None:
    """The record of the migration that has not ended, if there is one: the newest, for none begins before it has.

    :raises InputError: it is of another version of cdcctl.
    """
    bucket = pipeline.connect.plugin_bucket
    keys = target.storage.keys(bucket, folder(pipeline))
    found = target.storage.read(bucket, keys[-1]) if keys else None
    if found is None:
        return None
    try:
        document: Mapping[str, Any] = json.loads(found.content)
        if document["outcome"] is not None:
            return None
        if document["format"] == _FORMAT:
            return Record(target, (bucket, keys[-1]), dict(document), Plan.from_dict(document["plan"]))
    except (ValueError, KeyError, TypeError):
        pass
    raise InputError(
        f"s3://{bucket}/{keys[-1]} is no record of a migration that this version reads",
        hint="finish it with the version of cdcctl that wrote it",
    )


def folder(pipeline: Pipeline) -> str:
    """Where the records are in the pipeline's bucket."""
    return f"{pipeline_folder(pipeline)}evolve/"


def _now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
