"""What each sink makes of a new version: the Iceberg sink by its own classes, the S3 sinks by what their code says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from cdcctl.evolve.fields import fields
from cdcctl.evolve.report import Effect
from cdcctl.evolve.rules import Finding, finding
from cdcctl.evolve.settings import Settings
from cdcctl.schema.prediction import Child

_ICEBERG = "iceberg"
_MISSING = "the column is required in the table, and records no longer have it"


Step = Mapping[str, Any]


def with_sinks(effects: Sequence[Effect], steps: Sequence[Step | None], settings: Settings) -> list[Effect]:
    """All effects, with the verdicts of all sinks and what is to be found in them.

    :param steps: of :func:`written`, one an effect.
    """
    return [_with_sinks(effect, step, settings.sinks) for effect, step in zip(effects, steps, strict=True)]


def written(groups: Sequence[Sequence[Effect]], child: Child, settings: Settings) -> list[Step | None]:
    """For each effect what the Iceberg sink does at the first record of its new version; None where there is none.

    :param groups: each begins with tables as they were; what follows one another in a group goes to the same tables.
    """
    found = _by_place(groups, child, settings)
    return [found.get((number, index)) for number, group in enumerate(groups) for index in range(len(group))]


_Place = tuple[int, int]


def _by_place(groups: Sequence[Sequence[Effect]], child: Child, settings: Settings) -> dict[_Place, Step]:
    """The same by group and index of an effect.

    The versions of a topic are written to one table in their order, since a table keeps what older versions gave it.
    """
    timelines: dict[tuple[int, str], list[str]] = {}
    places: dict[_Place, tuple[tuple[int, str], int]] = {}
    numbered = {(number, index): each for number, group in enumerate(groups) for index, each in enumerate(group)}
    for place, effect in numbered.items():
        side = effect.value
        if side.schema is None or side.after is None or effect.outcome == "kills-the-connector":
            continue
        if side.before == side.after and not side.is_new:
            continue
        table = place[0], side.schema
        timeline = timelines.setdefault(table, list(side.versions))
        if side.before is not None and timeline[-1:] != [side.before]:
            timeline.append(side.before)
        timeline.append(side.after)
        places[place] = (table, len(timeline) - 1)
    if not timelines:
        return {}
    first: dict[tuple[int, str], int] = {}
    for table, number in places.values():
        first[table] = min(number, first.get(table, number))
    sink = child.iceberg(settings.iceberg)
    asked = [(definitions, first[table]) for table, definitions in timelines.items()]
    steps = dict(zip(timelines, sink.write_all(asked), strict=True))
    return {place: step for place, (table, number) in places.items() if (step := steps[table][number]) is not None}


def _with_sinks(effect: Effect, step: Mapping[str, Any] | None, configured: Sequence[str]) -> Effect:
    if effect.value.after is None or effect.outcome in ("not-captured", "kills-the-connector"):
        return effect
    found = list(_iceberg_findings(step)) if step and _ICEBERG in configured else []
    if effect.key.before is not None and effect.key.after is None:
        found.append(finding("keyless", f"{effect.table} has no key any more"))
    files = _files(effect)
    sink = {_ICEBERG: _iceberg(effect, step), "confluent": _confluent(files), "aiven": _aiven(effect, files)}
    return replace(effect, sink=sink, findings=(*effect.findings, *found))


def _iceberg(effect: Effect, step: Mapping[str, Any] | None) -> dict[str, Any]:
    """``accepted``; ``columns`` of the table after it; ``fails`` and ``loses``: column → why."""
    if step is None:
        return {"accepted": True, "change": "none", "columns": None}
    old, new = fields(effect.value.before), fields(effect.value.after)
    fails = {**dict(_failures(step)), **dict.fromkeys(step["missing"], _MISSING)}
    return {
        "accepted": not (fails or step["missing"] or step["error"]),
        "change": "new table" if effect.value.before is None and not effect.value.versions else "schema update",
        "added": [name for name in new if name in step["added"]],
        "widened": step["widened"],
        "made_optional": step["relaxed"],
        "null_from_now_on": [name for name in old if name not in new],
        "null_before": [name for name in new if name in step["added"]],
        "fails": fails,
        "loses": dict(_losses(step)),
        "error": step["error"],
        "columns": step["columns"],
    }


def _failures(step: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, values in step["values"].items():
        failed = [value for value in values if value["error"]]
        if failed:
            error = failed[-1]["error"]
            some = "" if len(failed) == len(values) else f" at values such as {failed[-1]['sent']!r}"
            yield name, f"{error['class'].rpartition('.')[2]}: {error['message']}{some}"


def _losses(step: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, values in step["values"].items():
        for value in values:
            if not value["error"] and value["stored"] != value["sent"]:
                yield name, f"{value['sent']} is stored as {value['stored']}"


def _iceberg_findings(step: Mapping[str, Any]) -> Iterator[Finding]:
    columns = step["columns"]
    for name, values in step["values"].items():
        failed = [value for value in values if value["error"]]
        kind = columns.get(name, "").partition(" ")[2]
        if failed and len(failed) == len(values):
            yield finding("iceberg-fails", f"{name}: the column is {kind}; {dict(_failures(step))[name]}", name)
        elif failed:
            yield finding(
                "iceberg-fails-by-value", f"{name}: the column is {kind}; {dict(_failures(step))[name]}", name
            )
    for name, loss in _losses(step):
        yield finding("iceberg-loses", f"{name}: the column is {columns[name].partition(' ')[2]}; {loss}", name)
    for name in step["missing"]:
        yield finding("iceberg-fails", f"{name}: {_MISSING}", name)
    if step["error"]:
        yield finding("iceberg-fails", f"the table cannot be changed: {step['error']['message']}")


def _confluent(files: Mapping[str, Any]) -> dict[str, Any]:
    """StorageSchemaCompatibility NONE, the only one that works with the Glue converter: any difference, a new file."""
    return {"accepted": True, **files}


def _aiven(effect: Effect, files: Mapping[str, Any]) -> dict[str, Any]:
    """SchemaBasedTopicPartitionRecordGrouper: a new file at any difference of key or value; no record without a key."""
    keyless = effect.key.after is None
    why = "records without a key schema stop it (Record must have schemas for key and value)" if keyless else None
    return {"accepted": not keyless, **files, "why": why}


def _files(effect: Effect) -> dict[str, Any]:
    changed = effect.value.before is not None and effect.value.before != effect.value.after
    old, new = fields(effect.value.before), fields(effect.value.after)
    both = [name for name in new if name in old and old[name].tree != new[name].tree] if changed else []
    mixed = [name for name in both if old[name].primitive != new[name].primitive]
    return {"new_file": changed, "mixed_types": mixed}
