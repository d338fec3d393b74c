"""A place in the binlog."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Position:
    """A place in the binlog; files are numbered, so their order is that of their numbers."""

    number: int
    offset: int
    file: str = ""

    @classmethod
    def of(cls, file: str, offset: int) -> Position:
        """From a file name like ``binlog.000012`` and a byte offset."""
        return cls(int(file.rpartition(".")[2]), offset, file)

    def __str__(self) -> str:
        return f"{self.file}:{self.offset}"
