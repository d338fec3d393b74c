"""A report as text and as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from cdcctl.lint.finding import Finding
from cdcctl.lint.run import Report
from cdcctl.secrets import is_plain_secret, looks_secret

_PLURALS = {"error": "errors", "warning": "warnings", "note": "notes"}


def to_text(report: Report) -> str:
    """What was found, a paragraph each, and how much it comes to."""
    lines: list[str] = []
    for finding in report.fixed:
        lines.append(f"{finding.location.file}: {finding.code} fixed: {', '.join(_changes(finding))}")
    if report.fixed:
        lines.append("")
    for finding in report.findings:
        lines += _paragraph(finding)
    return "\n".join([*lines, _summary(report)])


def to_dict(report: Report) -> dict[str, Any]:
    """The same facts as one JSON document."""
    return {
        "findings": [finding.to_dict() for finding in report.findings],
        "suppressed": [finding.to_dict() for finding in report.suppressed],
        "fixed": [{**finding.to_dict(), "changes": list(_changes(finding))} for finding in report.fixed],
        "changed": [str(change.path) for change in report.changes],
        "summary": {
            **{_PLURALS[severity]: count for severity, count in _counts(report).items()},
            "fixable": sum(bool(finding.fix) for finding in report.findings),
            "suppressed": len(report.suppressed),
        },
    }


def _paragraph(finding: Finding) -> list[str]:
    rule = finding.rule
    fixable = "  (--fix does it)" if finding.fix else ""
    return [
        f"{finding.location}: {rule.severity} {finding.code}: {rule.title}",
        f"    {finding.message}",
        f"    cure: {rule.cure}{fixable}",
        "",
    ]


def _counts(report: Report) -> dict[str, int]:
    counted = Counter(finding.rule.severity for finding in report.findings)
    return {severity: counted[severity] for severity in ("error", "warning", "note")}


def _summary(report: Report) -> str:
    counts = [f"{count} {_PLURALS[each] if count != 1 else each}" for each, count in _counts(report).items() if count]
    fixable = sum(bool(finding.fix) for finding in report.findings)
    parts = [
        ", ".join(counts) or "nothing found",
        *([f"{fixable} fixable with --fix"] if fixable else []),
        *([f"{len(report.fixed)} fixed"] if report.fixed else []),
        *([f"{len(report.suppressed)} suppressed"] if report.suppressed else []),
    ]
    return "; ".join(parts)


def _changes(finding: Finding) -> Iterator[str]:
    """What a cure changed, property by property; values that may be secret are not shown."""
    values = finding.configuration.values if finding.configuration else {}
    for edit in finding.fix:
        old = values.get(edit.key)
        if edit.rename is not None:
            yield f"{edit.key} is now {edit.rename}"
        elif edit.value is None:
            yield f"{edit.key} removed"
        elif looks_secret(edit.key) or (old is not None and is_plain_secret(edit.key, old)):
            yield f"{edit.key} set"
        else:
            yield f"{edit.key} = {edit.value}{f' (was {old})' if old is not None else ''}"
