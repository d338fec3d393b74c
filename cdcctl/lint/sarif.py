"""A report as SARIF, see :mod:`cdcctl.sarif`."""

from __future__ import annotations

from typing import Any

from cdcctl import sarif
from cdcctl.lint.catalogue import rules
from cdcctl.lint.finding import Finding
from cdcctl.lint.run import Report


def to_sarif(report: Report) -> dict[str, Any]:
    """The report as one SARIF log."""
    known = list(rules())
    results = [_result(each, known) for each in (*report.findings, *report.suppressed)]
    return sarif.log([_rule(code) for code in known], results)


def _rule(code: str) -> dict[str, Any]:
    rule = rules()[code]
    return sarif.rule(code, rule.title, rule.why, f"{rule.cure}\n\nSource: {rule.source}", rule.severity)


def _result(finding: Finding, known: list[str]) -> dict[str, Any]:
    where = finding.location
    # Without a line a column says nothing.
    column = where.column if where.line is not None else None
    location = sarif.place(where.file, startLine=where.line, startColumn=column)
    if finding.location.key:
        location["logicalLocations"] = [{"name": finding.location.key, "kind": "member"}]
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": known.index(finding.code),
        "level": finding.rule.severity,
        "message": {"text": f"{finding.rule.title}: {finding.message}"},
        "locations": [location],
    }
    if finding.reason is not None:
        result["suppressions"] = [{"kind": "inSource", "justification": finding.reason}]
    return result
