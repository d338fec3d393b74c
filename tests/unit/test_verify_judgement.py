from __future__ import annotations

import io
import json

import pytest
from rich.console import Console
from verify_tables import event, parquet

from cdcctl.verify.findings import RULES, Example, Finding, code_of
from cdcctl.verify.judgement import Versions, judge
from cdcctl.verify.offsets import Gap, findings, gaps
from cdcctl.verify.report import Hop, Report, StepResult
from cdcctl.verify.reports.text import print_report
from cdcctl.verify.results import Difference, TableResult
from cdcctl.verify.scenario import Expectations

OLD_ROWS = Finding(code_of("unbackfilled-column"), "db.t", "c", 3, examples=(Example("id=1", "", None),))
WRONG = Finding(code_of("value-different"), "db.t", "name", 1, examples=(Example("id=[red]2", "x", None),))
NOTE = Finding(code_of("json-text"), "db.t", "j", 7)


def result(*found: Finding, events: int = 5) -> TableResult:
    return TableResult("db.t", 4, 4, events, sum(finding.rows for finding in found), found)


def expecting(**more: object) -> Expectations:
    return Expectations.model_validate(more)


def test_nothing_found_and_nothing_expected_is_fine() -> None:
    assert judge(Expectations(), [result()]).ok


def test_an_expected_finding_is_no_mismatch() -> None:
    expect = expecting(findings=[{"code": "unbackfilled-column", "table": "db.t", "column": "c", "rows": 3}])
    judged = judge(expect, [result(OLD_ROWS, NOTE)])
    assert judged.ok
    assert judged.tables[0].mismatches == 0
    assert [finding.expected for finding in judged.tables[0].findings] == [True, False]


@pytest.mark.parametrize("finding", [OLD_ROWS, WRONG])
def test_one_that_nobody_expects_fails_the_run(finding: Finding) -> None:
    judged = judge(Expectations(), [result(finding)])
    assert (judged.ok, judged.tables[0].mismatches) == (False, finding.rows)


def test_a_note_never_fails_a_run() -> None:
    judged = judge(Expectations(), [result(NOTE)], [Finding(code_of("event-replayed"), "db.t", rows=1)])
    assert judged.ok


def test_a_finding_without_rows_fails_the_run_too() -> None:
    lost = Finding(code_of("parquet-file-missing"), "db.t", detail="s3://b/k is gone")
    judged = judge(Expectations(), [result(lost)])
    assert (judged.ok, judged.tables[0].mismatches) == (False, 1)


def test_again_forgives_what_is_not_found_and_nothing_else() -> None:
    expect = expecting(
        findings=[{"code": "VER020", "table": "db.t"}],
        events={"db.t": 99},
        versions={"db.t": {"keys": 1, "values": 2}},
    ).again()
    versions = {"db.t": Versions(1, 3)}
    assert judge(expect, [result()], (), versions, optional=True).ok
    assert judge(expect, [result(OLD_ROWS)], (), versions, optional=True).ok
    assert not judge(expect, [result(WRONG)], (), versions, optional=True).ok
    assert not judge(expect, [result()], [Finding(code_of("sink-stopped"))], optional=True).ok
    assert not judge(expect, [result()], (), versions).ok


@pytest.mark.parametrize(("rows", "said"), [(2, "found for 3"), (None, "")])
def test_the_number_of_rows_must_agree_where_it_is_given(rows: int | None, said: str) -> None:
    expect = expecting(findings=[{"code": "VER020", "table": "db.t", "column": "c", "rows": rows}])
    judged = judge(expect, [result(OLD_ROWS)])
    assert judged.ok is (rows is None)
    assert "".join(judged.unmet).endswith(said)


def test_what_is_expected_and_not_found_fails_the_run() -> None:
    expect = expecting(findings=[{"code": "VER020", "table": "db.t", "column": "other"}])
    judged = judge(expect, [result()])
    assert (judged.ok, judged.unmet) == (False, ("VER020 was expected in db.t.other: not found",))


