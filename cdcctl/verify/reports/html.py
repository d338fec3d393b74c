"""One self-contained page: the pipeline as a picture, schema versions, differences with both values, timings."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cdcctl.pages import template, thousands
from cdcctl.verify.report import Report
from cdcctl.verify.reports.history import BARS, Earlier, Past, trend
from cdcctl.verify.reports.text import place
from cdcctl.verify.schemas import SchemaResult

_HOPS = ("MySQL → Kafka", "Kafka → S3", "S3 → table")
_OPERATIONS = {"r": "read by a snapshot", "c": "insert", "u": "update", "d": "delete"}


@dataclass(frozen=True)
class Stop:
    """A box of the picture, with what is counted there, and the seconds of the stretch that leads to the next one."""

    name: str
    count: str
    unit: str
    seconds: float | None = None


@dataclass(frozen=True)
class FieldChange:
    """A field that one version of a schema has and the one before has not (``+``), or the other way round (``-``)."""

    sign: str
    name: str
    type: str


def page(reports: Sequence[Report], earlier: Earlier) -> str:
    """The page.

    :param earlier: scenario → earlier runs, the oldest first.
    """
    made = template(Path(__file__).with_name("page.html.j2"), seconds=_seconds, place=place)
    return made.render(
        reports=[(number, report, _view(report, earlier)) for number, report in enumerate(reports, 1)],
        ok=all(report.ok for report in reports),
    )


def _view(report: Report, earlier: Earlier) -> Mapping[str, Any]:
    return {
        "stops": _stops(report),
        "steps": _steps(report),
        "schemas": [(schema, _changes(schema)) for schema in report.schemas],
        "runs": _runs(report, earlier),
        "trend": trend(report, earlier),
        "operations": [
            (table.table, [(_operation(op, count), count) for op, count in table.operations.items()])
            for table in report.tables
            if table.operations
        ],
    }


def _stops(report: Report) -> list[Stop]:
    """The way of a row; a stretch's time is the sum over all drains."""
    taken = dict.fromkeys(_HOPS, 0.0)
    for step in report.steps:
        for hop in step.hops:
            taken[hop.name] = taken.get(hop.name, 0.0) + hop.seconds
    sums = {
        name: sum(getattr(table, name) for table in report.tables) for name in ("mysql_rows", "events", "parquet_rows")
    }
    way = (
        ("MySQL", "mysql_rows", "rows", _HOPS[0]),
        ("Kafka", "events", "events", _HOPS[1]),
        ("S3", "events", "events in files", _HOPS[2]),
        ("Parquet table", "parquet_rows", "current rows", None),
    )
    return [Stop(name, thousands(sums[key]), unit, taken[hop] if hop else None) for name, key, unit, hop in way]


def _steps(report: Report) -> list[tuple[str, float, str, float, float]]:
    """Name, seconds, detail, and left edge and width of its bar in percent of the whole."""
    rows = [(step.step, step.seconds, step.detail) for step in report.steps]
    for name, words in (("stack", "start MySQL, Kafka and the AWS endpoint"),):
        if name in report.seconds:
            rows.insert(0, (words, report.seconds[name], ""))
    for name, words in (("compare", "compare MySQL with Parquet"), ("shut down", "shut everything down")):
        if name in report.seconds:
            rows.append((words, report.seconds[name], ""))
    whole = sum(seconds for _, seconds, _ in rows) or 1.0
    drawn, at = [], 0.0
    for name, seconds, detail in rows:
        drawn.append((name, seconds, detail, 100 * at / whole, 100 * seconds / whole))
        at += seconds
    return drawn


def _changes(schema: SchemaResult) -> list[tuple[Any, list[FieldChange]]]:
    """Each version with the fields it gained and lost."""
    result = []
    before: dict[str, str] | None = None
    for version in schema.versions:
        fields = _fields(version.definition)
        changes = []
        if before is not None:
            changes += [FieldChange("+", *each) for each in fields.items() if each not in before.items()]
            changes += [FieldChange("-", *each) for each in before.items() if each not in fields.items()]
        result.append((version, changes))
        before = fields
    return result


def _fields(definition: str) -> dict[str, str]:
    """Field → its type, as compact JSON."""
    schema = json.loads(definition)
    return {each["name"]: json.dumps(each["type"], ensure_ascii=False) for each in schema.get("fields", [])}


def _runs(report: Report, earlier: Earlier) -> list[tuple[Past, float]]:
    """The last runs and this one, each with the height of its bar in percent of the longest."""
    runs = [*earlier.get(report.scenario, ())]
    if not runs:
        return []
    runs.append(Past("now", report.ok, report.seconds.get("total", 0.0)))
    runs = runs[-BARS:]
    longest = max(run.seconds for run in runs) or 1.0
    return [(run, 100 * run.seconds / longest) for run in runs]


def _operation(op: str, count: int) -> str:
    words = _OPERATIONS.get(op, op)
    return words if op == "r" or count == 1 else f"{words}s"


def _seconds(value: float) -> str:
    return f"{value:.1f} s"
