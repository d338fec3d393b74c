"""What any reader of a sink's output gives: rows with the columns that say where each one stood in Kafka."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Contents:
    """The rows of a table, as the sink appended them, and what is wrong with its files.

    :ivar rows: with the columns ``_partition`` and ``_offset``.
    :ivar missing: files that are not in the bucket: address → rows that were in it.
    :ivar unreadable: files that are no Parquet: address → why.
    :ivar overlaps: which files hold the same offsets, a sentence each.
    :ivar disagreements: column → the types it has in the files, where these are not all the same.
    """

    rows: pa.Table
    missing: Mapping[str, int] = field(default_factory=dict)
    unreadable: Mapping[str, str] = field(default_factory=dict)
    overlaps: tuple[str, ...] = ()
    disagreements: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


class Lake(Protocol):
    """Where a sink writes. Tables are named as in MySQL, ``database.table``."""

    @property
    def commits(self) -> bool:
        """Whether a file becomes part of a table by a commit after it was written."""

    def progress(self, table: str) -> tuple[int, int]:
        """Records that are there, and the highest Kafka offset among them (-1: none)."""

    def read(self, table: str) -> Contents:
        """All rows that can be read.

        :raises NotFoundError: nothing was ever written.
        """

    def drop(self, table: str) -> None:
        """Remove all that was written."""
