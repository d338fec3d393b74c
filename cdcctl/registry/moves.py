"""Changes of a registry as data: planned, shown, then carried out one after the other, each until it took effect."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cdcctl.aws.glue_registry import AVAILABLE, FAILURE, PENDING, SchemaVersion
from cdcctl.aws.target import Target
from cdcctl.deploy.plan import Action, Change, Plan, Step
from cdcctl.deploy.waiting import Say, Waiting
from cdcctl.errors import CdcctlError, ConflictError, RemoteError
from cdcctl.registry.contents import Name, require
from cdcctl.registry.explanation import why_refused

# AWS's own CloudFormation handler waits 120 s for a version to leave PENDING.
_SECONDS = 120.0
# A registry of this name may still be on its way out.
_DELETING_SECONDS = 600.0


@dataclass(frozen=True)
class Move:
    """One change. ``what``: ``schema version 3``, say, as it is shown."""

    name: Name
    what: str
    why: str = ""
    changes: tuple[Change, ...] = ()
    action: Action = field(default=Action.CREATE, init=False)

    def step(self) -> Step:
        """As a step of a plan."""
        named = str(self.name) if self.name.schema else self.name.registry
        return Step(self.action, self.what, named, self.why, self.changes)


@dataclass(frozen=True)
class CreateRegistry(Move):
    """Make a registry."""


@dataclass(frozen=True)
class CreateSchema(Move):
    """Make a schema without versions."""

    mode: str = ""
    description: str | None = None


@dataclass(frozen=True)
class Register(Move):
    """Register a version. ``notes``: metadata to put on it."""

    definition: str = ""
    notes: Mapping[str, str] = field(default_factory=dict)
    may_fail: bool = False


@dataclass(frozen=True)
class SetMode(Move):
    """Change the compatibility mode, and with it the checkpoint.

    :ivar checkpoint: the definition of the version that becomes it; None: the latest version.
    """

    mode: str = ""
    checkpoint: str | None = None
    action: Action = field(default=Action.UPDATE, init=False)


@dataclass(frozen=True)
class MoveCheckpoint(Move):
    """Move the checkpoint to the version that holds a definition."""

    definition: str = ""
    action: Action = field(default=Action.UPDATE, init=False)


@dataclass(frozen=True)
class DeleteVersions(Move):
    """Delete versions for good: ``5`` or ``5-8``."""

    versions: str = ""
    ids: tuple[str, ...] = ()
    action: Action = field(default=Action.DELETE, init=False)


def plan_of(moves: Sequence[Move], notes: Sequence[str] = ()) -> Plan:
    """The plan that is shown."""
    return Plan(tuple(move.step() for move in moves), tuple(notes))


class Execution:
    """Carries moves out."""

    def __init__(self, target: Target, say: Say) -> None:
        self._target = target
        self._registry = target.registry
        self._waiting = Waiting(target, say)
        self.made: list[SchemaVersion] = []

    def run(self, moves: Sequence[Move]) -> None:
        """All of them, in order.

        :raises RemoteError: one was refused, or did not take effect; those before it are done.
        """
        act: dict[type[Move], Callable[[Any], None]] = {
            CreateRegistry: self._create_registry,
            CreateSchema: self._create_schema,
            Register: self._register,
            SetMode: self._set_mode,
            MoveCheckpoint: self._move_checkpoint,
            DeleteVersions: self._delete,
        }
        for move in moves:
            self._waiting.say(f"{move.action.words} {move.what} {move.name}")
            act[type(move)](move)

    def _create_registry(self, move: CreateRegistry) -> None:
        def attempt() -> str | None:
            try:
                name = move.name.registry
                return self._registry.find_registry(name) or self._registry.create_registry(name, {})
            except ConflictError:
                return None

        still = f"the registry {move.name.registry} of before is DELETING"
        self._waiting.until(attempt, bool, _DELETING_SECONDS, lambda _: still)

    def _create_schema(self, move: CreateSchema) -> None:
        self._registry.create_schema(move.name.registry, move.name.schema, move.mode, move.description)

    def _register(self, move: Register) -> None:
        name = move.name
        made = self._registry.register(name.registry, name.schema, move.definition)
        settled = self._waiting.until(
            lambda: self._registry.version(made.id),
            lambda version: version.status != PENDING,
            _SECONDS,
            lambda version: f"version {version.number} of {name} is {version.status}",
        )
        self.made.append(settled)
        if settled.status != AVAILABLE:
            if not move.may_fail:
                raise self._refused(move, settled)
            return
        try:
            for key, value in move.notes.items():
                self._registry.note(settled.id, key, value)
        except CdcctlError as error:
            # As the Glue serializers have it: the version is there, with or without what is noted on it.
            self._waiting.say(f"nothing could be noted on version {settled.number}: {error.message}")

    def _refused(self, move: Register, version: SchemaVersion) -> RemoteError:
        held = require(self._registry, move.name)
        return RemoteError(
            f"the registry refused version {version.number} of {move.name}: it is {version.status}",
            hint=f"as long as it is there its definition cannot be registered: cdcctl schemas cure {move.name}",
            details=why_refused(held, version.definition) if version.status == FAILURE else (),
        )

    def _set_mode(self, move: SetMode) -> None:
        name = move.name
        number = None if move.checkpoint is None else self._number(name, move.checkpoint)
        self._registry.set_compatibility(name.registry, name.schema, move.mode, number)
        self._read_back(name, "compatibility", move.mode)

    def _move_checkpoint(self, move: MoveCheckpoint) -> None:
        number = self._number(move.name, move.definition)
        self._registry.set_checkpoint(move.name.registry, move.name.schema, number)
        self._read_back(move.name, "checkpoint", number)

    def _delete(self, move: DeleteVersions) -> None:
        name = move.name
        errors = self._registry.delete_versions(name.registry, name.schema, move.versions)
        if errors:
            raise RemoteError(
                f"not all versions of {name} were deleted",
                hint="cdcctl schemas show says which are left",
                details=[f"version {number}: {why}" for number, why in errors.items()],
            )
        self._waiting.until(
            lambda: {each.id for each in self._registry.outline(name.registry, name.schema)} & set(move.ids),
            lambda left: not left,
            _SECONDS,
            lambda left: f"{len(left)} version(s) of {name} are still there",
        )

    def _number(self, name: Name, definition: str) -> int:
        """The number of the version that holds a definition."""
        found = require(self._registry, name).holding(definition)
        if found is None or found.status != AVAILABLE:
            raise RemoteError(f"{name} no longer has the version that is to be its checkpoint", hint="run it again")
        return found.number

    def _read_back(self, name: Name, attribute: str, wanted: str | int) -> None:
        """:raises RemoteError: the schema is not as it was asked for."""
        self._waiting.until(
            lambda: self._registry.find_schema(name.registry, name.schema),
            lambda found: getattr(found, attribute, None) == wanted,
            _SECONDS,
            lambda found: f"{attribute} of {name} is {getattr(found, attribute, None)} and not {wanted}",
        )
