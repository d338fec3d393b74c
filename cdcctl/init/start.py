"""A first pipeline file: drafted, judged by lint's rules and doctor's checks, and only then text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cdcctl.doctor import server_checks, table_checks
from cdcctl.doctor.examination import Checked, is_fine, made
from cdcctl.documents import Document, document
from cdcctl.errors import InputError
from cdcctl.init.answers import ANSWERS, Remark, answered
from cdcctl.init.draft import draft, from_flags, missing, remarks_on_keys, remarks_on_the_sink
from cdcctl.init.server_facts import ServerFacts
from cdcctl.init.wishes import Wishes
from cdcctl.init.writing import still_to_be_said, to_yaml
from cdcctl.lint.catalogue import OF_COLUMNS, codes_below
from cdcctl.lint.columns import Column
from cdcctl.lint.finding import Finding
from cdcctl.lint.inputs.pipeline_files import PipelineFiles
from cdcctl.lint.run import Facts, Report, Selection, judge, lint

# Nothing that is judged here depends on it.
_REGION = "us-east-1"


@dataclass(frozen=True)
class Start:
    """A pipeline file that was not written yet, and what is to be known of it.

    :ivar text: the file.
    :ivar document: what it holds.
    :ivar remarks: its comments.
    :ivar missing: keys that neither it nor the place says, with what to write.
    :ivar left_out: table → why it cannot be captured.
    :ivar lint: what lint says of it, the server's columns known.
    :ivar checks: what doctor says of the server; none where there is no server.
    """

    text: str
    document: Mapping[str, Any]
    remarks: Sequence[Remark]
    missing: Mapping[str, str]
    left_out: Mapping[str, str]
    lint: Report
    checks: Sequence[Checked]

    @property
    def is_fine(self) -> bool:
        """Whether nothing keeps the pipeline from running, apart from what is still missing."""
        return is_fine(self.checks) and not self.lint.fails("error")


def start(path: Path, wishes: Wishes, facts: ServerFacts | None, place: Document) -> Start:
    """Draft and judge; nothing is written.

    :param path: where the file will be, for messages.
    :param facts: what the server says; None: there is none, and the wishes spell out the tables.
    :param place: what the place that the pipeline will run in says of it.
    :raises UsageError: without a server: no tables, or patterns.
    :raises InputError: the wishes make no valid pipeline; all problems.
    """
    tables = [table.name for table in facts.tables] if facts else from_flags(wishes)
    columns = tuple(facts.columns) if facts else ()
    data = draft(wishes, tables, facts, place.data)
    known = {*tables, *(facts.left_out if facts else ())}
    strange = [table for table in wishes.keys if table not in known]
    if strange:
        raise InputError(f"--key names {strange[0]}, which is not captured", hint=f"captured: {', '.join(tables)}")
    # Its lines are nobody's yet: problems are told by their keys.
    first = PipelineFiles([path], _REGION, {}, [Document("what would be written", data)])
    remarks = remarks_on_the_sink(data) + (remarks_on_keys(facts.tables, wishes.keys) if facts else [])
    debezium = first.pipeline.source.debezium
    for answer, remark in answered(judge(first.configurations, Facts(first.versions, (), columns)), debezium):
        _write(data, answer.path, answer.value)
        remarks.append(remark)
    said = {remark.code for remark in remarks}
    said |= {code for each in said if each in ANSWERS for code in ANSWERS[each].beside}
    second = _read(path, to_yaml(data, [], []))
    remarks += [each for table in tables for each in _remarks_on_columns(table, second, columns, said)]
    lacking = missing(data, place.data)
    text = to_yaml(data, remarks, _about(facts, wishes, place)) + still_to_be_said(lacking)
    file = _read(path, text)
    report = lint([[file]], Facts(columns=columns), Selection())
    checks = _checks(file, facts) if facts else []
    return Start(text, data, remarks, lacking, facts.left_out if facts else {}, report, checks)


def _read(path: Path, text: str) -> PipelineFiles:
    return PipelineFiles([path], _REGION, {}, [document(str(path), text)])


def _write(data: dict[str, Any], path: Sequence[int | str], value: str) -> None:
    for step in path[:-1]:
        data = data.setdefault(str(step), {})
    data[str(path[-1])] = value


def _remarks_on_columns(table: str, file: PipelineFiles, columns: Sequence[Column], said: set[str]) -> list[Remark]:
    """What the rules for columns say of one table, apart from what a line of the file answers."""
    own = tuple(column for column in columns if column.table == table)
    codes = [code for code in codes_below(OF_COLUMNS) if code not in said]
    found: list[Finding] = judge(file.configurations, Facts(file.versions, (), own), codes) if own else []
    return [
        Remark(
            ("source", "tables", table),
            f"{each.rule.title}: {each.message.replace(f'{table}.', '')}",
            each.code,
        )
        for each in found
    ]


def _about(facts: ServerFacts | None, wishes: Wishes, place: Document) -> list[str]:
    lines = ["Written by cdcctl init. Every key there is: docs/pipeline.md. What a code means: cdcctl explain CODE."]
    if facts is None:
        return [*lines, "No server was asked: cdcctl doctor looks at tables, keys, types and grants."]
    where = place.name or f"{wishes.host}:{wishes.port}"
    lines.append(f"Tables, keys and types are those of MySQL {facts.server.variables.get('version')} at {where}.")
    lines += [f"Left out: {table}: {why}." for table, why in facts.left_out.items()]
    return lines


def _checks(file: PipelineFiles, facts: ServerFacts) -> list[Checked]:
    pipeline = file.pipeline
    tables = table_checks.Tables(facts.existing, facts.tables)
    found = [
        *made(server_checks.CHECKS, pipeline, facts.server),
        *made(table_checks.CHECKS, pipeline, tables),
    ]
    return [Checked("mysql", check, finding) for check, finding in found]
