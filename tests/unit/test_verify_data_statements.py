"""The statements for MySQL and Athena. No Athena is at hand: its text, translated by sqlglot, runs in DuckDB."""

from __future__ import annotations

import duckdb
import pyarrow as pa
import pytest
import sqlglot
from verify_tables import PEOPLE, event, parquet

from cdcctl.errors import InputError
from cdcctl.mysql.position import Position
from cdcctl.verify.data.dialect import Athena, Dialect, DuckDB
from cdcctl.verify.data.statements import lake_statement, mysql_statement
from cdcctl.verify.table import Column, TableDefinition
from cdcctl.verify.values import Handling

WIDE = TableDefinition(
    "db", "wide",
    (
        Column("id", "bigint", "bigint unsigned", nullable=False),
        Column("name", "varchar", "varchar(20)"), Column("doc", "json", "json"), Column("raw", "blob", "blob"),
        Column("amount", "decimal", "decimal(10,2)", scale=2), Column("seen", "timestamp", "timestamp", fsp=0),
        Column("ratio", "double", "double"), Column("flag", "bit", "bit(1)", length=1),
    ),
    ("id",),
)  # fmt: skip
EVENTS = [
    event(n, "d" if n % 7 == 6 else "u", n % 40, f"name é {n}", place=("binlog.000002", 100 + n, 0)) for n in range(90)
]


def wide() -> pa.Table:
    table = parquet(EVENTS)
    more = {
        "id": pa.array([n % 40 - 3 for n in range(90)], pa.int64()),
        "doc": pa.array([f'{{"a b": [{n}, "x  y"]}}' for n in range(90)]),
        "raw": pa.array([bytes([n]) for n in range(90)]),
        "amount": pa.array(list(range(90))).cast(pa.decimal128(38, 0)),
        "seen": pa.array([f"2026-01-02T03:04:{n % 60:02}Z" for n in range(90)]),
        "ratio": pa.array([n / 4 for n in range(90)]),
        "flag": pa.array([n % 2 == 0 for n in range(90)]),
    }
    for name, array in more.items():
        at = table.schema.get_field_index(name)
        table = table.set_column(at, name, array) if at >= 0 else table.append_column(name, array)
    return table


def statement(dialect: Dialect, table: pa.Table, place: Position | None = None) -> str:
    types = {field.name: field.type for field in table.schema}
    return lake_statement(WIDE, types, Handling(), dialect, "lake", 8, place)


@pytest.mark.parametrize("place", [None, Position.of("binlog.000002", 150), Position.of("binlog.000001", 4)])
def test_athenas_statement_is_duckdbs_by_other_names(place):
    table = wide()
    database = duckdb.connect()
    database.register("lake", table)
    ours = database.execute(statement(DuckDB(), table, place)).fetchall()
    text = statement(Athena(), table, place)
    [translated] = sqlglot.transpile(text, read="athena", write="duckdb")
    # What sqlglot leaves as it is, in DuckDB's words.
    for name, macro in {
        "from_base(x, base)": "CAST('0x' || x AS BIGINT)", "to_utf8(x)": "encode(x)", "to_hex(x)": "hex(x)"
    }.items():  # fmt: skip
        database.execute(f"CREATE OR REPLACE MACRO {name} AS {macro}")
    translated = translated.replace("LENGTH(ENCODE(", "octet_length(ENCODE(").replace("'$1'", "'\\1'")
    assert database.execute(translated).fetchall() == ours
    assert bool(ours) == (place is None or place.number == 2)


def test_athenas_statement_has_nothing_of_duckdb():
    text = statement(Athena(), wide(), Position.of("binlog.000002", 150))
    assert not any(word in text for word in ("'0x'", "HUGEINT", "strlen", " hex(", "\\1", "epoch_us"))
    assert "max_by(h, off)" in text
    assert text.count("(") == text.count(")")


def test_mysqls_statement_is_one_scan():
    text = mysql_statement(WIDE, Handling(), 8)
    assert text.count("FROM `db`.`wide`") == 1
    assert "MD5" not in text
    sqlglot.parse_one(text, read="mysql")


def test_without_a_key_or_an_offset_there_is_no_statement():
    types = {field.name: field.type for field in wide().schema}
    keyless = TableDefinition("db", "people", PEOPLE.columns, ())
    with pytest.raises(InputError, match="has no key"):
        lake_statement(keyless, types, Handling(), Athena(), "lake", 8)
    del types["_offset"]
    with pytest.raises(InputError, match="has no column _offset"):
        lake_statement(WIDE, types, Handling(), Athena(), "lake", 8)
