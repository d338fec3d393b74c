"""Migrations are read in the order in which they run, each statement with its database and place."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from cdcctl.errors import InputError
from cdcctl.evolve.migrations import in_order, read


def write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        (folder / name.replace("__dot__", ".")).write_text(text, encoding="utf-8")


def names(folder: Path, *files: str) -> list[str]:
    for file in files:
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_text("SELECT 1")
    return [str(path.relative_to(folder)) for path in in_order(folder)]


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (["10.sql", "9.sql", "a/1.sql"], ["9.sql", "10.sql", "a/1.sql"]),
        (
            ["V2__b.sql", "V10__c.sql", "V1.5__a.sql", "R__view.sql"],
            ["V1.5__a.sql", "V2__b.sql", "V10__c.sql", "R__view.sql"],
        ),
        (["V1__a.sql", "B2__base.sql", "V2__b.sql", "V3__c.sql", "U3__c.sql"], ["B2__base.sql", "V3__c.sql"]),
        (["1_a.up.sql", "1_a.down.sql"], ["1_a.up.sql"]),
        (["V20240101_1__a.sql", "V20231231__b.sql"], ["V20231231__b.sql", "V20240101_1__a.sql"]),
    ],
)
def test_folders_are_ordered(tmp_path: Path, files: list[str], expected: list[str]) -> None:
    assert names(tmp_path, *files) == expected


def test_use_changes_the_database(tmp_path: Path) -> None:
    (tmp_path / "a.sql").write_text("CREATE TABLE t (id INT);\nUSE `other`;\n-- x\nCREATE TABLE u (id INT);")
    found = read([str(tmp_path / "a.sql")], "db")
    assert [(each.database, each.line) for each in found] == [("db", 1), ("other", 4)]
    assert found[1].place == f"{tmp_path / 'a.sql'}:4"


def test_a_statement_without_a_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.sql").write_text("\nCREATE TABLE t (id INT)")
    with pytest.raises(InputError, match=r"a\.sql:2: the pipeline has several databases"):
        read([str(tmp_path / "a.sql")], None)


def test_liquibase_changesets(tmp_path: Path) -> None:
    (tmp_path / "a.sql").write_text(
        "--liquibase formatted sql\n"
        "--changeset ann:1\n"
        "CREATE TABLE t (id INT);\nALTER TABLE t ADD a INT;\n"
        "--rollback DROP TABLE t;\n"
        "--changeset ann:2 dbms:postgresql\n"
        "ALTER TABLE t ADD b SERIAL;\n"
        "--changeset ann:3 endDelimiter:// context:x\n"
        "CREATE PROCEDURE p() SELECT 1; //\n"
        "--changeset ann:4 splitStatements:false\n"
        "CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW SET NEW.a = 1; \n\n"
        "--changeset ann:5\n"
        "DROP TABLE t;\n"
    )
    found = read([str(tmp_path / "a.sql")], "db")
    assert [(each.sql, each.line) for each in found] == [
        ("CREATE TABLE t (id INT)", 3),
        ("ALTER TABLE t ADD a INT", 4),
        ("CREATE PROCEDURE p() SELECT 1;", 9),
        ("CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW SET NEW.a = 1;", 11),
        ("DROP TABLE t", 14),
    ]


def test_a_liquibase_changeset_ends_its_statement(tmp_path: Path) -> None:
    (tmp_path / "a.sql").write_text(
        "--liquibase formatted sql\n"
        "--changeset ann:1\nALTER TABLE t ADD a INT\n"
        "--changeset ann:2 splitStatements:false\n"
        "CREATE PROCEDURE p() BEGIN SELECT 1; SELECT 2; END\n--rollback DROP PROCEDURE p;\n"
        '--changeset "ann b":3 endDelimiter:"/"\n'
        "ALTER TABLE t ADD b INT\n/\nALTER TABLE t ADD c INT\n/\n"
        "--changeset ann:4 endDelimiter:\\nGO\nALTER TABLE CATEGORY ADD d INT\nGO\n"
    )
    assert [(each.sql, each.line) for each in read([str(tmp_path / "a.sql")], "db")] == [
        ("ALTER TABLE t ADD a INT", 3),
        ("CREATE PROCEDURE p() BEGIN SELECT 1; SELECT 2; END", 5),
        ("ALTER TABLE t ADD b INT", 8),
        ("ALTER TABLE t ADD c INT", 10),
        ("ALTER TABLE CATEGORY ADD d INT", 13),
    ]


@pytest.mark.parametrize(
    ("dbms", "runs"),
    [
        ("mysql", True), ('"mariadb, MySQL"', True), ("all", True), ("!oracle", True), ("!oracle,!h2", True),
        ("postgresql", False), ("!mysql", False), ("h2,!mysql", False), ("none", False),
    ],
)  # fmt: skip
def test_a_liquibase_changeset_of_some_databases(tmp_path: Path, dbms: str, runs: bool) -> None:
    (tmp_path / "a.sql").write_text(
        f"--liquibase formatted sql\n--changeset a:1 dbms:{dbms} runOnChange:true\nDROP TABLE t;\n"
        "--changeset a:2\nDROP TABLE u;\n"
    )
    found = [each.sql for each in read([str(tmp_path / "a.sql")], "db")]
    assert found == (["DROP TABLE t"] if runs else []) + ["DROP TABLE u"]


def test_liquibase_without_a_changeset(tmp_path: Path) -> None:
    (tmp_path / "a.sql").write_text("--liquibase formatted sql\n")
    (tmp_path / "b.sql").write_text("--liquibase formatted sql\nALTER TABLE t ADD a INT;\n")
    assert [(each.sql, each.line) for each in read([str(tmp_path)], "db")] == [("ALTER TABLE t ADD a INT", 2)]


@pytest.mark.parametrize(
    ("up", "down"),
    [("-- +goose Up", "-- +goose Down"), ("-- migrate:up", "-- migrate:down"), ("-- +migrate Up", "-- +migrate Down")],
)
def test_what_takes_a_migration_back_is_left_out(tmp_path: Path, up: str, down: str) -> None:
    (tmp_path / "a.sql").write_text(f"{up}\nCREATE TABLE t (id INT);\n{down}\nDROP TABLE t;\n")
    assert [each.sql for each in read([str(tmp_path / "a.sql")], "db")] == ["CREATE TABLE t (id INT)"]


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"DROP TABLE t")))
    assert read(["-"], "db")[0].place == "stdin:1"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\x89PNG\r\n\x1a\n", "not text: byte 0"),
        (b"ALTER TABLE t\0", "NUL character"),
        (b"", "no statement"),
        (b"-- nothing", "no statement"),
        (b"ALTER TABLE t ADD a VARCHAR(3) DEFAULT 'x", "unclosed quote"),
    ],
)
def test_what_is_no_sql_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "a.sql").write_bytes(content)
    with pytest.raises(InputError, match=message) as error:
        read([str(tmp_path / "a.sql")], "db")
    assert error.value.hint


def test_what_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read: No such file"):
        read([str(tmp_path / "a.sql")], "db")
