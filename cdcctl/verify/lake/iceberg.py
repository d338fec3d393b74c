"""The Iceberg tables, read back through the Glue Data Catalog by a reader that is not the writer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from cdcctl.aws.errors import translated
from cdcctl.aws.target import Target
from cdcctl.errors import InputError, NotFoundError, RemoteError
from cdcctl.render.iceberg import OFFSET_COLUMN
from cdcctl.verify.lake.contents import Contents, DataFile
from cdcctl.verify.lake.highest import HighestOffsets

if TYPE_CHECKING:
    from pyiceberg.catalog.glue import GlueCatalog
    from pyiceberg.table import FileScanTask, Table


def load_readers() -> None:
    """Import what reads tables: it takes a while, and can be done while something else is waited for."""
    import pyiceberg.catalog.glue
    import pyiceberg.io.pyarrow  # noqa: F401


class IcebergLake:
    """Tables of the catalog at ``target``.

    :param table_of: MySQL table → Iceberg table, both ``database.table``.
    """

    def __init__(self, target: Target, table_of: Callable[[str], str]) -> None:
        self._target = target
        self._table_of = table_of
        self._opened: GlueCatalog | None = None
        self._highest = HighestOffsets()
        # Snapshot → highest offset, of tables whose statistics do not tell it.
        self._read: dict[int, int] = {}

    def _catalog(self) -> GlueCatalog:
        if self._opened is None:
            from pyiceberg.catalog.glue import GlueCatalog

            self._opened = GlueCatalog("cdcctl", self._target.client("glue"), **self._properties())
        return self._opened

    def _properties(self) -> dict[str, str]:
        credentials = self._target.session.get_credentials()
        frozen = credentials.get_frozen_credentials() if credentials else None
        properties = {"client.region": self._target.region}
        if frozen:
            properties["client.access-key-id"] = frozen.access_key
            properties["client.secret-access-key"] = frozen.secret_key
            if frozen.token:
                properties["client.session-token"] = frozen.token
        if self._target.endpoint_url:
            properties["s3.endpoint"] = self._target.endpoint_url
        return properties

    @property
    def commits(self) -> bool:
        """The coordinator commits the files of all tasks together."""
        return True

    def load(self, table: str) -> Table | None:
        """The Iceberg table of a MySQL table, if there is one.

        :raises RemoteError: Glue or S3 refused, or did not answer; so do the others below.
        """
        from pyiceberg.exceptions import NoSuchTableError

        with self._reading(table):
            try:
                return self._catalog().load_table(self._table_of(table))
            except NoSuchTableError:
                return None

    @contextmanager
    def _reading(self, table: str) -> Iterator[None]:
        """Errors of the catalog, which is botocore's, and of the files, which Arrow reads with a client of its own."""
        what = f"Iceberg table {self._table_of(table)}"
        with translated(what):
            try:
                yield
            except OSError as error:
                hint = "is it there, and may these credentials read it? (s3:GetObject, kms:Decrypt)"
                raise RemoteError(f"{what}: {str(error).partition(chr(10))[0]}", hint=hint) from error

    def progress(self, table: str) -> tuple[int, int]:
        """Records in the table's current snapshot, and the highest Kafka offset in any of its files (-1: none)."""
        found = self.load(table)
        snapshot = found.current_snapshot() if found else None
        if found is None or snapshot is None or snapshot.summary is None:
            return 0, -1
        records = int(snapshot.summary.additional_properties.get("total-records", "0"))
        with self._reading(table):
            highest = self._highest.of(found)
            if highest is None:
                if snapshot.snapshot_id not in self._read:
                    self._read[snapshot.snapshot_id] = _read_highest(found)
                highest = self._read[snapshot.snapshot_id]
        return records, highest

    def read(self, table: str) -> Contents:
        """All rows of a table that can be read.

        :raises NotFoundError: there is no such table.
        """
        found = self._require(table)
        with self._reading(table):
            try:
                return Contents(found.scan().to_arrow())
            except FileNotFoundError:
                return _without_missing(found)

    def _require(self, table: str) -> Table:
        found = self.load(table)
        if found is None:
            name = self._table_of(table)
            raise NotFoundError(f"Iceberg table {name} does not exist", hint="was any event of it written?")
        return found

    def files(self, table: str) -> list[DataFile]:
        """The data files of the current snapshot.

        :raises NotFoundError: there is no such table.
        :raises InputError: rows were deleted from it in files of their own, or it has files that are no Parquet.
        """
        found = self._require(table)
        names = {field.field_id: field.name for field in found.schema().fields}
        with self._reading(table):
            return [_data_file(task, names) for task in found.scan().plan_files()]

    def skipped(self, _: str) -> Mapping[int, frozenset[int]]:
        """None that matter: rows have their offset in a column."""
        return {}

    def drop(self, table: str) -> None:
        """Remove a table from the catalog, if it is there."""
        from pyiceberg.exceptions import NoSuchTableError

        with self._reading(table):
            try:
                self._catalog().drop_table(self._table_of(table))
            except NoSuchTableError:
                return


def _data_file(task: FileScanTask, names: Mapping[int, str]) -> DataFile:
    path = task.file.file_path
    if task.delete_files or task.file.file_format.value.lower() != "parquet":
        raise InputError(
            f"{path} is not plain appended Parquet, and verify data reads nothing else",
            hint="compare the table that the sink appends to, not one that is merged into",
        )
    bucket, _, key = path.partition("://")[2].partition("/")
    return DataFile(bucket, key, int(task.file.record_count), names=names)


def _read_highest(table: Table) -> int:
    import pyarrow.compute as pc

    try:
        highest = pc.max(table.scan(selected_fields=(OFFSET_COLUMN,)).to_arrow()[OFFSET_COLUMN]).as_py()
    except FileNotFoundError:
        # A file that is gone is found, and named, when the rows are read.
        highest = pc.max(_without_missing(table).rows[OFFSET_COLUMN]).as_py()
    return -1 if highest is None else int(highest)


def _without_missing(table: Table) -> Contents:
    from pyiceberg.expressions import AlwaysTrue
    from pyiceberg.io.pyarrow import ArrowScan

    there, missing = [], {}
    for task in table.scan().plan_files():
        if table.io.new_input(task.file.file_path).exists():
            there.append(task)
        else:
            missing[task.file.file_path] = int(task.file.record_count)
    scan = ArrowScan(table.metadata, table.io, table.schema(), AlwaysTrue())
    return Contents(scan.to_table(there), missing)
