"""The traps that are shown on the local stack: lint finds each in its pipeline, and nothing in the pipeline without."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from traps import document, traps, write

from cdcctl.codes import all_codes
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


DOCUMENT = Path(__file__).parents[2] / "docs" / "traps.md"
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in DOCUMENT.read_text().splitlines()
    if line.startswith("| ") and not line.startswith("| trap")
]


def test_the_list_of_traps_knows_every_rule_and_no_other() -> None:
    known = {code.code for code in all_codes()}
    listed = {word for _, codes, _ in ROWS for word in codes.split(", ")}
    assert listed - known - {"doctor", "plugin"} == set()
    assert set(rules()) - listed == set()


def test_what_is_said_to_be_shown_is() -> None:
    scenarios = {code: said["scenario"] for code, said in document()["scenarios"].items()}
    for trap, listed, shown in ROWS:
        codes = set(listed.split(", "))
        if shown == "scripts/traps":
            assert codes & set(TRAPS), trap
        elif shown:
            assert shown in {path.name for path in data_folder("integration").iterdir()}, trap
        for code in codes & set(scenarios):
            assert shown == scenarios[code], trap
    assert (
        set(TRAPS) - {code for _, codes, shown in ROWS if shown == "scripts/traps" for code in codes.split(", ")}
        == set()
    )
