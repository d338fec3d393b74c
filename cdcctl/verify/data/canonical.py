r"""One text for one value, in whatever engine it is looked at: the place where types are made comparable in SQL.

For each MySQL type there are two expressions. MySQL's gives the text of what the pipeline promises to write (the same
promise as :func:`cdcctl.verify.values.encoder`), the lake's gives the text of what was written. Equal texts are equal
values. Texts may differ for values that are equal after all (JSON with its numbers written differently): a row whose
texts differ is then compared by :mod:`cdcctl.verify.compare`, which has the last word. So nothing that is different is
ever called equal here, and what is equal costs a look at most.

Each expression is about a value that is not NULL.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from cdcctl.verify.data.dialect import Dialect, literal
from cdcctl.verify.table import BYTES, GEOMETRIES, INTEGERS, Column
from cdcctl.verify.values import Handling

if TYPE_CHECKING:
    import pyarrow as pa

NULL = "~"
# As a literal of the type: MySQL would read a text anew for each row.
_EPOCH = "TIMESTAMP'1970-01-01 00:00:00'"
_LONG = frozenset({"text", "mediumtext", "longtext", "blob", "mediumblob", "longblob", "json"})
# A JSON string, kept as it is; blanks outside of strings go.
_BLANKS = r'("(?:[^"\\]|\\.)*")|[ \t\r\n]+'
_BLANKS_MYSQL = r'("(?:[^"\\]++|\\.)*+")|[ \t\r\n]+'


def quoted(name: str) -> str:
    """A column's name as MySQL takes it."""
    return "`" + name.replace("`", "``") + "`"


def hashable(column: Column) -> bool:
    """Whether both engines can write the type as one text. Rows with a VECTOR are compared one by one."""
    return column.data_type != "vector"


def mysql_row(columns: list[Column], handling: Handling) -> str:
    """The first 60 bits of the SHA-256 of a row's canonical text, as MySQL computes it. MySQL 9 has no MD5.

    A row with a value that cannot be written as one text in both engines has another hash on each side.
    """
    pieces = ", ".join(f"COALESCE({_framed_mysql(column, handling)}, '{NULL}')" for column in columns)
    return f"CAST(CONV(LEFT(SHA2(CONCAT_WS('|', {pieces}), 256), 15), 16, 10) AS SIGNED)"


def lake_row(
    columns: list[Column], read: Mapping[str, tuple[str, pa.DataType]], handling: Handling, dialect: Dialect
) -> str:
    """The same over the lake's columns.

    :param read: name of a column → the expression that reads it, and its type; one that is missing reads as NULL.
    """
    pieces = [
        f"COALESCE({_framed_lake(column, *read[column.name], handling, dialect)}, '{NULL}')"
        if column.name in read
        else f"'{NULL}'"
        for column in columns
    ]
    return dialect.number(dialect.joined(pieces))


def _framed_mysql(column: Column, handling: Handling) -> str:
    """What a row's text is put together of: long values as their hash, free text with its length before it."""
    if not hashable(column):
        return f"IF({quoted(column.name)} IS NULL, NULL, 'in MySQL')"
    text = mysql_text(column, handling)
    if column.data_type == "decimal" and handling.decimals == "double":
        return _unless_rounded(column, text)
    if column.data_type in _LONG:
        return f"SHA2({text}, 256)"
    return f"CONCAT(OCTET_LENGTH({text}), ':', {text})" if _is_free(column) else text


def _framed_lake(column: Column, name: str, kind: pa.DataType, handling: Handling, dialect: Dialect) -> str:
    if not hashable(column):
        return f"CASE WHEN {name} IS NULL THEN NULL ELSE 'in the lake' END"
    text = lake_text(column, kind, handling, dialect, name)
    if column.data_type in _LONG:
        return dialect.sha256(text)
    return f"(CAST({dialect.octets(text)} AS VARCHAR) || ':' || {text})" if _is_free(column) else text


def _is_free(column: Column) -> bool:
    """Whether a value may hold the sign that stands between values."""
    return column.data_type in {"char", "varchar", "tinytext", "enum", "set"}


def bare_number(column: Column, name: str) -> str:
    """MySQL's expression for an integer, without the zeros of a ZEROFILL."""
    return f"{name} + 0" if column.zerofill else name


