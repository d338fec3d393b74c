"""Where faults strike, what a scenario may say of them, and by what a component's giving up is known."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from cdcctl.cli.verify import _chosen
from cdcctl.errors import InputError, UsageError
from cdcctl.verify.faults import catalogue, rounds
from cdcctl.verify.faults.placing import with_faults
from cdcctl.verify.faults.rounds import Outcome
from cdcctl.verify.faults.table import document
from cdcctl.verify.findings import RULES, Finding
from cdcctl.verify.reasons import reasons
from cdcctl.verify.report import Report, StepResult
from cdcctl.verify.results import TableResult
from cdcctl.verify.scenario import Scenario, load, select, shipped

PIPELINE = """\
name: mine
topic_prefix: mine
source: {tables: [mine.t]}
registries: {keys: k, values: v}
sink: {type: iceberg}
"""


def scenario(folder: Path, steps: str) -> Scenario:
    (folder / "pipeline.yaml").write_text(PIPELINE)
    (folder / "scenario.yaml").write_text(steps)
    for name in ("a", "b", "c"):
        (folder / f"{name}.sql").write_text("SELECT 1;")
    return load(folder)


def words(of: Scenario) -> list[str]:
    return [step.words for step in of.steps]


def test_every_step_there_is(tmp_path: Path) -> None:
    found = scenario(
        tmp_path,
        """\
steps:
  - sql: a.sql
  - drain
  - sql: [b.sql, c.sql]
  - fault: kill:kafka
  - fault: {strike: glue-throttle, seconds: 2, sql: b.sql}
  - fault: {strike: kill:mysql, after: 0.5}
  - stops: schema-refused
  - compatibility: NONE
  - restart: source
  - replay
  - drain
