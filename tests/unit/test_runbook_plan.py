"""What the runbook of a migration is, for every verdict: real predictions, and a world as it may be."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest
from deploy_world import pipeline

from cdcctl.errors import InputError, UsageError
from cdcctl.evolve.check import Question, check
from cdcctl.evolve.migrations import Migration
from cdcctl.evolve.registered import Registered as Known
from cdcctl.evolve.report import Report
from cdcctl.evolve.settings import of_pipeline
from cdcctl.evolve.tables import Tables
from cdcctl.runbook.apply import require_no_secrets
from cdcctl.runbook.ddl_steps import filled, require_command, split_command
from cdcctl.runbook.plan import How, Kind, Plan, Statement
from cdcctl.runbook.planner import Choices, make_plan
from cdcctl.runbook.rewritten import expanded, rewritten
from cdcctl.runbook.world import Registered, World
from cdcctl.schema.classpath import Jars
from cdcctl.schema.compatibility import Mode
from cdcctl.schema.prediction import Child

TABLE = "CREATE TABLE `b` (`id` int NOT NULL, `n` int DEFAULT NULL, PRIMARY KEY (`id`))"
ADD = "ALTER TABLE b ADD country VARCHAR(64) NOT NULL"
WITH_COUNTRY = TABLE.replace(", PRIMARY", ", `country` varchar(64) NOT NULL, PRIMARY")
ALL = World(filled=frozenset({"a.b"}), keyed=frozenset({"a.b"}), sinks=("m-sink",))
Planned = Callable[..., Plan]


@pytest.fixture(scope="module")
def child() -> Iterator[Child]:
    with Child(Jars()) as started:
        yield started


class Planning:
    """A migration of table a.b, from CREATE TABLE statements that have been registered one after the other."""

    def __init__(self, child: Child) -> None:
        self._child = child

    def definition(self, created: str, side: str = "value") -> str:
        source = self._child.source(of_pipeline(pipeline(), "r").source)
        source.load([{"database": "a", "sql": created}])
        return str(source.describe(["a.b"])["a.b"][side])

    def report(self, *sql: str, created: str, registered: Sequence[str], mode: str) -> Report:
        values = [self.definition(each) for each in registered]
        keys = [self.definition(each, "key") for each in registered[:1]]
        settings = of_pipeline(pipeline(), "r")
        question = Question(
            settings,
            Tables((Migration(created, "a", "h:1 a.b", 1),)),
            tuple(Migration(each, "a", "m.sql", line) for line, each in enumerate(sql, 1)),
            lambda registry, _schema: Known(keys if registry == "k" else values, Mode(mode)),
            may_have_run=True,
        )
        return check(question, self._child, Jars())

    def plan(
        self,
        *sql: str,
        created: str = TABLE,
        registered: Sequence[str] = (TABLE,),
        failed: Sequence[str] = (),
        mode: str = "FORWARD",
        world: World = ALL,
        choices: Choices | None = None,
        source: dict[str, Any] | None = None,
    ) -> Plan:
        report = self.report(*sql, created=created, registered=registered, mode=mode)
        values = tuple(self.definition(each) for each in registered)
        schemas = {("v", "db1.a.b"): Registered(mode, 1, f"id-{len(values)}", values, tuple(failed))}
        made = pipeline(source=source or {})
        there = replace(world, created={"a.b": created}, schemas=schemas)
        return make_plan(made, of_pipeline(made, "r"), report, there, choices or Choices())


@pytest.fixture
def planning(child: Child) -> Planning:
    return Planning(child)


def kinds(plan: Plan) -> list[str]:
    return [step.kind.value for step in plan.steps]


def test_a_mode_that_takes_it_is_left_alone(planning: Planning) -> None:
    plan = planning.plan(ADD)
    assert kinds(plan) == ["drain", "ddl", "confirm", "backfill", "verify"]
    assert plan.offers == ()
    assert plan.schemas[0].relaxed is None
    assert plan.schemas[0].definitions == (planning.definition(WITH_COUNTRY),)
    assert plan.table("a.b").value == planning.definition(WITH_COUNTRY)


def test_a_mode_that_refuses_is_relaxed_and_set_back(planning: Planning) -> None:
    plan = planning.plan(ADD, mode="BACKWARD")
    around = ["drain", "pause", "relax", "ddl", "confirm", "resume", "backfill", "tighten", "verify"]
    assert kinds(plan) == around
    schema = plan.schemas[0]
    assert (schema.mode, schema.relaxed, schema.checkpoint) == ("BACKWARD", "FORWARD", 1)
    assert plan.offers == ("ALTER TABLE `b` ADD COLUMN `country` VARCHAR(64) NOT NULL DEFAULT '';",)
    said = "\n".join(plan.verdict)
    assert "BACKWARD NO, FORWARD yes" in said
    assert "country" in said


@pytest.mark.parametrize(
    ("mode", "sql", "relaxed"),
    [
        ("DISABLED", ADD, "FORWARD"),
        ("FULL", ADD, "FORWARD"),
        ("FORWARD", "ALTER TABLE b MODIFY n BIGINT", "BACKWARD"),
        ("FULL", "ALTER TABLE b ADD c INT NOT NULL, DROP COLUMN n, ADD n VARCHAR(5) NOT NULL", "NONE"),
    ],
)
def test_the_strictest_mode_that_takes_it_is_chosen(planning: Planning, mode: str, sql: str, relaxed: str) -> None:
    plan = planning.plan(sql, mode=mode, choices=Choices(accept=frozenset({"EVO040", "EVO041"})))
    assert plan.schemas[0].relaxed == relaxed, plan.refusals


def test_versions_that_may_never_be_registered_make_no_mode_take_the_next(planning: Planning) -> None:
    steps = ("ALTER TABLE b ADD c INT NOT NULL DEFAULT 0", "ALTER TABLE b ALTER c DROP DEFAULT")
    plan = planning.plan(*steps, mode="BACKWARD")
    # Each is fine after the one before; the second without the first is not.
    assert "EVO037" in "\n".join(plan.verdict)
    assert "EVO010" not in "\n".join(plan.verdict)
    assert plan.schemas[0].relaxed == "FORWARD"
    assert planning.plan(steps[0], mode="BACKWARD").schemas[0].relaxed is None


def test_a_mode_of_all_versions_falls_back_to_the_last_one(planning: Planning) -> None:
    older = TABLE.replace("`n` int DEFAULT NULL", "`n` int DEFAULT NULL, `country` int NOT NULL")
    sinks = Choices(accept=frozenset({"EVO040", "EVO041"}))
    plan = planning.plan(ADD + " DEFAULT ''", registered=(older, TABLE), mode="BACKWARD_ALL", choices=sinks)
    assert plan.schemas[0].relaxed == "BACKWARD", plan.refusals
    assert "checkpoint moves" in next(step.why for step in plan.steps if step.kind is Kind.TIGHTEN)


def test_nothing_registers_in_time_where_no_row_can_be_asked_for(planning: Planning) -> None:
    empty = replace(ALL, filled=frozenset())
    assert kinds(planning.plan(ADD, mode="BACKWARD", world=empty))[:5] == ["drain", "pause", "relax", "register", "ddl"]
    keyless = replace(ALL, keyed=frozenset())
    plan = planning.plan(ADD, mode="BACKWARD", world=keyless)
    assert "register" in kinds(plan)
    assert "backfill" not in kinds(plan)
    assert "no primary key" in plan.notes[0]
    assert "register" not in kinds(planning.plan(ADD, world=empty))
    assert "register" in kinds(planning.plan(ADD, choices=Choices(pre_register=True)))


def test_who_runs_the_statements(planning: Planning) -> None:
    for how in (How.COMMAND, How.WAIT):
        plan = planning.plan(ADD, "ALTER TABLE b ADD c2 INT", mode="BACKWARD", choices=Choices(how=how))
        assert kinds(plan) == ["drain", "relax", "ddl", "confirm", "backfill", "tighten", "verify"]
    plan = planning.plan(ADD, "ALTER TABLE b ADD c2 INT", mode="BACKWARD", choices=Choices(pause=False))
    assert kinds(plan).count("ddl") == 2
    assert "pause" not in kinds(plan)
    assert len(plan.schemas[0].definitions) == 2


def test_a_table_that_is_not_captured_is_changed_and_nothing_else(planning: Planning) -> None:
    plan = planning.plan("ALTER TABLE elsewhere ADD c INT")
    assert kinds(plan) == ["drain", "ddl"]
    assert not plan.table("a.elsewhere").captured


def test_names_on_the_way_of_a_swap_are_no_tables(planning: Planning) -> None:
    swap = ("CREATE TABLE g LIKE b", "ALTER TABLE g ADD c INT", "RENAME TABLE b TO d, g TO b")
    plan = planning.plan(*swap)
    tables = {table.name: table for table in plan.tables}
    assert tables["a.b"].captured
    assert tables["a.b"].rows
    assert "a.g" not in tables
    assert Kind.CONFIRM in {step.kind for step in plan.steps}


def test_the_signal_table_is_made_where_it_may_be(planning: Planning) -> None:
    without = replace(ALL, signals=False)
    assert kinds(planning.plan(ADD, world=without))[0] == "signal-table"
    plan = planning.plan(ADD, world=without, choices=Choices(how=How.COMMAND, owner=False))
    assert kinds(plan) == ["drain", "ddl", "confirm", "verify"]
    assert "the signal table a.cdcctl_signal does not exist" in plan.notes[0]


def test_backfill_only_where_rows_change_without_an_event(planning: Planning) -> None:
    assert "backfill" not in kinds(planning.plan("ALTER TABLE b ADD c INT"))
    assert "backfill" in kinds(planning.plan("ALTER TABLE b ADD c INT DEFAULT 5"))
    plan = planning.plan(ADD, choices=Choices(backfill=False))
    assert "backfill" not in kinds(plan)
    assert "--no-backfill" in plan.notes[0]
    # What an aborted migration has left undone.
    done = {"created": WITH_COUNTRY, "registered": (TABLE, WITH_COUNTRY)}
    assert kinds(planning.plan(ADD, **done, choices=Choices(backfill=True))) == ["drain", "backfill", "verify"]


@pytest.mark.parametrize(
    "sql",
    [
        "ALTER TABLE b RENAME COLUMN nowhere TO c",
        "ALTER TABLE b ADD COLUMN IF NOT EXISTS c INT",
        "ALTER TABLE b ADD",
    ],
)
def test_what_stops_the_connector_is_refused_whatever_is_accepted(planning: Planning, sql: str) -> None:
    everything = frozenset(f"EVO{number:03}" for number in range(100))
    plan = planning.plan(sql, choices=Choices(accept=everything))
    assert plan.refusals
    assert plan.steps == ()
    assert not any("--accept" in refusal for refusal in plan.refusals)


def test_a_sink_that_fails_is_refused_unless_accepted(planning: Planning) -> None:
    sql = "ALTER TABLE b MODIFY n VARCHAR(9)"
    plan = planning.plan(sql, mode="NONE")
    assert plan.steps == ()
    assert "--accept EVO041" in plan.refusals[0]
    assert plan.offers
    assert planning.plan(sql, mode="NONE", choices=Choices(accept=frozenset({"EVO041"}))).steps


def test_a_statement_that_was_run_is_not_run_again(planning: Planning) -> None:
    done = planning.plan(ADD, created=WITH_COUNTRY, registered=(TABLE, WITH_COUNTRY))
    assert done.steps == ()
    assert "already as the statement wants it" in done.notes[0]
    # The table was changed by hand, and no row has come since.
    by_hand = planning.plan(ADD, created=WITH_COUNTRY, mode="BACKWARD")
    assert kinds(by_hand) == ["drain", "pause", "relax", "confirm", "resume", "backfill", "tighten", "verify"]
    half = planning.plan(ADD, "ALTER TABLE b ADD c2 INT", created=WITH_COUNTRY)
    assert [step.subject for step in half.steps if step.kind is Kind.DDL] == ["1"]
    for sql in ("ALTER TABLE b DROP COLUMN gone", "ALTER TABLE b ADD INDEX i (n)"):
        assert planning.plan(sql).statements[0].already is (sql.endswith("gone"))


def test_a_definition_that_was_refused_once_is_freed(planning: Planning) -> None:
    plan = planning.plan(ADD, failed=[planning.definition(WITH_COUNTRY)])
    assert kinds(plan)[:3] == ["drain", "clear", "ddl"]
    assert "clear" not in kinds(planning.plan(ADD, failed=["other"]))


def test_a_plan_comes_back_as_it_was_written(planning: Planning) -> None:
    plan = planning.plan(ADD, mode="BACKWARD", choices=Choices(pre_register=True))
    assert Plan.from_dict(json.loads(json.dumps(plan.to_dict()))) == plan


def test_a_rewrite_is_run_as_far_as_nobody_reads_the_old_column() -> None:
    now, later = expanded(
        "-- 1. add the new column\nALTER TABLE t ADD x INT;\n-- 2. copy\nUPDATE t SET x = y;\n"
        "-- 3. when everybody reads x instead of y\nALTER TABLE t ALTER COLUMN y SET DEFAULT 0;\n"
        "-- 4. then\nALTER TABLE t DROP COLUMN y;"
    )
    assert now == ["ALTER TABLE t ADD x INT", "UPDATE t SET x = y"]
    assert later == ["ALTER TABLE t ALTER COLUMN y SET DEFAULT 0", "ALTER TABLE t DROP COLUMN y"]
    assert expanded("ALTER TABLE t ADD x INT;") == (["ALTER TABLE t ADD x INT"], [])


def test_the_rewrite_takes_the_place_of_what_is_refused(planning: Planning) -> None:
    index = "ALTER TABLE b ADD INDEX i (n)"
    report = planning.report(ADD, index, created=TABLE, registered=(TABLE,), mode="BACKWARD")
    found = rewritten(report)
    assert found is not None
    assert [each.sql for each in found.migrations] == [
        "ALTER TABLE `b` ADD COLUMN `country` VARCHAR(64) NOT NULL DEFAULT ''",
        index,
    ]
    assert rewritten(planning.report(ADD, created=TABLE, registered=(TABLE,), mode="FORWARD")) is None


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE USER u IDENTIFIED BY 'x'",
        "alter user u identified with mysql_native_password by 'x'",
        "SET PASSWORD FOR u = 'x'",
        "CHANGE REPLICATION SOURCE TO SOURCE_PASSWORD='x', PASSWORD='x'",
    ],
)
def test_statements_with_passwords_are_not_kept(sql: str) -> None:
    with pytest.raises(InputError, match=r"m\.sql:1: .* password") as caught:
        require_no_secrets([Migration(sql, "a", "m.sql", 1)])
    assert "'x'" not in str(caught.value)
    require_no_secrets([Migration("ALTER TABLE b ADD password VARCHAR(9) /* IDENTIFIED BY */", "a", "m.sql", 1)])


def test_parts_of_a_statement_in_a_command(tmp_path: Any) -> None:
    statement = Statement("ALTER TABLE `a`.b /* x */ ADD c INT", "d", "m.sql:1", "a.b")
    words = split_command("gh-ost --alter '{alter}' --database {database} --table {table} --x={statement} {file}")
    file = tmp_path / "s.sql"
    assert filled(words, statement, file) == [
        *("gh-ost", "--alter", "ADD c INT", "--database", "a", "--table", "b"),
        *(f"--x={statement.sql}", str(file)),
    ]
    with pytest.raises(InputError, match="another statement"):
        filled(["{alter}"], replace(statement, sql="DROP TABLE b"), file)
    for command in ("mysql 'open", " "):
        with pytest.raises(UsageError):
            split_command(command)


def test_a_tool_that_is_not_there_is_missed_before_anything_is_changed() -> None:
    require_command("cat -")
    with pytest.raises(InputError, match=r"\./nosuch cannot be run"):
        require_command("./nosuch {file}")
