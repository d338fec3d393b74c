"""The same seed makes the same SQL, and what fails is shrunk to what it needs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pymysql
import pytest

from cdcctl.errors import RemoteError
from cdcctl.sql.statements import split
from cdcctl.verify.findings import Finding, code_of
from cdcctl.verify.fuzz.campaign import Limits, Shown, _Runner, _write, campaign
from cdcctl.verify.fuzz.generate import Program, program
from cdcctl.verify.fuzz.shrink import smallest
from cdcctl.verify.report import Report
from cdcctl.verify.results import TableResult
from cdcctl.verify.scenario import load


def test_a_seed_is_the_whole_of_it():
    assert program(7) == program(7)
    assert program(7) != program(8)


@pytest.mark.parametrize("seed", range(50))
def test_every_seed_makes_whole_statements(seed: int):
    made = program(seed, statements=40)
    assert len(made.after) == 40
    statements = split("".join(f"{unit};\n" for unit in (*made.before, *made.after)))
    assert len(statements) >= len(made.before) + len(made.after)


@pytest.mark.parametrize("needed", [{3}, {0, 17}, {5, 6, 19}])
def test_only_what_the_failure_needs_is_left(needed: set[int]):
    tried: list[int] = []

    def fails(items: Sequence[int]) -> bool:
        tried.append(len(items))
        return needed <= set(items)

    assert set(smallest(range(20), fails, lambda: True)) == needed
    assert len(tried) < 120


def test_time_that_runs_out_leaves_the_smallest_so_far():
    left = iter([True, True, False])
    assert smallest(range(8), lambda items: 7 in items, lambda: next(left)) == [6, 7]


def test_what_is_kept_of_a_failure_is_a_scenario_that_says_why(tmp_path: Path):
    made = program(5, statements=20)
    shown = Shown(("VER004 t.c: k=1: 7 in MySQL, None in Parquet",), frozenset({("VER004", "t", "c")}))
    _write(tmp_path / "seed-5", made, 5, shown)
    kept = load(tmp_path / "seed-5")
    assert kept.description == ("Seed 5 of verify fuzz: VER004\nVER004 t.c: k=1: 7 in MySQL, None in Parquet")
    assert [step.kind for step in kept.steps] == ["sql", "deploy", "drain", "sql", "drain"]
    assert (tmp_path / "seed-5" / "02-after.sql").read_text().count(";\n") >= 20


def test_no_column_is_called_as_another_one_was_and_none_as_avro_refuses():
    for seed in range(60):
        made = program(seed, statements=120)
        added = [unit.split("`")[:2] for unit in made.after if " ADD COLUMN " in unit]
        assert len(added) == len({tuple(each) for each in added})
        assert "with space" not in " ".join(made.after)


def test_a_boolean_of_the_snapshot_is_spelled_as_mysql_shows_it():
    again = [
        (made.before, unit.rpartition("CREATE TABLE")[2])
        for made in map(program, range(400))
        for unit in made.after
        if "DROP TABLE" in unit
    ]
    with_boolean = [(before, unit) for before, unit in again if any("`c1` BOOLEAN" in each for each in before)]
    assert with_boolean
    for before, unit in again:
        table = unit.split()[0]
        created = next(each for each in before if each.startswith(f"CREATE TABLE {table} "))
        assert not [
            name for name in ("c0", "c1", "c2") if f"`{name}` BOOLEAN" in created and f"`{name}` BOOLEAN" in unit
        ]


def test_a_smaller_program_shows_the_same_failure_only_at_one_of_its_places():
    """Without a DROP COLUMN, say, a row's values go to other columns, and differ there for a reason of their own."""
    shown = Shown((), frozenset({("VER004", "t", "c"), ("VER004", "t", "d"), ("VER010", "t", None)}))
    assert shown.is_in({("VER004", "t", "d"), ("VER010", "t", None), ("VER001", "t", None)})
    assert not shown.is_in({("VER004", "t", "d")})
    assert not shown.is_in({("VER004", "t", "e"), ("VER010", "t", None)})


class Pretended:
    """Runs nothing: a program shows a lost value whenever all the ``needed`` statements are in it."""

    def __init__(
        self, needed: set[str], table: str | None = "cdcctl_fuzz.t1", ends: dict[int, BaseException] | None = None
    ):
        self.about = ""
        self.ran: list[Program] = []
        self._needed, self._table, self._ends = needed, table, ends or {}

    def valid(self, made: Program) -> Program:
        return made

    def run(self, made: Program) -> Report:
        self.ran.append(made)
        if len(self.ran) in self._ends:
            raise self._ends[len(self.ran)]
        lost = Finding(code_of("value-different"), self._table, rows=1)
        found = (lost,) if self._needed <= {*made.before, *made.after} else ()
        return Report("fuzz", not found, (), (TableResult("cdcctl_fuzz.t1", 1, 1, 2, len(found), found),), (), {})


