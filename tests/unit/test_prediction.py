"""What the child predicts, letter for letter with what a live pipeline has registered."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cdcctl.errors import LocalEnvironmentError
from cdcctl.schema.classpath import Jars
from cdcctl.schema.prediction import Child, ClassesRefusedError, SourceConnector

GLUE = "com.amazonaws.services.schemaregistry.kafkaconnect.AWSKafkaAvroConverter"
# Statements, and what Debezium 3.6.1, the Glue converter 1.1.9 and Connect 3.7.2 registered after each, on MySQL 9.7.
REGISTERED = [
    json.loads(line)
    for line in (Path(__file__).parent.parent / "data" / "registered.jsonl").read_text(encoding="utf-8").splitlines()
]
CONFIG = {
    "connector.class": "io.debezium.connector.mysql.MySqlConnector",
    "topic.prefix": "orc",
    "database.hostname": "nowhere",
    "database.user": "nobody",
    "database.password": "nothing",
    "database.server.id": "1",
    "transforms": "unwrap",
    "transforms.unwrap.type": "io.debezium.transforms.ExtractNewRecordState",
    "transforms.unwrap.delete.tombstone.handling.mode": "rewrite",
    "transforms.unwrap.add.fields": "op,source.ts_ms,source.file,source.pos,source.row",
    "key.converter": GLUE,
    "value.converter": GLUE,
}


@pytest.fixture(scope="module")
def child() -> Iterator[Child]:
    with Child(Jars()) as started:
        yield started


def stream(source: SourceConnector, *statements: str, database: str = "d") -> list[dict[str, Any]]:
    return source.stream([{"database": database, "sql": sql} for sql in statements])


@pytest.fixture(scope="module")
def answers(child: Child) -> list[dict[str, Any]]:
    source = child.source(CONFIG)
    return source.stream([{"database": each["table"].split(".")[0], "sql": each["ddl"]} for each in REGISTERED])


@pytest.mark.parametrize("number", range(len(REGISTERED)), ids=lambda number: REGISTERED[number]["ddl"][:50])
def test_predicts_what_was_registered(answers: list[dict[str, Any]], number: int) -> None:
    expected = REGISTERED[number]
    after = next((table["after"] for table in reversed(answers[number]["tables"])), None)
    if after is None:  # a statement without effect on the table: what was registered stays
        expected, after = REGISTERED[number - 1], answers[number - 1]["tables"][-1]["after"]
    assert (after["topic"], after["key"], after["value"]) == (expected["topic"], expected["key"], expected["value"])


def test_many_tables_load_as_one_by_one(child: Child) -> None:
    tables = [
        f"CREATE TABLE `t{i}` (`id` int NOT NULL, `c` varchar(9) DEFAULT 'x', PRIMARY KEY (`id`))" for i in range(60)
    ]
    both = [child.source(CONFIG), child.source(CONFIG)]
    statements = [{"database": "d", "sql": sql} for sql in tables]
    assert both[0].load(statements) == [None] * 60
    for statement in statements:
        both[1].load([statement])
    names = both[0].tables()
    assert sorted(names) == sorted(f"d.t{i}" for i in range(60))
    assert both[0].describe(names) == both[1].describe(names)


def test_many_statements_in_a_row_are_answered_as_one_by_one(child: Child) -> None:
    """A table is described, its form after a snapshot included, beside what is done to it next."""
    statements = ["CREATE TABLE t (id INT NOT NULL PRIMARY KEY, b BOOLEAN)"]
    for _ in range(60):
        statements += ["ALTER TABLE t ADD COLUMN r REAL NULL", "ALTER TABLE", "RENAME TABLE t TO u"]
        statements += ["ALTER TABLE u DROP COLUMN r", "ALTER TABLE u RENAME TO t"]
    at_once, in_turn = child.source(CONFIG), child.source(CONFIG)
    answers = stream(at_once, *statements)
    assert answers == [stream(in_turn, sql)[0] for sql in statements]
    tables = [table for each in answers for table in each["tables"]]
    assert len(tables) == 1 + 60 * 4
    assert all(table["after"]["snapshot"] for table in tables)
    assert at_once.tables() == in_turn.tables() == ["d.t"]


def test_a_statement_that_cannot_be_parsed_is_told_with_the_exception(child: Child) -> None:
    (answer,) = stream(child.source(CONFIG), 'CREATE TABLE "aq" ("id" INT PRIMARY KEY)')
    assert answer["error"]["stage"] == "parse"
    assert answer["error"]["class"].startswith("io.debezium.text.")
    assert any("aq" in cause["message"] for cause in [answer["error"], *answer["error"]["causes"]])


def test_a_column_that_appears_twice_stops_the_connector_when_it_is_applied(child: Child) -> None:
    _, answer = stream(
        child.source(CONFIG),
        "CREATE TABLE t (id INT NOT NULL PRIMARY KEY, MyCol INT, z INT)",
        "ALTER TABLE t MODIFY MyCol BIGINT AFTER z",
    )
    assert answer["error"]["stage"] == "apply"
    assert "MyCol" in answer["error"]["message"]


def test_a_clash_with_an_added_field_stops_the_task_at_its_first_row(child: Child) -> None:
    (answer,) = stream(child.source(CONFIG), "CREATE TABLE t (id INT NOT NULL PRIMARY KEY, __op INT)")
    assert answer["error"] is None
    assert "__op" in answer["tables"][0]["after"]["failure"]["message"]


def test_the_snapshot_form_is_told_where_it_differs(child: Child) -> None:
    source = child.source(CONFIG)
    created, same, quoted = stream(
        source,
        "CREATE TABLE t (id INT NOT NULL PRIMARY KEY, b BOOLEAN NOT NULL DEFAULT TRUE, r REAL)",
        "CREATE TABLE u (id INTEGER NOT NULL PRIMARY KEY, n NUMERIC(5,1) DEFAULT 1.5)",
        "CREATE TABLE v (id INT PRIMARY KEY, c NCHAR(3) DEFAULT N'it''s', b CHAR(2) CHARACTER SET binary)",
    )
    snapshot = json.loads(created["tables"][0]["after"]["snapshot"]["value"])
    fields = {field["name"]: field["type"] for field in snapshot["fields"]}
    assert fields["b"] == {"type": "int", "connect.default": 1, "connect.type": "int16"}
    assert fields["r"] == ["null", "double"]
    assert same["tables"][0]["after"]["snapshot"] is None
    assert quoted["tables"][0]["after"]["snapshot"]["failure"] is None
    # Looking at the snapshot form leaves the connector as it was.
    (again,) = stream(source, "ALTER TABLE t ADD COLUMN x INT")
    assert '"name":"b","type":{"type":"boolean"' in again["tables"][0]["after"]["value"]


def test_a_primary_key_that_loses_its_not_null_gets_it_back_by_a_snapshot(child: Child) -> None:
    _, answer = stream(
        child.source(CONFIG),
        "CREATE TABLE t (id INT NOT NULL PRIMARY KEY)",
        "ALTER TABLE t MODIFY id BIGINT AUTO_INCREMENT",
    )
    after = answer["tables"][0]["after"]
    assert json.loads(after["key"])["fields"][0]["type"] == ["null", "long"]
    assert json.loads(after["snapshot"]["key"])["fields"][0]["type"] == "long"


def test_what_debezium_passes_over(child: Child) -> None:
    for sql in ("XA END 'x'", "GRANT ALL ON *.* TO 'a'@'b'", "DELETE FROM t", "CREATE USER nobody"):
        (answer,) = stream(child.source(CONFIG), sql)
        assert (answer["ignored"], answer["tables"], answer["error"]) == (True, [], None), sql


def test_filters_are_the_connectors_own(child: Child) -> None:
    source = child.source({**CONFIG, "table.include.list": "d\\.t"})
    captured, not_captured = stream(source, "CREATE TABLE t (id INT)", "CREATE TABLE u (id INT)")
    assert captured["tables"][0]["captured"]
    assert not not_captured["tables"][0]["captured"]
    assert not_captured["tables"][0]["after"]["value"] is None


def test_an_attempt_leaves_no_trace(child: Child) -> None:
    source = child.source(CONFIG)
    _, changed = stream(
        source, "CREATE TABLE t (id INT NOT NULL PRIMARY KEY)", "ALTER TABLE t ADD COLUMN a INT NOT NULL"
    )
    place = changed["tables"][0]["place"]
    ((tried, failed),) = source.attempt(
        [
            {
                "place": place,
                "database": "d",
                "statements": ["ALTER TABLE t ADD COLUMN b INT", "ALTER TABLE t MODIFY q INT"],
            }
        ]
    )
    assert [column["name"] for column in tried["tables"][0]["after"]["model"]["columns"]] == ["id", "b"]
    assert failed["error"]["stage"] == "parse"
    (again,) = stream(source, "ALTER TABLE t ADD COLUMN c INT")
    assert [column["name"] for column in again["tables"][0]["after"]["model"]["columns"]] == ["id", "a", "c"]


def test_whether_the_table_that_a_statement_names_is_known(child: Child) -> None:
    source = child.source({**CONFIG, "table.include.list": "d\\.t"})
    (answer,) = source.stream([{"database": "d", "sql": "ALTER TABLE t ADD COLUMN a INT", "target": "d.t"}])
    assert answer["target"] == {"captured": True, "known": False, "place": None}
    assert answer["tables"] == []


def test_a_configuration_that_debezium_refuses(child: Child) -> None:
    with pytest.raises(ClassesRefusedError, match=r"time\.precision\.mode"):
        child.source({**CONFIG, "time.precision.mode": "adaptive"})


def test_a_transformation_that_is_not_there(child: Child) -> None:
    with pytest.raises(ClassesRefusedError, match=r"org\.example\.Missing"):
        child.source({**CONFIG, "transforms": "a", "transforms.a.type": "org.example.Missing"})


def test_a_dead_child_is_told_with_its_last_words() -> None:
    with Child(Jars()) as doomed:
        assert doomed._connection is not None
        assert doomed._connection.process is not None
        doomed._connection.process.kill()
        with pytest.raises(LocalEnvironmentError, match="died"):
            doomed.source(CONFIG)
