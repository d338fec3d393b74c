"""Schemas kept in a folder: exported from registries, held against them, and put back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from cdcctl.aws.glue_registry import AVAILABLE, FAILURE, GlueRegistry
from cdcctl.deploy.plan import Change
from cdcctl.errors import InputError, UsageError
from cdcctl.registry.contents import Held, Name, read
from cdcctl.registry.deletion import poisoned
from cdcctl.registry.explanation import verdict
from cdcctl.registry.moves import CreateRegistry, CreateSchema, Move, MoveCheckpoint, Register, SetMode
from cdcctl.schema.compatibility import Mode
from cdcctl.schema.definitions import canonical
from cdcctl.schema.folder import Kept

_NO_CHECK = Mode.NONE


@dataclass(frozen=True)
class Drift:
    """One difference between a folder and the registry."""

    name: Name
    what: str
    folder: str | None
    registry: str | None

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {"schema": str(self.name), "what": self.what, "folder": self.folder, "registry": self.registry}


def kept_of(held: Held) -> Kept:
    """A schema as it is exported: the versions that were taken. A FAILURE is nobody's definition."""
    versions = {version.number: version.definition for version in held.available}
    checkpoint = held.schema.checkpoint if held.schema.checkpoint in versions else None
    return Kept(
        held.schema.registry, held.schema.name, held.mode, versions, checkpoint, held.schema.description or None
    )


def drift(kept: Kept, held: Held | None) -> list[Drift]:
    """How a schema in the registry is not as the folder has it. Numbers do not matter, definitions and order do."""
    name = Name(kept.registry, kept.schema)
    if held is None:
        return [Drift(name, "schema", f"{len(kept.versions)} version(s)", None)]
    there = {canonical(each.definition): each for each in held.available}
    here = {canonical(text): number for number, text in kept.versions.items()}
    found = [Drift(name, "version", str(number), None) for text, number in here.items() if text not in there]
    found += [Drift(name, "version", None, str(each.number)) for text, each in there.items() if text not in here]
    mine, theirs = ([text for text in each if text in here and text in there] for each in (here, there))
    if mine != theirs:
        order = (", ".join(str(here[text]) for text in mine), ", ".join(str(here[text]) for text in theirs))
        found.append(Drift(name, "order of versions", *order))
    if kept.mode and kept.mode is not held.mode:
        found.append(Drift(name, "compatibility", kept.mode.value, held.mode.value))
    return found + list(_checkpoint(name, kept, held))


def _checkpoint(name: Name, kept: Kept, held: Held) -> Iterator[Drift]:
    wanted = kept.versions.get(kept.checkpoint) if kept.checkpoint is not None else None
    if wanted is None:
        return
    number = held.schema.checkpoint
    now = next((each.definition for each in held.available if each.number == number), "")
    if canonical(wanted) != canonical(now):
        yield Drift(name, "checkpoint", str(kept.checkpoint), str(number))


def only_there(schemas: Sequence[Kept], names: Sequence[Name]) -> list[Drift]:
    """Schemas of the folder's registries that the folder does not have."""
    registries = {kept.registry for kept in schemas}
    known = {Name(kept.registry, kept.schema) for kept in schemas}
    return [Drift(name, "schema", None, "there") for name in names if name.registry in registries and name not in known]


def restoring(registry: GlueRegistry, schemas: Sequence[Kept], mode: str | None) -> tuple[list[Move], list[str]]:
    """What puts the schemas of a folder back, and what cannot be put back.

    :param mode: of schemas that are not there and of which the folder does not say it.
    """
    moves: list[Move] = []
    notes: list[str] = []
    for name in dict.fromkeys(kept.registry for kept in schemas):
        if registry.find_registry(name) is None:
            moves.append(CreateRegistry(Name(name, ""), "registry"))
    for kept in schemas:
        restored = _Restoration(kept, read(registry, Name(kept.registry, kept.schema)), mode)
        moves += restored.moves()
        notes += restored.notes
    return moves, notes


