from __future__ import annotations

from typing import Any

import pytest
from pymysql.err import OperationalError

from cdcctl.errors import InputError, RemoteError
from cdcctl.verify.table import Column, TableDefinition, read_definition, read_rows, selected

NO, YES = "", "YES"


class Cursor:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._rows: list[Any] = []

    def __enter__(self) -> Cursor:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def execute(self, sql: str, parameters: object = None) -> None:
        self._connection.executed.append(sql)
        if self._connection.fails:
            raise OperationalError(2013, "Lost connection")
        kind = "columns" if "information_schema" in sql else sql.split()[0]
        self._rows = list(self._connection.answers.get(kind, []))

    def fetchall(self) -> list[Any]:
        return self._rows

    def fetchmany(self, size: int) -> list[Any]:
        batch, self._rows = self._rows[:size], self._rows[size:]
        return batch


class Connection:
    """Answers by the first word of a statement; ``columns`` for the catalogue."""

    def __init__(self, fails: bool = False, **answers: list[Any]) -> None:
        self.answers, self.fails = answers, fails
        self.executed: list[str] = []

    def cursor(self, _: type) -> Cursor:
        return Cursor(self)


def column(
    name: str, data_type: str = "int", column_type: str = "int", null: str = "NO", **more: Any
) -> tuple[Any, ...]:
    fields = ("default", "charset", "length", "precision", "scale", "fsp", "extra")
    return (name, data_type, column_type, null, *(more.get(field) for field in fields))


def index(name: str, place: int, on: str | None, unique: bool = True, null: str = NO) -> tuple[Any, ...]:
    return ("t", int(not unique), name, place, on, "A", 0, None, None, null, "BTREE")


@pytest.mark.parametrize(
    ("indexes", "key"),
    [
        ([], ()),
        ([index("PRIMARY", 1, "b"), index("PRIMARY", 2, "a")], ("b", "a")),
        ([index("u", 1, "a"), index("PRIMARY", 1, "b")], ("b",)),
        ([index("u", 1, "a"), index("v", 1, "b")], ("a",)),
        ([index("u", 1, "a", null=YES), index("v", 1, "b")], ("b",)),
        ([index("u", 1, "a"), index("u", 2, "b", null=YES)], ()),
        ([index("i", 1, "a", unique=False)], ()),
        ([index("f", 1, None), index("v", 1, "b")], ("b",)),
    ],
)
def test_the_key_is_the_one_debezium_takes(indexes: list[Any], key: tuple[str, ...]) -> None:
    connection: Any = Connection(columns=[column("a"), column("b")], SHOW=indexes)
    assert read_definition(connection, "db.t").key == key


def test_columns_are_described_as_mysql_does() -> None:
    rows = [
        column("n", "bigint", "bigint(20) UNSIGNED", default="5"),
        column("e", "enum", "enum('A','b,c','it''s')", "YES"),
        column("b", "bit", "bit(10)", precision=10),
        column("d", "datetime", "datetime(3)", fsp=3, default="CURRENT_TIMESTAMP(3)", extra="DEFAULT_GENERATED"),
    ]
    connection: Any = Connection(columns=rows)
    definition = read_definition(connection, "db.t")
    number, enum, bits, moment = definition.columns
    assert (definition.full_name, definition.names) == ("db.t", ("n", "e", "b", "d"))
    assert (number.unsigned, number.nullable, number.default) == (True, False, "5")
    assert (enum.options, enum.nullable) == (["A", "b,c", "it's"], True)
    assert bits.length == 10
    assert (moment.fsp, moment.computed) == (3, True)


def test_a_table_that_is_not_there_is_an_input_error() -> None:
    connection: Any = Connection()
    with pytest.raises(InputError, match=r"db\.nothing"):
        read_definition(connection, "db.nothing")


def test_rows_come_with_exact_values_in_batches() -> None:
    rows = [(number,) for number in range(12_000)]
    connection: Any = Connection(SELECT=rows)
    definition = TableDefinition("d`b", "t", (Column("i`d", "int", "int"),), ())
    assert list(read_rows(connection, definition)) == rows
    assert connection.executed == [
        "SET SESSION time_zone = '+00:00', sql_mode = ''",
        "SELECT `i``d` FROM `d``b`.`t`",
    ]


def test_a_lost_server_is_a_remote_error() -> None:
    connection: Any = Connection(fails=True)
    with pytest.raises(RemoteError, match="Lost connection"):
        read_definition(connection, "db.t")


@pytest.mark.parametrize(
    ("kind", "expression"),
    [
        ("timestamp", "CAST(`c` AS CHAR)"),
        ("float", "`c` + 0e0"),
        ("geomcollection", "CAST(`c` AS BINARY)"),
        ("vector", "CAST(`c` AS BINARY)"),
        ("json", "`c`"),
    ],
)
def test_what_mysql_would_round_or_refuse_is_read_another_way(kind: str, expression: str) -> None:
    assert selected(Column("c", kind, kind)) == expression


def test_a_binary_default_is_read_whole() -> None:
    connection = Connection(
        columns=[
            column("id"),
            column("a", "binary", "binary(8)", "YES", default="0xFF", length=8),
            column("b", "varbinary", "varbinary(9)", "YES", default="", length=9),
        ],
        SELECT=[("FF004000EC00FFFF",)],
    )
    definition = read_definition(connection, "db.t")  # type: ignore[arg-type]
    assert [each.default for each in definition.columns] == [None, "0xFF004000EC00FFFF", ""]
    [asked] = [sql for sql in connection.executed if "DEFAULT(" in sql]
    assert asked == "SELECT HEX(DEFAULT(`a`)) FROM (SELECT 1) AS one LEFT JOIN `db`.`t` ON FALSE"


def test_nothing_is_asked_where_no_default_may_be_cut() -> None:
    connection = Connection(columns=[column("id"), column("w", "varchar", "varchar(9)", default="0x41", length=9)])
    assert read_definition(connection, "db.t").columns[1].default == "0x41"  # type: ignore[arg-type]
    assert not [sql for sql in connection.executed if "DEFAULT(" in sql]
