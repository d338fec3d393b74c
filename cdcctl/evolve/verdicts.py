"""What each compatibility mode of the registry says of new versions, and why, per field."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from cdcctl.schema.compatibility import Incompatibility, Mode, Reader, check
from cdcctl.schema.prediction import Child

Pair = tuple[str, str]


@dataclass(frozen=True)
class Reason:
    """Why some modes refuse: which field, and which reader breaks on it.

    :param versions_back: the version compared with: 1 is the last one, 2 the one before.
    """

    modes: tuple[str, ...]
    field: str
    reader: str
    versions_back: int
    message: str

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "modes": list(self.modes),
            "field": self.field,
            "reader": self.reader,
            "versions_back": self.versions_back,
            "message": self.message,
        }


@dataclass
class Judge:
    """Java Avro's answers to which schema reads which, asked in as few requests as can be."""

    child: Child

    def __post_init__(self) -> None:
        self._readable: dict[Pair, bool] = {}

    def prepare(self, questions: Iterable[tuple[str, Sequence[str]]]) -> None:
        """Ask all there is to know about new definitions, each after its versions."""
        pairs = {pair: None for new, versions in questions for old in versions for pair in ((new, old), (old, new))}
        unknown = [pair for pair in pairs if pair not in self._readable]
        for pair, answer in zip(unknown, self.child.readable(unknown) if unknown else (), strict=True):
            self._readable[pair] = bool(answer)

    def read_each_other(self, one: str, other: str) -> bool:
        """Whether either reads what the other writes."""
        self.prepare([(one, (other,))])
        return self._readable[one, other] and self._readable[other, one]

    def modes(self, new: str, versions: Sequence[str]) -> dict[str, bool]:
        """Mode → whether it takes the new version; a first version, and one that is there already, always is."""
        if not versions or new in versions:
            return {mode.value: True for mode in Mode}
        self.prepare([(new, versions)])
        reads = {
            Reader.NEW: [self._readable[new, old] for old in versions],
            Reader.OLD: [self._readable[old, new] for old in versions],
        }
        return {
            mode.value: mode is not Mode.DISABLED
            and all(all(reads[reader] if mode.checks_all else reads[reader][-1:]) for reader in mode.readers)
            for mode in Mode
        }


def reasons(
    new: str, versions: Sequence[str], compatible: Mapping[str, bool], judge: Judge | None = None
) -> tuple[Reason, ...]:
    """Why modes refuse the new version: told of the newest version that stands in the way, and of no other.

    :param judge: Java's answers; without, Python's checker looks at each version.
    """
    refusing = [name for name, taken in compatible.items() if not taken and name != Mode.DISABLED.value]
    if not refusing:
        return ()
    for back, old in enumerate(reversed(versions), 1):
        if judge is not None and judge.read_each_other(new, old):
            continue
        if found := check(new, [old], Mode.FULL).incompatibilities:
            return tuple(_reason(replace(each, versions_back=back), refusing) for each in found)
    return ()


def _reason(each: Incompatibility, refusing: Sequence[str]) -> Reason:
    modes = tuple(name for name in refusing if each.reader in Mode(name).readers)
    return Reason(modes, each.path, each.reader.value, each.versions_back, each.message)
