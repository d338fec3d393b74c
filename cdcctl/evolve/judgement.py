"""From verdicts to findings: what the registry, the sinks and the silent changes mean for this pipeline."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from cdcctl.evolve import binlog, silent
from cdcctl.evolve.effects import judged
from cdcctl.evolve.fields import fields
from cdcctl.evolve.query import with_queries
from cdcctl.evolve.report import Effect, Side
from cdcctl.evolve.rules import Finding, finding
from cdcctl.evolve.settings import Settings
from cdcctl.evolve.sink import with_sinks, written
from cdcctl.evolve.verdicts import Judge, reasons
from cdcctl.schema.compatibility import Mode
from cdcctl.schema.prediction import Child

# API_RegisterSchemaVersion: length constraint of SchemaDefinition.
_LONGEST = 170_000
_PAIRWISE = ("BACKWARD", "FORWARD", "FULL")


def fully_judged(groups: Sequence[Sequence[Effect]], child: Child, settings: Settings, judge: Judge) -> list[Effect]:
    """All effects with the verdicts of registry, sinks and queries, and everything that is to be found in them.

    :param groups: as of :func:`with_sinks`.
    """
    effects = judged([effect for group in groups for effect in group], judge)
    with ThreadPoolExecutor(1) as asking:
        # The child writes to its sink meanwhile; what the judge is asked for here, it knows.
        steps = asking.submit(written, groups, child, settings)
        effects = [with_queries(with_findings(effect, settings, judge), settings) for effect in effects]
        return with_sinks(effects, steps.result(), settings)


def with_findings(effect: Effect, settings: Settings, judge: Judge) -> Effect:
    """The effect with everything there is to say of it, but the sinks and queries."""
    return replace(effect, findings=(*effect.findings, *_all(effect, settings, judge)))


def _all(effect: Effect, settings: Settings, judge: Judge) -> Iterator[Finding]:
    if effect.outcome == "unknown" and binlog.takes_columns_from_a_query(effect.migration.sql):
        yield finding("create-select", f"{effect.table}: its columns are not known here")
    if effect.outcome in ("not-captured", "kills-the-connector", "unknown"):
        return
    if effect.models[0] is not None and effect.models[1] is None:
        yield finding("table-gone", f"{effect.table} is dropped")
    if effect.renamed_from and effect.outcome == "new-schema" and effect.models[0] is not None:
        yield finding("new-schema", f"{effect.renamed_from} becomes {effect.table}: topic {effect.value.schema}")
    yield from _registry(effect)
    yield from _steps(effect, judge)
    yield from _snapshot(effect, judge)
    yield from _key(effect)
    yield from silent.findings(effect, settings.source)


def _registry(effect: Effect) -> Iterator[Finding]:
    for name, side in (("key", effect.key), ("value", effect.value)):
        if side.after is None:
            continue
        if len(side.after) > _LONGEST:
            yield finding("definition-too-long", f"the {name} has {len(side.after)} characters")
        if side.before != side.after and side.after in side.versions and side.before is not None:
            number = side.versions.index(side.after) + 1
            yield finding("old-version-again", f"the {name} is version {number} again")
        if not side.compatible.get(side.mode.value, True):
            yield finding(f"{name}-refused", _refused(side, side.mode))
        elif older := _older(side):
            yield finding(
                "older-versions", f"the {name} passes {older[0]} and fails {older[0]}_ALL: {_why(side, None)}"
            )
        elif refusing := [each for each in _PAIRWISE[:2] if not side.compatible[each]]:
            told = f"the {name} passes {side.mode.value}; {' and '.join(refusing)} would refuse it: {_why(side, None)}"
            yield finding("other-modes", told)


def _steps(effect: Effect, judge: Judge) -> Iterator[Finding]:
    """What passes after a version that may never be registered, for want of a row that has it."""
    for name, side in (("key", effect.key), ("value", effect.value)):
        mode = side.mode.value
        if side.after is None or side.standing == side.versions or not side.compatible.get(mode, False):
            continue
        compatible = judge.modes(side.after, side.standing)
        if not compatible[mode]:
            directly = replace(side, reasons=reasons(side.after, side.standing, compatible, judge))
            told = f"without a row between the statements {mode} refuses the {name}: {_why(directly, side.mode)}"
            yield finding("steps-unregistered", told)


def _older(side: Side) -> list[str]:
    """Modes that fail against an older version alone, because of a field that changes now."""
    changed = {change.field for change in side.changes}
    if not any(reason.field.partition(".")[0] in changed for reason in side.reasons):
        return []
    return [each for each in _PAIRWISE if side.compatible[each] and not side.compatible[f"{each}_ALL"]]


def _refused(side: Side, mode: Mode) -> str:
    if mode is Mode.DISABLED:
        return "DISABLED takes no new version, whatever it holds"
    return f"{mode.value} refuses it: {_why(side, mode)}"


def _why(side: Side, mode: Mode | None) -> str:
    """The reasons in a sentence, those that matter to a mode."""
    told = [reason.message for reason in side.reasons if mode is None or mode.value in reason.modes]
    return "; ".join(dict.fromkeys(told))


def _snapshot(effect: Effect, judge: Judge) -> Iterator[Finding]:
    """The next snapshot registers something else; told at the statement that brings it about."""
    for name, side in (("key", effect.key), ("value", effect.value)):
        if side.snapshot is None or side.after is None or side.before == side.after:
            continue
        shown, streamed, old = fields(side.snapshot), fields(side.after), fields(side.before)
        differing = [each for each in streamed if shown[each].tree != streamed[each].tree]
        if all(each in old and old[each].tree == streamed[each].tree for each in differing):
            continue
        verdict = judge.modes(side.snapshot, (side.after,))
        told = "takes" if verdict[side.mode.value] else "refuses"
        changes = ", ".join(f"{each} becomes {shown[each].words}" for each in differing)
        yield finding("snapshot-differs", f"in the {name} {changes}; {side.mode.value} {told} that", differing[0])


def _key(effect: Effect) -> Iterator[Finding]:
    side = effect.key
    if side.before is None or side.before == side.after or effect.renamed_from:
        return
    old, new = list(fields(side.before)), list(fields(side.after))
    if side.after is not None and side.snapshot is not None:
        shown, streamed = fields(side.snapshot), fields(side.after)
        optional = [name for name in streamed if streamed[name].nullable and not shown[name].nullable]
        for name in optional:
            yield finding("key-optional", f"{name}: repeat NOT NULL", name)
    if side.after is not None:
        told = f"{', '.join(old)} becomes {', '.join(new)}" if old != new else f"the type of {', '.join(new)} changes"
        yield finding("key-changes", f"the key of {effect.table}: {told}")
