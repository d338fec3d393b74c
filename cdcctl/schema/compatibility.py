"""Would the registry take this schema after those, and if not, which field stops it and who could no longer read what?

The verdict is Apache ``avro``'s (a port of Java's ``SchemaCompatibility``, with which it agrees once aliases are
qualified, see ``avro_parser``). The explanation walks down the two schemas beside the verdict and asks the same checker
at each step, so it can only point at what the checker objects to. Logical types are no part of it: a decimal whose
scale changes is compatible to Avro, and wrong all the same; that is a lint elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from importlib.metadata import version
from typing import Any

from avro.compatibility import ReaderWriterCompatibilityChecker, SchemaCompatibilityType
from avro.schema import Schema

from cdcctl.schema.avro_parser import InvalidSchemaError, parse
from cdcctl.schema.incompatibility import Incompatibility, Reader, incompatibilities

_Untyped: Any = ReaderWriterCompatibilityChecker

__all__ = ["CHECKER", "Incompatibility", "InvalidSchemaError", "Mode", "Reader", "Verdict", "check", "verdicts"]


# Said wherever a verdict is this module's: with a JVM at hand, Java's own checker is asked instead.
CHECKER = f"avro {version('avro')} for Python"


class Mode(str, Enum):
    """The registry's eight compatibility modes."""

    NONE = "NONE"
    DISABLED = "DISABLED"
    BACKWARD = "BACKWARD"
    BACKWARD_ALL = "BACKWARD_ALL"
    FORWARD = "FORWARD"
    FORWARD_ALL = "FORWARD_ALL"
    FULL = "FULL"
    FULL_ALL = "FULL_ALL"

    @property
    def checks_all(self) -> bool:
        """Whether the new schema is compared with every previous one and not only with the last."""
        return self.value.endswith("_ALL")

    @property
    def readers(self) -> tuple[Reader, ...]:
        """The sides that must be able to read what the other side writes."""
        if self in (Mode.BACKWARD, Mode.BACKWARD_ALL):
            return (Reader.NEW,)
        if self in (Mode.FORWARD, Mode.FORWARD_ALL):
            return (Reader.OLD,)
        return (Reader.NEW, Reader.OLD) if self in (Mode.FULL, Mode.FULL_ALL) else ()


@dataclass(frozen=True)
class Verdict:
    """What a mode says about a new schema.

    :param incompatibilities: empty when compatible. Under DISABLED a refusal has none: the mode forbids any new
        version whatever it holds.
    """

    mode: Mode
    compatible: bool
    incompatibilities: tuple[Incompatibility, ...] = ()


def check(new: str, previous: Sequence[str], mode: Mode) -> Verdict:
    """Judge a new definition against the versions already there.

    :param previous: definitions of the AVAILABLE versions, oldest first. Modes without ``_ALL`` look at the last
        one only, as users observe in AWS (re:Post QUGHhaI7LYQCyx2frX0FpI2A), not at the checkpoint.
    :raises InvalidSchemaError: when ``new`` or one of ``previous`` is not an Avro schema.
    """
    if mode is Mode.DISABLED:
        return Verdict(mode, not previous)
    schema = parse(new)
    found = tuple(_found(schema, _parse_all(previous, mode), mode)) if mode.readers else ()
    return Verdict(mode, not found, found)


def verdicts(new: str, previous: Sequence[str]) -> dict[str, bool]:
    """What each of the eight modes would answer."""
    schema, history = parse(new), _parse_all(previous, Mode.FULL_ALL)
    readable = {reader: [_can_read(reader, schema, old) for old in history] for reader in Reader}
    return {
        mode.value: not history
        if mode is Mode.DISABLED
        else all(all(readable[reader] if mode.checks_all else readable[reader][-1:]) for reader in mode.readers)
        for mode in Mode
    }


def _parse_all(previous: Sequence[str], mode: Mode) -> list[Schema]:
    """The previous schemas a mode needs; indices count from the end, so a missing head does no harm."""
    return [parse(text) for text in (previous if mode.checks_all else previous[-1:])]


def _found(new: Schema, history: list[Schema], mode: Mode) -> Iterator[Incompatibility]:
    for back, old in zip(range(len(history), 0, -1), history, strict=True):
        for reader in mode.readers:
            if not _can_read(reader, new, old):
                yield from incompatibilities(reader, new, old, back)


def _can_read(reader: Reader, new: Schema, old: Schema) -> bool:
    reading, writing = (new, old) if reader is Reader.NEW else (old, new)
    try:
        # A checker remembers pairs by object identity, so each pair gets its own.
        result = _Checker().get_compatibility(reading, writing)
    except _AmbiguousAliasError:
        return False
    return bool(result.compatibility is SchemaCompatibilityType.compatible)


class _AmbiguousAliasError(Exception):
    """A reader's field goes, by its name and aliases, with several of the writer's."""


class _Checker(_Untyped):  # type: ignore[misc]
    """Refuses, as Java's lookupWriterField does with an exception, what Python's takes the first match of."""

    def check_reader_writer_record_fields(self, reader: Any, writer: Any, location: Any) -> Any:
        written = {field.name for field in writer.fields}
        for field in reader.fields:
            names = [field.name, *(field.props.get("aliases") or ())]
            if sum(name in written for name in names) > 1:
                raise _AmbiguousAliasError(field.name)
        return super().check_reader_writer_record_fields(reader, writer, location)
