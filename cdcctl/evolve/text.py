"""The report as a reviewer reads it in a pull request or a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cdcctl.evolve.report import RANK, Effect, Report, Side
from cdcctl.evolve.rules import Finding

_WIDTH = 100
_MODES = ("BACKWARD", "FORWARD", "FULL")


def lines(report: Report) -> Iterator[str]:
    """The whole report; statements without effect on a captured table, and tables that stay, are counted, not shown."""
    quiet = 0
    for effect in report.effects:
        if effect.findings or effect.outcome in ("new-version", "new-schema", "kills-the-connector", "unknown"):
            yield from _effect(effect)
            yield ""
        else:
            quiet += 1
    if quiet and report.compares:
        yield f"{quiet} table{'s' if quiet > 1 else ''} whose schemas stay as they are"
    elif quiet:
        yield f"{quiet} statement{'s' if quiet > 1 else ''} without effect on what is registered"
    yield summary(report)


def summary(report: Report) -> str:
    """Counts, mode and versions in one line."""
    counts = [f"{report.count(severity)} {severity}{'s' if report.count(severity) != 1 else ''}"
              for severity in ("error", "warning", "note")]  # fmt: skip
    facts = ", ".join(f"{name} {version}" for name, version in report.facts.items())
    return f"{', '.join(counts)}; mode {report.mode}; predicted with {facts}"


def _effect(effect: Effect) -> Iterator[str]:
    yield f"{effect.migration.place}: {effect.outcome}{f' {effect.table}' if effect.table else ''}"
    yield f"    {_short(effect.migration.sql)}"
    for name, side in (("value", effect.value), ("key", effect.key)):
        yield from _side(name, side)
    if effect.compatible and (effect.value.versions or effect.key.versions):
        verdicts = [f"{each} {_yes(effect.compatible[each])}" for each in _verdicts(effect)]
        yield f"  modes: {', '.join(verdicts)}; the registry's is {effect.value.mode.value}"
    yield from _reasons(effect)
    yield from _sinks(effect)
    for finding in sorted(effect.findings, key=lambda each: -RANK[each.severity]):
        yield from _finding(finding)
    yield from _rewrite(effect.findings)


def _verdicts(effect: Effect) -> list[str]:
    """Pairwise modes, and those over all versions where they differ."""
    differing = [mode for mode in _MODES if effect.compatible[mode] != effect.compatible[f"{mode}_ALL"]]
    return [*_MODES, *(f"{mode}_ALL" for mode in differing)]


def _yes(taken: bool) -> str:
    return "yes" if taken else "NO"


def _side(name: str, side: Side) -> Iterator[str]:
    if side.before is None and side.after is not None:
        yield f"  {name}: first version of {side.schema}"
    for change in side.changes:
        if change.change == "moved":
            yield f"  {name}: {change.field} moves from place {change.before} to {change.after}"
        else:
            yield f"  {name}: {change.field} {change.change}: {_transition(change.before, change.after)}"


def _transition(before: str | None, after: str | None) -> str:
    return " → ".join(text for text in (before, after) if text is not None)


def _reasons(effect: Effect) -> Iterator[str]:
    for side in (effect.value, effect.key):
        for reason in side.reasons:
            back = f" ({reason.versions_back} versions back)" if reason.versions_back > 1 else ""
            yield f"    {', '.join(reason.modes)}: {reason.message}{back}"


def _sinks(effect: Effect) -> Iterator[str]:
    iceberg = effect.sink.get("iceberg")
    if not iceberg or effect.value.before == effect.value.after or effect.value.before is None:
        return
    told = [f"adds {', '.join(iceberg['added'])}"] if iceberg.get("added") else []
    told += [f"widens {', '.join(iceberg['widened'])}"] if iceberg.get("widened") else []
    told += [f"NULL from now on: {', '.join(iceberg['null_from_now_on'])}"] if iceberg.get("null_from_now_on") else []
    state = "goes on" if iceberg["accepted"] else "FAILS"
    state += f" ({'; '.join(told)})" if told else ""
    yield f"  sinks: iceberg {state}, confluent {_file(effect, 'confluent')}, aiven {_file(effect, 'aiven')}"


def _file(effect: Effect, sink: str) -> str:
    verdict = effect.sink[sink]
    if not verdict["accepted"]:
        return "FAILS"
    mixed = f", mixed types: {', '.join(verdict['mixed_types'])}" if verdict["mixed_types"] else ""
    return ("new file" if verdict["new_file"] else "same file") + mixed


def _finding(finding: Finding) -> Iterator[str]:
    yield f"  {finding.severity:<7} {finding.code} {finding.rule.title}"
    yield f"          {finding.message}"
    if finding.severity != "note":
        yield f"          cure: {finding.rule.cure}"


def _rewrite(findings: Sequence[Finding]) -> Iterator[str]:
    sought = [finding for finding in findings if finding.rewritable]
    found = next((finding.rewrite for finding in sought if finding.rewrite), None)
    if found:
        yield "  instead (predicted, passes):"
        yield from (f"      {line}" for line in found.splitlines())
    elif sought and any(finding.severity != "note" for finding in sought):
        yield "  no other way was found that passes"


def _short(sql: str) -> str:
    """The statement in one line, cut."""
    line = " ".join(sql.split())
    return line if len(line) <= _WIDTH else f"{line[: _WIDTH - 1]}…"
