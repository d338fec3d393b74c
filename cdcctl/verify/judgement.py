"""Hold what was found against what the scenario expects.

An expected finding is not a mismatch; one that nobody expects is, unless it is a note. What is expected and did not
happen fails the run as well: a known loss that is gone is news.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from cdcctl.verify.findings import Finding, code_of
from cdcctl.verify.results import TableResult
from cdcctl.verify.scenario import Expectations, ExpectedFailure, ExpectedFinding


@dataclass(frozen=True)
class Versions:
    """How many schema versions a table's topic has in the two registries."""

    keys: int
    values: int


@dataclass(frozen=True)
class Judgement:
    """The outcome.

    :param tables: the results with expected findings marked and left out of ``mismatches``.
    :param findings: what was found beside the tables' rows, marked in the same way.
    :param unmet: expectations that did not come true, as sentences.
    """

    ok: bool
    tables: tuple[TableResult, ...]
    findings: tuple[Finding, ...]
    unmet: tuple[str, ...]


def judge(
    expect: Expectations,
    tables: Sequence[TableResult],
    findings: Iterable[Finding] = (),
    versions: Mapping[str, Versions] | None = None,
    *,
    optional: bool = False,
) -> Judgement:
    """Judge a run.

    :param findings: what was found on the way (connectors, registries, offsets, dead letters).
    :param versions: by table; None when the registries were not read.
    :param optional: what is expected need not be found: an earlier run has shown it, and it may be cured since.
    """
    way = [*findings, *_events(expect, tables), *_versions(expect, versions)]
    if expect.failure and not (optional and not way):
        return _judge_failure(expect.failure, tables, way)
    marked = tuple(_marked(table, expect.findings) for table in tables)
    way = [replace(finding, expected=_is_expected(finding, expect.findings)) for finding in way]
    unmet = () if optional else tuple(_unmet(expect, marked, way))
    unexpected = [finding for finding in way if not finding.expected and finding.rule.severity != "note"]
    ok = not unmet and not unexpected and not any(table.mismatches for table in marked)
    return Judgement(ok, marked, tuple(way), unmet)


def _judge_failure(failure: ExpectedFailure, tables: Sequence[TableResult], way: Sequence[Finding]) -> Judgement:
    """A run that must stop is right when it stopped for that reason; what it left behind is not held against it."""
    fitting = [f for f in way if f.code == failure.code and (failure.message or "") in (f.detail or "")]
    marked = tuple(replace(finding, expected=finding in fitting) for finding in way)
    said = f" with {failure.message!r} in its message" if failure.message else ""
    unmet = () if fitting else (f"{failure.code} should have stopped the pipeline{said}, and did not",)
    return Judgement(bool(fitting), tuple(tables), marked, unmet)


def _marked(table: TableResult, expected: Sequence[ExpectedFinding]) -> TableResult:
    findings = tuple(replace(finding, expected=_is_expected(finding, expected)) for finding in table.findings)
    counted = [max(1, finding.rows) for finding in findings if not finding.expected and finding.rule.severity != "note"]
    return replace(table, findings=findings, mismatches=sum(counted))


def _is_expected(finding: Finding, expected: Iterable[ExpectedFinding]) -> bool:
    return any(_fits(finding, each) and each.rows in {None, finding.rows} for each in expected)


def _fits(finding: Finding, expected: ExpectedFinding) -> bool:
    """Whether a finding is of the expected kind and at the expected place, however many rows it concerns."""
    return (
        finding.code == expected.code and finding.table == expected.table and expected.column in {None, finding.column}
    )


def _unmet(expect: Expectations, tables: Sequence[TableResult], way: Sequence[Finding]) -> Iterator[str]:
    found = [*way, *(finding for table in tables for finding in table.findings)]
    for each in expect.findings:
        fitting = [finding for finding in found if _fits(finding, each)]
        if any(each.rows in {None, finding.rows} for finding in fitting):
            continue
        where = f"{each.table}.{each.column}" if each.column else each.table
        rows = f" for {each.rows} rows" if each.rows else ""
        instead = f"found for {fitting[0].rows}" if fitting else "not found"
        yield f"{each.code} was expected in {where}{rows}: {instead}"


def _events(expect: Expectations, tables: Sequence[TableResult]) -> Iterator[Finding]:
    counts = {table.table: table for table in tables}
    for name, expected in expect.events.items():
        if name not in counts:
            continue
        table = counts[name]
        replayed = sum(finding.rows for finding in table.findings if finding.code == code_of("event-replayed"))
        events = table.events - replayed
        if events != expected:
            detail = f"{events} events instead of {expected}"
            yield Finding(code_of("event-count"), name, rows=abs(events - expected), detail=detail)


def _versions(expect: Expectations, versions: Mapping[str, Versions] | None) -> Iterator[Finding]:
    if versions is None:
        return
    for name, expected in expect.versions.items():
        have = versions.get(name, Versions(0, 0))
        sides = (("key", have.keys, expected.keys), ("value", have.values, expected.values))
        for side, count, wanted in sides:
            if count != wanted:
                detail = f"{count} {side} versions instead of {wanted}"
                yield Finding(code_of("schema-versions"), name, rows=abs(count - wanted), detail=detail)
