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


@dataclass(frozen=True)
class DataFile:
    """A Parquet file that belongs to a table.

    :ivar rows: how many it should have, where a table format says so.
    :ivar place: partition and offset of its first row, where its name tells them and its rows may not.
    :ivar names: field id → name of the column today, where a table format has them.
    :ivar envelope: its rows are records with a member ``value``, not the values themselves.
    """

    bucket: str
    key: str
    rows: int | None = None
    place: tuple[int, int] | None = None
    names: Mapping[int, str] = field(default_factory=dict)
    envelope: bool = False

    @property
    def address(self) -> str:
        """``s3://bucket/key``."""
        return f"s3://{self.bucket}/{self.key}"


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

    def files(self, table: str) -> list[DataFile]:
        """The files that make up the table now.

        :raises NotFoundError: nothing was ever written.
        """

    def skipped(self, table: str) -> Mapping[int, frozenset[int]]:
        """Partition → offsets that are in no file though the sink has passed them, as far as names depend on it."""

    def drop(self, table: str) -> None:
        """Remove all that was written."""
