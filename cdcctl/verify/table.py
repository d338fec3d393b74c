"""What a MySQL table is, and its rows with exact values.

Nothing may be lost between the server and the comparison: temporal values are read as text (zero dates, hours beyond
24), FLOAT as the double it equals (MySQL prints only six digits of one), BIT, geometry and VECTOR as their bytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from pymysql.connections import Connection
from pymysql.cursors import Cursor, SSCursor
from pymysql.err import Error

from cdcctl.errors import InputError, RemoteError

Row = tuple[Any, ...]

TEMPORAL = frozenset({"date", "datetime", "timestamp", "time"})
INTEGERS = frozenset({"tinyint", "smallint", "mediumint", "int", "bigint", "year"})
TEXTS = frozenset({"char", "varchar", "tinytext", "text", "mediumtext", "longtext", "enum", "set"})
BYTES = frozenset({"binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob"})
GEOMETRIES = frozenset(
    {"geometry", "point", "linestring", "polygon", "multipoint", "multilinestring", "multipolygon", "geomcollection"}
)

_COLUMNS = """
SELECT column_name, data_type, column_type, is_nullable, column_default, character_set_name,
       character_maximum_length, numeric_precision, numeric_scale, datetime_precision, extra
FROM information_schema.columns WHERE table_schema = %s AND table_name = %s ORDER BY ordinal_position
"""


@dataclass(frozen=True)
class Column:
    """A column as ``information_schema.columns`` describes it; ``length`` counts characters, bytes or bits.

    :param registered_defaults: the DEFAULTs in the schema versions, as Parquet holds them; where these are known.
    """

    name: str
    data_type: str
    column_type: str
    nullable: bool = True
    default: str | None = None
    charset: str | None = None
    length: int | None = None
    precision: int | None = None
    scale: int | None = None
    fsp: int = 0
    extra: str = ""
    registered_defaults: tuple[Any, ...] = ()

    @property
    def unsigned(self) -> bool:
        """Whether negative values are out of range."""
        return "unsigned" in self.column_type

    @property
    def zerofill(self) -> bool:
        """Whether MySQL puts zeros before the number as soon as it is a text."""
        return "zerofill" in self.column_type

    @property
    def computed(self) -> bool:
        """Whether MySQL works the value out by itself: a generated column, or an expression as DEFAULT."""
        return "GENERATED" in self.extra.upper()

    @property
    def options(self) -> list[str]:
        """The members of an ENUM or SET, in order."""
        inside = self.column_type.partition("(")[2].rpartition(")")[0]
        return [option.replace("''", "'") for option in inside[1:-1].split("','")] if inside else []


@dataclass(frozen=True)
class TableDefinition:
    """A table: its columns in order, and the columns of its key as Debezium sees it (empty: no key)."""

    database: str
    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]

    @property
    def full_name(self) -> str:
        """``database.table``."""
        return f"{self.database}.{self.name}"

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all columns, in order."""
        return tuple(column.name for column in self.columns)

    def column(self, name: str) -> Column:
        """The column called ``name``."""
        return next(column for column in self.columns if column.name == name)


def read_definition(connection: Connection[Any], table: str) -> TableDefinition:
    """Read the definition of ``database.table``.

    :raises InputError: MySQL has no such table.
    :raises RemoteError: the server did not answer.
    """
    database, _, name = table.partition(".")
    with _mapped(table):
        rows = _query(connection, _COLUMNS, (database, name))
        if not rows:
            raise InputError(f"MySQL has no table {table}", hint="create it in the scenario's SQL, or correct its name")
        columns = _with_whole_defaults(connection, table, tuple(_column(row) for row in rows))
        indexes = _query(connection, f"SHOW INDEX FROM {_quote(name)} FROM {_quote(database)}")
    return TableDefinition(database, name, columns, _key(indexes))