def needed_of(seed: int) -> set[str]:
    """One of the rows before, and two of the changes after, of t1."""
    made = program(seed)
    before, after = (
        [unit for unit in units if re.search(r"\bt1\b", unit) and "TRANSACTION" not in unit]
        for units in (made.before, made.after)
    )
    return {before[-1], after[0], after[-1]}


def test_what_fails_is_shrunk_to_its_table_and_its_statements(tmp_path: Path):
    needed = needed_of(11)
    runner = Pretended(needed)
    shown = campaign(runner, 11, Limits(0), tmp_path)
    assert (shown.ok, shown.seeds, shown.stopped) == (False, [11], None)
    [failure] = shown.failures
    assert set(failure.lines) == needed | {each for each in program(11).before if each.startswith("CREATE TABLE t1 ")}
    # The second run already has no other table, in transactions neither.
    assert runner.ran[1].tables == ("cdcctl_fuzz.t1",)
    rest = "\n".join((*runner.ran[1].before, *runner.ran[1].after))
    assert "START TRANSACTION" in rest
    assert not re.search(r"\bt[023]\b", rest)
    assert load(failure.folder).documents[-1].data["source"]["tables"] == ["cdcctl_fuzz.t1"]


def test_what_concerns_no_table_keeps_them_all(tmp_path: Path):
    runner = Pretended(needed_of(11), table=None)
    campaign(runner, 11, Limits(0), tmp_path)
    assert {each.tables for each in runner.ran} == {program(11).tables}


@pytest.mark.parametrize("end", [KeyboardInterrupt(), RemoteError("MySQL is gone")])
@pytest.mark.parametrize("at", [1, 2, 5])
def test_a_campaign_that_ends_early_tells_what_it_has_found(tmp_path: Path, end: BaseException, at: int):
    shown = campaign(Pretended(needed_of(11), ends={at: end}), 11, Limits(60), tmp_path)
    told = shown.to_dict()
    assert (told["interrupted"], told["stopped"]) == (
        (True, None) if was_interrupted(end) else (False, "MySQL is gone")
    )
    # From the second run on it was at shrinking what the first one has shown.
    assert [each["seed"] for each in told["failures"]] == [11][: at - 1]
    assert len(list(tmp_path.glob("seed-11/02-after.sql"))) == min(at - 1, 1)
    assert shown.ok is (at == 1 and was_interrupted(end))


def was_interrupted(end: BaseException) -> bool:
    return isinstance(end, KeyboardInterrupt)


class MySQL:
    """Answers so many statements, and is gone then; what has a ``!`` in it is refused."""

    def __init__(self, answers: int) -> None:
        self._answers = answers
        self.ran: list[str] = []
        self.connection = SimpleNamespace(open=True)

    @contextmanager
    def session(self):
        yield self

    @contextmanager
    def cursor(self):
        yield self

    def execute(self, statement: str) -> None:
        self.connection.open = len(self.ran) < self._answers
        if not self.connection.open:
            raise pymysql.OperationalError(2013, "Lost connection to MySQL server during query")
        self.ran.append(statement)
        if "!" in statement:
            raise pymysql.ProgrammingError(1064, "You have an error in your SQL syntax")


def of_mysql(answers: int) -> tuple[MySQL, _Runner]:
    nobody: Any = SimpleNamespace(stack=SimpleNamespace(mysql=SimpleNamespace(admin=None, debezium_user="")))
    runner, mysql = _Runner(nobody, Path(), lambda _: None, nobody), MySQL(answers)
    runner._replay = mysql
    return mysql, runner


TRIED = Program(("cdcctl_fuzz.t",), ("CREATE TABLE t (a INT)", "INSERT !"), ("INSERT 1", "INSERT 2"))


def test_statements_that_mysql_refuses_are_left_out():
    mysql, runner = of_mysql(99)
    assert runner.valid(TRIED) == Program(TRIED.tables, TRIED.before[:1], TRIED.after)
    assert mysql.ran[-1] == "DROP DATABASE cdcctl_fuzz_dry"


@pytest.mark.parametrize("answers", range(9))
def test_a_mysql_that_goes_away_while_statements_are_tried_is_an_error_of_the_stack(answers: int):
    with pytest.raises(RemoteError, match="MySQL is gone: Lost connection"):
        of_mysql(answers)[1].valid(TRIED)
