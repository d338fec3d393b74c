"""Deleting versions: what Glue allows, what readers lose, and the cure of a definition that a FAILURE occupies.

Rules: Glue developer guide, "Deleting a schema version": not the first version, not the checkpoint, at most 25 in a
row, not while the latest version is PENDING.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cdcctl.aws.glue_registry import AVAILABLE, FAILURE, SchemaVersion
from cdcctl.errors import InputError, NotFoundError, UsageError
from cdcctl.registry.contents import Held
from cdcctl.registry.explanation import verdict, why_refused
from cdcctl.registry.moves import DeleteVersions, Move, Register

_MOST = 25
_RANGE = re.compile(r"v?(\d{1,6})(?:-v?(\d{1,6}))?")


def deletion(held: Held, word: str) -> Move:
    """Delete the versions that ``5`` or ``5-8`` names.

    :raises UsageError: it names none.
    :raises InputError: Glue would refuse.
    """
    found = _RANGE.fullmatch(word)
    if not found:
        raise UsageError(f"{word!r} names no versions", hint="write 5, or 5-8")
    first, last = int(found[1]), int(found[2] or found[1])
    if first > last:
        raise UsageError(f"{word} is empty", hint=f"write {last}-{first}")
    gone = [version for version in held.versions if first <= version.number <= last]
    if not gone:
        raise NotFoundError(
            f"{held.name} has no version {word}", hint=f"there are {', '.join(str(v.number) for v in held.versions)}"
        )
    return _deletion(held, first, last, gone, "")


def _deletion(held: Held, first: int, last: int, gone: Sequence[SchemaVersion], why: str) -> DeleteVersions:
    if problem := _problem(held, first, last):
        raise InputError(f"{held.name}: {problem}", hint="nothing was deleted")
    readable = [version for version in gone if version.status == AVAILABLE]
    told = [why] if why else [f"({', '.join(dict.fromkeys(version.status for version in gone))})"]
    if readable:
        numbers = ", ".join(str(version.number) for version in readable)
        told.append(f"records in Kafka that were written with version {numbers} can never be decoded again")
    word = str(first) if first == last else f"{first}-{last}"
    ids = tuple(version.id for version in gone)
    return DeleteVersions(held.name, f"schema version {word}", "; ".join(told), versions=word, ids=ids)


def _problem(held: Held, first: int, last: int) -> str | None:
    checkpoint = held.schema.checkpoint
    if first <= 1:
        return "the first version cannot be deleted but with the whole schema"
    if checkpoint is not None and first <= checkpoint <= last:
        return f"version {checkpoint} is the checkpoint and cannot be deleted; cdcctl schemas checkpoint moves it"
    if last - first >= _MOST:
        return f"Glue deletes {_MOST} versions at most at a time"
    if held.pending and held.pending[-1] is held.versions[-1]:
        return f"the latest version, {held.pending[-1].number}, is PENDING; wait until it is judged"
    return None


@dataclass(frozen=True)
class Poisoned:
    """A FAILURE, the definition of which cannot be registered while it is there.

    :ivar accepted: whether the present mode would take the definition now.
    :ivar reasons: why it was refused, or would be again.
    :ivar obstacle: why it cannot be deleted.
    """

    version: SchemaVersion
    accepted: bool
    reasons: tuple[str, ...]
    obstacle: str | None
    moves: tuple[Move, ...]

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "version": self.version.number,
            "id": self.version.id,
            "accepted_now": self.accepted,
            "reasons": list(self.reasons),
            "obstacle": self.obstacle,
        }


def poisoned(held: Held, *, register: bool) -> list[Poisoned]:
    """Every definition that a FAILURE occupies, with its cure.

    :param register: register it again where the mode takes it now.
    """
    return [_cure(held, version, register) for version in held.versions if version.status == FAILURE]


def _cure(held: Held, version: SchemaVersion, register: bool) -> Poisoned:
    accepted = verdict(version.definition, held.definitions, held.mode, f"version {version.number}").compatible
    reasons = tuple(why_refused(held, version.definition))
    shared = [each for each in held.versions if each.number == version.number and each.id != version.id]
    if shared:
        told = f"version {shared[0].number} is also the number of {shared[0].id} ({shared[0].status}); "
        return Poisoned(version, accepted, reasons, f"{told}versions are deleted by number, so both would go", ())
    if problem := _problem(held, version.number, version.number):
        return Poisoned(version, accepted, reasons, problem, ())
    why = "the FAILURE that occupies its definition"
    moves: list[Move] = [_deletion(held, version.number, version.number, [version], why)]
    if register and accepted:
        moves.append(Register(held.name, "schema version", "the same again", definition=version.definition))
    return Poisoned(version, accepted, reasons, None, tuple(moves))