def mysql_text(column: Column, handling: Handling, name: str | None = None) -> str:
    """MySQL's expression for the canonical text of what Parquet must hold.

    :param name: what to call the column; default: its quoted name.
    """
    name = name or quoted(column.name)
    kind = column.data_type
    if kind in INTEGERS:
        return f"CAST({bare_number(column, name)} AS CHAR)"
    if kind in BYTES:
        return _MYSQL_BYTES[handling.binaries](name)
    if kind in GEOMETRIES:
        return f"CONCAT(HEX(SUBSTRING(CAST({name} AS BINARY), 5)), ':', ST_SRID({name}))"
    return _MYSQL.get(kind, _mysql_plain)(column, handling, name)


def lake_text(column: Column, kind: pa.DataType, handling: Handling, dialect: Dialect, name: str) -> str:
    """The lake's expression for the canonical text of what was written.

    :param kind: the type of the column in the file.
    :param name: the expression that reads it.
    """
    import pyarrow.types as pt

    forms: list[tuple[bool, Callable[[], str]]] = [
        (pt.is_struct(kind) and column.data_type in GEOMETRIES, lambda: _lake_geometry(kind, dialect, name)),
        (_is_bytes(kind), lambda: dialect.hex(name)),
        (pt.is_string(kind) or pt.is_large_string(kind), lambda: _lake_string(column, dialect, name)),
        (pt.is_decimal(kind), lambda: _lake_decimal(kind.scale, column, dialect, name)),
        (pt.is_boolean(kind), lambda: f"CAST(CAST({name} AS INTEGER) AS VARCHAR)"),
        (pt.is_floating(kind), lambda: dialect.double(name)),
    ]
    fitting = next((form for fits, form in forms if fits), None)
    return fitting() if fitting else _lake_number(column, kind, handling, dialect, name)


def _is_bytes(kind: pa.DataType) -> bool:
    import pyarrow.types as pt

    return bool(pt.is_binary(kind) or pt.is_large_binary(kind) or pt.is_fixed_size_binary(kind))


def _lake_geometry(kind: pa.DataType, dialect: Dialect, name: str) -> str:
    srid = f"{name}.srid" if kind.get_field_index("srid") >= 0 else "0"
    return f"({dialect.hex(f'{name}.wkb')} || ':' || CAST(COALESCE({srid}, 0) AS VARCHAR))"


def _lake_number(column: Column, kind: pa.DataType, handling: Handling, dialect: Dialect, name: str) -> str:
    """Integers, and the semantic types that time.precision.mode=connect makes."""
    import pyarrow.types as pt

    if pt.is_timestamp(kind):
        # In MySQL's unit for the column; that mode never writes the other.
        return dialect.text(dialect.microseconds(name))
    if pt.is_date(kind):
        return dialect.text(dialect.days(name))
    if pt.is_time(kind):
        return dialect.text(dialect.of_day(name))
    if pt.is_integer(kind) and column.data_type == "decimal" and handling.decimals == "precise":
        return _lake_decimal(0, column, dialect, name)
    return dialect.text(name)


def _lake_string(column: Column, dialect: Dialect, name: str) -> str:
    if column.data_type == "json":
        return dialect.replaced(name, _BLANKS, 1)
    if column.data_type == "timestamp":
        # Without the zone, and with six digits after the point.
        bare = dialect.replaced(name, "Z$", None)
        with_point = f"CASE WHEN {name} LIKE '%.%' THEN {bare} ELSE {bare} || '.' END"
        return f"rpad({with_point}, 26, '0')"
    return name


def _lake_decimal(scale: int, column: Column, dialect: Dialect, name: str) -> str:
    """With as many digits after the point as MySQL has, unless others than zeros stand behind them."""
    wanted = column.scale or 0
    if column.data_type != "decimal":
        return dialect.text(name) if scale == 0 else dialect.replaced(dialect.text(name), r"\.0+$", None)
    if scale == wanted:
        return dialect.text(name)
    text = dialect.text(name)
    if scale < wanted:
        return f"({text} || {literal(('.' if scale == 0 else '') + '0' * (wanted - scale))})"
    return dialect.replaced(text, ("" if wanted else r"\.") + "0" * (scale - wanted) + "$", None)


def _mysql_plain(column: Column, __: Handling, name: str) -> str:
    # Where it is no conversion it would cost a tenth of a row all the same.
    return name if column.charset == "utf8mb4" else f"CONVERT({name} USING utf8mb4)"


