"""What is registered is held against what was predicted."""

from __future__ import annotations

from pathlib import Path

from cdcctl.pipeline import Pipeline, load
from cdcctl.verify.findings import rule
from cdcctl.verify.prediction import Predicted, unpredicted
from cdcctl.verify.schemas import SchemaResult, VersionResult

WHOLE = Path(__file__).parents[1] / "pipelines" / "whole.yaml"


def schema(*definitions: str) -> SchemaResult:
    versions = tuple(VersionResult(number, "AVAILABLE", text) for number, text in enumerate(definitions, 1))
    return SchemaResult("values", "cdc.db.t", "FORWARD", versions)


def predicted(*definitions: str) -> Predicted:
    made = Predicted()
    for text in definitions:
        made.add("values", "cdc.db.t", text)
    return made


def test_a_version_that_some_statement_led_to_is_equal() -> None:
    # "b" was never written: nothing was registered for it.
    found = predicted("a", "b", "c").compared(schema("a", "c"))
    assert [(each.predicted, each.equal) for each in found.versions] == [("a", True), ("c", True)]


def test_a_version_that_nothing_led_to_is_told_with_the_nearest_prediction() -> None:
    found = predicted("a", "b").compared(schema("a", "x", "y"))
    assert [(each.predicted, each.equal) for each in found.versions] == [("a", True), ("b", False), ("b", False)]
    assert [version["equal"] for version in found.to_dict()["versions"]] == [True, False, False]


def test_a_schema_that_was_not_predicted_at_all() -> None:
    (version,) = Predicted().compared(schema("a")).versions
    assert (version.predicted, version.equal) == (None, False)


def pipeline() -> Pipeline:
    return load([WHOLE])


def test_what_was_not_predicted_is_a_failure_of_ours() -> None:
    (finding,) = unpredicted(pipeline(), [predicted("a").compared(schema("x"))])
    assert rule(finding.code).slug == "schema-unpredicted"
    assert rule(finding.code).severity == "difference"
    assert "registered x\npredicted  a" in str(finding.detail)


def test_a_run_that_did_not_see_the_beginning_finds_nothing() -> None:
    assert unpredicted(pipeline(), [schema("x")]) == []
