"""MySQL's half of the canonical texts, on a real server; the lake's is in tests/unit."""

from __future__ import annotations

import duckdb
import pyarrow as pa
import pytest

from cdcctl.local.state import Stack
from cdcctl.verify.data import canonical
from cdcctl.verify.data.dialect import DuckDB
from cdcctl.verify.table import Column
from cdcctl.verify.values import Handling, as_double
from tests.doubles import DOUBLES


@pytest.mark.parametrize("value", DOUBLES)
def test_a_double_is_written_as_in_the_lake(stack: Stack, value: float) -> None:
    with stack.mysql.admin.connected() as connection, connection.cursor() as cursor:
        text = canonical.mysql_text(Column("c", "double", "double"), Handling())
        cursor.execute(f"SELECT {text} FROM (SELECT {value:.17e} AS c) AS t")
        assert cursor.fetchone() == (DOUBLES[value],)


def test_a_decimal_is_equal_to_its_double_only_where_no_digit_is_lost(stack: Stack) -> None:
    """MySQL's half of a row's hash, for decimal.handling.mode=double."""
    handling, column = Handling(decimals="double"), Column("c", "decimal", "decimal(30,4)", scale=4)
    values = ["0.0000", "-1.5000", "0.1000", "123456789012345.6000", "12345678901234567.8912", "1e22", "-0.0001"]
    with stack.mysql.admin.connected() as connection, connection.cursor() as cursor:
        texts = " UNION ALL ".join(f"SELECT CAST('{value}' AS DECIMAL(30, 4)) AS c" for value in values)
        cursor.execute(f"SELECT c, {canonical.mysql_row([column], handling)} FROM ({texts}) AS t")
        decimals, theirs = zip(*cursor.fetchall(), strict=True)
    lake = pa.table({"c": pa.array([float(value) for value in values])})  # noqa: F841 - DuckDB reads it by its name
    read = {"c": ("c", pa.float64())}
    row = canonical.lake_row([column], read, handling, DuckDB())
    ours = [hashed for (hashed,) in duckdb.connect().execute(f"SELECT {row} FROM lake").fetchall()]
    same = [left == right for left, right in zip(ours, theirs, strict=True)]
    assert same == [isinstance(as_double(value), float) for value in decimals]
    assert same == [value != "12345678901234567.8912" for value in values]