def _mysql_bit(column: Column, _: Handling, name: str) -> str:
    """BIT(1) is true or false; longer ones are io.debezium.data.Bits, little-endian."""
    if column.length == 1:
        return f"CAST({name} + 0 AS CHAR)"
    size = (column.length or 1) + 7 >> 3
    digits = f"LPAD(HEX({name} + 0), {2 * size}, '0')"
    pairs = ", ".join(f"SUBSTRING({digits}, {at}, 2)" for at in range(2 * size - 1, 0, -2))
    return f"CONCAT({pairs})"


def _mysql_decimal(_: Column, handling: Handling, name: str) -> str:
    return f"CAST({name} + 0e0 AS CHAR)" if handling.decimals == "double" else f"CAST({name} AS CHAR)"


def _unless_rounded(column: Column, double: str) -> str:
    """The text of a decimal's double, unless that lost digits: it is not the value, and told by an exact comparison."""
    name = quoted(column.name)
    return f"IF(CAST({double} AS DECIMAL(65, {column.scale or 0})) = {name}, {double}, CONCAT('exact ', {name}))"


def _mysql_float(_: Column, __: Handling, name: str) -> str:
    # MySQL prints six digits of a FLOAT; as a DOUBLE it has all. Minus zero equals zero.
    return f"CAST({name} + 0e0 AS CHAR)"


def _mysql_json(_: Column, __: Handling, name: str) -> str:
    pattern = _BLANKS_MYSQL.replace("\\", "\\\\").replace("'", "\\'")
    return f"REGEXP_REPLACE(CAST({name} AS CHAR), '{pattern}', '$1')"


def _unless_zero(name: str, text: str) -> str:
    """A zero date, or one with a zero month or day, has no number."""
    return f"IF(MONTH({name}) = 0 OR DAYOFMONTH({name}) = 0, 'zero', {text})"


def _since_1970(unit: str, start: str, name: str) -> str:
    """A number of units; a zero date has none, and is told from NULL."""
    return f"COALESCE(TIMESTAMPDIFF({unit}, {start}, {name}), IF({name} IS NULL, NULL, 'zero'))"


def _mysql_date(_: Column, handling: Handling, name: str) -> str:
    if handling.times == "isostring":
        return _unless_zero(name, f"CONCAT({name}, 'Z')")
    return _unless_zero(name, f"CAST(TO_DAYS({name}) - 719528 AS CHAR)")


def _mysql_datetime(column: Column, handling: Handling, name: str) -> str:
    if handling.times == "isostring":
        return _unless_zero(name, f"CONCAT(REPLACE(CAST({name} AS CHAR), ' ', 'T'), 'Z')")
    micros = _since_1970("MICROSECOND", _EPOCH, name)
    if handling.times == "adaptive_time_microseconds" and column.fsp <= 3:
        # Of whole milliseconds, so that nothing is rounded.
        return f"IF({name} IS NULL, NULL, IFNULL(TIMESTAMPDIFF(MICROSECOND, {_EPOCH}, {name}) DIV 1000, 'zero'))"
    return f"CONCAT({micros}, '000')" if handling.times == "nanoseconds" else f"CAST({micros} AS CHAR)"


def _mysql_time(_: Column, handling: Handling, name: str) -> str:
    if handling.times == "isostring":
        return f"CONCAT(CAST({name} AS CHAR), 'Z')"
    nanos = "000" if handling.times == "nanoseconds" else ""
    amount = f"(ABS(TIME_TO_SEC({name})) * 1000000{nanos} + MICROSECOND({name}) * 1{nanos})"
    return f"CAST(IF({name} < 0, -1, 1) * {amount} AS CHAR)"


def _mysql_timestamp(_: Column, __: Handling, name: str) -> str:
    return _unless_zero(name, f"DATE_FORMAT({name}, '%Y-%m-%dT%H:%i:%s.%f')")


_MYSQL: dict[str, Callable[[Column, Handling, str], str]] = {
    "bit": _mysql_bit,
    "decimal": _mysql_decimal,
    "float": _mysql_float,
    "double": _mysql_float,
    "json": _mysql_json,
    "date": _mysql_date,
    "datetime": _mysql_datetime,
    "time": _mysql_time,
    "timestamp": _mysql_timestamp,
}
_MYSQL_BYTES: dict[str, Callable[[str], str]] = {
    "bytes": lambda name: f"HEX({name})",
    "base64": lambda name: f"REPLACE(TO_BASE64({name}), '\\n', '')",
    "base64-url-safe": lambda name: f"REPLACE(REPLACE(REPLACE(TO_BASE64({name}), '\\n', ''), '+', '-'), '/', '_')",
    "hex": lambda name: f"LOWER(HEX({name}))",
}
