"""Statements that matter to one another: a version in between that no row brings, and a change that runs twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from cdcctl.evolve.check import Question, check
from cdcctl.evolve.migrations import Migration
from cdcctl.evolve.registered import Registered
from cdcctl.evolve.report import Effect
from cdcctl.evolve.settings import settings
from cdcctl.evolve.tables import Tables
from cdcctl.schema.classpath import Jars
from cdcctl.schema.compatibility import Mode
from cdcctl.schema.prediction import Child

TABLE = Migration("CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT NOT NULL)", "d", "t.sql", 1)
ADD = "ALTER TABLE t ADD COLUMN n INT NOT NULL DEFAULT 5"
DROP = "ALTER TABLE t ALTER COLUMN n DROP DEFAULT"
DROP_NONE = "ALTER TABLE t DROP nope"
RENAME = "ALTER TABLE t RENAME COLUMN a TO b"


@pytest.fixture(scope="module")
def child() -> Iterator[Child]:
    with Child(Jars()) as started:
        yield started


def last(child: Child, mode: Mode, *migrations: Migration, tables: tuple[Migration, ...] = (TABLE,)) -> Effect:
    assumed = replace(settings([], database="d"), mode=mode)
    return check(Question(assumed, Tables(tables), migrations), child, Jars()).effects[-1]


def test_a_version_between_two_statements_is_never_registered_without_a_row(child: Child) -> None:
    together = (Migration(ADD, "d", "m.sql", 1), Migration(DROP, "d", "m.sql", 2))
    found = {each.code: each for each in last(child, Mode.BACKWARD, *together).findings}
    assert "BACKWARD refuses the value" in found["EVO037"].message
    assert found["EVO037"].severity == "error"
    # Whoever reads with the new schema only ever meets it or what was there: nothing stands against these.
    assert "EVO037" not in {each.code for each in last(child, Mode.FORWARD, *together).findings}
    assert "EVO037" not in {each.code for each in last(child, Mode.NONE, *together).findings}


def test_a_version_of_an_earlier_migration_may_well_be_registered(child: Child) -> None:
    apart = (Migration(ADD, "d", "V1.sql", 1), Migration(DROP, "d", "V2.sql", 1))
    assert "EVO037" not in {each.code for each in last(child, Mode.BACKWARD, *apart).findings}


def test_a_table_that_the_migration_creates_has_nothing_to_be_held_against(child: Child) -> None:
    created = [replace(TABLE, file="m.sql"), Migration(ADD, "d", "m.sql", 2), Migration(DROP, "d", "m.sql", 3)]
    assert "EVO037" not in {each.code for each in last(child, Mode.BACKWARD, *created, tables=()).findings}


def test_a_rename_that_runs_twice_is_refused_by_mysql_and_stops_nobody(child: Child) -> None:
    effect = last(child, Mode.FORWARD, Migration(RENAME, "d", "m.sql", 1), Migration(RENAME, "d", "m.sql", 2))
    assert effect.outcome == "unknown"
    (found,) = effect.findings
    assert found.code == "EVO007"
    assert "d.t has no column a (error 1054): MySQL refuses the statement" in found.message


def test_what_mysql_refuses_changes_nothing_for_what_follows(child: Child) -> None:
    again, dropped = Migration("ALTER TABLE t ADD a BIGINT", "d", "m.sql", 1), Migration(DROP_NONE, "d", "m.sql", 2)
    effect = last(child, Mode.FORWARD, again, dropped, Migration("ALTER TABLE t ADD z INT", "d", "m.sql", 3))
    assert [change.field for change in effect.value.changes] == ["z"]


def test_a_migration_that_may_have_run_already_is_taken_as_far_as_debezium_takes_it(child: Child) -> None:
    assumed = settings([], database="d")
    again = [
        Migration(f"ALTER TABLE t {each}", "d", "m.sql", 1)
        for each in ("ADD a INT NOT NULL", "DROP nope", "MODIFY x INT")
    ]
    question = Question(assumed, Tables((TABLE,)), tuple(again), may_have_run=True)
    effects = check(question, child, Jars()).effects
    assert [each.outcome for each in effects] == ["unchanged", "unchanged", "unknown"]
    assert [each.code for each in effects[2].findings] == ["EVO007"]


def test_columns_that_debezium_has_elsewhere_than_mysql(child: Child) -> None:
    two = (Migration("CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT NOT NULL, b INT)", "d", "t.sql", 1),)
    for sql, code in (
        ("ALTER TABLE t ADD d INT AFTER c, CHANGE a c INT", "EVO038"),
        ("ALTER TABLE t CHANGE a b INT, DROP b", "EVO009"),
        ("ALTER TABLE t RENAME COLUMN a TO b, RENAME COLUMN b TO a", "EVO009"),
    ):
        effect = last(child, Mode.NONE, Migration(sql, "d", "m.sql", 1), tables=two)
        assert [each.code for each in effect.findings if each.severity == "error"] == [code]
        assert (effect.outcome == "kills-the-connector") == (code == "EVO009")
    # The same name, but in an order in which Debezium has it right.
    effect = last(child, Mode.NONE, Migration("ALTER TABLE t DROP b, CHANGE a b INT", "d", "m.sql", 1), tables=two)
    assert (effect.outcome, [each for each in effect.findings if each.severity == "error"]) == ("new-version", [])


def test_what_cannot_be_seen_may_have_made_what_mysql_would_miss(child: Child) -> None:
    for unseen in ("CALL add_columns()", "SOURCE more.sql", "ALTER TABLE t ADD url INT, ADD nope INT"):
        effect = last(child, Mode.FORWARD, Migration(unseen, "d", "m.sql", 1), Migration(DROP_NONE, "d", "m.sql", 2))
        (found,) = effect.findings
        assert (effect.outcome, found.code) == ("unknown", "EVO008")
        assert "d.t has no column nope (error 1091), unless m.sql:1 has changed that" in found.message


def test_nothing_is_said_of_columns_that_come_from_a_query(child: Child) -> None:
    made = Migration("CREATE TABLE u AS SELECT a, 1 AS b FROM t", "d", "m.sql", 1)
    for sql in (
        "ALTER TABLE u DROP b",
        "CREATE UNIQUE INDEX i ON u (b)",
        "RENAME TABLE u TO v",
        "CREATE TABLE v LIKE u",
    ):
        (found,) = last(child, Mode.FORWARD, made, Migration(sql, "d", "m.sql", 2)).findings
        assert found.code == "EVO008"
    (gone,) = last(child, Mode.FORWARD, made, Migration("DROP TABLE u", "d", "m.sql", 2)).findings
    assert gone.code == "EVO018"
    renamed = Migration("RENAME TABLE u TO v", "d", "m.sql", 2)
    effect = last(child, Mode.FORWARD, made, renamed, Migration("ALTER TABLE v ADD PRIMARY KEY (b)", "d", "m.sql", 3))
    assert "come from the query at m.sql:1" in effect.findings[0].message
    effect = last(child, Mode.FORWARD, made)
    assert (effect.outcome, effect.value.after, [each.code for each in effect.findings]) == (
        "unknown",
        None,
        ["EVO005"],
    )


def in_lines(*statements: str) -> list[Migration]:
    return [Migration(sql, "d", "m.sql", line) for line, sql in enumerate(statements, 1)]


def test_a_table_from_a_query_that_takes_another_ones_name(child: Child) -> None:
    made, swapped = "CREATE TABLE u AS SELECT a FROM t", "RENAME TABLE t TO old, u TO t"
    assumed = replace(settings([], database="d"), mode=Mode.FORWARD)
    question = Question(assumed, Tables((TABLE,)), tuple(in_lines(made, swapped)))
    effects = {each.table: each for each in check(question, child, Jars()).effects}
    assert (effects["d.old"].outcome, effects["d.t"].outcome) == ("new-schema", "unknown")
    assert [each.message for each in effects["d.t"].findings] == ["the columns of d.t come from the query at m.sql:1"]
    effect = last(child, Mode.FORWARD, *in_lines(made, swapped, "ALTER TABLE t ADD b INT"))
    assert [each.code for each in effect.findings] == ["EVO008"]


@pytest.mark.parametrize("gone", ["RENAME TABLE u TO v", "DROP TABLE t, u", "DROP TABLE u, t"])
def test_a_name_that_a_table_from_a_query_has_left(child: Child, gone: str) -> None:
    made = in_lines("CREATE TABLE u AS SELECT a FROM t", gone, "CREATE TABLE u (id INT PRIMARY KEY)")
    assert last(child, Mode.FORWARD, *made).outcome == "new-schema"
    assumed = replace(settings([], database="d"), mode=Mode.FORWARD)
    effects = check(Question(assumed, Tables((TABLE,)), tuple(made[:2])), child, Jars()).effects[1:]
    assert {str(each.table) for each in effects} == ({"d.t", "d.u"} if "DROP" in gone else {"d.v"})


def test_a_table_from_a_query_that_is_not_captured(child: Child) -> None:
    assumed = settings([], database="d").with_source({"table.include.list": "d.t"})
    statements = ["CREATE TABLE u AS SELECT a FROM t", "ALTER TABLE u ADD c INT", "CREATE TABLE v LIKE u"]
    for sql in ("DROP TABLE u", "RENAME TABLE u TO w"):
        question = Question(assumed, Tables((TABLE,)), tuple(in_lines(*statements, sql)))
        for effect in check(question, child, Jars()).effects:
            assert (effect.outcome, effect.findings) == ("not-captured", ()), effect.migration.sql
    taken = last(child, Mode.FORWARD, *in_lines(statements[0], "DROP TABLE t", "ALTER TABLE u RENAME TO t"))
    assert (taken.table, taken.outcome) == ("d.t", "unknown")


def test_a_query_in_words_only_is_none(child: Child) -> None:
    for sql in (
        "CREATE TABLE `select` (`table` INT)",
        "CREATE TABLE u (a INT COMMENT 'as SELECT had it') COMMENT 'TABLE x'",
    ):
        assert last(child, Mode.FORWARD, Migration(sql, "d", "m.sql", 1)).outcome == "new-schema"


@pytest.mark.parametrize(
    ("sql", "missing"),
    [
        ("CREATE TABLE u LIKE nope", "d.nope"),
        ("DROP TABLE nope", "d.nope"),
        ("RENAME TABLE nope TO t2", "d.nope"),
        ("CREATE INDEX i ON nope (a)", "d.nope"),
    ],
)
def test_a_table_that_is_not_known(child: Child, sql: str, missing: str) -> None:
    (found,) = last(child, Mode.FORWARD, Migration(sql, "d", "m.sql", 1)).findings
    assert (found.code, found.message) == ("EVO008", f"{missing} is not among the tables given")


def test_a_table_that_need_not_be_there(child: Child) -> None:
    for sql in ("DROP TABLE IF EXISTS nope", "TRUNCATE TABLE nope"):
        effect = last(child, Mode.FORWARD, Migration(sql, "d", "m.sql", 1))
        assert (effect.outcome, effect.findings) == ("unchanged", ())


@pytest.mark.parametrize(
    ("columns", "key"),
    [
        ("a INT, b INT", "my_row_id"),
        ("a INT UNIQUE KEY, KEY k (a)", "my_row_id"),
        ("a INT KEY, b INT", "a"),
        ("a INT, PRIMARY KEY (a)", "a"),
    ],
)
def test_a_session_that_has_mysql_generate_primary_keys(child: Child, columns: str, key: str) -> None:
    on = Migration("SET SESSION sql_generate_invisible_primary_key = ON", "d", "m.sql", 1)
    create = Migration(f"CREATE TABLE u ({columns})", "d", "m.sql", 2)
    assert f'"name":"{key}"' in str(last(child, Mode.FORWARD, on, create).key.after)
    # Another file is another session.
    assert "my_row_id" not in str(last(child, Mode.FORWARD, on, replace(create, file="n.sql")).key.after)


def test_a_geometry_is_stored_as_it_is_sent(child: Child) -> None:
    effect = last(child, Mode.FORWARD, Migration("ALTER TABLE t ADD COLUMN g GEOMETRY", "d", "m.sql", 1))
    assert effect.outcome == "new-version"
    assert "EVO042" not in {each.code for each in effect.findings}


@pytest.mark.parametrize(("named", "offered"), [("t", "`t`"), ("d.t", "`d`.`t`"), ("`d`.`t`", "`d`.`t`")])
def test_a_rewrite_names_the_table_as_the_statement_does(child: Child, named: str, offered: str) -> None:
    effect = last(child, Mode.BACKWARD, Migration(f"ALTER TABLE {named} ADD COLUMN n INT NOT NULL", "d", "m.sql", 1))
    assert [each.rewrite for each in effect.findings if each.rewrite] == [
        f"ALTER TABLE {offered} ADD COLUMN `n` INT NOT NULL DEFAULT 0;"
    ]


@pytest.mark.parametrize(
    ("sql", "offered"),
    [
        ("ALTER TABLE t ADD url TEXT, ADD KEY k (url(9))", "ALTER TABLE t ADD `url` TEXT, ADD KEY k (`url`(9));"),
        (
            "CREATE TABLE u (id INT PRIMARY KEY, url TEXT COMMENT 'a url, url')",
            "CREATE TABLE u (id INT PRIMARY KEY, `url` TEXT COMMENT 'a url, url');",
        ),
    ],
)
def test_a_name_that_the_parser_takes_for_a_word_of_its_own_is_quoted(child: Child, sql: str, offered: str) -> None:
    effect = last(child, Mode.FORWARD, Migration(sql, "d", "m.sql", 1))
    assert effect.outcome == "kills-the-connector"
    assert [each.rewrite for each in effect.findings] == [offered]


def test_an_empty_literal_of_bytes_is_spelled_as_text(child: Child) -> None:
    table = replace(TABLE, sql="CREATE TABLE t (id INT NOT NULL PRIMARY KEY, b VARBINARY(9))")
    sql = "ALTER TABLE t ALTER COLUMN b SET DEFAULT {}"
    effect = last(child, Mode.FORWARD, Migration(sql.format("x''"), "d", "m.sql", 1), tables=(table,))
    assert effect.outcome == "kills-the-connector"
    assert [each.rewrite for each in effect.findings] == [sql.format("''") + ";"]


@pytest.mark.parametrize(
    "sql",
    ["ALTER TABLE t ADD COLUMN", "CREATE OR REPLACE TABLE t (a INT)", "ALTER TABLE t ALTER COLUMN a TYPE numeric"],
)
def test_what_mysql_refuses_never_reaches_the_connector(child: Child, sql: str) -> None:
    effect = last(child, Mode.FORWARD, Migration(sql, "d", "m.sql", 1))
    assert (effect.outcome, [each.code for each in effect.findings]) == ("unknown", ["EVO007"])


@pytest.mark.parametrize(
    "registered",
    [
        '"string"',
        '["null","int"]',
        # Not to be read by the converter; its default is no number either.
        '{"type":"record","name":"Value","namespace":"cdc.d.t","fields":[{"name":"a","type":{"type":"bytes",'
        '"logicalType":"decimal","precision":2,"scale":null},"default":"x"}]}',
    ],
)
def test_a_registered_version_that_no_row_can_have(child: Child, registered: str) -> None:
    assumed = replace(settings([], database="d"), mode=Mode.FORWARD)
    question = Question(
        assumed, Tables((TABLE,)), tuple(in_lines(ADD)), lambda _registry, _name: Registered([registered])
    )
    (effect,) = check(question, child, Jars()).effects
    assert effect.outcome == "new-version"
    assert effect.sink["iceberg"]["accepted"]
    assert "EVO010" in {each.code for each in effect.findings}
