"""Registering a definition, with a look ahead: what Glue refuses stays there as a FAILURE and occupies its definition.

Under its id the next attempt finds the failed version again and stops, also after the mode was relaxed; only deleting
that version helps. So the compatibility check is made here first, and a registration that would fail is not made.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from cdcctl import __version__
from cdcctl.aws.glue_registry import AVAILABLE, FAILURE, LONGEST_DEFINITION, GlueRegistry, SchemaVersion
from cdcctl.aws.target import Target
from cdcctl.errors import InputError, UsageError
from cdcctl.registry.comparison import Comparison, Definition, compare
from cdcctl.registry.contents import Held, Name, read, require_avro
from cdcctl.registry.explanation import verdict, why_refused
from cdcctl.registry.moves import CreateRegistry, CreateSchema, Move, Register
from cdcctl.registry.settings import mode_named
from cdcctl.schema.compatibility import Mode

Outcome = Literal["first version", "new version", "there already", "would fail", "poisoned", "pending"]


@dataclass(frozen=True)
class Forecast:
    """What registering a definition would lead to.

    :ivar existing: the version that holds the definition already.
    :ivar comparison: with the latest version, if there is one.
    :ivar reasons: why it would be refused, a line a field.
    """

    name: Name
    mode: Mode
    outcome: Outcome
    existing: SchemaVersion | None
    comparison: Comparison | None
    reasons: tuple[str, ...]
    moves: tuple[Move, ...]

    @property
    def is_fine(self) -> bool:
        """Whether the definition is, or will be, a version that was taken."""
        return self.outcome in ("first version", "new version", "there already")

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "schema": str(self.name),
            "mode": self.mode.value,
            "outcome": self.outcome,
            "existing": {"number": self.existing.number, "id": self.existing.id, "status": self.existing.status}
            if self.existing
            else None,
            "reasons": list(self.reasons),
            "comparison": self.comparison.to_dict() if self.comparison else None,
        }


def forecast(
    registry: GlueRegistry,
    name: Name,
    definition: str,
    mode: str | None,
    notes: Mapping[str, str],
    what: str = "the definition",
) -> Forecast:
    """Look ahead.

    :param mode: of a schema that is not there yet.
    :param what: what an error calls the definition.
    :raises InputError: the definition is none that Glue takes.
    :raises UsageError: the schema is not there, and no mode is known for it.
    """
    verdict(definition, [], Mode.NONE, what)
    mode = mode_named(mode).value if mode else None
    if len(definition) > LONGEST_DEFINITION:
        raise InputError(f"{what} has {len(definition)} characters", hint=f"Glue takes {LONGEST_DEFINITION} at most")
    held = read(registry, name)
    return (
        _of_known(require_avro(held), definition, notes) if held else _of_new(registry, name, definition, mode, notes)
    )


def forced(found: Forecast, definition: str, notes: Mapping[str, str]) -> Forecast:
    """The same, registered although it will be refused."""
    if found.outcome != "would fail":
        return found
    why = "will be refused"
    move = Register(found.name, "schema version", why, definition=definition, notes=notes, may_fail=True)
    return replace(found, moves=(move,))


def noted_by(target: Target) -> dict[str, str]:
    """What is noted on versions that are registered here: Glue itself keeps no record of who did."""
    return {"cdcctl": __version__, "registered-by": target.principal}


def _of_new(
    registry: GlueRegistry, name: Name, definition: str, mode: str | None, notes: Mapping[str, str]
) -> Forecast:
    if mode is None:
        raise UsageError(f"there is no schema {name}, and no mode to create it with", hint="pass --compatibility")
    moves: list[Move] = []
    if registry.find_registry(name.registry) is None:
        moves.append(CreateRegistry(Name(name.registry, ""), "registry"))
    moves.append(CreateSchema(name, "schema", f"with compatibility {mode}", mode=mode))
    moves.append(Register(name, "schema version", "the first one", definition=definition, notes=notes))
    return Forecast(name, Mode(mode), "first version", None, None, (), tuple(moves))


def _of_known(held: Held, definition: str, notes: Mapping[str, str]) -> Forecast:
    existing = held.holding(definition)
    latest = held.available[-1] if held.available else None
    comparison = None
    if latest:
        older = [each.definition for each in held.available[:-1]]
        before = Definition(f"version {latest.number}", latest.definition)
        comparison = compare(before, Definition("the definition", definition), older)
    if existing:
        told: dict[str, Outcome] = {AVAILABLE: "there already", FAILURE: "poisoned"}
        outcome = told.get(existing.status, "pending")
        why = tuple(why_refused(held, definition)) if outcome == "poisoned" else ()
        return Forecast(held.name, held.mode, outcome, existing, comparison, why, ())
    move = Register(held.name, "schema version", f"taken by {held.mode.value}", definition=definition, notes=notes)
    if verdict(definition, held.definitions, held.mode, str(held.name)).compatible:
        outcome = "new version" if latest else "first version"
        return Forecast(held.name, held.mode, outcome, None, comparison, (), (move,))
    return Forecast(held.name, held.mode, "would fail", None, comparison, tuple(why_refused(held, definition)), ())
