from pathlib import Path

import pytest

from cdcctl.errors import InputError
from cdcctl.sql.statements import Statement, read, split


def texts(sql: str) -> list[str]:
    return [statement.text for statement in split(sql)]


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT 1; SELECT 2", ["SELECT 1", "SELECT 2"]),
        ("SELECT 1;;\n;", ["SELECT 1"]),
        ("", []),
        ("-- nothing; here\n# nor; here\n/* nor; here */", []),
        ("SELECT 'a;b', \"c;d\", `e;f`", ["SELECT 'a;b', \"c;d\", `e;f`"]),
        ("SELECT 'it''s;', 'it\\'s;'; SELECT 2", ["SELECT 'it''s;', 'it\\'s;'", "SELECT 2"]),
        # An escaped backslash ends the string: sqlparse reads on.
        ("SELECT 'a\\\\'; SELECT 'b;c'", ["SELECT 'a\\\\'", "SELECT 'b;c'"]),
        ("SELECT `a``;b`; SELECT 2", ["SELECT `a``;b`", "SELECT 2"]),
        ("#it's a comment; x\nSELECT 1; SELECT 2", ["SELECT 1", "SELECT 2"]),
        ("SELECT 5--1; SELECT 2", ["SELECT 5--1", "SELECT 2"]),
        ("SELECT 1 -- it's; one\n; SELECT 2", ["SELECT 1 -- it's; one", "SELECT 2"]),
        ("/*!80023 SELECT 1; */; SELECT 2", ["/*!80023 SELECT 1; */", "SELECT 2"]),
        ("CREATE TABLE t (delimiter INT); SELECT 1", ["CREATE TABLE t (delimiter INT)", "SELECT 1"]),
        ("SELECT 'a\nDELIMITER b'", ["SELECT 'a\nDELIMITER b'"]),
        (
            "CREATE TABLE `event` (`begin` INT, e ENUM('BEGIN;'))",
            ["CREATE TABLE `event` (`begin` INT, e ENUM('BEGIN;'))"],
        ),
    ],
)
def test_splits_where_mysql_would(sql: str, expected: list[str]) -> None:
    assert texts(sql) == expected


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        (
            "SELECT 1;\nDELIMITER //\nSELECT 2; SELECT 3//\nSELECT 4 //\ndelimiter ;\nSELECT 5; SELECT 6",
            ["SELECT 1", "SELECT 2", "SELECT 3", "SELECT 4", "SELECT 5", "SELECT 6"],
        ),
        (
            "DELIMITER //\nDROP TRIGGER a; CREATE DEFINER = `b`@`%` TRIGGER a BEFORE INSERT ON t FOR EACH ROW "
            "IF 1 THEN SET NEW.a=1; END IF //",
            [
                "DROP TRIGGER a",
                "CREATE DEFINER = `b`@`%` TRIGGER a BEFORE INSERT ON t FOR EACH ROW IF 1 THEN SET NEW.a=1; END IF",
            ],
        ),
        (
            "DELIMITER //\nCREATE TABLE event (trigger_id INT); SELECT 1",
            ["CREATE TABLE event (trigger_id INT)", "SELECT 1"],
        ),
        ("DELIMITER $$\nSELECT '$$'$$", ["SELECT '$$'"]),
        ("use shop\nSOURCE a.sql\nSELECT 1;source b.sql ;", ["use shop", "SOURCE a.sql", "SELECT 1", "source b.sql"]),
        ("CREATE TABLE t (\nuse INT\n);\n USE `a-b` \r\n;", ["CREATE TABLE t (\nuse INT\n)", "USE `a-b`"]),
        ("DELIMITER\n$$\nSELECT 1$$\ndelimiter ;\nSELECT 2; SELECT 3", ["SELECT 1", "SELECT 2", "SELECT 3"]),
        ("CREATE TABLE t (\n delimiter INT\n)", ["CREATE TABLE t (\n delimiter INT\n)"]),
        (
            "CREATE TRIGGER a BEFORE INSERT ON t FOR EACH ROW BEGIN IF 1 THEN SET NEW.a=1; END IF; END; SELECT 2",
            ["CREATE TRIGGER a BEFORE INSERT ON t FOR EACH ROW BEGIN IF 1 THEN SET NEW.a=1; END IF; END", "SELECT 2"],
        ),
        (
            "CREATE PROCEDURE p() BEGIN DO CASE 1 WHEN 1 THEN 2 END; CASE x WHEN 1 THEN DO 1; END CASE; END; SELECT 2",
            [
                "CREATE PROCEDURE p() BEGIN DO CASE 1 WHEN 1 THEN 2 END; CASE x WHEN 1 THEN DO 1; END CASE; END",
                "SELECT 2",
            ],
        ),
        ("BEGIN; SELECT 1; END", ["BEGIN", "SELECT 1", "END"]),
    ],
)
def test_stored_programs_and_delimiters(sql: str, expected: list[str]) -> None:
    assert texts(sql) == expected


def test_quoted_words_of_stored_programs_are_names() -> None:
    sql = "CREATE TABLE `event` (`begin` INT, e ENUM('BEGIN;'))"
    assert texts(sql) == [sql]


def test_each_statement_has_the_line_of_its_first_word() -> None:
    sql = "-- first\n\nSELECT 1;\n/* two\nlines */ SELECT\n 2; SELECT 3;\nSELECT 'a\nb';\nSELECT 4"
    assert split(sql) == [
        Statement("SELECT 1", 3),
        Statement("SELECT\n 2", 5),
        Statement("SELECT 3", 6),
        Statement("SELECT 'a\nb'", 7),
        Statement("SELECT 4", 9),
    ]


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("SELECT 1;\n  delimiter", "x.sql:2: DELIMITER names no delimiter"),
        ("SELECT 1;\n\nSELECT 'a;", "x.sql:3: unclosed quote '"),
        ("SELECT 1;\n/* x", "x.sql:2: unclosed comment"),
        ("\nCREATE TRIGGER a BEFORE INSERT ON t FOR EACH ROW BEGIN SET NEW.a=1;", "x.sql:2: a stored program"),
    ],
)
def test_refuses_what_it_cannot_split(sql: str, message: str) -> None:
    with pytest.raises(InputError) as error:
        split(sql, "x.sql")
    assert error.value.message.startswith(message)
    assert error.value.hint


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.sql").write_bytes(b"SELECT '\xff'")
    with pytest.raises(InputError, match="cannot be read"):
        read(tmp_path / "a.sql")


def test_a_byte_order_mark_is_no_part_of_the_first_statement(tmp_path: Path) -> None:
    (tmp_path / "a.sql").write_bytes(b"\xef\xbb\xbfSELECT 1")
    assert read(tmp_path / "a.sql") == [Statement("SELECT 1", 1)]
