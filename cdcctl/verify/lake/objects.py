"""Plain Parquet objects of an S3 sink, read back with the offset of each row.

A row's offset is a column of its own where a transform or the sink's envelope has put it there. Else it follows from
the object's name: the offset of its first record, and one more for each row, past the offsets that the sink is known to
have left out (tombstones, dead letters). That holds as long as an object holds records that follow on each other.
"""

from __future__ import annotations

import io
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from cdcctl.aws.errors import translated
from cdcctl.errors import InputError, NotFoundError, RemoteError
from cdcctl.render.iceberg import OFFSET_COLUMN, PARTITION_COLUMN
from cdcctl.verify.lake.contents import Contents, DataFile
from cdcctl.verify.lake.layout import Layout, Place
from cdcctl.verify.lake.parquet_files import together, unwrapped

# Topic → partition → offsets that are in no object.
Skipped = Callable[[str], Mapping[int, frozenset[int]]]
_THREADS = 8
_SHOWN = 5
# DeleteObjects takes no more.
_DELETED_AT_ONCE = 1000


@dataclass(frozen=True)
class _File:
    """An object with its rows, each with its offset; ``told``: they tell it themselves."""

    key: str
    place: Place
    rows: pa.Table
    offsets: Sequence[int]
    told: bool


class ObjectLake:
    """The objects of one sink.

    :param s3: boto3's ``s3``.
    :param topics: MySQL table → topic.
    :param skipped: asked for the offsets that the sink has left out, when names have to tell the offsets.
    """

    def __init__(self, s3: Any, layout: Layout, topics: Mapping[str, str], skipped: Skipped) -> None:
        self._s3 = s3
        self._layout = layout
        self._topics = topics
        self._skipped = skipped

    @property
    def commits(self) -> bool:
        """The sink's consumer group passes a record once its object is there; nothing comes after that."""
        return False

    def progress(self, table: str) -> tuple[int, int]:
        """Records that are there, and the highest Kafka offset among them (-1: none)."""
        files, _ = self._files(self._topics[table])
        highest = max((max(file.offsets, default=-1) for file in files), default=-1)
        return sum(file.rows.num_rows for file in files), highest

    def read(self, table: str) -> Contents:
        """All rows that can be read.

        :raises NotFoundError: there is no object of this table.
        :raises InputError: the objects do not tell the offsets of their rows.
        :raises RemoteError: none of them is Parquet.
        """
        topic = self._topics[table]
        files, unreadable = self._files(topic)
        if not files and unreadable:
            address, why = next(iter(unreadable.items()))
            raise RemoteError(f"none of the {len(unreadable)} objects of {topic} can be read: {address}: {why}")
        if not files:
            raise self._nothing(topic)
        overlaps = tuple(itertools.islice(_overlaps(files), _SHOWN))
        if overlaps and not self._exact(files):
            raise InputError(
                f"the objects of {topic} do not tell the offsets of their rows: {overlaps[0]}",
                hint="partition by Kafka partition, or add the offset with InsertField (offset.field: _offset)",
            )
        rows, disagreements = together([file.rows for file in files])
        return Contents(rows, {}, unreadable, overlaps, disagreements)

    def files(self, table: str) -> list[DataFile]:
        """The objects that hold records of the table's topic, in the order of their first offsets.

        :raises NotFoundError: there is none.
        """
        topic = self._topics[table]
        places = {key: place for key in self._keys(topic) if (place := self._layout.place(key, topic))}
        if not places:
            raise self._nothing(topic)
        return [
            DataFile(self._layout.bucket, key, place=(place.partition, place.start), envelope=self._layout.envelope)
            for key, place in sorted(places.items(), key=lambda each: (each[1].partition, each[1].start, each[0]))
        ]

    def skipped(self, table: str) -> Mapping[int, frozenset[int]]:
        """Tombstones and dead letters."""
        return self._skipped(self._topics[table])

    def _nothing(self, topic: str) -> NotFoundError:
        where = f"s3://{self._layout.bucket}/{self._layout.prefix(topic)}"
        return NotFoundError(f"there is no object of topic {topic} below {where}", hint="was any of it written?")

    def drop(self, table: str) -> None:
        """Delete every object of the table's topic, and nothing else."""
        topic = self._topics[table]
        keys = [key for key in self._keys(topic) if self._layout.owns(key, topic)]
        with translated("deleting the sink's objects"):
            for at in range(0, len(keys), _DELETED_AT_ONCE):
                batch = [{"Key": key} for key in keys[at : at + _DELETED_AT_ONCE]]
                self._s3.delete_objects(Bucket=self._layout.bucket, Delete={"Objects": batch, "Quiet": True})

    def _exact(self, files: Sequence[_File]) -> bool:
        return self._layout.consecutive or all(file.told for file in files)

    def _files(self, topic: str) -> tuple[list[_File], dict[str, str]]:
        """The objects of a topic in the order of their first records, and those that cannot be read."""
        places = {key: place for key in self._keys(topic) if (place := self._layout.place(key, topic))}
        tables: dict[str, pa.Table] = {}
        unreadable: dict[str, str] = {}
        with ThreadPoolExecutor(_THREADS) as threads:
            for key, rows in zip(places, threads.map(self._rows, places), strict=True):
                if isinstance(rows, str):
                    unreadable[self._address(key)] = rows
                else:
                    tables[key] = rows
        skipped = {} if all(map(_own_offsets, tables.values())) else self._skipped(topic)
        nothing: frozenset[int] = frozenset()
        files = [
            _file(key, places[key], rows, skipped.get(places[key].partition, nothing)) for key, rows in tables.items()
        ]
        return sorted(files, key=lambda file: (file.place.partition, file.place.start, file.key)), unreadable

    def _keys(self, topic: str) -> Iterator[str]:
        with translated("listing the sink's objects"):
            pages = self._s3.get_paginator("list_objects_v2").paginate(
                Bucket=self._layout.bucket, Prefix=self._layout.prefix(topic)
            )
            for page in pages:
                yield from (each["Key"] for each in page.get("Contents", ()))

    def _rows(self, key: str) -> pa.Table | str:
        """The rows of an object, or why there are none."""
        with translated(f"reading {self._address(key)}"):
            content = self._s3.get_object(Bucket=self._layout.bucket, Key=key)["Body"].read()
        try:
            rows = pq.read_table(io.BytesIO(content))
            return unwrapped(rows) if self._layout.envelope else rows
        except (pa.ArrowException, OSError, ValueError) as error:
            return str(error).partition("\n")[0]

    def _address(self, key: str) -> str:
        return f"s3://{self._layout.bucket}/{key}"