class _Restoration:
    """How one schema is put back: versions in their order, whatever the mode says of that order today."""

    def __init__(self, kept: Kept, held: Held | None, mode: str | None) -> None:
        self._kept = kept
        self._held = held
        self._name = Name(kept.registry, kept.schema)
        self.notes: list[str] = []
        wanted = kept.mode or (held.mode if held else None) or (Mode(mode) if mode else None)
        if wanted is None:
            raise UsageError(
                f"{self._name} is not there, and the folder does not say its mode", hint="pass --compatibility"
            )
        self._mode = wanted

    def moves(self) -> list[Move]:
        """The changes in order; none when all is there."""
        cures = list(self._cures())
        missing = {number: text for number, text in self._kept.versions.items() if not self._is_there(text)}
        now = self._held.mode if self._held else self._mode
        needed = now if self._takes_all(now, missing) else _NO_CHECK
        begin: list[Move] = []
        if self._held is None:
            why = f"with compatibility {needed.value}" + self._because(needed, self._mode)
            described = self._kept.description
            begin.append(CreateSchema(self._name, "schema", why, mode=needed.value, description=described))
        elif needed is not now:
            begin.append(self._set(now, needed, "while these versions are put back; it refuses some of them"))
        registered = [
            Register(self._name, "schema version", f"{number} of the folder", definition=text)
            for number, text in missing.items()
        ]
        self._note_order(missing)
        return [*cures, *begin, *registered, *self._end(needed, bool(missing))]

    def _end(self, mode: Mode, added: bool) -> Iterator[Move]:
        """Mode and checkpoint as the folder has them."""
        checkpoint = self._kept.versions.get(self._kept.checkpoint) if self._kept.checkpoint is not None else None
        if mode is not self._mode:
            yield self._set(mode, self._mode, "", checkpoint)
        elif checkpoint is not None and self._is_ahead(checkpoint):
            number = str(self._held.schema.checkpoint) if self._held else "1"
            change = Change.of("schema", "checkpoint", number, f"{self._kept.checkpoint} of the folder")
            yield MoveCheckpoint(self._name, "schema", changes=(change,), definition=checkpoint)
        elif (
            checkpoint is not None
            and self._held
            and not added
            and list(_checkpoint(self._name, self._kept, self._held))
        ):
            self.notes.append(f"{self._name}: the checkpoint is {self._held.schema.checkpoint}, and never moves back")

    def _set(self, before: Mode, after: Mode, why: str, checkpoint: str | None = None) -> Move:
        change = Change.of("schema", "compatibility", before.value, after.value)
        if checkpoint is None and self._held and self._held.available:
            # Set and not moved, so that it can still be put where the folder has it.
            number = self._held.schema.checkpoint
            checkpoint = next((each.definition for each in self._held.available if each.number == number), None)
        return SetMode(self._name, "schema", why, (change,), mode=after.value, checkpoint=checkpoint)

    def _cures(self) -> Iterator[Move]:
        """Deletions of what occupies definitions of the folder."""
        wanted = {canonical(text) for text in self._kept.versions.values()}
        for each in poisoned(self._held, register=False) if self._held else ():
            if canonical(each.version.definition) not in wanted:
                continue
            if each.obstacle:
                raise InputError(
                    f"{self._name}: version {each.version.number} is a FAILURE and occupies a definition of the folder",
                    hint="nothing was changed",
                    details=[each.obstacle],
                )
            yield from each.moves

    def _is_there(self, text: str) -> bool:
        found = self._held.holding(text) if self._held else None
        return found is not None and found.status != FAILURE

    def _takes_all(self, mode: Mode, missing: dict[int, str]) -> bool:
        """Whether a mode takes the missing versions one after the other."""
        previous = self._held.definitions if self._held else []
        for number, text in missing.items():
            if not verdict(text, previous, mode, f"{self._name} {number}").compatible:
                return False
            previous = [*previous, text]
        return True

    def _because(self, needed: Mode, wanted: Mode) -> str:
        return f", because {wanted.value} refuses some of these versions today" if needed is not wanted else ""

    def _is_ahead(self, definition: str) -> bool:
        """Whether a definition's version comes, or will come, after the checkpoint of now."""
        if self._held is None:
            return definition != next(iter(self._kept.versions.values()))
        found = self._held.holding(definition)
        if found is None or found.status != AVAILABLE:
            return True
        return found.number > (self._held.schema.checkpoint or 0)

    def _note_order(self, missing: dict[int, str]) -> None:
        """New versions come last, whatever their numbers in the folder."""
        there = [number for number in self._kept.versions if number not in missing]
        if missing and there and min(missing) < max(there):
            numbers = ", ".join(str(number) for number in missing if number < max(there))
            self.notes.append(f"{self._name}: version {numbers} of the folder will come after what is there")
