"""Markdown, as GitHub shows it in a pull request or a job's summary."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cdcctl.verify.findings import Finding
from cdcctl.verify.report import Report
from cdcctl.verify.reports.history import Earlier, trend
from cdcctl.verify.reports.text import place


def document(reports: Sequence[Report], earlier: Earlier) -> str:
    """One document, the summary of all scenarios first."""
    return "\n".join(_lines(reports, earlier)) + "\n"


def _lines(reports: Sequence[Report], earlier: Earlier) -> Iterator[str]:
    yield "| | scenario | rows in MySQL | rows in Parquet | events | different | seconds |"
    yield "|---|---|--:|--:|--:|--:|--:|"
    for report in reports:
        sums = [
            str(sum(numbers))
            for numbers in zip(
                *((t.mysql_rows, t.parquet_rows, t.events, t.mismatches) for t in report.tables), strict=True
            )
        ] or [""] * 4
        cells = ["✓" if report.ok else "✗", _cell(report.scenario), *sums, f"{report.seconds.get('total', 0.0):.1f}"]
        yield f"| {' | '.join(cells)} |"
    for report in reports:
        yield from _scenario(report, trend(report, earlier))


def _scenario(report: Report, times: str) -> Iterator[str]:
    yield ""
    yield f"## {_cell(report.verdict)}"
    if times:
        yield ""
        yield times
    # A list needs a line of its own before it.
    yield ""
    for sentence in report.unmet:
        yield f"- expected: {_cell(sentence)}"
    for finding in report.news:
        yield from _finding(finding)
    if report.heals:
        yield from ("", "What has these rows sent again; `--repair` runs it and compares again:", "", "```sql")
        yield from (*report.heals, "```")


def _finding(finding: Finding) -> Iterator[str]:
    expected = " (expected)" if finding.expected else ""
    where = place(finding)
    yield f"- **{finding.code}** {_cell(finding.rule.title)}{expected}{f': {_cell(where)}' if where else ''}"
    for example in finding.examples[:3]:
        if "row" in (example.mysql, example.parquet):
            yield f"  - {_cell(example.key)}"
        else:
            yield f"  - {_cell(example.key)}: {_value(example.mysql)} in MySQL, {_value(example.parquet)} in Parquet"


def _value(value: str | None) -> str:
    return "NULL" if value is None else _cell(value) or "''"


def _cell(text: str) -> str:
    """Text of unknown content inside a table or a list: nothing in it may become markup."""
    return "".join(f"\\{char}" if char in "\\`*_{}[]<>#|~" else char for char in " ".join(text.split()))
