"""One report in every form it can be written in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import official_sarif
import pytest
from browser import look

from cdcctl.evolve.check import Question, check
from cdcctl.evolve.migrations import read
from cdcctl.evolve.output import rendered
from cdcctl.evolve.settings import settings
from cdcctl.evolve.tables import from_files
from cdcctl.schema.classpath import Jars
from cdcctl.schema.prediction import Child

TABLES = "CREATE TABLE movies (id INT NOT NULL PRIMARY KEY, title VARCHAR(100) NOT NULL, made DATETIME(3));\n"
MIGRATION = (
    "ALTER TABLE movies ADD country varchar(64) NOT NULL;\n"
    "-- 100 % and a colon:\n"
    "ALTER TABLE movies MODIFY made DATETIME(6);\n"
    'CREATE TABLE "<b>" ("id" INT PRIMARY KEY);\n'
)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("migration")
    (folder / "tables.sql").write_text(TABLES)
    (folder / "m.sql").write_text(MIGRATION)
    tables = from_files([str(folder / "tables.sql")], "d")
    question = Question(settings([], database="d"), tables, tuple(read([str(folder / "m.sql")], "d")))
    with Child(Jars()) as child:
        report = check(question, child, Jars())
    return {form: rendered(report, form, "error") for form in ("text", "json", "sarif", "github", "html")}


def findings(document: dict[str, Any]) -> list[tuple[str, int]]:
    return [(each["code"], statement["line"]) for statement in document["statements"] for each in statement["findings"]]


def test_sarif_has_every_finding_at_its_line(written: dict[str, str]) -> None:
    document = json.loads(written["sarif"])
    jsonschema.Draft7Validator(official_sarif.schema()).validate(document)
    (run,) = document["runs"]
    found = [(each["ruleId"], _line(each)) for each in run["results"]]
    assert found == findings(json.loads(written["json"]))
    assert ("EVO020", 3) in found
    for each in run["results"]:
        assert run["tool"]["driver"]["rules"][each["ruleIndex"]]["id"] == each["ruleId"]
        assert each["level"] in ("error", "warning", "note")
        assert each["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].endswith("/m.sql")


def _line(result: dict[str, Any]) -> int:
    return int(result["locations"][0]["physicalLocation"]["region"]["startLine"])


def test_github_has_an_annotation_a_finding_each_in_one_line(written: dict[str, str]) -> None:
    *annotations, summary = written["github"].splitlines()
    assert len(annotations) == len(findings(json.loads(written["json"])))
    assert all(each.startswith(("::error file=", "::warning file=", "::notice file=")) for each in annotations)
    unit = next(each for each in annotations if "EVO020" in each)
    assert ",line=3,title=EVO020 " in unit
    assert "%0AInstead (predicted, passes):%0A" in unit
    assert "1 error," in summary


def test_the_page_shows_fields_before_and_after_and_escapes_names(written: dict[str, str]) -> None:
    page = written["html"]
    assert page.startswith("<!doctype html>")
    assert "<b>" not in page
    assert "long MicroTimestamp" in page
    assert "required string" in page
    for code, _ in findings(json.loads(written["json"])):
        assert code in page
    assert "<script" not in page
    assert "src=" not in page


def test_nothing_is_wrong_with_the_page_in_a_browser(written: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "evolve.html").write_text(written["html"])
    [seen] = look(tmp_path / "evolve.html")
    assert seen.problems == []
    assert seen.tables == 2
    # What the parser would have taken is a long list, and can be unfolded.
    assert "ACCOUNT_SYMBOL" in seen.text


def test_the_text_says_the_same(written: dict[str, str]) -> None:
    for code, _ in findings(json.loads(written["json"])):
        assert code in written["text"]
