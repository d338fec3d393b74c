"""A schema's mode and checkpoint, changed."""

from __future__ import annotations

from cdcctl.aws.glue_registry import AVAILABLE
from cdcctl.deploy.plan import Change
from cdcctl.errors import InputError, UsageError
from cdcctl.registry.contents import Held
from cdcctl.registry.moves import Move, MoveCheckpoint, SetMode
from cdcctl.schema.compatibility import Mode, verdicts


def changed_mode(held: Held, word: str) -> tuple[list[Move], list[str]]:
    """The change to a mode, and what to know beforehand; no change when it is the mode already.

    :raises UsageError: there is no such mode.
    :raises InputError: the schema has no version yet, without which Glue does not change it.
    """
    mode = mode_named(word)
    if mode is held.mode:
        return [], []
    if not held.available:
        raise InputError(
            f"{held.name} has no version yet, and Glue changes a mode only together with a checkpoint",
            hint="register a version first, or delete the schema and make it anew",
        )
    latest = held.available[-1]
    changes = [Change.of("schema", "compatibility", held.mode.value, mode.value)]
    if latest.number != held.schema.checkpoint:
        changes.append(Change.of("schema", "checkpoint", str(held.schema.checkpoint), str(latest.number)))
    return [SetMode(held.name, "schema", "", tuple(changes), mode=mode.value)], _notes(held, mode)


def moved_checkpoint(held: Held, word: str) -> list[Move]:
    """The move of the checkpoint to a version; no move when it is there.

    :raises InputError: it cannot be there.
    """
    version, now = held.version(word), held.schema.checkpoint
    if version.number == now:
        return []
    if version.status != AVAILABLE:
        raise InputError(f"version {version.number} of {held.name} is {version.status}", hint="name one that was taken")
    if now is not None and version.number < now:
        raise InputError(
            f"the checkpoint of {held.name} is {now}, and Glue never moves it back", hint="name a later version"
        )
    change = Change.of("schema", "checkpoint", str(now), str(version.number))
    return [MoveCheckpoint(held.name, "schema", changes=(change,), definition=version.definition)]


def mode_named(word: str) -> Mode:
    """:raises UsageError: there is no such mode."""
    if word.upper() not in Mode.__members__:
        raise UsageError(f"there is no compatibility mode {word!r}", hint=f"there are {', '.join(Mode.__members__)}")
    return Mode(word.upper())


def _notes(held: Held, mode: Mode) -> list[str]:
    """Versions that the new mode would not have taken: it judges new ones only."""
    against = [
        str(version.number)
        for index, version in enumerate(held.available)
        if index and not verdicts(version.definition, held.definitions[:index])[mode.value]
    ]
    if not against or mode is Mode.DISABLED:
        return []
    return [
        f"{mode.value} would have refused version {', '.join(against)}; versions that are there are not judged again"
    ]
