"""The same comparison as two statements, for a table that outgrows one machine: one for MySQL, one for Athena.

Both return bucket, rows and sum of hashes, by the hash of the key; buckets that differ are then looked into by either
engine. The lake's statement is the one that this command runs in DuckDB, with the few functions that are called
otherwise; Athena needs the place of each row in columns, as the Iceberg sink writes them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from cdcctl.errors import InputError
from cdcctl.mysql.position import Position
from cdcctl.render.iceberg import OFFSET_COLUMN
from cdcctl.verify.data import canonical
from cdcctl.verify.data.canonical import quoted
from cdcctl.verify.data.cut import FILE_COLUMN, POS_COLUMN
from cdcctl.verify.data.dialect import Dialect, identifier
from cdcctl.verify.data.keys import Key
from cdcctl.verify.data.staging import folded
from cdcctl.verify.fold import DELETED_COLUMN
from cdcctl.verify.table import TableDefinition
from cdcctl.verify.values import Handling

if TYPE_CHECKING:
    import pyarrow as pa


def mysql_statement(definition: TableDefinition, handling: Handling, buckets: int) -> str:
    """MySQL's statement. It is one scan of the table; run it in a consistent snapshot."""
    key = Key.of(definition, handling)
    row = canonical.mysql_row(list(definition.columns), handling)
    table = f"{quoted(definition.database)}.{quoted(definition.name)}"
    return (
        "SELECT bucket, COUNT(*) AS row_count, SUM(h) AS hash_sum "
        f"FROM (SELECT {key.bucket_in_mysql(buckets)} AS bucket, {row} AS h FROM {table}) AS hashed "
        "GROUP BY bucket ORDER BY bucket"
    )


def lake_statement(
    definition: TableDefinition,
    types: Mapping[str, pa.DataType],
    handling: Handling,
    dialect: Dialect,
    relation: str,
    buckets: int,
    place: Position | None = None,
) -> str:
    """The lake's statement over all events in ``relation``.

    :param types: column → type in the lake.
    :param place: only events before it; None: all.
    :raises InputError: the table has no key, or rows do not tell their place.
    """
    if not definition.key:
        raise InputError(f"{definition.full_name} has no key: nothing can be folded", hint="give it a primary key")
    needed = (*definition.key, OFFSET_COLUMN, FILE_COLUMN, POS_COLUMN)
    if absent := [name for name in needed if name not in types]:
        raise InputError(
            f"the lake's table of {definition.full_name} has no column {', '.join(absent)}",
            hint="offset, source.file and source.pos must be in each row",
        )
    key = Key.of(definition, handling)
    read = {name: (identifier(name), kind) for name, kind in types.items()}
    keys = [f"{each} AS {name}" for each, name in zip(key.in_lake(read, dialect), key.names, strict=True)]
    dead = f"COALESCE({identifier(DELETED_COLUMN)} = 'true', FALSE)" if DELETED_COLUMN in types else "FALSE"
    row = canonical.lake_row(list(definition.columns), read, handling, dialect)
    columns = [*keys, f"{identifier(OFFSET_COLUMN)} AS off", f"{dead} AS dead", f"{row} AS h"]
    events = f"(SELECT {', '.join(columns)} FROM {relation} WHERE {_before(place)}) AS events"
    bucket = f"mod({dialect.number_of(dialect.sha256(_key_text(key)), 8)}, {buckets})"
    return (
        f"SELECT {bucket} AS bucket, count(*) AS row_count, sum(CAST(h AS DECIMAL(38, 0))) AS hash_sum "
        f"FROM ({folded(key.joined, events)}) AS folded GROUP BY 1 ORDER BY 1"
    )


def _key_text(key: Key) -> str:
    return f"concat_ws('|', {', '.join(f'CAST({name} AS VARCHAR)' for name in key.names)})"


def _before(place: Position | None) -> str:
    if place is None:
        return "TRUE"
    number = f"CAST(regexp_extract({identifier(FILE_COLUMN)}, '([0-9]+)$', 1) AS INTEGER)"
    pos = identifier(POS_COLUMN)
    return f"({number} < {place.number} OR ({number} = {place.number} AND {pos} < {place.offset}))"