def test_events_and_versions_must_be_as_many_as_expected() -> None:
    expect = expecting(events={"db.t": 6}, versions={"db.t": {"keys": 1, "values": 2}})
    judged = judge(expect, [result()], versions={"db.t": Versions(1, 1)})
    assert [finding.detail for finding in judged.findings] == ["5 events instead of 6", "1 value versions instead of 2"]
    assert not judged.ok
    replayed = result(Finding(code_of("event-replayed"), "db.t", rows=1), events=7)
    assert judge(expect, [replayed], versions={"db.t": Versions(1, 2)}).ok


def test_a_run_that_must_stop_is_right_when_it_stops_for_that_reason() -> None:
    expect = expecting(failure={"code": "schema-refused", "message": "maker"})
    refused = Finding(code_of("schema-refused"), "db.t", detail="field maker has no default")
    assert judge(expect, [result(WRONG)], [refused]).ok
    assert not judge(expect, [result()]).ok
    assert not judge(expect, [result()], [Finding(code_of("sink-stopped"))]).ok
    assert not judge(expect, [result()], [Finding(code_of("schema-refused"), detail="other")]).ok


def test_gaps_inside_are_lost_files_and_at_the_end_a_sink_that_is_behind() -> None:
    table = parquet([event(offset, "c", offset, "x") for offset in (9, 2, 3, 3, 7)])
    missing = gaps(table, {0: (2, 12), 1: (0, 0)})
    assert missing == [Gap(0, 4, 6, False), Gap(0, 8, 8, False), Gap(0, 10, 11, True)]
    lost, behind = findings("db.t", missing)
    assert (RULES[lost.code].slug, lost.rows, lost.detail) == ("parquet-file-missing", 4, "partition 0, offsets 4 to 6")
    assert (RULES[behind.code].slug, behind.rows) == ("sink-stalled", 2)


def test_a_table_that_is_not_there_has_all_offsets_missing() -> None:
    assert gaps(None, {0: (0, 3)}) == [Gap(0, 0, 2, True)]
    assert gaps(parquet([event(0, "c", 1, "a")]), {0: (0, 1)}) == []


def report(ok: bool = True) -> Report:
    found = (OLD_ROWS, WRONG, NOTE)
    differences = (
        Difference("VER020", "id=1", "c", "", None),
        Difference("VER001", "id=[red]2", None, "row", None),
    )
    table = TableResult("db.t", 4, 4, 5, 0 if ok else 1, found, differences)
    drained = StepResult("drain", 2.0, "", (Hop("MySQL → Kafka", 1.25, "binlog.000001:4711"),))
    steps = (StepResult("sql: a.sql", 0.1), drained)
    return Report("movies", ok, steps, (table,), seconds={"total": 12.3456}, description="About films")


def test_the_document_is_json_and_has_what_is_promised() -> None:
    document = json.loads(json.dumps(report().to_dict()))
    assert document["scenario"] == "movies"
    assert document["ok"] is True
    assert document["steps"][1]["hops"] == [{"name": "MySQL → Kafka", "seconds": 1.25, "detail": "binlog.000001:4711"}]
    [table] = document["tables"]
    assert {"table": "db.t", "mysql_rows": 4, "parquet_rows": 4, "events": 5, "mismatches": 0}.items() <= table.items()
    assert {"code": "VER020", "column": "c", "rows": 3}.items() <= table["findings"][0].items()
    assert document["seconds"] == {"total": 12.346}
    assert document["schemas"] == []


def test_exit_codes() -> None:
    assert (report().exit_code, report(ok=False).exit_code) == (0, 1)


def test_the_text_says_the_same_with_reasons_and_cures() -> None:
    out = io.StringIO()
    print_report(report(ok=False), Console(file=out, width=200))
    text = out.getvalue()
    for part in (
        "movies",
        "About films",
        "MySQL → Kafka",
        "db.t",
        "VER020",
        "id=[red]2",
        "why:",
        "cure:",
        "12.3 s",
        "NULL",
    ):
        assert part in text
    assert " ".join(text.split()).count(RULES["VER020"].cure) == 1
