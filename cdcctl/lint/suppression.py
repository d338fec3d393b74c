"""Findings that a file says are known: set aside, and the saying itself judged."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from cdcctl.lint.configuration import ALL
from cdcctl.lint.finding import Finding, Suppression
from cdcctl.lint.rule import RULES, Rule, add, nearest

_SOURCE = "cdcctl"

WITHOUT_REASON = add(
    Rule(
        "CDC290",
        "warning",
        ALL,
        "a rule is ignored without a reason",
        "Whoever reads the file next cannot tell a decision from an oversight.",
        _SOURCE,
        "Say why: reason: … in a pipeline file, because … in a comment of a properties file.",
    )
)
UNKNOWN = add(
    Rule(
        "CDC291",
        "warning",
        ALL,
        "a code is ignored that does not exist",
        "It is misspelt, and what was meant is still reported.",
        _SOURCE,
        "Correct the code; cdcctl explain lists them.",
    )
)
UNUSED = add(
    Rule(
        "CDC292",
        "warning",
        ALL,
        "a rule is ignored that is not broken",
        "What it was for has been cured; left in place it would hide the same problem when it comes back.",
        _SOURCE,
        "Remove it.",
    )
)


def suppress(findings: Sequence[Finding], suppressions: Sequence[Suppression]) -> tuple[list[Finding], list[Finding]]:
    """Split the findings of one input into those that count and those that are set aside.

    The first of the two also has what is wrong with the suppressions.
    """
    reasons = {each.code: each.reason for each in suppressions}
    counted = [finding for finding in findings if finding.code not in reasons]
    aside = [replace(each, reason=reasons[each.code]) for each in findings if each.code in reasons]
    broken = {finding.code for finding in aside}
    return [*counted, *_judge(suppressions, broken)], aside


def _judge(suppressions: Sequence[Suppression], broken: set[str]) -> Iterator[Finding]:
    for each in suppressions:
        if each.code not in RULES:
            near = nearest(each.code, RULES, 0.5)
            hint = f"; did you mean {near}?" if near else ""
            yield Finding(UNKNOWN.code, f"there is no {each.code}{hint}", each.location)
        elif each.code not in broken:
            yield Finding(UNUSED.code, f"{each.code} finds nothing here", each.location)
        elif not each.reason.strip():
            yield Finding(WITHOUT_REASON.code, f"{each.code} is ignored", each.location)
