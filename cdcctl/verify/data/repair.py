"""Healing: ask Debezium to send the rows that differ again, and compare until they are equal or nothing changes."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from cdcctl.aws.credentials import read_credentials
from cdcctl.aws.target import Target
from cdcctl.mysql.server import Server
from cdcctl.mysql.signals import Signals
from cdcctl.pipeline import Pipeline
from cdcctl.verify.data.healing import Healing
from cdcctl.verify.data.run import Options, Outcome, reconcile
from cdcctl.verify.data.tables import OF_EVENTS
from cdcctl.verify.findings import Finding
from cdcctl.verify.report import Report, StepResult
from cdcctl.verify.results import TableResult
from cdcctl.verify.sinks import signal_table

Say = Callable[[str], None]
_PAUSE = 2.0


def repaired(pipeline: Pipeline, target: Target, options: Options, before: Outcome, say: Say) -> Outcome:
    """Send the signals of an outcome, and compare the tables again until they are healed.

    :raises InputError: the pipeline has no signal table.
    :raises RemoteError: the signals cannot be written.
    """
    started = time.monotonic()
    tables = tuple(healing.table for healing in before.healings)
    say(f"asking for incremental snapshots of {', '.join(tables)}")
    send(pipeline, target, before.healings)
    again = replace(options, tables=tables, state=None)
    after, since, last = before, time.monotonic(), None
    while True:
        target.check()
        time.sleep(_PAUSE)
        after = reconcile(pipeline, target, again, say)
        if not after.healings:
            break
        rows = {healing.table: healing.rows for healing in after.healings}
        if rows != last:
            last, since = rows, time.monotonic()
        elif time.monotonic() - since > options.patience:
            break
    step = StepResult(
        f"repair: {', '.join(tables)}", time.monotonic() - started, f"{len(before.healings)} signal(s), compared again"
    )
    errors = (*before.errors, *after.errors)
    report = _merged(before.report, after.report, step)
    return replace(after, report=replace(report, ok=report.ok and not errors), errors=errors)


def _merged(before: Report, after: Report, step: StepResult) -> Report:
    """The first report with the tables that were compared again as they are now."""
    now = {table.table: table for table in after.tables}
    tables = tuple(now.get(table.table, table) for table in before.tables)
    left = {_place(finding) for table in tables for finding in table.findings}
    # What was lost of the events stays lost.
    rows = [finding for finding in _wrong(before.tables) if finding.rule.slug not in OF_EVENTS]
    cured = [finding for finding in rows if _place(finding) not in left]
    ok = not any(table.mismatches for table in tables) and not any(f.rule.severity != "note" for f in after.findings)
    facts = {**after.facts, "cut before the repair": before.facts.get("cut", "")}
    seconds = {"total": before.seconds.get("total", 0.0) + step.seconds}
    return replace(
        after,
        ok=ok,
        tables=tables,
        cured=tuple(cured),
        facts=facts,
        seconds=seconds,
        steps=(*before.steps, step, *after.steps),
    )


def _wrong(tables: Sequence[TableResult]) -> list[Finding]:
    return [finding for table in tables for finding in table.findings if finding.rule.severity != "note"]


def _place(finding: Finding) -> tuple[str, str | None, str | None]:
    return finding.code, finding.table, finding.column


def send(pipeline: Pipeline, target: Target, healings: Sequence[Healing]) -> None:
    """Write the signals into the signal table, on a connection of their own: the one that compares cannot write."""
    source = pipeline.source
    user, password = read_credentials(target, source.credentials)
    signals = Signals(Server(source.host, source.port, user, password), signal_table(pipeline))
    for healing in healings:
        signals.snapshot(healing.table, condition=healing.condition)
