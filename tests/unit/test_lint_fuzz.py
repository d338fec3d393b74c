"""Whatever is in a file: it is judged, or there is one clear error; and a cure never makes it worse."""

from __future__ import annotations

import contextlib
import json
import string
from pathlib import Path
from typing import Any

import javaproperties
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from lint_cases import KINDS, Case, base, cases

from cdcctl.errors import CdcctlError
from cdcctl.lint.command import Request, carry_out
from cdcctl.lint.configuration import Configuration, Location, kind_of
from cdcctl.lint.finding import Finding
from cdcctl.lint.inputs.connector_file import ConfigurationFile
from cdcctl.lint.report import to_dict, to_text
from cdcctl.lint.run import Facts, Selection, fix, judge, lint
from cdcctl.lint.sarif import to_sarif
from cdcctl.plugins import definitions

QUICK = settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])
NAMES = sorted(
    {
        *(key for kind in KINDS for key in base()[kind]),
        *definitions.debezium((3, 6)),
        *definitions.debezium((1, 9)),
        *(key for name in ("iceberg", "confluent-s3", "aiven-s3") for key in definitions.of(name)),
        *definitions.of("kafka", "worker"),
    }
)
VALUES = st.one_of(
    st.text(max_size=12),
    st.sampled_from(["true", "false", "-1", "0", "9" * 30, "", " ", "a,b", ",", "${x:y}", ".*", "[", "\\", "unwrap"]),
)
KEYS = st.one_of(st.sampled_from(NAMES), st.text(max_size=20))


def printed(group: list[Any]) -> None:
    """Judge, and print in every form."""
    report = lint([group], Facts(), Selection())
    for text in (to_text(report), json.dumps(to_dict(report)), json.dumps(to_sarif(report))):
        text.encode("utf-8")


def survives(path: Path) -> None:
    """Judged or refused in words."""
    error = None
    try:
        printed([ConfigurationFile(path)])
    except CdcctlError as refused:
        error = refused
    assert error is None or (error.message and error.hint)


@QUICK
@given(
    st.sampled_from(list(KINDS)),
    st.dictionaries(KEYS, VALUES, max_size=12),
    st.sets(st.sampled_from(NAMES), max_size=8),
)
def test_any_configuration_is_judged(kind, more, without) -> None:
    values = {key: value for key, value in {**base()[kind], **more}.items() if key not in without}
    known = kind_of(values)
    if known is not None:
        others = [Configuration(other, base()[name]) for name in KINDS if (other := kind_of(base()[name]))]
        subject = Configuration(known, values, locate=lambda key: Location("-", key=key))
        assert all(isinstance(each, Finding) for each in judge([subject, *others]))


@QUICK
@given(st.binary(max_size=200))
@example(b"")
@example(b"\xff\xfe\x00")
@example(b"a=\\uZZZZ")
@example(b"{" * 5000)
@example(b'{"connector.class": "\\ud800", "topics": "x"}')
def test_bytes(tmp_path, data) -> None:
    for name in ("x.json", "x.properties"):
        path = tmp_path / name
        path.write_bytes(data)
        survives(path)


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8)),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(KEYS, inner, max_size=6)),
    max_leaves=20,
)


@QUICK
@given(JSON, st.sampled_from([None, "config", "connectorConfiguration"]))
def test_json(tmp_path, data, wrapper) -> None:
    path = tmp_path / "x.json"
    config = {
        "connector.class": "io.debezium.connector.mysql.MySqlConnector",
        **(data if isinstance(data, dict) else {}),
    }
    path.write_text(json.dumps({wrapper: config, "capacity": data, "logDelivery": data} if wrapper else data))
    survives(path)


@QUICK
@given(st.text(alphabet=string.printable, max_size=300))
def test_properties(tmp_path, text) -> None:
    path = tmp_path / "x.properties"
    path.write_text(text + "\nkey.converter=a\n")
    survives(path)


PIPELINE = (Path(__file__).parents[2] / "integration" / "movies" / "pipeline.yaml").read_text()


@QUICK
@given(st.integers(0, len(PIPELINE)), st.integers(0, 30), st.text(alphabet=string.printable, max_size=20))
def test_damaged_pipelines(tmp_path, start, length, text) -> None:
    path = tmp_path / "pipeline.yaml"
    path.write_text(PIPELINE[:start] + text + PIPELINE[start + length :])
    for cure in (False, True):
        with contextlib.suppress(CdcctlError):
            carry_out(Request((), [path]), cure=cure)


FAILING = [case for case in cases() if case.fails and len(case.findings) and any(each.fix for each in case.findings)]


@pytest.mark.parametrize("form", ["json", "properties"])
@pytest.mark.parametrize("case", FAILING, ids=str)
def test_a_cure_cures_and_is_done_once(tmp_path, case: Case, form) -> None:
    """Fixed in a file, what was fixable is gone, nothing worse came, and a second time changes nothing."""
    paths = []
    for number, config in enumerate(case.configurations):
        paths.append(tmp_path / f"{number}.{form}")
        values = dict(config.values)
        text = json.dumps(values, indent=2) if form == "json" else javaproperties.dumps(values, timestamp=None)
        paths[-1].write_text(text)
    group = [ConfigurationFile(path) for path in paths]
    before = lint([group], case.facts, Selection())
    after = fix([group], case.facts, Selection())
    assert not [finding.message for finding in after.findings if finding.fix]
    fixable = {finding.code for finding in before.findings if finding.fix}
    assert {finding.code for finding in after.findings} <= {finding.code for finding in before.findings} | FOLLOWS
    assert fixable <= {finding.code for finding in after.fixed}
    texts = [path.read_bytes() for path in paths]
    again = fix([[ConfigurationFile(path) for path in paths]], case.facts, Selection())
    assert (again.fixed, again.changes) == ((), ())
    assert [path.read_bytes() for path in paths] == texts


# Found only once something else is cured: a source that knows its own keys again has a history, deletes, defaults …
FOLLOWS = {"CDC062", "CDC084", "CDC154"}
