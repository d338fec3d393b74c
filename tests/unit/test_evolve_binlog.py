"""Which statements reach the binlog, and which are none that MySQL takes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from cdcctl.evolve import binlog
from cdcctl.schema.classpath import Jars
from cdcctl.schema.prediction import Child
from tests.unit.test_prediction import CONFIG


@pytest.fixture(scope="module")
def child() -> Iterator[Child]:
    with Child(Jars()) as started:
        yield started


def logged(*statements: str) -> list[bool]:
    return list(binlog.logged((sql, "d") for sql in statements))


def test_what_is_about_a_temporary_table_does_not_reach_it() -> None:
    assert logged(
        "CREATE TEMPORARY TABLE t (id INT)",
        "ALTER TABLE t ADD a INT",
        "ALTER TABLE d.t ADD b INT",
        "ALTER TABLE other.t ADD b INT",
        "DROP TABLE t",
        "ALTER TABLE t ADD a INT",
    ) == [False, False, False, True, False, True]
    assert logged("CREATE TEMPORARY TABLE t (id INT)", "DROP TEMPORARY TABLE t", "DROP TABLE t") == [False, False, True]


@pytest.mark.parametrize(
    "sql",
    ["SELECT 1", "insert into t values (1)", "SET @a = 1", "/* x */ USE d", "WITH x AS (SELECT 1) TABLE x", "CALL p()"],
)
def test_what_does_not_reach_it(sql: str) -> None:
    assert logged(sql) == [False]


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        ("ALTER TABLE t ADD COLUMN", "it ends too early"),
        ("ALTER TABLE t DROP", "it ends too early"),
        ("CREATE TABLE u (id INT", "it ends too early"),
        ("CREATE TABLE u (id INT, ", "it ends too early"),
        ("CREATE", "it ends too early"),
        ("ALTER TABLE t ADD COLUMN IF NOT EXISTS c INT", "'ADD COLUMN IF NOT EXISTS' is MariaDB, not MySQL"),
        ("ALTER TABLE t ADD COLUMN c JSONB", "'JSONB' is PostgreSQL, not MySQL"),
        ("CREATE TABLE [dbo].[t] (id INT)", "'[dbo]' is SQL Server, not MySQL"),
        ("CREATE TABLE u (n VARCHAR2(20))", "'VARCHAR2' is Oracle, not MySQL"),
        ("CREATE TABLE u (id INTEGER PRIMARY KEY AUTOINCREMENT)", "'AUTOINCREMENT' is SQLite, not MySQL"),
        ("hello world", "no statement of MySQL begins with 'hello'"),
        ("ALTER TABLE IF EXISTS t ADD d INT", "'ALTER TABLE IF EXISTS' is MariaDB, not MySQL"),
        ("CREATE INDEX IF NOT EXISTS i ON t (id)", "'INDEX IF NOT EXISTS' is MariaDB, not MySQL"),
        ("CREATE TABLE u (id INT) ENGINE=Aria TRANSACTIONAL=1", "'ENGINE=Aria' is MariaDB, not MySQL"),
        ("CREATE TABLE u (id INT DEFAULT NEXT VALUE FOR s)", "'NEXT VALUE FOR' is MariaDB, not MySQL"),
        ("CREATE SEQUENCE s START WITH 1", "'CREATE SEQUENCE' is another database's, not MySQL"),
        ("CREATE TABLE u (id INT GENERATED ALWAYS AS IDENTITY)", "'AS IDENTITY' is another database's, not MySQL"),
        ("ALTER TABLE ONLY t ADD CONSTRAINT k PRIMARY KEY (id)", "'ALTER TABLE ONLY' is PostgreSQL, not MySQL"),
        ("ALTER TABLE t OWNER TO me", "'OWNER TO' is PostgreSQL, not MySQL"),
        ("ALTER TABLE t DROP COLUMN", "it ends too early"),
        ("ALTER TABLE ${prefix}t ADD c INT", "'${prefix}' is a placeholder that nobody has filled in, not MySQL"),
        ("DROP TABLE {{ schema }}.t", "'{{ schema }}' is a placeholder that nobody has filled in, not MySQL"),
        # Nobody can say whether a MySQL to come takes these.
        ("CREATE TABLE u (id INT, g INT KEY_BLOCK_SIZE = 1)", None),
        ("ALTER TABLE t ADD COLUMN c INT FOO", None),
    ],
)
def test_why_mysql_refuses_what_the_parser_refuses(child: Child, sql: str, why: str | None) -> None:
    (_, answer) = child.source(CONFIG).stream(
        [{"database": "d", "sql": "CREATE TABLE t (id INT PRIMARY KEY)"}, {"database": "d", "sql": sql}]
    )
    error: dict[str, Any] = answer["error"]
    assert binlog.refusal(sql, error) == why
