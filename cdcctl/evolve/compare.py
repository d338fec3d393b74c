"""Which tables change their schemas with another version of Debezium or of the converter, or with other settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cdcctl.errors import UsageError
from cdcctl.evolve.check import load_what_can_be, stream
from cdcctl.evolve.effects import Effects
from cdcctl.evolve.judgement import fully_judged
from cdcctl.evolve.migrations import Migration
from cdcctl.evolve.registered import Lookup, Versions, nothing
from cdcctl.evolve.report import Effect, Report
from cdcctl.evolve.rules import finding
from cdcctl.evolve.settings import Settings
from cdcctl.evolve.tables import Tables
from cdcctl.evolve.verdicts import Judge
from cdcctl.schema.classpath import Jars
from cdcctl.schema.prediction import Child

_Refused = tuple[Migration, Mapping[str, Any]]


@dataclass(frozen=True)
class Variant:
    """One of the two that are compared."""

    settings: Settings
    jars: Jars


@dataclass(frozen=True)
class Comparison:
    """What is to be compared, on which tables.

    :param migrations: statements to run first.
    """

    before: Variant
    after: Variant
    tables: Tables
    migrations: tuple[Migration, ...] = ()
    look_up: Lookup = nothing


def pair(text: str, default: str) -> tuple[str, str]:
    """``A..B``, or ``B`` alone for from what the pipeline has.

    :raises UsageError: it is neither.
    """
    before, mark, after = text.partition("..")
    if not before or (mark and not after):
        raise UsageError(f"{text!r} is not A..B", hint="write two versions, such as 2.7..3.6")
    return (before, after) if mark else (default, before)


def compare(comparison: Comparison) -> Report:
    """Describe every captured table under both, and judge the second after the first.

    :raises InputError: a version is not pinned, or refuses the configuration.
    """
    variants = (comparison.before, comparison.after)
    with Child(comparison.before.jars) as first, Child(comparison.after.jars) as second:
        before, _ = _described(first, comparison.before.settings, comparison)
        after, refused = _described(second, comparison.after.settings, comparison)
        settings = comparison.after.settings
        following = Effects(settings, Versions(settings, comparison.look_up))
        words = " → ".join(_words(variant) for variant in variants)
        effects = []
        for table in sorted(after):
            told = words if table in before else f"{words}: the first cannot read the table"
            migration = Migration(told, table.partition(".")[0], table, 1)
            effects += following.of(migration, _answer(table, before.get(table), after[table]))
        found = fully_judged([effects], second, settings, Judge(second))
    found += [_stopped(migration, error) for migration, error in refused]
    facts = {name: f"{version} → {comparison.after.jars.versions()[name]}"
             for name, version in comparison.before.jars.versions().items()}  # fmt: skip
    return Report(tuple(found), settings.mode.value, facts, compares=True)


def _described(child: Child, settings: Settings, comparison: Comparison) -> tuple[dict[str, Any], list[_Refused]]:
    """The captured tables described, and what the connector cannot read."""
    source = child.source(settings.source, case_insensitive=comparison.tables.case_insensitive)
    refused = load_what_can_be(source, comparison.tables)
    answers = stream(source, comparison.migrations)
    refused += [(each, answer["error"]) for each, answer in answers if answer and answer["error"]]
    return source.describe(source.tables()), refused


def _stopped(migration: Migration, error: Mapping[str, Any]) -> Effect:
    """The second cannot read a table or statement that may be in a binlog, whatever the first did."""
    told = finding("statement-unparseable", f"{error['class']}: {' '.join(error['message'].split())}")
    return Effect(migration, None, "kills-the-connector", error=error, findings=(told,))


def _answer(table: str, before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> dict[str, Any]:
    """As a connector's answer to a statement that changed the one into the other; the table itself is the same.

    :param before: None where the first cannot read the table.
    """
    change = {
        "id": table,
        "previous": None,
        "change": "ALTER",
        "captured": True,
        "was_captured": True,
        "place": None,
        "before": before,
        "after": {**after, "model": (before or after)["model"]},
    }
    return {"refused": None, "ignored": False, "error": None, "target": None, "tables": [change]}


def _words(variant: Variant) -> str:
    versions = variant.jars.versions()
    return f"Debezium {versions['debezium-mysql']}, converter {versions['glue-avro-converter']}"