def _own_offsets(rows: pa.Table) -> bool:
    return OFFSET_COLUMN in rows.column_names


def _file(key: str, place: Place, rows: pa.Table, skipped: frozenset[int]) -> _File:
    """Add the columns that say where each row stood in Kafka, where they are not there."""
    told = _own_offsets(rows)
    if told:
        offsets = rows[OFFSET_COLUMN].to_pylist()
    else:
        offsets = counted(place.start, rows.num_rows, skipped)
        rows = rows.append_column(OFFSET_COLUMN, pa.array(offsets, pa.int64()))
    if PARTITION_COLUMN not in rows.column_names:
        rows = rows.append_column(PARTITION_COLUMN, pa.array([place.partition] * rows.num_rows, pa.int32()))
    return _File(key, place, rows, offsets, told)


def counted(start: int, count: int, skipped: frozenset[int]) -> list[int]:
    """The first ``count`` offsets from ``start`` that were not skipped."""
    offsets: list[int] = []
    offset = start
    while len(offsets) < count:
        if offset not in skipped:
            offsets.append(offset)
        offset += 1
    return offsets


def _overlaps(files: Sequence[_File]) -> Iterator[str]:
    """Which objects hold offsets that another one holds as well."""
    holders: dict[int, tuple[int, str]] = {}
    for file in files:
        if not file.offsets:
            continue
        partition, first, last = file.place.partition, min(file.offsets), max(file.offsets)
        end, other = holders.get(partition, (-1, ""))
        if first <= end:
            yield f"offsets {first} to {min(last, end)} of partition {partition} are in {other} and in {file.key}"
        if last > end:
            holders[partition] = (last, file.key)
