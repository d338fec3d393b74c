"""JUnit's XML: a scenario is a test suite, its steps, its tables and what it expects are test cases."""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from cdcctl.verify.findings import Finding
from cdcctl.verify.report import Report
from cdcctl.verify.reports.text import place

# What XML 1.0 cannot hold; MySQL's values can.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def document(reports: Sequence[Report]) -> str:
    """One XML document."""
    root = Element("testsuites", name="cdcctl verify")
    for report in reports:
        _suite(root, report)
    indent(root)
    return tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _suite(root: Element, report: Report) -> None:
    suite = SubElement(root, "testsuite", name=report.scenario, time=_seconds(report.seconds.get("total", 0.0)))
    for step in report.steps:
        SubElement(suite, "testcase", classname=report.scenario, name=_clean(step.step), time=_seconds(step.seconds))
    for table in report.tables:
        bad = [] if report.failed_as_expected else _bad(table.findings)
        _case(suite, report, f"{table.table}: MySQL equals Parquet", bad)
    _case(suite, report, "the way of the events", _bad(report.findings))
    for sentence in report.unmet:
        case = SubElement(suite, "testcase", classname=report.scenario, name="as expected", time="0")
        SubElement(case, "failure", message=_clean(sentence))
    suite.set("tests", str(len(suite)))
    suite.set("failures", str(sum(case.find("failure") is not None for case in suite)))
    # What cannot be compared is no report.
    suite.set("errors", "0")


def _case(suite: Element, report: Report, name: str, bad: Sequence[Finding]) -> None:
    case = SubElement(suite, "testcase", classname=report.scenario, name=_clean(name), time="0")
    if bad:
        failure = SubElement(case, "failure", message=_clean("; ".join(f"{f.code} {f.rule.title}" for f in bad)))
        failure.text = _clean("\n".join(_lines(bad)))


def _bad(findings: Sequence[Finding]) -> list[Finding]:
    return [each for each in findings if not each.expected and each.rule.severity != "note"]


def _lines(findings: Sequence[Finding]) -> list[str]:
    lines = []
    for each in findings:
        lines.append(f"{each.code} {each.rule.title}: {place(each)}")
        lines += [f"  {e.key}: MySQL {e.mysql!r}, Parquet {e.parquet!r}" for e in each.examples]
        lines.append(f"  cure: {each.rule.cure}")
    return lines


def _clean(text: str) -> str:
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)


def _seconds(value: float) -> str:
    return f"{value:.3f}"
