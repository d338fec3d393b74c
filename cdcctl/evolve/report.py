"""What a check comes to: one effect for each statement and table, as data and as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from cdcctl.evolve.fields import Change
from cdcctl.evolve.migrations import Migration
from cdcctl.evolve.rules import Finding, Severity
from cdcctl.evolve.verdicts import Reason
from cdcctl.schema.compatibility import Mode

Outcome = Literal["unchanged", "new-version", "new-schema", "not-captured", "kills-the-connector", "unknown"]
RANK: dict[str, int] = {"note": 0, "warning": 1, "error": 2}
# Findings that say that the input itself is wrong, so that nothing can be predicted for it.
BAD_INPUT = frozenset({"EVO007", "EVO008"})


@dataclass(frozen=True)
class Side:
    """The key or the value of a table before and after a statement.

    :param mode: the compatibility mode of the schema.
    :param before: the definition registered before; None when there is none.
    :param versions: what the new definition was judged against, oldest first.
    :param standing: those of them that do not come from statements of the same migration.
    :param snapshot: the definition that the next snapshot gives, when it is another one.
    """

    schema: str | None = None
    mode: Mode = Mode.FORWARD
    before: str | None = None
    after: str | None = None
    versions: tuple[str, ...] = ()
    standing: tuple[str, ...] = ()
    snapshot: str | None = None
    changes: tuple[Change, ...] = ()
    compatible: Mapping[str, bool] = field(default_factory=dict)
    reasons: tuple[Reason, ...] = ()

    @property
    def is_new(self) -> bool:
        """Whether a version is registered that was not there."""
        return self.after is not None and self.after not in self.versions

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "schema": self.schema,
            "mode": self.mode.value,
            "before": self.before,
            "after": self.after,
            "snapshot": self.snapshot,
            "versions": len(self.versions),
            "changes": [change.to_dict() for change in self.changes],
            "compatible": dict(self.compatible),
            "reasons": [reason.to_dict() for reason in self.reasons],
        }


@dataclass(frozen=True)
class Effect:
    """What one statement does to one table.

    :param table: ``database.table``; None for a statement that is about none.
    :param renamed_from: the table's name before.
    :param error: the exception that stops the connector: class, message, causes, stage.
    :param models: Debezium's model of the table before and after.
    :param sink: sink → its verdict.
    :param query: engine → its verdict.
    :param place: where the child can try other statements instead.
    """

    migration: Migration
    table: str | None
    outcome: Outcome
    key: Side = Side()
    value: Side = Side()
    renamed_from: str | None = None
    error: Mapping[str, Any] | None = None
    models: tuple[Mapping[str, Any] | None, Mapping[str, Any] | None] = (None, None)
    sink: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    query: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    place: int | None = None

    @property
    def compatible(self) -> dict[str, bool]:
        """Mode → whether it takes both the key and the value."""
        sides = [side.compatible for side in (self.key, self.value) if side.compatible]
        return {mode: all(side[mode] for side in sides) for mode in sides[0]} if sides else {}

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "sql": self.migration.sql,
            "file": self.migration.file,
            "line": self.migration.line,
            "database": self.migration.database,
            "table": self.table,
            "renamed_from": self.renamed_from,
            "outcome": self.outcome,
            "error": dict(self.error) if self.error else None,
            "key": self.key.to_dict(),
            "value": self.value.to_dict(),
            "compatible": self.compatible,
            "sink": {name: dict(verdict) for name, verdict in self.sink.items()},
            "query": {name: dict(verdict) for name, verdict in self.query.items()},
            "findings": [finding.to_dict() for finding in self.findings],
        }


@dataclass(frozen=True)
class Report:
    """All effects of a check.

    :param mode: the registry's compatibility mode.
    :param facts: what it was predicted with.
    :param compares: an effect is about a table under two settings, not about a statement.
    """

    effects: tuple[Effect, ...]
    mode: str
    facts: Mapping[str, str]
    compares: bool = False

    def count(self, severity: Severity) -> int:
        """How many findings of a severity there are."""
        return sum(finding.severity == severity for effect in self.effects for finding in effect.findings)

    def passes(self, fail_on: Severity) -> bool:
        """Whether no finding is as severe as ``fail_on``."""
        return not any(
            self.count(severity) for severity in ("note", "warning", "error") if RANK[severity] >= RANK[fail_on]
        )

    @property
    def has_bad_input(self) -> bool:
        """Whether a statement is no MySQL, or about a table that is not known."""
        return any(finding.code in BAD_INPUT for effect in self.effects for finding in effect.findings)

    def to_dict(self, fail_on: Severity) -> dict[str, Any]:
        """As JSON."""
        return {
            "ok": self.passes(fail_on),
            "mode": self.mode,
            "facts": dict(self.facts),
            "errors": self.count("error"),
            "warnings": self.count("warning"),
            "notes": self.count("note"),
            "statements": [effect.to_dict() for effect in self.effects],
        }
