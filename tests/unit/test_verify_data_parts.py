"""The parts of verify data that need no engine: pace, buckets, keys in statements, the state file, options."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import sqlglot
from command import run_cdcctl

from cdcctl.errors import InputError
from cdcctl.mysql.signals import snapshot_statement
from cdcctl.verify.data.ahead import ahead
from cdcctl.verify.data.buckets import Range, ranges, sampled
from cdcctl.verify.data.healing import Healing, healing
from cdcctl.verify.data.keys import Key
from cdcctl.verify.data.naming import Gathered
from cdcctl.verify.data.parts import Differences, Parts, Question, parts_of
from cdcctl.verify.data.repair import repaired
from cdcctl.verify.data.rows import Side
from cdcctl.verify.data.run import Options, Outcome
from cdcctl.verify.data.snapshot import Pace
from cdcctl.verify.data.staging import Staging, open_database
from cdcctl.verify.data.state import State, TableState
from cdcctl.verify.data.tables import Compared, of_rows
from cdcctl.verify.data.torn import torn
from cdcctl.verify.findings import Example, Finding, code_of
from cdcctl.verify.report import Report
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


@pytest.mark.parametrize("words", [("data", "-f", "none.yaml"), ("movies",)])
def test_a_report_without_a_place_is_told_before_anything_is_done(tmp_path: Path, words):
    done = run_cdcctl("verify", *words, "--out", tmp_path / "none.md", "--out", "/proc/sys/kernel/none/a.html")
    assert (done.returncode, done.stdout) == (3, "")
    assert "error: /proc/sys/kernel/none/a.html cannot be written: /proc/sys/kernel is not to be" in done.stderr
    assert not list(tmp_path.iterdir())


def test_a_column_that_mysql_has_no_longer_is_no_difference_of_a_table_without_a_key() -> None:
    kept = Finding(code_of("column-kept"), "d.t", "gone", rows=2)
    missing = Finding(code_of("row-missing"), "d.t", rows=1)
    compared = of_rows(Compared(TableResult("d.t", 4, 3, 3, 3, (missing, kept)), "as a multiset"))
    assert (compared.result.mismatches, compared.result.findings) == (1, (missing,))


class Pretended:
    """Both sides of a table whose buckets have these sums; naming a bucket's keys finds what ``named`` says of it."""

    def __init__(
        self, key: tuple[Column, ...], sums: dict[int, int], named: dict[int, Finding], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.asked: list[int] = []
        self._looked: list[int] = []
        self._named = named
        staging = SimpleNamespace(events=len(sums) * 1000, files=[], count=lambda _: len(self._looked))
        staging.database = SimpleNamespace(execute=lambda _: None)
        self.side: Any = SimpleNamespace(
            key=Key(key, Handling()), staging=staging, forget_differing=self._looked.clear,
            keyed=str, read=lambda _: 0, differ=self._differ,
        )  # fmt: skip
        module = "cdcctl.verify.data.parts."
        theirs = {at: (5, value + (at in named)) for at, value in sums.items()}
        monkeypatch.setattr(module + "lake_sums", lambda _: {at: (5, value) for at, value in sums.items()})
        monkeypatch.setattr(module + "mysql_sum", lambda _, part: self._sum(part, theirs))
        monkeypatch.setattr(module + "mysql_hash_sums", lambda *_: self.asked.extend(theirs) or theirs)
        monkeypatch.setattr(module + "chunks", lambda *_: ["TRUE"])
        monkeypatch.setattr(module + "Naming", lambda _: SimpleNamespace(name=self._name))
        self.numbers: Callable[[Range], int] = lambda part: (part.low or 0) // 10

    def _sum(self, part: Range, theirs: dict[int, tuple[int, int]]) -> tuple[int, int]:
        self.asked.append(self.numbers(part))
        return theirs[self.numbers(part)]

    def _differ(self, condition: str) -> None:
        ranges = {"k0 <= 10": [0], "k0 > 10 AND k0 <= 20": [1], "k0 > 20": [2]}
        self._looked += ranges.get(condition) or [*map(int, condition.partition("(")[2].rstrip(")").split(","))]

    def _name(self, gathered: Gathered) -> None:
        for number in self._looked:
            gathered.add(self._named[number])


def compared(pretended: Pretended, parts: Parts, state: TableState) -> tuple[list[Finding], tuple[str, int, int]]:
    differences = Differences(pretended.side, state, lambda: None)
    with ahead() as mysql:
        parts.ask(mysql)
        made = parts.compare(differences, lambda _: None)
    return differences.gathered.findings, (made.words, made.mysql_rows, made.lake_rows)


LOST = Finding(code_of("value-different"), "db.t", "c", 1)
BLANKS = Finding(code_of("json-text"), "db.t", "c", 1)


@pytest.mark.parametrize(
    ("key", "state", "what"),
    [
        ((ID,), TableState(bounds=[10, 20]), "key ranges"),
        ((WORD,), TableState(buckets=3), "buckets of keys by their hash"),
    ],
)
def test_what_was_equal_is_not_looked_at_again_and_what_was_not_is(
    key: tuple[Column, ...], state: TableState, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = Pretended(key, {0: 7, 1: 8, 2: 9}, {1: LOST}, monkeypatch)
    found, parted = compared(first, parts_of(first.side, Question(), state), state)
    assert (found, parted) == ([LOST], (f"3 {what}, 1 of them looked into", 15, 15))
    assert (sorted(first.asked), state.done) == ([0, 1, 2], {0: (5, 5), 2: (5, 5)})

    # Of hashes MySQL has one answer for all. The rows of what is known to be equal count all the same.
    again = Pretended(key, {0: 0, 1: 8, 2: 0}, {1: BLANKS}, monkeypatch)
    found, parted = compared(again, parts_of(again.side, Question(), state), state)
    assert (found, parted) == ([BLANKS], (f"3 {what}, 1 of them looked into", 15, 15))
    assert again.asked == ([1] if key == (ID,) else [0, 1, 2])
    # Written differently and equal: that is known now.
    assert sorted(state.done) == [0, 1, 2]

    nothing = Pretended(key, {0: 0, 1: 0, 2: 0}, {0: LOST, 1: LOST, 2: LOST}, monkeypatch)
    found, parted = compared(nothing, parts_of(nothing.side, Question(), state), state)
    assert (found, nothing.asked, parted) == ([], [], (f"3 {what}, all equal", 15, 15))


def test_one_bucket_is_no_buckets(monkeypatch: pytest.MonkeyPatch) -> None:
    one, state = Pretended((ID,), {0: 7}, {}, monkeypatch), TableState(bounds=[])
    assert compared(one, parts_of(one.side, Question(), state), state)[1] == ("1 key range, all equal", 5, 5)


def test_rows_that_do_not_tell_when_they_were_written_cannot_be_chosen_by_time() -> None:
    definition, files = TableDefinition("db", "t", (ID,), ("id",)), [SimpleNamespace(tells_time=False)]
    side: Any = SimpleNamespace(staging=SimpleNamespace(definition=definition, files=files))
    with pytest.raises(InputError, match=r"no row of db\.t tells when it was written"):
        parts_of(side, Question(since=0), TableState())
    files.append(SimpleNamespace(tells_time=True))
    parts_of(side, Question(since=0), TableState())


def test_the_halves_of_a_changed_key_are_taken_out_of_what_was_found(monkeypatch: pytest.MonkeyPatch) -> None:
    definition = TableDefinition("db", "t", (ID, WORD), ("id",))
    side: Any = SimpleNamespace(staging=SimpleNamespace(definition=definition))
    monkeypatch.setattr("cdcctl.verify.data.torn._left_over", lambda *_: [("id=1", "id=11")])
    monkeypatch.setattr("cdcctl.verify.data.torn._never_came", lambda *_: [("id=12", "id=2")])
    gathered = Gathered()
    gathered.add(Finding(code_of("row-extra"), "db.t", rows=3))
    # Of the other one the exact comparison found that the two keys are one, written differently: nothing is missing.
    torn(side, gathered)
    assert [(found.rule.slug, found.rows) for found in gathered.findings] == [("row-extra", 2), ("key-change-torn", 1)]


def test_a_repair_is_no_success_while_a_table_was_not_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[Healing] = []
    later = [(LOST,), ()]

    def again(_pipeline: Any, _target: Any, options: Options, _say: Any) -> Outcome:
        found = later.pop(0)
        assert (options.tables, options.state) == (("db.t",), None)
        result = TableResult("db.t", 1, 1, 1, len(found), found)
        return Outcome(Report("p", not found, (), (result,)), tuple(Healing("db.t", None, 1) for _ in found))

    monkeypatch.setattr("cdcctl.verify.data.repair.send", lambda *_: sent.extend(_[2]))
    monkeypatch.setattr("cdcctl.verify.data.repair.reconcile", again)
    monkeypatch.setattr("cdcctl.verify.data.repair._PAUSE", 0)
    place: Any = SimpleNamespace(check=lambda: None)
    table, healing = TableResult("db.t", 1, 1, 1, 1, (LOST,)), Healing("db.t", None, 1)
    for errors in ((InputError("db.u has no key"),), ()):
        before = Outcome(Report("p", False, (), (table,)), (healing,), errors)
        later = [(LOST,), ()]
        after = repaired(place, place, Options(state=Path("kept")), before, lambda _: None)
        assert (after.report.ok, after.errors, after.report.cured) == (not errors, errors, (LOST,))
    assert sent == [healing, healing]
