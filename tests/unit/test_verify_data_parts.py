"""The parts of verify data that need no engine: pace, buckets, keys in statements, the state file, options."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import sqlglot
from command import run_cdcctl

from cdcctl.errors import InputError
from cdcctl.mysql.signals import snapshot_statement
from cdcctl.verify.data.buckets import Range, ranges, sampled
from cdcctl.verify.data.healing import Healing, healing
from cdcctl.verify.data.keys import Key
from cdcctl.verify.data.naming import Gathered
from cdcctl.verify.data.rows import Side
from cdcctl.verify.data.snapshot import Pace
from cdcctl.verify.data.staging import Staging, open_database
from cdcctl.verify.data.state import State
from cdcctl.verify.data.tables import Compared, of_rows
from cdcctl.verify.findings import Example, Finding, code_of
from cdcctl.verify.results import TableResult
from cdcctl.verify.table import Column, TableDefinition
from cdcctl.verify.values import Handling

ID = Column("id", "int", "int")
WORD = Column("a`b", "varchar", "varchar(9)")
DAY = Column("day", "date", "date")
RAW = Column("raw", "varbinary", "varbinary(9)")


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def test_no_more_rows_are_read_in_a_second_than_allowed():
    clock = Clock()
    pace = Pace(1000, lambda: clock.now, clock.sleep)
    for _ in range(50):
        pace.read(500)
    assert pace.rows == 25_000
    assert clock.now - 100 == pytest.approx(25.0, abs=1.0)


def test_without_a_limit_nothing_waits():
    clock = Clock()
    Pace(None, lambda: clock.now, clock.sleep).read(10**9)
    assert clock.now == 100.0


def test_every_key_is_in_exactly_one_range():
    parts = ranges([10, 20])
    assert parts == [Range(None, 10), Range(10, 20), Range(20, None)]
    assert [each.condition("k") for each in parts] == ["k <= 10", "k > 10 AND k <= 20", "k > 20"]
    assert ranges([]) == [Range(None, None)]
    assert Range(None, None).condition("k") == "TRUE"


def test_a_sample_is_the_same_for_the_same_question():
    assert sampled(100, 0.05, "x") == sampled(100, 0.05, "x")
    assert len(sampled(100, 0.05, "x")) == 5
    assert len(sampled(3, 0.01, "x")) == 1
    assert sampled(4, 1.0, "x") == [0, 1, 2, 3]


def test_conditions_over_several_key_columns_are_ranges_of_their_index():
    key = Key((WORD, ID), Handling())
    assert key.after(None) == "TRUE"
    assert key.after(["it's", "7"]) == "((`a``b` > 'it''s') OR (`a``b` = 'it''s' AND `id` > 7))"
    assert key.up_to(["x\\", "7"]) == "((`a``b` < 'x\\\\') OR (`a``b` = 'x\\\\' AND `id` <= 7))"
    assert key.among([("x", "1"), ("y", "2")]) == "(`a``b`, `id`) IN (('x', 1), ('y', 2))"
    assert Key((RAW,), Handling()).among([("00FF",)]) == "`raw` IN (X'00FF')"


def test_keys_of_the_lake_become_mysqls_values_again():
    assert Key((DAY, ID), Handling()).literals_of_lake(("20455", 5)) == [
        "DATE_ADD(DATE'1970-01-01', INTERVAL 20455 DAY)", "5"
    ]  # fmt: skip
    moment = Column("at", "datetime", "datetime(3)", fsp=3)
    assert "INTERVAL -1000 MICROSECOND" in Key((moment,), Handling()).literals_of_lake(("-1",))[0]
    stamp = Column("at", "timestamp", "timestamp", fsp=0)
    assert Key((stamp,), Handling()).literals_of_lake(("2026-01-02T03:04:05.000000",)) == [
        "'2026-01-02 03:04:05.000000'"
    ]


def test_a_signal_has_the_condition_where_there_is_one():
    assert Healing("db.t", None, 5).signal() == {"data-collections": ["db.t"], "type": "incremental"}
    [condition] = Healing("db.t", "`id` = 5", 1).signal()["additional-conditions"]
    assert condition == {"data-collection": "db.t", "filter": "`id` = 5"}


def test_a_signal_as_a_statement_means_the_same_to_mysql():
    healing = Healing("db.t", "`word` IN ('it''s', 'a\\\\b')", 2)
    statement = snapshot_statement("db.sig`nal", healing.signal())
    [parsed] = sqlglot.parse(statement, read="mysql")
    assert parsed is not None
    assert parsed.this.sql("mysql") == "`db`.`sig``nal`"
    [_, kind, data] = parsed.expression.expressions[0].expressions
    assert kind.this == "execute-snapshot"
    assert json.loads(data.this) == healing.signal()


@pytest.mark.parametrize(
    ("key", "condition"),
    [
        ((ID,), "`id` = 4 OR `id` BETWEEN 6 AND 7"),
        # All of another row with the same first value stays where it is.
        ((ID, WORD), "(`id`, `a``b`) IN ((4, 'a'), (6, 'b'), (7, 'c'))"),
        ((ID, RAW), "`id` = 4 OR `id` BETWEEN 6 AND 7"),
        ((RAW, ID), None),
    ],
)
def test_only_what_differs_is_sent_again(tmp_path, key, condition):
    definition = TableDefinition("db", "t", key, tuple(column.name for column in key))
    side = Side(None, Staging(open_database(tmp_path, 200), definition, Handling(), tmp_path))  # type: ignore[arg-type]
    side.begin()
    for number, word in ((4, "a"), (6, "b"), (7, "c")):
        values = [number if column is ID else word for column in key]
        raws = [str(value) for value in values]
        marks = ", ".join("?" * (2 * len(key) + 2))
        side.staging.database.execute(f"INSERT INTO healed VALUES ({marks})", [*values, *raws, True, True])
    found = healing(side, [Finding("VER004", "db.t", "c", 3)])
    assert found is not None
    assert found.condition == condition


def test_findings_of_one_kind_add_up():
    gathered = Gathered()
    for rows in (2, 3):
        gathered.add(Finding("VER004", "db.t", "c", rows, examples=(Example(f"id={rows}"),)))
    [finding] = gathered.findings
    assert (finding.rows, [each.key for each in finding.examples]) == (5, ["id=2", "id=3"])


def test_what_is_finished_survives_a_kill(tmp_path):
    path, asked = tmp_path / "state.json", {"tables": ["db.t"], "sample": 1.0}
    state = State(path, asked)
    table = state.table("db.t")
    table.bounds, table.done = [10, 20], {1: (5, 5)}
    state.table("db.u").buckets = 7
    state.keep()
    again = State(path, asked)
    assert again.table("db.t") == table
    assert (again.table("db.u").bounds, again.table("db.u").buckets) == (None, 7)
    state.forget()
    assert not path.exists()


def test_a_state_of_another_question_and_no_state_at_all_are_refused(tmp_path):
    path = tmp_path / "state.json"
    State(path, {"tables": ["db.t"]}).keep()
    with pytest.raises(InputError, match="asked for something else"):
        State(path, {"tables": ["db.other"]})
    for text in ("", "[]", "{}", json.dumps({"format": 2, "asked": {}, "tables": [1]})):
        path.write_text(text)
        with pytest.raises(InputError, match="no state file"):
            State(path, {})


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--sample", "0"], "--sample 0 is no share"),
        (["--sample", "x%"], "--sample x% is no share"),
        (["--since", "yesterday"], "--since yesterday is no time"),
        (["--since", "99999999999d"], "--since 99999999999d is no time"),
        (["--since", "9999d" * 99], "is no time"),
        (["--since", "2999-01-01"], "--since 2999-01-01 is still to come"),
        (["--since", "2h", "--resume", "state.json"], "--since and --resume exclude each other"),
        (["--max-rows-per-second", "0"], "--max-rows-per-second"),
        (["--json", "--report", "md"], "exclude each other"),
        (["--out", "x.doc"], "no report ends like that"),
    ],
)
def test_options_that_make_no_sense(tmp_path: Path, words, message):
    done = run_cdcctl("verify", "data", "-f", tmp_path / "none.yaml", *words)
    assert (done.returncode, message in done.stderr) == (2, True), done.stderr


def test_a_column_that_mysql_has_no_longer_is_no_difference_of_a_table_without_a_key() -> None:
    kept = Finding(code_of("column-kept"), "d.t", "gone", rows=2)
    missing = Finding(code_of("row-missing"), "d.t", rows=1)
    compared = of_rows(Compared(TableResult("d.t", 4, 3, 3, 3, (missing, kept)), "as a multiset"))
    assert (compared.result.mismatches, compared.result.findings) == (1, (missing,))
