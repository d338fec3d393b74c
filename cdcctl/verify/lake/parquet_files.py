"""Parquet files of one table, each with a schema of its own, as one Arrow table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from cdcctl.render.iceberg import OFFSET_COLUMN

_VALUE, _OFFSET = "value", "offset"


def unwrapped(table: pa.Table) -> pa.Table:
    """A table of Aiven's envelopes as a table of the values, with the offset where the envelope has it.

    :raises ValueError: the envelope has no member ``value`` that is a record.
    """
    if _VALUE not in table.column_names or not pa.types.is_struct(table.schema.field(_VALUE).type):
        raise ValueError("its envelope has no member 'value' that is a record: write fields: [value] at least")
    values = table[_VALUE].combine_chunks()
    names = [field.name for field in values.type]
    rows = pa.table(values.flatten(), names=names) if names else pa.table({})
    if _OFFSET in table.column_names and OFFSET_COLUMN not in names:
        rows = rows.append_column(OFFSET_COLUMN, table[_OFFSET].cast(pa.int64()))
    return rows


def together(tables: Sequence[pa.Table]) -> tuple[pa.Table, dict[str, tuple[str, ...]]]:
    """All rows under all columns, and the columns whose type is not the same everywhere, with their types.

    Where types differ the values become the widest of them; where there is none (a number and a text), the type of the
    last table, and NULL where a value cannot be brought into it.

    :param tables: in the order in which they were written.
    """
    names = list(dict.fromkeys(name for table in tables for name in table.column_names))
    kinds = {name: _types(tables, name) for name in names}
    rows = sum(table.num_rows for table in tables)
    columns = {name: _column(tables, name, _widest(kinds[name])) for name in names}
    differing = {name: tuple(map(str, types)) for name, types in kinds.items() if len(types) > 1}
    merged = pa.table(columns) if names else pa.table({}, schema=pa.schema([]))
    assert merged.num_rows == rows or not names  # noqa: S101 - every column has a value for every row
    return merged, differing


def _types(tables: Iterable[pa.Table], name: str) -> list[pa.DataType]:
    found = [table.schema.field(name).type for table in tables if name in table.column_names]
    return [kind for index, kind in enumerate(found) if kind not in found[:index]]


def _widest(types: Sequence[pa.DataType]) -> pa.DataType:
    try:
        schemas = [pa.schema([pa.field("_", kind)]) for kind in types]
        return pa.unify_schemas(schemas, promote_options="permissive").field("_").type
    except pa.ArrowException:
        return types[-1]


def _column(tables: Iterable[pa.Table], name: str, kind: pa.DataType) -> pa.ChunkedArray:
    chunks = []
    for table in tables:
        if name not in table.column_names:
            chunks.append(pa.nulls(table.num_rows, kind))
        else:
            chunks += [_brought(chunk, kind) for chunk in table[name].chunks]
    return pa.chunked_array(chunks, kind)


def _brought(array: pa.Array, kind: pa.DataType) -> pa.Array:
    if array.type == kind:
        return array
    try:
        return pc.cast(array, kind)
    except pa.ArrowException:
        return pa.nulls(len(array), kind)
