"""Every rule finds what it is for and nothing else, and says what, why, how that is known and what to do."""

from __future__ import annotations

import itertools
import re

import pytest
from lint_cases import KINDS, Case, cases

from cdcctl.lint.catalogue import THEMES, checks, rules, theme_of
from cdcctl.lint.renames import _KEYS
from cdcctl.lint.rule import RANK
from cdcctl.plugins.definitions import debezium_versions, span_of

CASES = cases()
# Judged with a real plugin, and with files: tests/unit/test_lint_files.py and test_lint_plugins.py.
ELSEWHERE = {"CDC249", "CDC250", "CDC251", "CDC290", "CDC291", "CDC292"}


@pytest.mark.parametrize("case", CASES, ids=str)
def test_case(case: Case) -> None:
    found = [finding for finding in case.findings if finding.code == case.code]
    assert bool(found) == case.fails, [finding.message for finding in found]
    if case.fails and "key" in case.data:
        assert case.data["key"] in {finding.location.key for finding in found}
    if case.fails and "says" in case.data:
        assert case.data["says"] in " ".join(finding.message for finding in found)


def test_no_rule_lacks_a_case() -> None:
    for word in (True, False):
        tested = {case.code for case in CASES if case.fails is word}
        assert set(checks()) - tested == ELSEWHERE & set(checks())
        assert tested <= set(rules())


@pytest.mark.parametrize("number", [1, 2, 3])
def test_the_bases_are_clean_alone_and_together(number: int) -> None:
    kinds = [kind for kind in KINDS if kind != "source19"]
    for together in itertools.combinations(kinds, number):
        found = Case("", 0, False, {kind: {} for kind in together}).findings
        assert [(finding.code, finding.message) for finding in found] == []


def test_the_old_base_is_only_old() -> None:
    found = Case("", 0, False, {"source19": {}, "confluent": {}, "worker": {}}).findings
    assert [finding.code for finding in found] == ["CDC002"]


@pytest.mark.parametrize("rule", rules().values(), ids=lambda rule: rule.code)
def test_every_rule_says_all_there_is_to_say(rule) -> None:
    assert re.fullmatch(r"CDC\d{3}", rule.code)
    assert rule.severity in RANK
    assert rule.judges
    assert not rule.title.endswith(".")
    assert len(rule.title) <= 80
    assert rule.why.endswith((".", "?"))
    assert rule.cure.endswith(".")
    assert rule.source
    assert not rule.source.endswith(".")
    assert theme_of(rule.code) in THEMES


def test_enough_of_them() -> None:
    assert len(checks()) >= 60


def test_no_finding_repeats_a_secret() -> None:
    for case in CASES:
        for finding in case.findings:
            assert "hush" not in str(finding.to_dict())


@pytest.mark.parametrize("key", [key for key in _KEYS if key != "heartbeat.topics.prefix"])
def test_renames_agree_with_the_definitions(key: str) -> None:
    """A key is replaced in the version after the last that defines it, by one which that version defines."""
    since, new = _KEYS[key]
    span = span_of(key)
    versions = debezium_versions()
    assert span is not None
    assert versions[versions.index(span[1]) + 1] == since
    if new is not None:
        later = span_of(new)
        assert later is not None
        assert later[0] <= since


def test_findings_are_the_same_each_time() -> None:
    case = Case("", 0, False, {kind: {} for kind in KINDS})
    assert case.findings == case.findings
