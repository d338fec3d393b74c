"""A report as GitHub shows it beside the lines of a pull request.

Source: GitHub, "Workflow commands for GitHub Actions", "Setting a notice message": what a value may hold is escaped as
in actions/toolkit, packages/core/src/command.ts.
"""

from __future__ import annotations

from collections.abc import Iterator

from cdcctl.evolve import text
from cdcctl.evolve.report import Effect, Report
from cdcctl.evolve.rules import Finding

_COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}


def lines(report: Report) -> Iterator[str]:
    """An annotation for each finding, and the summary as it is in a log."""
    for effect in report.effects:
        for finding in effect.findings:
            yield _annotation(effect, finding)
    yield text.summary(report)


def _annotation(effect: Effect, finding: Finding) -> str:
    said = f"{effect.table}: {finding.message}" if effect.table else finding.message
    said += f"\nCure: {finding.rule.cure}"
    if finding.rewrite:
        said += f"\nInstead (predicted, passes):\n{finding.rewrite}"
    title = _property(f"{finding.code} {finding.rule.title}")
    place = f"file={_property(effect.migration.file)},line={effect.migration.line},title={title}"
    return f"::{_COMMANDS[finding.severity]} {place}::{_value(said)}"


def _value(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _value(text).replace(":", "%3A").replace(",", "%2C")
