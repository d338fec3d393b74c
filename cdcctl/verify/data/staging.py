"""The lake's side: every event of a table as its key, its place and the hash of its row, folded to current rows.

The files are downloaded and read once, in DuckDB, which keeps to a memory limit and spills to disk. They stay on disk
until the table is done: what differs is read from them a second time.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cdcctl.aws.errors import translated
from cdcctl.errors import InputError, LocalEnvironmentError, NotFoundError
from cdcctl.mysql.position import Position
from cdcctl.verify.data import canonical
from cdcctl.verify.data.buckets import Slice
from cdcctl.verify.data.cut import FILE_COLUMN, POS_COLUMN, Bracket
from cdcctl.verify.data.dialect import DuckDB, literal
from cdcctl.verify.data.keys import Key
from cdcctl.verify.data.parquet_file import TIME_COLUMN, LocalFile, opened
from cdcctl.verify.fold import DELETED_COLUMN, OP_COLUMN
from cdcctl.verify.lake.contents import DataFile, Lake
from cdcctl.verify.lake.objects import counted
from cdcctl.verify.table import TableDefinition
from cdcctl.verify.values import Handling

if TYPE_CHECKING:
    import duckdb

_ROW = "__source_row"
_NEEDED = (OP_COLUMN, FILE_COLUMN, POS_COLUMN)
_AHEAD = 2
_MOST_THREADS = 4
_BINLOG = "ts, number, pos, row, off"


class Staging:
    """The events of one table in DuckDB, up to a cut.

    Tables: ``events`` (k…, part, off, dead, op, number, pos, row, ts, h, src, rn) and, after :meth:`fold`, ``rows``
    (k…, h, off, b): the current rows, and the bucket of each.

    :param folder: takes the files.
    """

    def __init__(
        self, database: duckdb.DuckDBPyConnection, definition: TableDefinition, handling: Handling, folder: Path
    ) -> None:
        self.database = database
        self.definition = definition
        self.key = Key.of(definition, handling)
        self.files: list[LocalFile] = []
        self.missing: dict[str, int] = {}
        self.unreadable: dict[str, str] = {}
        self._skipped: Mapping[int, frozenset[int]] = {}
        self._handling = handling
        self._folder = folder

    def fetch(self, lake: Lake, s3: Any, say: Callable[[str], None] = lambda _: None) -> None:
        """Download every file of the table, and look at its schema.

        :raises NotFoundError: nothing was ever written.
        :raises InputError: rows do not tell their key or their place.
        """
        sources = lake.files(self.definition.full_name)
        for number, (source, path) in enumerate(_downloaded(s3, sources, self._folder), 1):
            say(f"file {number} of {len(sources)}")
            if path is None:
                self.missing[source.address] = source.rows or 0
                continue
            try:
                self._add(opened(self.database, source, path))
            except ValueError as error:
                self.unreadable[source.address] = str(error)
        if any(file.offset is None for file in self.files):
            self._skipped = lake.skipped(self.definition.full_name)

    def _add(self, file: LocalFile) -> None:
        absent = [name for name in (*self.definition.key, *_NEEDED) if name not in file.columns]
        if absent:
            raise InputError(
                f"{file.source.address} has no column {', '.join(absent)}",
                hint="the key's columns, op, source.file and source.pos (source.events.add_fields) must be in each row",
            )
        self.files.append(file)

    @property
    def events(self) -> int:
        """How many the files have."""
        return sum(file.rows for file in self.files)

    def stage(self, say: Callable[[str], None] = lambda _: None) -> None:
        """Read every file, once.

        :raises InputError: rows do not tell their place.
        """
        keys = ", ".join(f"{n} {self.key.kind(c)}" for n, c in zip(self.key.names, self.key.columns, strict=True))
        self.database.execute(
            f"CREATE OR REPLACE TABLE events ({keys}, part INTEGER, off BIGINT, dead BOOLEAN, op VARCHAR, "
            "number INTEGER, pos BIGINT, row INTEGER, ts BIGINT, h BIGINT, src INTEGER, rn BIGINT)"
        )
        for number, file in enumerate(self.files):
            say(f"events of file {number + 1} of {len(self.files)}")
            self._stage(number, file)

    def _stage(self, place: int, file: LocalFile) -> None:
        read = file.columns
        keys = ", ".join(self.key.in_lake(read, DuckDB()))
        row = canonical.lake_row(list(self.definition.columns), read, self._handling, DuckDB())
        # A file name like binlog.000012; a snapshot without a binlog has none.
        number = f"TRY_CAST(regexp_extract({read[FILE_COLUMN][0]}, '(\\d+)$', 1) AS INTEGER)"
        dead = f"COALESCE({read[DELETED_COLUMN][0]} = 'true', FALSE)" if DELETED_COLUMN in read else "FALSE"
        skipped = self._skipped.get(file.source.place[0] if file.source.place else 0, frozenset())
        values = [
            keys, file.partition, self._offset(file, skipped), dead, read[OP_COLUMN][0], number, read[POS_COLUMN][0],
            read[_ROW][0] if _ROW in read else "0", read[TIME_COLUMN][0] if file.tells_time else "0", row,
            str(place), "file_row_number",
        ]  # fmt: skip
        self.database.execute(f"INSERT INTO events SELECT {', '.join(values)} FROM {file.relation}")

    def _offset(self, file: LocalFile, skipped: frozenset[int]) -> str:
        if file.offset is not None:
            return file.offset
        if file.source.place is None:
            raise InputError(
                f"{file.source.address} does not tell the offsets of its rows",
                hint="the sink must add topic, partition and offset (InsertField)",
            )
        start = file.source.place[1]
        if not any(start <= offset for offset in skipped):
            return f"{start} + file_row_number"
        offsets = counted(start, file.rows, skipped)
        return f"list_extract({offsets}::BIGINT[], file_row_number + 1)"

    def cut(self, place: Position, bracket: Bracket, topic: str) -> None:
        """Forget the events that are not before a place."""
        self.database.execute(f"DELETE FROM events WHERE NOT ({before(place, bracket, topic)})")

    def within(self, bracket: Bracket, topic: str) -> str:
        """The condition that an event stands in the bracket; those behind it must be cut off before."""
        return f"NOT ({before(bracket.low, bracket, topic)})"

    def fold(self, slices: Iterable[Slice] = (Slice(),), name: str = "rows", where: str = "TRUE") -> None:
        """Make the table of current rows: the latest event of each key by its offset, deletes applied.

        Keys with events in several partitions are ordered by the binlog: between partitions offsets say nothing.
        """
        keys, events = self.key.joined, f"SELECT * FROM events WHERE ({where})"
        self.database.execute(
            f"CREATE OR REPLACE TABLE {name} AS SELECT {keys}, h, off, 0 AS b FROM events WHERE FALSE"
        )
        several = self.partitions() > 1
        if several:
            self.database.execute(
                f"CREATE OR REPLACE TABLE several AS SELECT {keys} FROM ({events}) GROUP BY ALL "
                "HAVING min(part) <> max(part)"
            )
        for each in slices:
            some = f"SELECT * FROM ({events}) WHERE {each.condition}"
            alone = f"SELECT * FROM ({some}) ANTI JOIN several USING ({keys})" if several else some
            self._insert(name, each.bucket, folded(keys, f"({alone}) AS alone"))
            if several:
                latest = f"QUALIFY row_number() OVER (PARTITION BY {keys} ORDER BY ({_BINLOG}) DESC) = 1"
                mixed = f"SELECT * FROM ({some}) SEMI JOIN several USING ({keys}) {latest}"
                self._insert(name, each.bucket, f"SELECT {keys}, h, off FROM ({mixed}) WHERE NOT dead")

    def _insert(self, name: str, bucket: str, rows: str) -> None:
        self.database.execute(f"INSERT INTO {name} SELECT {self.key.joined}, h, off, {bucket} FROM ({rows})")

    def partitions(self) -> int:
        """How many partitions the events come from."""
        return self.count("SELECT count(DISTINCT part) FROM events")

    def count(self, statement: str) -> int:
        """The number that a statement returns."""
        row = self.database.execute(statement).fetchone()
        return int(row[0] or 0) if row else 0


def folded(keys: str, events: str) -> str:
    """The current rows of events. The same text for DuckDB and Athena.

    Place and whether it is a delete are one number: each aggregate costs memory for every key.
    """
    place = "max(off * 2 + CAST(dead AS INTEGER))"
    latest = f"SELECT {keys}, max_by(h, off) AS h, {place} AS place FROM {events} GROUP BY {keys}"
    return f"SELECT {keys}, h, CAST(place / 2 AS BIGINT) AS off FROM ({latest}) AS latest WHERE mod(place, 2) = 0"


def before(place: Position, bracket: Bracket, topic: str) -> str:
    """The condition that an event stands before a place, or was in Kafka before the bracket began."""
    old = [f"(part = {part} AND off < {end})" for part, end in sorted(bracket.first_new(topic).items())]
    return " OR ".join([*old, f"(number, pos) < ({place.number}, {place.offset})"])


def _downloaded(s3: Any, sources: Sequence[DataFile], folder: Path) -> Iterator[tuple[DataFile, Path | None]]:
    """Each file on this machine, or None when it is gone; a few are fetched ahead."""

    def fetch(at: int) -> Path | None:
        source, path = sources[at], folder / f"{at}.parquet"
        try:
            with translated(f"reading {source.address}"):
                s3.download_file(source.bucket, source.key, str(path))
        except NotFoundError:
            return None
        return path

    with ThreadPoolExecutor(_AHEAD) as threads:
        waiting = [threads.submit(fetch, at) for at in range(len(sources))]
        try:
            for source, future in zip(sources, waiting, strict=True):
                yield source, future.result()
        finally:
            for future in waiting:
                future.cancel()


@contextmanager
def in_words(folder: Path) -> Iterator[None]:
    """DuckDB's own refusals as errors of ours, and its word for Ctrl-C as Python's.

    :raises LocalEnvironmentError: memory or disk is not enough, or a file is damaged inside.
    :raises KeyboardInterrupt: a statement was interrupted.
    """
    import duckdb

    try:
        yield
    except (duckdb.Error, RuntimeError) as error:
        # Since 1.4 it is a plain RuntimeError, before it was InterruptException.
        if "interrupt" in str(error).lower():
            raise KeyboardInterrupt from None
        if not isinstance(error, duckdb.Error):
            raise
        raise LocalEnvironmentError(
            f"DuckDB could not go on: {str(error).partition(chr(10))[0]}",
            hint=f"give it more with --memory, and see that the disk of {folder.parent} has room (--work)",
        ) from error


def open_database(folder: Path, memory_mb: int) -> duckdb.DuckDBPyConnection:
    """A database of our own in a folder; it takes no more memory than this and spills to the folder."""
    import duckdb

    database = duckdb.connect(str(folder / "staging.duckdb"))
    database.execute(f"SET memory_limit = '{memory_mb}MB'")
    database.execute(f"SET temp_directory = {literal(str(folder / 'spill'))}")
    database.execute("SET preserve_insertion_order = false")
    database.execute("SET TimeZone = 'UTC'")
    # Each takes memory of its own, and MySQL wants a core as well.
    database.execute(f"SET threads = {min(_MOST_THREADS, max(2, os.cpu_count() or 2))}")
    return database
