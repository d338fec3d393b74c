"""The traps that are shown on the local stack: lint finds each in its pipeline, and nothing in the pipeline without."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from traps import document, traps, write

from cdcctl.lint.catalogue import rules
from cdcctl.lint.command import Request, carry_out
from cdcctl.resources import data_folder
from cdcctl.verify.findings import BY_SLUG, RULES
from cdcctl.verify.scenario import load

TRAPS = traps()


def codes(folder: Path, tables: list[Path]) -> set[str]:
    report = carry_out(Request([folder / "pipeline.yaml"], [], tables), cure=False)
    return {finding.code for finding in report.findings if finding.rule.severity != "note" or finding.code in TRAPS}


@pytest.mark.parametrize("code", TRAPS)
def test_lint_finds_the_trap(code: str, tmp_path: Path) -> None:
    folder = write(code, TRAPS[code], tmp_path)
    assert code in codes(folder, [folder / "1.sql"])
    scenario = load(folder)
    assert scenario.expect.failure or scenario.expect.findings


def test_lint_finds_nothing_without_one(tmp_path: Path) -> None:
    plain: dict[str, Any] = {"pipeline": document()["base"], "sql": [document()["plain"]], "expect": {}}
    folder = write("NAME", plain, tmp_path)
    text = (folder / "pipeline.yaml").read_text().replace("NAME", "name")
    (folder / "pipeline.yaml").write_text(text)
    # The rows of a scenario are not to wait for a commit.
    assert codes(folder, [folder / "1.sql"]) == {"CDC135"}


@pytest.mark.parametrize("code", document()["scenarios"])
def test_a_scenario_expects_what_is_said_of_it(code: str) -> None:
    said = document()["scenarios"][code]
    assert code in rules()
    folder = data_folder("integration") / said["scenario"]
    assert folder.is_dir()
    if "shows" in said:
        assert said["shows"] in BY_SLUG
        expected = YAML(typ="safe").load((folder / "scenario.yaml").read_text())["expect"]
        failure = [expected["failure"]] if "failure" in expected else []
        found = {each["code"] for each in [*expected.get("findings", []), *failure]}
        assert said["shows"] in found | {RULES[each].slug for each in found if each in RULES}