def _with_whole_defaults(connection: Connection[Any], table: str, columns: tuple[Column, ...]) -> tuple[Column, ...]:
    """The columns with the DEFAULTs of binary ones as they are: the catalogue shows them up to the first zero byte."""
    asked = [each.name for each in columns if each.data_type in BYTES and (each.default or "").startswith("0x")]
    if not asked:
        return columns
    database, _, name = table.partition(".")
    values = ", ".join(f"HEX(DEFAULT({_quote(each)}))" for each in asked)
    [found] = _query(
        connection,
        f"SELECT {values} FROM (SELECT 1) AS one LEFT JOIN {_quote(database)}.{_quote(name)} ON FALSE",  # noqa: S608
    )
    whole = {each: f"0x{_text(value)}" for each, value in zip(asked, found, strict=True) if value is not None}
    return tuple(replace(each, default=whole.get(each.name, each.default)) for each in columns)


def read_rows(connection: Connection[Any], definition: TableDefinition) -> Iterator[Row]:
    """Stream all rows, values in column order: see :func:`selected` for the Python type of each.

    The session's time zone becomes UTC and its sql_mode empty: TIMESTAMP is in UTC in Parquet, and no mode may change
    what a CHAR or a zero date reads as.

    :raises RemoteError: the server did not answer.
    """
    table = f"{_quote(definition.database)}.{_quote(definition.name)}"
    with _mapped(definition.full_name):
        _query(connection, "SET SESSION time_zone = '+00:00', sql_mode = ''")
        with connection.cursor(SSCursor) as cursor:
            # The table name and its columns are quoted identifiers from the server's own catalogue.
            columns = ", ".join(map(selected, definition.columns))
            cursor.execute(f"SELECT {columns} FROM {table}")  # noqa: S608
            while batch := cursor.fetchmany(5000):
                yield from batch


def selected(column: Column) -> str:
    """The SELECT expression that reads a column without loss.

    int for integers and YEAR, Decimal, float (FLOAT and DOUBLE), str for text, JSON and everything temporal, bytes for
    BIT (big-endian), binary strings, geometry (4 bytes SRID, then WKB) and VECTOR (4-byte floats, little-endian).
    """
    name = _quote(column.name)
    if column.data_type in TEMPORAL:
        return f"CAST({name} AS CHAR)"
    if column.data_type == "float":
        return f"{name} + 0e0"
    if column.data_type == "vector" or column.data_type in GEOMETRIES:
        return f"CAST({name} AS BINARY)"
    return name


def _column(row: Row) -> Column:
    name, data_type, column_type, nullable, default, charset, length, precision, scale, fsp, extra = row
    return Column(
        name=_text(name),
        data_type="geomcollection" if _text(data_type) == "geometrycollection" else _text(data_type).lower(),
        column_type=_text(column_type).lower() if _text(data_type) not in {"enum", "set"} else _text(column_type),
        nullable=nullable == "YES",
        default=None if default is None else _text(default),
        charset=charset,
        length=precision if _text(data_type) == "bit" else length,
        precision=precision,
        scale=scale,
        fsp=fsp or 0,
        extra=extra or "",
    )


def _key(indexes: Sequence[Row]) -> tuple[str, ...]:
    """The primary key, else the first unique index without a nullable column, else nothing.

    SHOW INDEX lists the primary key first and the others in the order of SHOW CREATE TABLE, which is what Debezium's
    snapshot reads (TableEditorImpl; reference: a streamed column-level UNIQUE and DROP INDEX can make it differ).
    """
    columns: dict[str, list[str | None]] = {}
    unfit: set[str] = set()
    for index in indexes:
        non_unique, name, column, null = index[1], index[2], index[4], index[9]
        columns.setdefault(name, []).append(column)
        # A functional key part has no column.
        if int(non_unique) or column is None or null == "YES":
            unfit.add(name)
    fit = [name for name in columns if name not in unfit]
    chosen = "PRIMARY" if "PRIMARY" in fit else next(iter(fit), None)
    return tuple(column for column in columns.get(chosen or "", []) if column is not None)


def _query(connection: Connection[Any], sql: str, parameters: Sequence[object] | None = None) -> list[Row]:
    with connection.cursor(Cursor) as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())


def _quote(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


@contextmanager
def _mapped(table: str) -> Iterator[None]:
    try:
        yield
    except Error as error:
        code = error.args[0] if error.args else ""
        text = error.args[1] if len(error.args) > 1 else error
        raise RemoteError(f"MySQL failed while {table} was read: {text} ({code})", hint="see MySQL's log") from error