""",
    )
    assert words(found) == [
        "sql: a.sql",
        "deploy",
        "drain",
        "sql: b.sql, c.sql",
        "fault: kill:kafka, for 2 s",
        "fault: glue-throttle, for 2 s, during b.sql",
        "fault: kill:mysql, 0.5 s later, for 2 s",
        "stops: VER016",
        "compatibility: NONE",
        "restart: source",
        "replay",
        "drain",
    ]


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ("fault: kill:mysq", "did you mean kill:mysql"),
        ("fault: {strike: kill:mysql, sql: b.sql}", "cannot be run during kill:mysql"),
        ("fault: {strike: s3-5xx, sql: no.sql}", "there is no file no.sql"),
        ("fault: {strike: s3-5xx, seconds: -1}", "greater than or equal to 0"),
        ("stops: schema-refuse", "did you mean 'schema-refused'"),
        ("restart: sources", "none of source, sink"),
        ("compatibility: SOME", "none of NONE"),
        ("sql: [b.sql, no.sql]", "there is no file no.sql"),
        ("replay: x", "not a step"),
    ],
)
def test_what_is_no_step(tmp_path: Path, step: str, said: str) -> None:
    with pytest.raises(InputError) as error:
        scenario(tmp_path, f"steps: [sql: a.sql, {{{step}}}]")
    assert said in "\n".join(error.value.details)


def test_faults_come_after_the_deploy_and_are_the_same_for_the_same_seed(tmp_path: Path) -> None:
    plain = scenario(tmp_path, "steps: [sql: a.sql, deploy, drain, sql: b.sql, drain, sql: c.sql, drain]")
    for seed in range(40):
        struck = with_faults(plain, ["random", "kill:mysql", "glue-throttle"], seed)
        assert struck == with_faults(plain, ["random", "kill:mysql", "glue-throttle"], seed)
        kinds = [step.kind for step in struck.steps]
        assert kinds.count("fault") == 3
        assert "fault" not in kinds[: kinds.index("deploy")]
        assert kinds[-1] == "drain"
        # Each file is run once still, and MySQL is never struck while statements run.
        files = [step.argument for step in struck.steps if step.kind == "sql"]
        files += [step.fault.sql for step in struck.steps if step.fault and step.fault.sql]
        assert sorted(map(str, files)) == ["a.sql", "b.sql", "c.sql"]
    assert len({tuple(words(with_faults(plain, ["random"], seed))) for seed in range(20)}) > 10


def test_a_scenario_in_which_nothing_happens_later_has_no_moment_for_a_fault(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="would strike nothing"):
        with_faults(scenario(tmp_path, "steps: [sql: a.sql, drain]"), ["kill:sink"], 1)
    with pytest.raises(UsageError, match="there is no fault 'flood'"):
        with_faults(scenario(tmp_path, "steps: [sql: a.sql, sql: b.sql]"), ["flood"], 1)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("io.debezium.text.ParsingException: DDL statement couldn't be parsed", "VER083"),
        ("com.amazonaws.services.schemaregistry.exception.AWSSchemaRegistryException: Failed to get", "VER081"),
        ("software.amazon.awssdk.services.s3.model.S3Exception: The service has failed.", "VER082"),
        ("The connector is trying to read binlog, but this is no longer available on the server.", "VER084"),
        ("com.mysql.cj.jdbc.exceptions.CommunicationsException: Communications link failure", "VER085"),
        ("org.apache.kafka.common.errors.TimeoutException: Expiring 3 record(s)", "VER086"),
        ("java.lang.IllegalArgumentException: Cannot convert to int: java.lang.Boolean", "VER087"),
        ('java.lang.NumberFormatException: For input string: "q"', "VER087"),
        ("java.lang.NullPointerException", None),
    ],
)
def test_reasons_that_have_a_code(line: str, code: str | None) -> None:
    stopped = Finding("VER015", detail=f"connector c-source is FAILED\n[2026] ERROR task\nCaused by: {line}")
    assert [each.code for each in reasons([stopped])] == ([code] if code else [])


def test_what_is_left_to_the_night_says_why(tmp_path: Path) -> None:
    late = {each.name for each in shipped() if each.nightly}
    assert late
    assert {each.name for each in select(["all"], nightly=False)} == {each.name for each in shipped()} - late
    assert {each.name for each in select(["all"])} == {each.name for each in shipped()}
    # Named, it is run.
    assert [each.name for each in select([min(late)], nightly=False)] == [min(late)]


def test_nothing_is_left_out_silently(capsys: pytest.CaptureFixture[str]) -> None:
    chosen = {each.name for each in _chosen(["all"], None, None, nightly=False)}
    told = capsys.readouterr().err
    late = [each for each in shipped() if each.name not in chosen]
    assert late
    assert all(f"left to the night (--nightly): {each.name}, {each.nightly}" in told for each in late)
    assert {each.name for each in _chosen(["all"], None, None, nightly=True)} == {each.name for each in shipped()}
    assert capsys.readouterr().err == ""


def test_rounds_are_a_scenario_that_can_be_loaded(tmp_path: Path) -> None:
    kinds = list(catalogue.KINDS.values())
    rounds.write(tmp_path / "rounds", kinds, 2, seed=3)
    found = load(tmp_path / "rounds")
    struck = [step.fault.strike for step in found.steps if step.fault]
    assert struck == [kind.name for kind in kinds for _ in range(2)]
    assert len([step for step in found.steps if step.kind == "drain"]) == 1 + 2 * len(kinds)


def test_the_table_says_what_came_of_each_fault() -> None:
    throttle, sink = catalogue.kind("glue-throttle"), catalogue.kind("kill:sink")
    replayed = Finding("VER041", "fault_rounds.kill_sink", rows=3)
    report = Report(
        "fault-rounds",
        ok=False,
        steps=(
            StepResult("fault: glue-throttle, for 5 s, during x.sql", 5.0),
            StepResult("drain", 9.0, codes=("VER081",)),
            StepResult("fault: kill:sink, 1 s later", 1.0),
            StepResult("drain", 9.0),
        ),
        tables=(
            TableResult("fault_rounds.glue_throttle", 10, 10, 2000, 0),
            TableResult("fault_rounds.kill_sink", 10, 9, 1003, 1, (replayed,)),
        ),
    )
    # A fault that the run did not come to has a table, and no rounds.
    unstruck = catalogue.kind("pause:kafka")
    report = replace(report, tables=(*report.tables, TableResult(rounds.table_of(unstruck), 1, 1, 1, 0)))
    found = rounds.outcomes(report, [throttle, sink, unstruck])
    assert [(each.kind.name, each.rounds, each.gave_up, each.lost, each.events) for each in found] == [
        ("glue-throttle", 1, ("VER081",), 0, 2000),
        ("kill:sink", 1, (), 1, 1000),
    ]
    text = document(found, {"mysql": "9.7"})
    assert "| `glue-throttle` | Glue Schema Registry |" in text
    assert f"1 times VER081 {RULES['VER081'].title}; goes on after a restart | 2000 | 0 | 0 | 0 |" in text
    assert (
        "| `kill:sink` | Iceberg sink | kill -9 of the sink's worker | 1 | goes on by itself | 1000 | 1 | 3 | 0 |"
        in text
    )
    assert "2 rounds, 3,000 changes checked, 1 lost." in text
    unseen = text.partition("Not run for this table: ")[2].splitlines()[0]
    assert "`kill:mysql`" in unseen
    assert "`kill:sink`" not in unseen


def test_an_outcome_can_be_kept() -> None:
    kept = Outcome(catalogue.kind("s3-5xx"), 5, 10, 0, {"VER040": 2}, ("VER082",), True).to_dict()
    assert kept["fault"] == "s3-5xx"
    assert kept["gave_up"] == ["VER082"]
