"""A report as SARIF, see :mod:`cdcctl.sarif`."""

from __future__ import annotations

from typing import Any

from cdcctl import sarif
from cdcctl.evolve.report import Effect, Report
from cdcctl.evolve.rules import RULES, Finding


def to_sarif(report: Report) -> dict[str, Any]:
    """The report as one SARIF log."""
    known = [sarif.rule(each.code, each.title, each.why, each.cure, each.severity) for each in RULES.values()]
    results = [_result(effect, finding) for effect in report.effects for finding in effect.findings]
    return sarif.log(known, results)


def _result(effect: Effect, finding: Finding) -> dict[str, Any]:
    text = f"{finding.rule.title}: {finding.message}"
    if finding.rewrite:
        text += f"\n\nInstead (predicted, passes):\n{finding.rewrite}"
    location = sarif.place(effect.migration.file, startLine=effect.migration.line)
    if name := ".".join(part for part in (effect.table, finding.column) if part):
        location["logicalLocations"] = [{"name": name, "kind": "member"}]
    return {
        "ruleId": finding.code,
        "ruleIndex": list(RULES).index(finding.code),
        "level": finding.severity,
        "message": {"text": text},
        "locations": [location],
    }
