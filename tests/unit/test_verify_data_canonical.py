"""The canonical text of the lake's values, in DuckDB, against what :mod:`cdcctl.verify.values` promises.

MySQL's half of the table is compared with it on a real server: tests/stack/test_verify_data_canonical.py.
"""

from __future__ import annotations

import base64
from decimal import Decimal
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdcctl.verify.columns import encoded
from cdcctl.verify.data import canonical
from cdcctl.verify.data.dialect import DuckDB
from cdcctl.verify.table import Column
from cdcctl.verify.values import Geometry, Handling
from tests.doubles import DOUBLES

DATABASE = duckdb.connect()
DEFAULT = Handling()
WKB = bytes.fromhex("0101000000000000000000F83F00000000000002C0")


def column(kind: str, full: str | None = None, **more: Any) -> Column:
    return Column("c", kind, full or kind, **more)


def text_of(col: Column, value: Any) -> str | None:
    """The canonical text of what Parquet must hold, in Python."""
    if value is None:
        return None
    if isinstance(value, Geometry):
        return f"{value.wkb.hex().upper()}:{value.srid}"
    if isinstance(value, bytes):
        return value.hex().upper()
    if isinstance(value, bool):
        return str(int(value))
    if col.data_type == "timestamp":
        whole, _, fraction = value.rstrip("Z").partition(".")
        return f"{whole}.{fraction.ljust(6, '0')}"
    if isinstance(value, float):
        return repr(value).replace("e+", "e").removesuffix(".0").replace("e-0", "e-")
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def lake_texts(col: Column, array: pa.Array, handling: Handling = DEFAULT) -> list[str | None]:
    table = pa.table({"c": array})
    DATABASE.register("lake", table)
    expression = canonical.lake_text(col, array.type, handling, DuckDB(), '"c"')
    return [row[0] for row in DATABASE.execute(f"SELECT {expression} FROM lake").fetchall()]


CASES = {
    "int": (column("int"), [0, -(2**31), 2**31 - 1, None], pa.int32()),
    "tinyint as boolean": (column("tinyint"), [0, 1, None], pa.bool_()),
    "bigint unsigned": (column("bigint", "bigint unsigned"), [0, 2**63 - 1], pa.int64()),
    "year": (column("year"), [1901, 2155], pa.int32()),
    "bit(1)": (column("bit", "bit(1)", length=1), [b"\0", b"\1", None], pa.bool_()),
    "bit(10)": (column("bit", "bit(10)", length=10), [b"\3\xff", b"\0\1"], pa.binary()),
    "decimal": (column("decimal", scale=2), [Decimal("1.50"), Decimal("-999999.99"), None], pa.decimal128(38, 2)),
    "decimal, wider": (column("decimal", scale=2), [Decimal("1.50"), Decimal("0.00")], pa.decimal128(38, 5)),
    "decimal, narrower": (column("decimal", scale=4), [Decimal("1.5000"), Decimal("0.0000")], pa.decimal128(38, 2)),
    "decimal as integer": (column("decimal", scale=2), [Decimal("7.00")], pa.int64()),
    "decimal(10,0)": (column("decimal", scale=0), [Decimal(9999999999)], pa.decimal128(38, 0)),
    "double": (column("double"), [0.0, 0.1, -1.5, 1e100, 123456789.125, None], pa.float64()),
    "float": (column("float"), [0.5, -1.25, 16777216.0], pa.float32()),
    "varchar": (column("varchar"), ["", "é😀|", "a:b", "~", None], pa.string()),
    "json": (column("json"), ['{"a":[1,2]}', '"a  b"', None], pa.string()),
    "binary": (column("binary"), [b"", b"\0\xff", None], pa.binary()),
    "date": (column("date"), ["1000-01-01", "1969-12-31", "9999-12-31", None], pa.int32()),
    "time": (column("time", fsp=6), ["838:59:58.999999", "-00:00:00.000001"], pa.int64()),
    "datetime": (column("datetime", fsp=3), ["1000-01-01 00:00:00.001", "1969-12-31 23:59:59.999"], pa.int64()),
    "datetime(6)": (column("datetime", fsp=6), ["2024-02-29 12:34:56.000001", None], pa.int64()),
    "timestamp": (column("timestamp"), ["2024-02-29 12:34:56", None], pa.string()),
    "timestamp(3)": (column("timestamp", fsp=3), ["2024-02-29 12:34:56.010"], pa.string()),
}


@pytest.mark.parametrize("name", CASES)
def test_the_lakes_text_is_that_of_the_promised_value(name):
    col, values, kind = CASES[name]
    promised = encoded(col, values, DEFAULT)
    assert lake_texts(col, pa.array(promised).cast(kind)) == [text_of(col, value) for value in promised]


