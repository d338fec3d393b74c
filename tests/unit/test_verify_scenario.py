from __future__ import annotations

from pathlib import Path

import pytest

from cdcctl.documents import Document
from cdcctl.errors import InputError
from cdcctl.sql.statements import read
from cdcctl.verify.findings import Finding
from cdcctl.verify.scenario import load, select, shipped

PIPELINE = """\
name: mine
topic_prefix: mine
source: {tables: [mine.t]}
registries: {keys: k, values: v}
sink: {type: iceberg}
"""
PLACE = Document(
    "--local",
    {
        "source": {"host": "localhost", "credentials": {"secret": "s"}},
        "sink": {"warehouse": "s3://bucket-name"},
        "kafka": {
            "bootstrap_servers": "localhost:9092",
            "authentication": "NONE",
            "encryption": "PLAINTEXT",
            "subnets": ["s"],
        },
        "connect": {"role_arn": "arn:aws:iam::123456789012:role/x", "plugin_bucket": "bucket-name"},
    },
)  # fmt: skip


def folder(tmp_path: Path, scenario: str | None = None, *files: str) -> Path:
    (tmp_path / "pipeline.yaml").write_text(PIPELINE)
    if scenario is not None:
        (tmp_path / "scenario.yaml").write_text(scenario)
    for file in files:
        (tmp_path / file).write_text("SELECT 1;")
    return tmp_path


def words(path: Path) -> list[str]:
    return [step.words for step in load(path).steps]


def test_sql_files_alone_run_by_name_and_are_drained_one_by_one(tmp_path: Path) -> None:
    path = folder(tmp_path, None, "10-b.sql", "02-a.sql")
    assert words(path) == ["sql: 02-a.sql", "deploy", "drain", "sql: 10-b.sql", "drain"]
    assert load(path).name == tmp_path.name


def test_the_pipeline_is_deployed_after_the_first_sql_unless_told(tmp_path: Path) -> None:
    path = folder(tmp_path, "steps: [sql: a.sql, drain, sql: b.sql]", "a.sql", "b.sql")
    assert words(path) == ["sql: a.sql", "deploy", "drain", "sql: b.sql"]
    path = folder(tmp_path, "steps: [sql: a.sql, sql: b.sql, deploy, drain, backfill: mine.t]", "a.sql", "b.sql")
    assert words(path) == ["sql: a.sql", "sql: b.sql", "deploy", "drain", "backfill: mine.t"]


def test_overrides_are_laid_over_the_pipeline_and_below_the_place(tmp_path: Path) -> None:
    path = folder(
        tmp_path, "steps: [sql: a.sql]\npipeline: {registries: {compatibility: FULL}, source: {host: there}}", "a.sql"
    )
    pipeline = load(path).pipeline([PLACE])
    assert (pipeline.registries.compatibility, pipeline.registries.keys, pipeline.source.host) == (
        "FULL",
        "k",
        "localhost",
    )


def test_a_wrong_override_is_found_where_it_is_written(tmp_path: Path) -> None:
    path = folder(tmp_path, "steps:\n  - sql: a.sql\npipeline:\n  registries:\n    compatibility: SOME\n", "a.sql")
    with pytest.raises(InputError) as error:
        load(path).pipeline([PLACE])
    assert error.value.details[0].startswith(f"{path / 'scenario.yaml'}:5:5: registries.compatibility")


