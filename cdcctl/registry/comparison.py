"""Two definitions of a schema against each other: what is different, and what each of the eight modes says of it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cdcctl.errors import InputError
from cdcctl.evolve.fields import Change, changes
from cdcctl.evolve.verdicts import Reason, reasons
from cdcctl.registry.contents import Held
from cdcctl.schema.compatibility import CHECKER, InvalidSchemaError, verdicts
from cdcctl.schema.definitions import compact

_NUMBER = re.compile(r"v?\d+|latest|first")


@dataclass(frozen=True)
class Comparison:
    """The way from one definition to another.

    :ivar before: what the first is called, and ``after`` the second.
    :ivar compatible: mode → whether it takes the second after the first and the versions before that.
    """

    before: str
    after: str
    changes: tuple[Change, ...]
    compatible: Mapping[str, bool]
    reasons: tuple[Reason, ...]
    identical: bool

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "before": self.before,
            "after": self.after,
            "identical": self.identical,
            "changes": [{**each.to_dict(), "words": words(each)} for each in self.changes],
            "compatible": dict(self.compatible),
            "checker": CHECKER,
            "reasons": [each.to_dict() for each in self.reasons],
        }


@dataclass(frozen=True)
class Definition:
    """A definition and what to call it."""

    name: str
    text: str


def compare(before: Definition, after: Definition, older: Sequence[str] = ()) -> Comparison:
    """Compare two definitions.

    :param older: the versions before the first, which modes with ``_ALL`` look at too.
    :raises InputError: one of them is no Avro schema.
    """
    previous = [*older, before.text]
    try:
        compatible = verdicts(after.text, previous)
        why = reasons(after.text, previous, compatible)
        different = tuple(changes(before.text, after.text))
    except InvalidSchemaError as error:
        raise InputError(
            f"{before.name} or {after.name} is no Avro schema: {error}", hint="compare versions of an AVRO schema"
        ) from None
    return Comparison(before.name, after.name, different, compatible, why, before.text == after.text)


def compare_words(held: Held, before: str, after: str) -> Comparison:
    """Compare what two words name: versions of a schema, or files.

    :raises NotFoundError: there is no such version, and no such file.
    """
    first, second = _named(held, before), _named(held, after)
    place = next((index for index, each in enumerate(held.definitions) if each == first.text), 0)
    return compare(first, second, held.definitions[:place])


def compare_files(before: Path, after: Path) -> Comparison:
    """Compare two files.

    :raises InputError: one cannot be read, or is no Avro schema.
    """
    first, second = (Definition(str(path), read_definition(path)) for path in (before, after))
    return compare(first, second)


def read_definition(file: Path) -> str:
    """The definition in a file, in one line.

    :raises InputError: it cannot be read, or is no JSON.
    """
    try:
        return compact(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error.strerror}", hint="name an .avsc file") from None
    except (ValueError, RecursionError) as error:
        raise InputError(f"{file} is no Avro schema: {error}", hint="name an .avsc file") from None


def _named(held: Held, word: str) -> Definition:
    path = Path(word)
    if path.suffix or (path.is_file() and not _NUMBER.fullmatch(word)):
        return Definition(word, read_definition(path))
    version = held.version(word)
    return Definition(f"version {version.number}", version.definition)


def words(change: Change) -> str:
    """A difference as a sentence on a column."""
    before, after = change.before, change.after
    sentences = {
        "added": f"is new: {after}",
        "removed": f"is gone; it was {before}",
        "type": f"has another type: {before} → {after}",
        "properties": f"has other properties: {before} → {after}",
        "default": f"has another default: {before} → {after}",
        "moved": f"moves from place {before} to {after}",
    }
    if change.change == "nullability":
        return f"may {'now be' if after and after.startswith('nullable') else 'no longer be'} NULL: {before} → {after}"
    return sentences[change.change]
