"""What earlier runs took: a file of JSON lines, one a run, the oldest first."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from statistics import median

from cdcctl.errors import InputError
from cdcctl.verify.report import Report

_KEPT = 30
# The last runs that a report looks at, this one among them.
BARS = 20


@dataclass(frozen=True)
class Past:
    """One earlier run of a scenario. ``at``: ISO 8601 in UTC."""

    at: str
    ok: bool
    seconds: float


Earlier = Mapping[str, Sequence[Past]]


def read(path: Path) -> Earlier:
    """Scenario → its last runs, the oldest first; nothing when there is no such file.

    :raises InputError: the file cannot be read, or is not such a history.
    """
    runs: dict[str, list[Past]] = {}
    try:
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        for line in filter(None, lines):
            entry = json.loads(line)
            past = Past(str(entry["at"]), bool(entry["ok"]), float(entry["seconds"]))
            runs.setdefault(str(entry["scenario"]), []).append(past)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path} is not a history of runs: {error}", hint="name another file, or delete it") from None
    return {scenario: some[-_KEPT:] for scenario, some in runs.items()}


def append(path: Path, reports: Sequence[Report]) -> None:
    """Add these runs.

    :raises InputError: the file cannot be written.
    """
    now = datetime.now(timezone.utc).isoformat(timespec="seconds")
    lines = [
        json.dumps({"scenario": each.scenario, "at": now, "ok": each.ok, "seconds": round(each.seconds["total"], 3)})
        for each in reports
        if "total" in each.seconds
    ]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in lines)
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}", hint="name another --history") from None


def trend(report: Report, earlier: Earlier) -> str:
    """This run's time against that of the ones before it, in words; nothing when there are none."""
    runs = earlier.get(report.scenario, ())[-BARS + 1 :]
    if not runs:
        return ""
    took = sorted(run.seconds for run in runs)
    spread = f"{took[0]:.1f} s"
    if took[0] < took[-1]:
        spread = f"{took[0]:.1f} to {took[-1]:.1f} s, half of them up to {median(took):.1f} s"
    before = "the one before it" if len(runs) == 1 else f"the {len(runs)} before it"
    since = runs[0].at[:16].replace("T", " ")
    words = f"{report.seconds.get('total', 0.0):.1f} s now; {before}, since {since} UTC: {spread}"
    failed = sum(not run.ok for run in runs)
    return f"{words}; {failed} of them failed" if failed else words