def test_a_geometry_is_its_bytes_and_its_number():
    col = column("point")
    kind = pa.struct([("x", pa.float64()), ("wkb", pa.binary()), ("srid", pa.int32())])
    array = pa.array([{"x": 1.0, "wkb": WKB, "srid": 4326}, {"x": 1.0, "wkb": WKB, "srid": None}, None], kind)
    assert lake_texts(col, array) == [text_of(col, Geometry(WKB, 4326)), text_of(col, Geometry(WKB, 0)), None]


SEMANTIC = [
    (column("date"), pa.date32(), [19782, -25567], ["19782", "-25567"]),
    (
        column("datetime", fsp=3),
        pa.timestamp("us", "UTC"),
        [1_700_000_000_123_000, -1000],
        ["1700000000123000", "-1000"],
    ),
    (column("time"), pa.time64("us"), [3_600_000_000, 86_399_999_000], ["3600000000", "86399999000"]),
]


@pytest.mark.parametrize(("col", "kind", "values", "texts"), SEMANTIC)
def test_semantic_types_are_their_numbers(col, kind, values, texts):
    storage = pa.int32() if kind == pa.date32() else pa.int64()
    assert lake_texts(col, pa.array(values, storage).cast(kind), Handling(times="connect")) == texts


def test_a_double_is_written_as_mysql_writes_it():
    """But for a few of 17 digits, and those from 1e15 to 1e16: these rows are looked into."""
    others = {-0.00012345678901234567, *(each for each in DOUBLES if 1e15 <= each < 1e16)}
    same = {value: text for value, text in DOUBLES.items() if value not in others}
    assert lake_texts(column("double"), pa.array([*same, -0.0])) == [*same.values(), "0"]
    assert len(same) > len(others)


def test_the_smallest_double():
    """Of Athena's engine this would be 4.9e-324: Java up to 18 does not always know the shortest digits."""
    assert lake_texts(column("double"), pa.array([5e-324])) == ["5e-324"]


def test_binary_as_text_is_left_as_it_is():
    col = column("varbinary")
    text = base64.b64encode(b"\0\xff\xfe").decode()
    assert lake_texts(col, pa.array([text]), Handling(binaries="base64")) == [text]
    assert "TO_BASE64" in canonical.mysql_text(col, Handling(binaries="base64"))


def test_a_row_says_where_a_double_cannot_hold_its_decimal():
    """Evaluated on a real server in tests/stack/test_verify_data_canonical.py."""
    amount = column("decimal", "decimal(30,4)", scale=4)
    assert "CONCAT('exact ', `c`)" in canonical.mysql_row([amount], Handling(decimals="double"))
    assert "exact" not in canonical.mysql_row([amount], DEFAULT)
    # A key is found by what Parquet has.
    assert "exact" not in canonical.mysql_text(amount, Handling(decimals="double"))


def test_blanks_between_json_are_no_difference_and_those_inside_of_strings_are():
    col = column("json")
    same = lake_texts(col, pa.array(['{"a b": [1, 2],\n "c\\"d: ": " x"}', '{"a b":[1,2],"c\\"d: ":" x"}']))
    assert len(set(same)) == 1
    assert lake_texts(col, pa.array(['"a  b"'])) != lake_texts(col, pa.array(['"a b"']))


def row_hashes(rows: list[dict[str, Any]], columns: list[Column], kinds: dict[str, pa.DataType]) -> list[int]:
    table = pa.Table.from_pylist(rows, pa.schema(list(kinds.items())))
    DATABASE.register("lake", table)
    read = {name: (f'"{name}"', kind) for name, kind in kinds.items()}
    expression = canonical.lake_row(columns, read, DEFAULT, DuckDB())
    return [row[0] for row in DATABASE.execute(f"SELECT {expression} FROM lake").fetchall()]


TWO = [Column("a", "varchar", "varchar(20)"), Column("b", "text", "text")]
TEXTS = st.none() | st.text(st.sampled_from("a|:~1'é\\"), max_size=4)


@settings(max_examples=60)
@given(st.lists(st.tuples(TEXTS, TEXTS), min_size=2, max_size=2, unique=True))
def test_rows_that_differ_have_different_hashes_whatever_signs_they_hold(pair):
    rows = [{"a": a, "b": b} for a, b in pair]
    first, second = row_hashes(rows, TWO, {"a": pa.string(), "b": pa.string()})
    assert first != second
    assert 0 <= first < 2**60


def test_a_column_that_a_file_lacks_is_null():
    kinds = {"a": pa.string(), "b": pa.string()}
    assert row_hashes([{"a": "x", "b": None}], TWO, kinds) == row_hashes([{"a": "x"}], TWO, {"a": pa.string()})


def test_a_vector_is_never_called_equal_by_its_hash():
    vector = Column("v", "vector", "vector(2)")
    assert not canonical.hashable(vector)
    assert "'in MySQL'" in canonical.mysql_row([vector], DEFAULT)
    read = {"v": ('"v"', pa.list_(pa.float32()))}
    assert "'in the lake'" in canonical.lake_row([vector], read, DEFAULT, DuckDB())
