"""Athena's statements in the engine that Athena is made of, against DuckDB's and the promised values."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pyarrow as pa
import pytest
from test_verify_data_canonical import CASES, SEMANTIC, WKB, column, text_of
from verify_tables import PEOPLE, event, parquet

from cdcctl.errors import InputError
from cdcctl.mysql.position import Position
from cdcctl.verify.columns import encoded
from cdcctl.verify.data import canonical
from cdcctl.verify.data.dialect import Athena, Dialect, DuckDB
from cdcctl.verify.data.rendered import require_size
from cdcctl.verify.data.statements import lake_statement, mysql_statement
from cdcctl.verify.table import Column, TableDefinition
from cdcctl.verify.values import Geometry, Handling
from tests.doubles import DOUBLES
from tests.trino import Trino, whole_numbers

DEFAULT = Handling()
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


@pytest.fixture(scope="module")
def trino() -> Iterator[Trino]:
    with Trino() as running:
        yield running


def texts(trino: Trino, col: Column, array: pa.Array, handling: Handling = DEFAULT) -> list[str | None]:
    """The canonical texts of a column's values."""
    name = trino.load(pa.table({"n": pa.array(range(len(array)), pa.int64()), "c": array}))
    expression = canonical.lake_text(col, array.type, handling, Athena(), '"c"')
    return [text for (text,) in trino.ask(f"SELECT {expression} FROM {name} ORDER BY n")]


@pytest.mark.parametrize("name", CASES)
def test_a_value_has_the_text_that_was_promised(trino: Trino, name: str) -> None:
    col, values, kind = CASES[name]
    promised = encoded(col, values, DEFAULT)
    assert texts(trino, col, pa.array(promised).cast(kind)) == [text_of(col, value) for value in promised]


@pytest.mark.parametrize(("col", "kind", "values", "expected"), SEMANTIC)
def test_semantic_types_are_their_numbers(trino: Trino, col: Column, kind, values, expected) -> None:
    storage = pa.int32() if kind == pa.date32() else pa.int64()
    assert texts(trino, col, pa.array(values, storage).cast(kind), Handling(times="connect")) == expected


def test_a_geometry_is_its_bytes_and_its_number(trino: Trino) -> None:
    col = column("point")
    kind = pa.struct([("x", pa.float64()), ("wkb", pa.binary()), ("srid", pa.int32())])
    array = pa.array([{"x": 1.0, "wkb": WKB, "srid": 4326}, {"x": 1.0, "wkb": WKB, "srid": None}, None], kind)
    assert texts(trino, col, array) == [text_of(col, Geometry(WKB, 4326)), text_of(col, Geometry(WKB, 0)), None]


def test_blanks_between_json_are_no_difference_and_those_inside_of_strings_are(trino: Trino) -> None:
    values = ['{"a b": [1, 2],\n "c\\"d: ": " x"}', '{"a b":[1,2],"c\\"d: ":" x"}', '"a  b"', '"a b"']
    assert texts(trino, column("json"), pa.array(values)) == [values[1], values[1], *values[2:]]


def test_a_double_is_written_as_mysql_writes_it(trino: Trino) -> None:
    assert texts(trino, column("double"), pa.array([*DOUBLES, -0.0])) == [*DOUBLES.values(), "0"]


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


def statement(dialect: Dialect, table: pa.Table, name: str, place: Position | None) -> str:
    types = {field.name: field.type for field in table.schema}
    return lake_statement(WIDE, types, DEFAULT, dialect, name, 8, place)


@pytest.mark.parametrize("place", [None, Position.of("binlog.000002", 150), Position.of("binlog.000001", 4)])
def test_a_table_has_the_sums_that_duckdb_finds(trino: Trino, place: Position | None) -> None:
    table = wide()
    database = duckdb.connect()
    database.register("lake", table)
    ours = database.execute(statement(DuckDB(), table, "lake", place)).fetchall()
    asked = trino.ask(statement(Athena(), table, trino.load(table), place))
    assert whole_numbers(asked) == ours
    assert bool(ours) == (place is None or place.number == 2)


def test_a_table_may_have_300_columns(trino: Trino) -> None:
    """A function of Trino's takes 127 arguments, and not any expression fits into one method of Java."""
    arrays = {
        "varchar": pa.array(["a", None]), "decimal": pa.array([1, 2]).cast(pa.decimal128(38, 0)),
        "json": pa.array(['{"a": 1}', "[]"]), "timestamp": pa.array(["2026-01-02T03:04:05Z"] * 2),
    }  # fmt: skip
    kinds = [*list(arrays) * 73, *["double"] * 8]
    # Two have names such as the parameters of a lambda have.
    columns = [Column(f"column_{at}" if at > 1 else "sp"[at], kind, kind, scale=2) for at, kind in enumerate(kinds)]
    table = pa.table({"column_id": [1, 2]} | {
        each.name: arrays.get(each.data_type, pa.array([0.25, 1e-9])) for each in columns
    } | {"__source_file": ["b.000001"] * 2, "__source_pos": [4, 5], "_offset": [0, 1]})  # fmt: skip
    definition = TableDefinition(
        "db", "t", (Column("column_id", "bigint", "bigint", nullable=False), *columns), ("column_id",)
    )
    database = duckdb.connect()
    database.register("lake", table)
    types = {field.name: field.type for field in table.schema}
    ours, theirs = (
        lake_statement(definition, types, DEFAULT, dialect, name, 8)
        for dialect, name in ((DuckDB(), "lake"), (Athena(), trino.load(table)))
    )
    assert whole_numbers(trino.ask(theirs)) == database.execute(ours).fetchall()
    require_size("db.t", theirs)


def test_what_athena_does_not_take_is_told() -> None:
    with pytest.raises(InputError, match=r"the statement over db.t has 262,146 bytes, and Athena takes 262,144"):
        require_size("db.t", "é" * 131_073)


def test_mysqls_statement_is_one_scan() -> None:
    text = mysql_statement(WIDE, DEFAULT, 8)
    assert text.count("FROM `db`.`wide`") == 1
    assert "MD5" not in text


def test_without_a_key_or_an_offset_there_is_no_statement() -> None:
    types = {field.name: field.type for field in wide().schema}
    keyless = TableDefinition("db", "people", PEOPLE.columns, ())
    with pytest.raises(InputError, match="has no key"):
        lake_statement(keyless, types, DEFAULT, Athena(), "lake", 8)
    del types["_offset"]
    with pytest.raises(InputError, match="has no column _offset"):
        lake_statement(WIDE, types, DEFAULT, Athena(), "lake", 8)
