"""Walk a plan from the first step that is not done, each journalled around it; every step may be taken again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cdcctl.errors import CdcctlError
from cdcctl.runbook import data_steps, ddl_steps, registry_steps
from cdcctl.runbook.place import Place
from cdcctl.runbook.plan import Kind, Plan, Step
from cdcctl.runbook.record import BEGUN, DONE, Progress, Record, Timer

Handler = Callable[[Place, Step, Progress], Mapping[str, Any]]
HANDLERS: dict[Kind, Handler] = {**registry_steps.HANDLERS, **data_steps.HANDLERS, **ddl_steps.HANDLERS}


@dataclass(frozen=True)
class Report:
    """What a run came to.

    :ivar ended: ``done``; ``different``: all but a comparison is, which found differences, so that it stays open;
        ``aborted``; or ``nothing`` when there was nothing to do.
    :ivar effects: of an aborted one, what of the statements took effect, a line each.
    """

    plan: Plan
    ended: str
    steps: tuple[Progress, ...] = ()
    effects: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether every table that was compared is equal; of an aborted one it is no question."""
        return self.ended != "different"

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "pipeline": self.plan.pipeline,
            "ok": self.ok,
            "ended": self.ended,
            "plan": self.plan.to_dict(),
            "steps": [
                {"kind": step.kind.value, "subject": step.subject, "what": step.what, **vars(progress)}
                for step, progress in zip(self.plan.steps, self.steps, strict=False)
            ],
            "effects": list(self.effects),
        }


def execute(place: Place) -> Report:
    """Take every step that is left.

    Where rows differ it stays open, so that ``--resume`` compares again what was different.

    :raises CdcctlError: one failed; its details say where the migration stands. ``--resume`` takes it again.
    """
    record = place.record
    try:
        for step, progress in zip(record.plan.steps, record.steps, strict=True):
            if progress.state != DONE:
                _take(place, step, progress)
    except CdcctlError as error:
        error.details = (*error.details, *standing(record))
        raise
    if any(progress.state != DONE for progress in record.steps):
        return Report(record.plan, "different", tuple(record.steps))
    record.close("done")
    return Report(record.plan, "done", tuple(record.steps))


def standing(record: Record) -> tuple[str, ...]:
    """Where a migration stands and how to go on, two lines."""
    return (record.standing, "go on with --resume, or set everything back with --abort")


def _take(place: Place, step: Step, progress: Progress) -> None:
    timer = Timer()
    progress.state = BEGUN
    place.record.write()
    with place.run.change(step.what) as facts, data_steps.told():
        found = HANDLERS[step.kind](place, step, progress)
        facts |= {"migration": place.record.id}
    progress.facts |= found
    progress.seconds = round(progress.seconds + timer.seconds, 2)
    # A comparison that found differences is not over: what comes after it are comparisons of other tables.
    progress.state = DONE if found.get("equal", True) else BEGUN
    place.record.write()
