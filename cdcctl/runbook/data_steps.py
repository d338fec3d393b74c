"""Steps on connectors and data: signal table, drain, pause and resume, backfill, and the comparison row by row."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from cdcctl.errors import InputError, RemoteError
from cdcctl.runbook.place import Place, patience
from cdcctl.runbook.plan import Kind, Step
from cdcctl.runbook.record import Progress
from cdcctl.verify.data.run import Options, reconcile
from cdcctl.verify.drain import NotDrainedError
from cdcctl.verify.findings import Finding


def signal_table(place: Place, _step: Step, _progress: Progress) -> dict[str, Any]:
    """Make the signal table, in which Debezium may write."""
    if place.signals:
        place.signals.create(place.accounts.source.user)
        place.drain.use(place.signals)
    return {}


def drain(place: Place, _step: Step, _progress: Progress) -> dict[str, Any]:
    """Wait until everything written so far has arrived."""
    return {hop.name: round(hop.seconds, 2) for hop in place.drain.run(place.say)}


def pause(place: Place, step: Step, _progress: Progress) -> dict[str, Any]:
    """Pause a connector, unless it is paused."""
    found = place.operations.settled(step.subject)
    if found is not None and found.state == "RUNNING":
        place.operations.perform(step.subject, f"pause connector {step.subject}", _pausing(place))
    return {}


def resume(place: Place, step: Step, _progress: Progress) -> dict[str, Any]:
    """Let a paused connector go on."""
    found = place.operations.settled(step.subject)
    if found is not None and found.state == "PAUSED":
        place.operations.perform(step.subject, f"resume connector {step.subject}", _resuming(place))
    return {}


def backfill(place: Place, step: Step, progress: Progress) -> dict[str, Any]:
    """Have Debezium send every row again, once: a signal that was sent before a crash is not sent again."""
    signals = place.signals
    if signals is None:
        raise RemoteError("there is no signal table")
    rows = place.accounts.source.count(step.subject)
    if "signal" not in progress.facts:
        # Before another table's snapshot is over, Debezium would only queue this one.
        place.drain.backfilled(place.say)
        progress.facts["signal"] = uuid.uuid4().hex
        place.record.write()
    if not signals.has(progress.facts["signal"]):
        signals.snapshot(step.subject, progress.facts["signal"])
    place.drain.backfilled(place.say)
    return {"rows": rows}


def verify(place: Place, step: Step, _progress: Progress) -> dict[str, Any]:
    """Compare a table as ``verify data`` does, at one place of the binlog: writers need not hold still.

    :raises InputError: it cannot be compared as it is.
    :raises NotDrainedError: a part of the pipeline does not get on.
    """
    how = Options(tables=(step.subject,), patience=patience(place.pipeline))
    try:
        report = reconcile(place.pipeline, place.target, how, place.say).report
    except InputError as error:
        error.hint = "--resume compares it again, such as while nothing is written; --abort ends the migration without"
        raise
    if not report.tables:
        raise NotDrainedError(*report.findings)
    (table,) = report.tables
    return {
        "equal": report.ok,
        "mysql_rows": table.mysql_rows,
        "parquet_rows": table.parquet_rows,
        "events": table.events,
        "mismatches": table.mismatches,
        "cut": report.facts["cut"],
        "findings": [finding.to_dict() for finding in report.news],
    }


def _pausing(place: Place) -> Any:
    return lambda found: place.target.msk_connect.pause_connector(found.arn)


def _resuming(place: Place) -> Any:
    return lambda found: place.target.msk_connect.resume_connector(found.arn)


@contextmanager
def told() -> Iterator[None]:
    """Say what keeps the pipeline from draining as an error.

    :raises RemoteError: instead.
    """
    try:
        yield
    except NotDrainedError as error:
        first = error.findings[0]
        lines = [line for finding in error.findings for line in _lines(finding)]
        raise RemoteError(
            f"the pipeline does not get on: {first.rule.title} ({first.code})", hint=first.rule.cure, details=lines
        ) from error


def _lines(finding: Finding) -> list[str]:
    where = f"{finding.table or ''}{f'.{finding.column}' if finding.column else ''}"
    return [f"{finding.code} {finding.rule.title} {where}".rstrip(), *(finding.detail or "").splitlines()]


HANDLERS = {
    Kind.SIGNAL_TABLE: signal_table,
    Kind.DRAIN: drain,
    Kind.PAUSE: pause,
    Kind.RESUME: resume,
    Kind.BACKFILL: backfill,
    Kind.VERIFY: verify,
}
