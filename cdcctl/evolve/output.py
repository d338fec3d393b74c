"""Write a report in the form that was asked for."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from cdcctl.evolve import github, text
from cdcctl.evolve.report import Report
from cdcctl.evolve.rules import Severity
from cdcctl.evolve.sarif import to_sarif
from cdcctl.whole_file import write_whole


def write(report: Report, form: str, fail_on: Severity, out: Path | None) -> None:
    """Write to standard output, or to a file.

    :raises InputError: the file cannot be written.
    """
    written = rendered(report, form, fail_on)
    if out is None:
        sys.stdout.write(written + "\n")
        return
    write_whole(out, written + "\n", hint="choose another --out")


def rendered(report: Report, form: str, fail_on: Severity) -> str:
    """The report as text, json, sarif, github or html."""
    if form == "json":
        return _document(report, fail_on)
    if form == "sarif":
        return json.dumps(to_sarif(report), indent=2, ensure_ascii=False)
    if form == "html":
        from cdcctl.evolve import page  # imports a template engine

        return page.page(report, fail_on)
    return "\n".join(github.lines(report) if form == "github" else text.lines(report))


def _document(report: Report, fail_on: Severity) -> str:
    """One JSON document, a statement a line: of thousands of statements, indented, that would take a second."""
    document = report.to_dict(fail_on)
    lines = ",\n    ".join(json.dumps(each, ensure_ascii=False) for each in document.pop("statements"))
    head = json.dumps(document, indent=2, ensure_ascii=False).removesuffix("\n}")
    return f'{head},\n  "statements": [\n    {lines}\n  ]\n}}'
