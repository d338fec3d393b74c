"""What every input gives: configurations, suppressions, and the texts that result from edits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from cdcctl.lint.configuration import Configuration
from cdcctl.lint.finding import Suppression
from cdcctl.lint.rule import Edit
from cdcctl.whole_file import write_whole

Edits = Sequence[tuple[Configuration, Edit]]


@dataclass(frozen=True)
class NewText:
    """What a file is to hold after edits."""

    path: Path
    before: str
    after: str
    encoding: str = "utf-8"

    def write(self) -> None:
        """Put it in the place of the file.

        :raises InputError: it cannot be written.
        """
        write_whole(self.path, self.after, self.encoding)


class Input(Protocol):
    """Something to be judged: a file, or the files of one pipeline."""

    @property
    def configurations(self) -> tuple[Configuration, ...]:
        """What is in it."""

    @property
    def suppressions(self) -> tuple[Suppression, ...]:
        """What it says is to be left alone."""

    @property
    def versions(self) -> Mapping[str, tuple[int, ...]]:
        """Component → version, as far as it says."""

    def edited(self, edits: Edits) -> list[NewText]:
        """The files that the edits change; an edit that this kind of file cannot take is left out."""

    def reread(self) -> Input:
        """The same input as its files are now."""
