"""Offer another way only when it was itself predicted, judged and passes."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from cdcctl.evolve.alternatives import Alternative, alternatives
from cdcctl.evolve.effects import Effects
from cdcctl.evolve.judgement import fully_judged
from cdcctl.evolve.registered import Versions
from cdcctl.evolve.report import Effect
from cdcctl.evolve.rules import BY_SLUG, Finding
from cdcctl.evolve.settings import Settings
from cdcctl.evolve.verdicts import Judge
from cdcctl.schema.prediction import Child, SourceConnector

# What another way of writing may avoid. None of them may be left in a rewrite.
_AVOIDABLE = frozenset(
    BY_SLUG[slug].code
    for slug in (
        *(
            "statement-unparseable",
            "model-broken",
            "statement-skipped",
            "value-refused",
            "key-refused",
            "older-versions",
            "steps-unregistered",
        ),
        *(
            "snapshot-differs",
            "unit-changes",
            "scale-changes",
            "rename-splits",
            "days-become-instants",
            "text-becomes-bytes",
        ),
        *("meaning-changes", "key-optional", "default-misread", "iceberg-fails", "iceberg-fails-by-value"),
        *("iceberg-loses", "query-stops", "rows-converted", "other-modes", "case-changes"),
    )
)
_OTHER_MODES = BY_SLUG["other-modes"].code


@dataclass(frozen=True)
class Trial:
    """Where alternatives are tried: the same connector, at the place where the statement stands."""

    source: SourceConnector
    child: Child
    settings: Settings
    judge: Judge


@dataclass(frozen=True)
class _Attempt:
    index: int
    effect: Effect
    alternative: Alternative


def with_rewrites(effects: Sequence[Effect], trial: Trial) -> list[Effect]:
    """The effects with the first alternative of each that passes, in every finding that it avoids."""
    attempts = [
        _Attempt(index, effect, alternative)
        for index, effect in enumerate(effects)
        if any(finding.code in _AVOIDABLE for finding in effect.findings)
        for alternative in alternatives(effect)
        if alternative.ddl
    ]
    passing: dict[int, str] = {}
    second: dict[int, str] = {}
    for attempt, outcome in zip(attempts, _tried(attempts, trial), strict=True):
        found = {finding.code for effect in outcome for finding in effect.findings} & _AVOIDABLE
        if not found and outcome:
            passing.setdefault(attempt.index, attempt.alternative.sql)
        elif found == {_OTHER_MODES} and not _has_other_modes(attempt.effect):
            second.setdefault(attempt.index, attempt.alternative.sql)
    passing = {**second, **passing}
    return [_offered(effect, passing.get(index)) for index, effect in enumerate(effects)]


def _tried(attempts: Sequence[_Attempt], trial: Trial) -> Iterator[list[Effect]]:
    """The effects of each attempt's statements, fully judged; everything is asked in as few requests as can be."""
    if not attempts:
        return
    answers = trial.source.attempt(
        [
            {
                "place": each.effect.place,
                "database": each.effect.migration.database,
                "statements": each.alternative.ddl,
            }
            for each in attempts
        ]
    )
    groups = [_effects(each, answer, trial.settings) for each, answer in zip(attempts, answers, strict=True)]
    yield from _grouped(fully_judged(groups, trial.child, trial.settings, trial.judge), groups)


def _effects(attempt: _Attempt, answers: Sequence[Mapping[str, Any]], settings: Settings) -> list[Effect]:
    effect = attempt.effect
    sides = {"key": effect.key, "value": effect.value}
    following = Effects(settings, Versions.before(settings, sides, effect.migration.file))
    return [
        made
        for sql, answer in zip(attempt.alternative.ddl, answers, strict=True)
        for made in following.of(replace(effect.migration, sql=sql), answer)
    ]


def _grouped(flat: Iterable[Effect], groups: Sequence[Sequence[Effect]]) -> list[list[Effect]]:
    """The same number of effects in each group, from a flat list."""
    rest = iter(flat)
    return [list(itertools.islice(rest, len(group))) for group in groups]


def _has_other_modes(effect: Effect) -> bool:
    return any(finding.code == _OTHER_MODES for finding in effect.findings)


def _offered(effect: Effect, sql: str | None) -> Effect:
    def with_sql(finding: Finding) -> Finding:
        if finding.code not in _AVOIDABLE:
            return finding
        return replace(finding, rewrite=sql, rewritable=True)

    return replace(effect, findings=tuple(with_sql(finding) for finding in effect.findings))
