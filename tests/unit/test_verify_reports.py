"""The forms of a report: well-formed whatever the values hold, and nothing in it is fetched from elsewhere."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest
from rich.console import Console

from cdcctl.errors import InputError, UsageError
from cdcctl.mysql.signals import snapshot_data, snapshot_statement
from cdcctl.schema.compatibility import verdicts
from cdcctl.verify.findings import Example, Finding, code_of
from cdcctl.verify.report import Hop, Report, StepResult
from cdcctl.verify.reports import Format, form_of, history, written
from cdcctl.verify.reports.history import Past
from cdcctl.verify.reports.text import print_report
from cdcctl.verify.results import TableResult
from cdcctl.verify.schemas import SchemaResult, VersionResult

HOSTILE = "<script>alert(1)</script> | `x` & \x00 \ud800"
OLD = json.dumps({"type": "record", "name": "R", "fields": [{"name": "a", "type": "int"}]})
NEW = json.dumps(
    {"type": "record", "name": "R", "fields": [{"name": "a", "type": "int"}, {"name": "b", "type": "int"}]}
)


def report(*, ok: bool = False, name: str = "movies") -> Report:
    found = Finding(
        code_of("value-different"), "db.t", "name", 1, HOSTILE, (Example(HOSTILE, HOSTILE, None),), expected=ok
    )
    schema = SchemaResult(
        "values",
        "db1.db.t",
        "FORWARD",
        (
            VersionResult(1, "AVAILABLE", OLD),
            VersionResult(2, "AVAILABLE", NEW, verdicts(NEW, [OLD]), ("b has no default",)),
        ),
    )
    step = StepResult("drain", 2.0, "", (Hop("MySQL → Kafka", 1.5), Hop("Kafka → S3", 0.5)))
    table = TableResult("db.t", 1234567, 4, 5, 0 if ok else 1, (found,), operations={"c": 4, "d": 1})
    return Report(name, ok, (step,), (table,), (schema,), {"total": 12.0, "stack": 2.0, "compare": 1.0})


class Page(HTMLParser):
    """The tags, the attributes and the text of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("form", ["html", "junit", "json", "md"])
def test_any_text_can_be_written_to_a_file(form: Format) -> None:
    assert b"alert(1)" in written([report()], form).encode()


def test_the_page_stands_alone_and_no_value_becomes_markup():
    text = written([report(), report(ok=True, name="types")], "html")
    page = Page(text)
    assert "db.t: 4 inserts, 1 delete\n" in page.text
    assert "script" not in page.tags
    assert not [value for name, value in page.attributes if name in {"src", "href"} and not str(value).startswith("#")]
    assert "<script>alert(1)" in page.text
    for part in ("1\N{NARROW NO-BREAK SPACE}234\N{NARROW NO-BREAK SPACE}567", "+ b", "✗ BACKWARD", "VER", "1.5 s"):
        assert part in page.text


def test_the_page_draws_earlier_runs(tmp_path: Path):
    path = tmp_path / "below" / "history.jsonl"
    history.append(path, [report(), report(ok=True)])
    earlier = history.read(path)
    assert [(past.ok, past.seconds) for past in earlier["movies"]] == [(False, 12.0), (True, 12.0)]
    page = written([report()], "html", earlier)
    assert page.count("title=") == 3
    told = written([report()], "md", {"movies": [Past("2026-01-02T03:04:05", True, 9), Past("", False, 11)]})
    assert "12.0 s now; the 2 before it, since 2026-01-02 03:04 UTC: 9.0 to 11.0 s, half of them up to 10.0 s" in told
    assert "; 1 of them failed" in told
    assert "12.0 s now; the 2 before it" in page


@pytest.mark.parametrize("content", ["nonsense", "{}", '{"scenario": "x", "at": "y", "ok": true, "seconds": "z"}'])
def test_what_is_no_history_is_refused(tmp_path: Path, content: str):
    path = tmp_path / "history.jsonl"
    path.write_text(content)
    with pytest.raises(InputError, match="not a history"):
        history.read(path)


def test_junit_counts_what_failed_and_holds_any_value():
    root = ElementTree.fromstring(written([report(), report(ok=True, name="types")], "junit"))
    failed, fine = root.findall("testsuite")
    assert (failed.get("name"), failed.get("tests"), failed.get("failures")) == ("movies", "3", "1")
    assert (fine.get("name"), fine.get("failures")) == ("types", "0")
    assert "<script>" in str(failed.findtext(".//failure"))
    # What the schema of Jenkins wants of a suite.
    assert {"name", "tests", "failures", "errors"} <= set(failed.keys())


def test_markdown_escapes_what_would_be_markup():
    text = written([report()], "md")
    assert text.splitlines()[2] == "| ✗ | movies | 1234567 | 4 | 5 | 1 | 12.0 |"
    assert "\\<script\\>" in text


def test_what_heals_is_told_in_every_form_for_people():
    # A key with two blanks in a row is another one than with one.
    data = snapshot_data("db.t", "(`code`) IN ('<b>  b')\n")
    statement = snapshot_statement("db.s", data)
    assert "\n" not in statement
    told = replace(report(), heals=(statement,))
    # On a terminal a value that UTF-8 cannot write is not the point here.
    out = io.StringIO()
    print_report(replace(told, tables=()), Console(file=out, width=60))
    texts = [out.getvalue(), written([told], "md"), Page(written([told], "html")).text]
    assert all(statement in text for text in texts)
    assert json.loads(written([told], "json"))["heals"] == [statement]
    assert "heals" not in json.loads(written([report()], "json"))


def test_json_of_one_is_an_object_and_of_several_an_array():
    assert json.loads(written([report()], "json"))["scenario"] == "movies"
    assert [each["scenario"] for each in json.loads(written([report(), report(name="b")], "json"))] == ["movies", "b"]


def test_a_file_says_its_form():
    assert [form_of(Path(f"a/b.{end}")) for end in ("html", "xml", "json", "md")] == ["html", "junit", "json", "md"]
    with pytest.raises(UsageError, match="no report"):
        form_of(Path("report.pdf"))
