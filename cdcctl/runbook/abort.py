"""End a migration half way: nothing that was set for its time stays, and what has taken effect is said.

A statement that has run cannot be taken back. Its version is registered before the mode is set back, so that the
connector does not meet a refusal at the next row.
"""

from __future__ import annotations

from collections.abc import Iterator

from cdcctl.deploy.run import Run
from cdcctl.errors import RemoteError
from cdcctl.runbook import data_steps, ddl_steps, registry_steps
from cdcctl.runbook.executor import Report
from cdcctl.runbook.place import Place
from cdcctl.runbook.plan import How, Kind, SchemaChange, Step
from cdcctl.runbook.record import BEGUN, DONE, Progress
from cdcctl.runbook.wanted import Effect, Look, Seen, child_of


def abort(place: Place) -> Report:
    """Set everything back.

    :raises RemoteError: something could not be; it may be called again.
    """
    if place.plan.how is How.BUILT_IN and any(step.kind is Kind.DDL for step in place.plan.steps):
        ddl_steps.settle(place)
    return set_back(place, _seen(place))


def set_back(place: Place, seen: Seen) -> Report:
    """As :func:`abort`, with the tables as they were seen."""
    left: list[str] = []
    with data_steps.told():
        for step, progress in reversed(list(zip(place.plan.steps, place.record.steps, strict=True))):
            if progress.state in (BEGUN, DONE):
                left += _undo(place, step, progress, seen)
    effects = (*dict.fromkeys(left), *_told(place, seen))
    place.record.close("aborted")
    return Report(place.plan, "aborted", tuple(place.record.steps), effects)


def _seen(place: Place) -> Seen:
    with child_of(place.settings) as child:
        return Look(place.plan, place.settings, place.accounts.source, child).seen()


def _undo(place: Place, step: Step, progress: Progress, seen: Seen) -> list[str]:
    """Undo one step; what of it has to stay, in words."""
    run: Run = place.run
    left: list[str] = []
    if step.kind is Kind.PAUSE:
        data_steps.resume(place, step, progress)
    elif step.kind is Kind.RELAX:
        change = place.plan.schema(step.subject)
        if _has_run(change, seen):
            with run.change(f"register what {change.table} gives now with {change.id}"):
                _register(place, change)
        else:
            left = _forget(place, change)
        with run.change(f"set {change.id} back to {change.mode}"):
            registry_steps.tighten(place, step, progress)
    elif step.kind is Kind.REGISTER:
        change = place.plan.schema(step.subject)
        if not _has_run(change, seen):
            left = _forget(place, change)
    elif step.kind is Kind.BACKFILL and progress.state == BEGUN:
        _stop(place, step, progress)
    return left


def _has_run(change: SchemaChange, seen: Seen) -> bool:
    """Whether the table may give the new version."""
    return seen.effects.get(change.table, Effect.WHOLE) is not Effect.NONE


def _register(place: Place, change: SchemaChange) -> None:
    """The versions of statements that have taken effect, while the mode still takes them."""
    found = place.target.registry.find_schema(change.registry, change.name)
    if found is None or found.compatibility != change.relaxed:
        return
    for definition in change.definitions:
        registry_steps.register_one(place, change, definition)


def _forget(place: Place, change: SchemaChange) -> list[str]:
    """Delete versions that this migration has registered and no event can have used; those that cannot be deleted."""
    before = {
        version_id
        for step, progress in zip(place.plan.steps, place.record.steps, strict=True)
        if step.kind is Kind.REGISTER and step.subject == change.id
        for version_id in progress.facts.get("before", ())
    }
    if not before:
        return []
    found = place.target.registry.find_schema(change.registry, change.name)
    left = []
    for version in place.target.registry.versions(change.registry, change.name):
        if version.id in before or version.definition not in change.definitions:
            continue
        if found and version.number == found.checkpoint:
            left.append(f"version {version.number} of {change.id} stays: it is the checkpoint, which never moves back")
        else:
            with place.run.change(f"delete version {version.number} of {change.id}, which no event has used"):
                problems = place.target.registry.delete_versions(change.registry, change.name, str(version.number))
            if problems:
                raise RemoteError(f"version {version.number} of {change.id} cannot be deleted: {problems}")
    return left


def _stop(place: Place, step: Step, progress: Progress) -> None:
    """End our incremental snapshot, if it is under way."""
    if place.signals and place.drain.snapshot() == progress.facts.get("signal", ""):
        with place.run.change(f"stop sending {step.subject} again"):
            place.signals.stop_snapshot(step.subject)
            place.drain.backfilled(place.say)


def _told(place: Place, seen: Seen) -> Iterator[str]:
    for table, effect in seen.effects.items():
        if effect is Effect.NONE:
            yield f"{table} is as before: none of the statements about it has taken effect"
        elif effect is Effect.WHOLE:
            yield f"{table} is as the migration wants it: the statements about it have taken effect"
        else:
            yield f"{table} is neither as before nor as wanted: some of the statements about it have taken effect"
    for step, progress in zip(place.plan.steps, place.record.steps, strict=True):
        left = step.kind is Kind.BACKFILL and progress.state != DONE
        if left and seen.effects.get(step.subject) is not Effect.NONE:
            cure = "cdcctl evolve apply --backfill with the same migration does it"
            yield f"{step.subject} was not sent again, or not all of it ({step.why}); {cure}"
