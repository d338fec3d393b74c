"""A report as SARIF 2.1.0, which code hosts show beside the lines of a pull request.

Source: OASIS, Static Analysis Results Interchange Format (SARIF) Version 2.1.0.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote

from cdcctl import __version__
from cdcctl.lint.catalogue import rules
from cdcctl.lint.finding import Finding
from cdcctl.lint.run import Report

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def to_sarif(report: Report) -> dict[str, Any]:
    """The report as one SARIF log. Our severities are its levels."""
    known = list(rules())
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {"name": "cdcctl", "version": __version__, "rules": [_rule(code) for code in known]}
                },
                "columnKind": "unicodeCodePoints",
                "results": [_result(each, known) for each in (*report.findings, *report.suppressed)],
            }
        ],
    }


def _rule(code: str) -> dict[str, Any]:
    rule = rules()[code]
    return {
        "id": code,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.why},
        "help": {"text": f"{rule.cure}\n\nSource: {rule.source}"},
        "defaultConfiguration": {"level": rule.severity},
    }


def _result(finding: Finding, known: list[str]) -> dict[str, Any]:
    region = {"startLine": finding.location.line, "startColumn": finding.location.column}
    place: dict[str, Any] = {"artifactLocation": {"uri": _uri(finding.location.file)}}
    if finding.location.line is not None:
        place["region"] = {name: number for name, number in region.items() if number is not None}
    location: dict[str, Any] = {"physicalLocation": place}
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


def _uri(file: str) -> str:
    path = Path(file)
    return path.as_uri() if path.is_absolute() else quote(path.as_posix())
