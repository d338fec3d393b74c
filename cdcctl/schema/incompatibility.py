"""Says in words why one schema cannot read what another wrote, and at which field.

avro's own result merges kinds, places and messages of all findings into three unrelated sets and loses the place
inside unions; a DBA needs one sentence a field.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from avro.compatibility import (
    ReaderWriterCompatibilityChecker,
    SchemaCompatibilityType,
    lookup_writer_field,
    schema_name_equals,
)


class Reader(str, Enum):
    """Which side fails to read what the other side wrote."""

    NEW = "new"
    OLD = "old"

    @property
    def other(self) -> Reader:
        """The side that wrote the records."""
        return Reader.OLD if self is Reader.NEW else Reader.NEW


class Kind(str, Enum):
    """Kinds of incompatibility, named as Avro names them."""

    NAME_MISMATCH = "name_mismatch"
    FIXED_SIZE_MISMATCH = "fixed_size_mismatch"
    MISSING_ENUM_SYMBOLS = "missing_enum_symbols"
    READER_FIELD_MISSING_DEFAULT_VALUE = "reader_field_missing_default_value"
    TYPE_MISMATCH = "type_mismatch"
    MISSING_UNION_BRANCH = "missing_union_branch"


@dataclass(frozen=True)
class Incompatibility:
    """One reason why records cannot be read.

    :param kind: Avro's name of the rule that is broken.
    :param path: the field, outermost first and dotted (``after.COUNTRY``); ``[]`` stands for array items, ``{}`` for
        map values; empty for the schema itself.
    :param reader: the side that breaks.
    :param versions_back: which previous version it was compared with: 1 is the last one, 2 the one before.
    :param message: the reason in one sentence.
    """

    kind: str
    path: str
    reader: Reader
    versions_back: int
    message: str


def incompatibilities(reader: Reader, new: Any, old: Any, versions_back: int) -> list[Incompatibility]:
    """All reasons, for a pair of schemas that the checker has already found incompatible."""
    reading, writing = (new, old) if reader is Reader.NEW else (old, new)
    walk = _Walk(reader)
    reasons = list(dict.fromkeys(walk.reasons(reading, writing, ""))) or [_unexplained(reader)]
    return [Incompatibility(kind.value, path, reader, versions_back, message) for kind, path, message in reasons]


_Reason = tuple[Kind, str, str]


def _unexplained(reader: Reader) -> _Reason:
    message = f"a reader with the {reader.value} schema cannot read {reader.other.value} records"
    return Kind.TYPE_MISMATCH, "", message


@dataclass
class _Walk:
    """Goes down both schemas together and stops where the checker sees no problem."""

    reader: Reader
    _checker: Any = field(default_factory=ReaderWriterCompatibilityChecker)
    _seen: set[tuple[int, int]] = field(default_factory=set)

    def reasons(self, reading: Any, writing: Any, path: str) -> Iterator[_Reason]:
        """Reasons at this place and below."""
        pair = (id(reading), id(writing))
        if pair in self._seen or self._is_readable(reading, writing):
            return
        self._seen.add(pair)
        if writing.type == "union":
            yield from self._from_union(reading, writing, path)
        elif reading.type == "union":
            yield from self._into_union(reading, writing, path)
        elif reading.type != writing.type:
            yield self._type_mismatch(reading, writing, path)
        elif reading.type in ("array", "map"):
            yield from self._from_container(reading, writing, path)
        else:
            yield from self._from_named(reading, writing, path)

    def _is_readable(self, reading: Any, writing: Any) -> bool:
        result = self._checker.get_compatibility(reading, writing)
        return bool(result.compatibility is SchemaCompatibilityType.compatible)

    def _from_union(self, reading: Any, writing: Any, path: str) -> Iterator[_Reason]:
        """A writer's union is readable when each of its branches is."""
        for branch in writing.schemas:
            yield from self._from_branch(reading, branch, path)

    def _from_branch(self, reading: Any, branch: Any, path: str) -> Iterator[_Reason]:
        if branch.type == "null" and reading.type not in ("union", "null"):
            yield (
                Kind.TYPE_MISMATCH,
                path,
                f"{self._writer} may hold null in {_name(path)}; {self._reads} needs {_words(reading)} there",
            )
        else:
            yield from self.reasons(reading, branch, path)

    def _into_union(self, reading: Any, writing: Any, path: str) -> Iterator[_Reason]:
        """Name the inner reason if one branch is clearly meant, else that no branch fits."""
        meant = [branch for branch in reading.schemas if _is_same_type(branch, writing)]
        if len(meant) == 1 and writing.type in ("record", "enum", "fixed", "array", "map"):
            yield from self.reasons(meant[0], writing, path)
        else:
            yield (
                Kind.MISSING_UNION_BRANCH,
                path,
                f"{self._writer} holds {_words(writing)} in {_name(path)}; "
                f"{self._reads} takes only {_words(reading)} there",
            )

    def _from_container(self, reading: Any, writing: Any, path: str) -> Iterator[_Reason]:
        if reading.type == "array":
            yield from self.reasons(reading.items, writing.items, f"{path}[]")
        else:
            yield from self.reasons(reading.values, writing.values, path + "{}")

    def _from_named(self, reading: Any, writing: Any, path: str) -> Iterator[_Reason]:
        if not schema_name_equals(reading, writing):
            yield (
                Kind.NAME_MISMATCH,
                path,
                f"{self._writer} has the {reading.type} name {writing.fullname} for {_name(path)}; "
                f"{self._reads} expects {reading.fullname}",
            )
        if reading.type == "record":
            yield from self._from_fields(reading, writing, path)
        elif reading.type == "enum":
            yield from self._from_symbols(reading, writing, path)
        elif reading.size != writing.size:
            yield (
                Kind.FIXED_SIZE_MISMATCH,
                path,
                f"{self._writer} has {writing.size} bytes in {_name(path)}; {self._reads} expects {reading.size}",
            )

    def _from_fields(self, reading: Any, writing: Any, path: str) -> Iterator[_Reason]:
        for wanted in reading.fields:
            where = f"{path}.{wanted.name}" if path else wanted.name
            found = lookup_writer_field(writing, wanted)
            if found is not None:
                yield from self.reasons(wanted.type, found.type, where)
            elif not wanted.has_default:
                yield Kind.READER_FIELD_MISSING_DEFAULT_VALUE, where, self._missing_default(wanted, where)

    def _missing_default(self, wanted: Any, path: str) -> str:
        reader, writer = self.reader.value, self.reader.other.value
        nullable = wanted.type.type == "union" and any(branch.type == "null" for branch in wanted.type.schemas)
        return (
            f"a reader with the {writer} schema ignores {path}; "
            f"a reader with the {reader} schema finds no {path} in {writer} records and it has no default"
            + (" (that it may be null is not a default)" if nullable else "")
        )

    def _from_symbols(self, reading: Any, writing: Any, path: str) -> Iterator[_Reason]:
        lacking = [symbol for symbol in writing.symbols if symbol not in reading.symbols]
        if lacking and reading.props.get("default") not in reading.symbols:
            yield (
                Kind.MISSING_ENUM_SYMBOLS,
                path,
                f"{self._writer} may hold {', '.join(lacking)} in {_name(path)}; "
                f"{self._reads} does not know {'it' if len(lacking) == 1 else 'them'} and has no enum default",
            )

    def _type_mismatch(self, reading: Any, writing: Any, path: str) -> _Reason:
        return (
            Kind.TYPE_MISMATCH,
            path,
            f"{self._writer} holds {_words(writing)} in {_name(path)}; "
            f"{self._reads} expects {_words(reading)}, and Avro does not turn one into the other",
        )

    @property
    def _writer(self) -> str:
        return f"a record written with the {self.reader.other.value} schema"

    @property
    def _reads(self) -> str:
        return f"a reader with the {self.reader.value} schema"


def _name(path: str) -> str:
    return path or "the schema itself"


def _words(schema: Any) -> str:
    """A type as people say it: ``string``, ``record n.R``, ``null or int``."""
    if schema.type == "union":
        return " or ".join(_words(branch) for branch in schema.schemas) or "nothing"
    if schema.type in ("record", "enum", "fixed"):
        return f"{schema.type} {schema.fullname}"
    return str(schema.type)


def _is_same_type(branch: Any, writing: Any) -> bool:
    if branch.type != writing.type:
        return False
    return writing.type in ("array", "map") or schema_name_equals(branch, writing)