def test_every_problem_is_told_at_once_with_its_place(tmp_path: Path) -> None:
    text = """\
steps:
  - sql: missing.sql
  - wait
  - drian
  - backfill: t
expect:
  findings:
    - {code: unbackfiled-column, table: a.b}
    - {code: VER020, tabel: a.b}
  versions:
    a.b: {keys: -1, values: 2}
  failur: {code: VER016}
"""
    with pytest.raises(InputError) as error:
        load(folder(tmp_path, text))
    told = "\n".join(error.value.details)
    for line in (2, 3, 4, 5, 8, 9, 11, 12):
        assert f"scenario.yaml:{line}:" in told
    assert "there is no file missing.sql" in told
    assert "did you mean 'unbackfilled-column'" in told
    assert "did you mean 'failure'" in told


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("steps: []", "at least 1 item"),
        ("steps: [deploy]", "no step runs SQL"),
        ("steps: [drain, sql: a.sql]", "'drain' stands before"),
        ("steps: [sql: a.sql, deploy, deploy]", "once only"),
        ("description: x", "steps: is missing"),
        ("steps: [sql: a.sql]\nexpect: {failure: {code: VER000}}", "no such code"),
    ],
)
def test_scenarios_that_make_no_sense_are_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InputError) as error:
        load(folder(tmp_path, text, "a.sql"))
    assert message in "\n".join(error.value.details)


def test_a_folder_must_hold_something_to_replay(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is not a folder"):
        load(tmp_path / "nowhere")
    with pytest.raises(InputError, match=r"no pipeline\.yaml"):
        load(tmp_path)
    with pytest.raises(InputError, match="nor an SQL file"):
        load(folder(tmp_path))


def test_select_by_name_by_path_and_all(tmp_path: Path) -> None:
    folder(tmp_path, None, "a.sql")
    assert [each.name for each in select(["refused", "movies", "refused"])] == ["refused", "movies"]
    assert [each.name for each in select([str(tmp_path), "movies"])] == [tmp_path.name, "movies"]
    assert [each.name for each in select(["all"])] == [each.name for each in shipped()]
    with pytest.raises(InputError) as error:
        select(["movie"])
    assert "movies" in (error.value.hint or "")


def test_after_a_backfill_its_findings_are_no_longer_expected() -> None:
    [movies] = select(["movies"])
    assert [each.code for each in movies.expect.findings] == ["VER020"]
    left = movies.expect.after_backfill(["sampledatabase.movies"])
    assert (left.findings, left.events) == ([], {})
    assert left.versions == movies.expect.versions


def test_after_a_backfill_the_old_name_of_a_column_is_left_over() -> None:
    [altered] = select(["altered"])
    split = Finding("VER033", "altereddb.columns", "new_name", 2, detail="old_name")
    left = altered.expect.after_backfill(["altereddb.columns"], [split])
    kept = [each for each in left.findings if each.table == "altereddb.columns"]
    assert [(each.code, each.column, each.rows) for each in kept] == [
        ("VER032", "gone", None),
        ("VER032", "old_name", None),
    ]
    assert [each for each in left.findings if each.table == "altereddb.times"] == [
        each for each in altered.expect.findings if each.table == "altereddb.times"
    ]


def test_shipped_scenarios_are_whole_and_keep_apart() -> None:
    scenarios = shipped()
    names = """altered created-later dead-letters json-updates key-updates load load-data made-again migrations
        movies no-key purged refused refused-and-cured restarted set-default several-tables shapes thousand-tables
        transactions types unparseable unparseable-skipped"""
    assert [each.name for each in scenarios] == names.split()
    seen: set[str] = set()
    for scenario in scenarios:
        pipeline = scenario.pipeline([PLACE])
        assert pipeline.name == scenario.name
        registries = {f"registry {name}" for name in (pipeline.registries.keys, pipeline.registries.values)}
        databases = {f"database {name}" for name in pipeline.source.captured_databases}
        mine = {f"prefix {pipeline.topic_prefix}", f"server id {pipeline.source.server_id}", *registries, *databases}
        assert not mine & seen
        seen |= mine
        tables = set(pipeline.source.tables)
        assert {each.table for each in scenario.expect.findings} <= tables
        assert {*scenario.expect.versions, *scenario.expect.events} <= tables
        for step in scenario.steps:
            if step.kind == "sql":
                assert read(scenario.folder / str(step.argument))


def test_shipped_scenarios_leave_the_place_open() -> None:
    for scenario in shipped():
        data = scenario.documents[0].data
        assert not {"kafka", "connect"} & data.keys()
        assert not {"host", "credentials"} & data["source"].keys()
        assert "warehouse" not in data["sink"]
