"""One Parquet file of the lake on this machine, and how its columns are called in DuckDB."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cdcctl.errors import InputError
from cdcctl.render.iceberg import OFFSET_COLUMN, PARTITION_COLUMN
from cdcctl.verify.data.dialect import identifier, literal
from cdcctl.verify.lake.contents import DataFile

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

TIME_COLUMN = "__source_ts_ms"
_VALUE, _OFFSET = "value", "offset"


@dataclass(frozen=True)
class LocalFile:
    """A downloaded file.

    :ivar columns: name of a column today → the expression that reads it, and its type.
    :ivar offset: the expression of a row's offset; None when it is counted from the file's name.
    """

    source: DataFile
    path: Path
    columns: Mapping[str, tuple[str, pa.DataType]]
    offset: str | None
    rows: int

    @property
    def relation(self) -> str:
        """What stands after FROM: the file's rows with their number ``file_row_number``."""
        return f"read_parquet({literal(str(self.path))}, file_row_number = true)"

    @property
    def types(self) -> dict[str, pa.DataType]:
        """Name of a column today → its type."""
        return {name: kind for name, (_, kind) in self.columns.items()}

    @property
    def tells_time(self) -> bool:
        """Whether its rows say when they were written."""
        return TIME_COLUMN in self.columns

    def named(self, names: list[str], alias: str) -> str:
        """The select list that gives these columns their name of today; one that is not there is NULL.

        :param alias: what the relation is called: a column may have the name of one of another relation.
        """
        read = {name: f"{alias}.{expression}" for name, (expression, _) in self.columns.items()}
        return ", ".join(f"{read.get(name, 'NULL')} AS {identifier(name)}" for name in names)

    @property
    def partition(self) -> str:
        """The expression of a row's partition.

        :raises InputError: neither the rows nor the file's name tell it.
        """
        if PARTITION_COLUMN in self.columns:
            return self.columns[PARTITION_COLUMN][0]
        if self.source.place is None:
            raise InputError(
                f"{self.source.address} has no column {PARTITION_COLUMN}",
                hint="the sink must add topic, partition and offset (InsertField)",
            )
        return str(self.source.place[0])


def opened(database: duckdb.DuckDBPyConnection, source: DataFile, path: Path) -> LocalFile:
    """Look at a file's schema.

    :raises ValueError: it is no Parquet, or an envelope without a record as its value.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        footer = pq.ParquetFile(path)
    except (pa.ArrowException, OSError) as error:
        raise ValueError(str(error).partition("\n")[0]) from error
    schema = footer.schema_arrow
    # DuckDB tells apart what differs in case only by a suffix of its own.
    described = database.execute(f"DESCRIBE SELECT * FROM read_parquet({literal(str(path))})").fetchall()
    called = {each.name: identifier(str(row[0])) for each, row in zip(schema, described, strict=True)}
    columns = _columns(schema, called, source)
    offset = columns[OFFSET_COLUMN][0] if OFFSET_COLUMN in columns else None
    if offset is None and source.envelope and _OFFSET in called:
        offset = called[_OFFSET]
    return LocalFile(source, path, columns, offset, int(footer.metadata.num_rows))


def _columns(schema: pa.Schema, called: Mapping[str, str], source: DataFile) -> dict[str, tuple[str, pa.DataType]]:
    if not source.envelope:
        return {_name(each, source.names): (called[each.name], each.type) for each in schema}
    import pyarrow as pa

    if _VALUE not in called or not pa.types.is_struct(schema.field(_VALUE).type):
        raise ValueError("its envelope has no member 'value' that is a record: write fields: [value] at least")
    return {each.name: (f"{called[_VALUE]}.{identifier(each.name)}", each.type) for each in schema.field(_VALUE).type}


def _name(column: pa.Field, names: Mapping[int, str]) -> str:
    """Iceberg goes by the field id: a column may have had another name when the file was written."""
    number = (column.metadata or {}).get(b"PARQUET:field_id")
    return names.get(int(number), column.name) if number else str(column.name)
