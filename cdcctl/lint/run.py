"""Judging inputs, and curing what can be cured mechanically."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from cdcctl.lint.catalogue import checks
from cdcctl.lint.columns import Column
from cdcctl.lint.configuration import Configuration, Setup
from cdcctl.lint.finding import Finding
from cdcctl.lint.inputs.base import Edits, Input, NewText
from cdcctl.lint.plugins import versions_in
from cdcctl.lint.rule import RANK, RULES, Severity
from cdcctl.lint.suppression import suppress
from cdcctl.plugins.inspection import Inspection

# One cure may uncover the next problem; more rounds than this would mean that two cures undo each other.
_ROUNDS = 8


@dataclass(frozen=True)
class Facts:
    """What is known beside the inputs."""

    versions: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    plugins: tuple[Inspection, ...] = ()
    columns: tuple[Column, ...] = ()


@dataclass(frozen=True)
class Selection:
    """Which codes count: those that begin with one of ``select`` (all, if empty) and with none of ``ignore``."""

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()

    def takes(self, code: str) -> bool:
        """Whether findings of this code count."""
        return (not self.select or code.startswith(self.select)) and not code.startswith(self.ignore or ("-",))


@dataclass(frozen=True)
class Report:
    """What was found.

    :param suppressed: what the files say is to be left alone, with their reasons.
    :param fixed: what ``--fix`` cured, and the files it changed.
    """

    findings: tuple[Finding, ...]
    suppressed: tuple[Finding, ...] = ()
    fixed: tuple[Finding, ...] = ()
    changes: tuple[NewText, ...] = ()

    def fails(self, least: Severity) -> bool:
        """Whether something at least as severe was found."""
        return any(RANK[finding.rule.severity] >= RANK[least] for finding in self.findings)


# Inputs that are judged together: the files of the command line, or one pipeline.
Group = Sequence[Input]


def judge(
    configurations: Iterable[Configuration], facts: Facts = Facts(), only: Sequence[str] | None = None
) -> list[Finding]:
    """What all rules say of configurations that belong together.

    :param only: codes of the rules that are asked; None: all.
    """
    versions = {name: version for plugin in facts.plugins for name, version in versions_in(plugin).items()}
    setup = Setup(tuple(configurations), {**facts.versions, **versions}, facts.plugins, facts.columns)
    found = [
        Finding(code, problem.message, config.locate(problem.key), config, problem.fix)
        for code, check in checks().items()
        if only is None or code in only
        for config in setup.of(*RULES[code].judges)
        for problem in check(config, setup)
    ]
    return sorted(found, key=lambda finding: finding.order)


def lint(groups: Sequence[Group], facts: Facts, selection: Selection) -> Report:
    """Judge every group."""
    counted: list[Finding] = []
    aside: list[Finding] = []
    for group in groups:
        own, left = _of_group(group, facts, selection)
        counted += own
        aside += left
    return Report(
        tuple(sorted(counted, key=lambda each: each.order)), tuple(sorted(aside, key=lambda each: each.order))
    )


def fix(groups: Sequence[Group], facts: Facts, selection: Selection) -> Report:
    """Cure what is cured mechanically, in place, and judge what is left.

    :raises InputError: a file cannot be written; those before it are changed.
    """
    fixed: list[Finding] = []
    changes: dict[str, NewText] = {}
    for _ in range(_ROUNDS):
        texts = [text for group in groups for text in _cures(group, facts, selection, fixed)]
        if not texts:
            break
        for text in texts:
            text.write()
            before = changes.get(str(text.path), text).before
            changes[str(text.path)] = NewText(text.path, before, text.after, text.encoding)
        groups = [[one.reread() for one in group] for group in groups]
    report = lint(groups, facts, selection)
    left = {(each.code, each.location.file, each.location.key, each.message) for each in report.findings}
    cured = [each for each in fixed if (each.code, each.location.file, each.location.key, each.message) not in left]
    return Report(report.findings, report.suppressed, tuple(cured), tuple(changes.values()))


def _of_group(group: Group, facts: Facts, selection: Selection) -> tuple[list[Finding], list[Finding]]:
    versions = {name: version for one in group for name, version in one.versions.items()}
    own = Facts({**versions, **facts.versions}, facts.plugins, facts.columns)
    found = judge((config for one in group for config in one.configurations), own)
    counted: list[Finding] = []
    aside: list[Finding] = []
    for one in group:
        kept, left = suppress([each for each in found if each.configuration in one.configurations], one.suppressions)
        counted += kept
        aside += left
    return [each for each in counted if selection.takes(each.code)], aside


def _cures(group: Group, facts: Facts, selection: Selection, fixed: list[Finding]) -> Iterator[NewText]:
    """The new texts of a group's files; the findings they cure are added to ``fixed``."""
    counted, _ = _of_group(group, facts, selection)
    for one in group:
        findings = [each for each in counted if each.fix and each.configuration in one.configurations]
        edits: Edits = [(each.configuration, edit) for each in findings for edit in each.fix if each.configuration]
        texts = one.edited(edits) if edits else []
        if texts:
            fixed += findings
        yield from texts
