"""What the parts of a pipeline file take and refuse: sinks, variables, capacity, and what has to fit together."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdcctl.documents import Document, read_document
from cdcctl.errors import InputError, UsageError
from cdcctl.pipeline import ConfluentS3Sink, IcebergSink, Pipeline, parse
from cdcctl.pipeline.variables import given as given_variables
from cdcctl.render import names

BASE: dict[str, Any] = {
    "name": "m",
    "topic_prefix": "db1",
    "source": {"host": "h", "tables": ["a.b", "a.c"], "credentials": {"secret": "s"}},
    "registries": {"keys": "k", "values": "v"},
    "kafka": {"bootstrap_servers": "b:1", "subnets": ["s"]},
    "connect": {"role_arn": "arn:aws:iam::111122223333:role/x", "plugin_bucket": "bucket"},
}
ICEBERG = {"warehouse": "s3://lake/w"}
LAKE: dict[str, Any] = {"sinks": {"lake": ICEBERG}}


def made(*more: dict[str, Any], variables: dict[str, str] | None = None) -> Pipeline:
    return parse([Document("base", BASE), *(Document(str(n), each) for n, each in enumerate(more))], variables)


def refused(tmp_path: Path, text: str) -> list[str]:
    """What is wrong with ``text`` laid over a file that is right."""
    file = tmp_path / "o.yaml"
    file.write_text(text)
    with pytest.raises(InputError) as caught:
        parse([Document("base", BASE), Document("lake", LAKE), read_document(file)])
    return [line.replace(str(file), "o.yaml") for line in caught.value.details]


def test_a_single_sink_is_the_sink_called_sink() -> None:
    assert made({"sink": ICEBERG}) == made({"sinks": {"sink": ICEBERG}})
    assert made({"sink": {**ICEBERG, "name": "lake"}}) == made(LAKE)
    assert names.connectors(made({"sink": ICEBERG})) == ["m-source", "m-sink"]


def test_several_sinks_have_connectors_groups_and_control_topics_of_their_own() -> None:
    pipeline = made(
        {
            "sinks": {
                "archive": {"type": "confluent-s3", "bucket": "archive"},
                "lake": {**ICEBERG, "tables": ["a.b"]},
                "lake2": {**ICEBERG, "tables": ["a.c"]},
            }
        }
    )
    assert names.connectors(pipeline) == ["m-source", "m-archive", "m-lake", "m-lake2"]
    assert isinstance(pipeline.sinks["archive"], ConfluentS3Sink)
    iceberg = [sink for sink in pipeline.sinks.values() if isinstance(sink, IcebergSink)]
    assert len({names.control_topic(pipeline, sink) for sink in iceberg}) == 2
    assert pipeline.sink is iceberg[0]
    assert pipeline.tables_of(iceberg[1]) == ["a.c"]


def test_overlays_reach_a_sink_by_name_and_every_sink_by_type() -> None:
    overlay = {"sinks": {"lake": {"tasks": 3}, "*": {"iceberg": {"warehouse": "s3://here/w"}}}}
    before = copy.deepcopy((BASE, LAKE, overlay))
    lake = made(LAKE, overlay).sinks["lake"]
    assert isinstance(lake, IcebergSink)
    assert (lake.tasks, lake.warehouse) == (3, "s3://here/w")
    alone = made({"sink": {"tasks": 2}}, {"sinks": overlay["sinks"] and {"*": overlay["sinks"]["*"]}}).sink
    assert isinstance(alone, IcebergSink)
    assert alone.warehouse == "s3://here/w"
    assert before == (BASE, LAKE, overlay)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("sink: {tasks: 1}", "o.yaml:1:1: sink: sink and sinks exclude each other; name it among sinks"),
        ("sinks: {lake: {tsks: 1}}", "o.yaml:1:16: sinks.lake.tsks: unknown key; did you mean 'tasks'?"),
        ("sinks: {lake: {name: other}}", "sinks.lake.name: this sink is called 'lake' already, by its key"),
        ("sinks: {lake: {type: s3}}", "o.yaml:1:16: sinks.lake.type: must be 'iceberg', 'confluent-s3' or 'aiven-s3'"),
        ("sinks: {source: {warehouse: s3://aaa/b}}", "sinks.source: no sink can be called source"),
        ("sinks: {Lake: {warehouse: s3://aaa/b}}", "sinks.Lake: must be small letters, digits and hyphens"),
        ("sinks: {l2: {warehouse: s3://aaa/b}}", "sinks.l2: a.b would go into the table a.b of sink lake, too"),
        ("sinks: {lake: {tables: [a.x]}}", "sinks.lake.tables: a.x is not among source.tables"),
        ("sinks: {lake: {partition_by: {a.x: [c]}}}", "sinks.lake.partition_by: a.x is not among the tables"),
        ("sinks: {s: {type: confluent-s3, bucket: B!}}", "sinks.s.bucket: must be the name of a bucket (found 'B!')"),
        ("sinks: {s: {type: confluent-s3, bucket: abc, partitioning: {by: time}}}", "by: time needs path_format"),
        ("sinks: {s: {type: aiven-s3, bucket: abc, fields: [key, value]}}", "several fields need envelope: true"),
        ("sinks: [1]", "sinks: must be a mapping of keys"),
        ("sinks: {lake: 5}", "sinks.lake: must be a mapping of keys"),
        ("sinks: {lake: null}", "sinks.lake: must be a mapping of keys"),
        ("connect: {capacity: {min_workers: 2}}", "connect.capacity: min_workers and max_workers go together"),
        ("connect: {capacity: {mcu: 3}}", "connect.capacity: mcu must be 1, 2, 4 or 8 (found 3)"),
        ("connect: {capacity: {workers: 1, min_workers: 1, max_workers: 2}}", "capacity is either provisioned"),
        ("source: {credentials: {ssm: /a}}", "source.credentials: name one place: secret, ssm or environment"),
        ("source: {keys: {a.x: [c]}}", "source.keys: a.x is not among source.tables"),
        ("source: {columns: {mask: {a.b: 3}}}", "source.columns.mask.a.b: 'a.b' is not database.table.column"),
        ("source: {columns: {exclude: [x.y.z]}}", "source.columns: x.y is not among source.tables"),
        ("source: {debezium: 1.8}", "source.debezium: must be '1.9', '2.0'"),
        ("source: {tables: []}", "source: nothing is captured"),
        ("source: {tables: [], tables_matching: ['a{1,2}']}", "Debezium splits lists of regular expressions at commas"),
        ("source: {exclude_databases: [z]}", "source: exclude_databases excludes tables"),
        ("source: {tables: [], databases: [a]}", "an Iceberg sink needs its tables spelled out"),
        ("registries: {schema_name: x}", "registries.schema_name: one name for several tables"),
        ("kafka: {authentication: SASL_SCRAM}", "authentication: SASL_SCRAM and credentials go together"),
        ("tags: {'aws:x': y}", "tags beginning with aws: are the service's own"),
        ("source: {port: '${var.PORT}'}", "o.yaml:1:10: source.port: there is no variable 'PORT'; pass --var PORT=…"),
        ("variables: {HOST: h}\nsource: {host: '${var.HOTS}'}", "there is no variable 'HOTS'; did you mean 'HOST'?"),
        ("source: {tables: [a.b, 'a.${var.T}']}", "o.yaml:1:24: source.tables.1: there is no variable 'T'"),
        ("variables: {A: '${var.B}'}", "variables.A: a variable's value is not looked at for variables"),
    ],
)  # fmt: skip
def test_refusals(tmp_path: Path, text: str, said: str) -> None:
    assert any(said in line for line in refused(tmp_path, text)), refused(tmp_path, text)


def test_a_variable_without_a_value_is_one_problem(tmp_path: Path) -> None:
    assert len(refused(tmp_path, "source: {port: '${var.PORT}'}")) == 1


def test_variables_come_from_the_command_line_then_the_environment_then_the_file() -> None:
    text = {"variables": {"A": "file", "B": "file", "C": "file"}, "source": {"host": "${var.A}-${var.B}-${var.C}"}}
    values = given_variables(["A=line"], {"CDCCTL_VAR_A": "env", "CDCCTL_VAR_B": "env", "HOME": "/"})
    assert made(LAKE, text, variables=values).source.host == "line-env-file"
    assert made(LAKE, {"source": {"port": "${var.P}"}}, variables={"P": "3307"}).source.port == 3307


def test_kafkas_references_are_no_variables() -> None:
    reference = "${secretsmanager:a:b} ${ssm::/var.x} ${env:var}"
    assert made(LAKE, {"source": {"properties": {"a": reference}}}).source.properties["a"] == reference


@pytest.mark.parametrize("assignment", ["A", "=x", "a-b=c", "1=2", ""])
def test_what_is_no_assignment_is_a_usage_error(assignment: str) -> None:
    with pytest.raises(UsageError, match="NAME=value"):
        given_variables([assignment], {})


def test_a_secret_in_a_variable_is_refused(tmp_path: Path) -> None:
    text = "variables: {P: hunter2}\nsource: {properties: {database.password: '${var.P}'}}"
    (line,) = refused(tmp_path, text)
    assert "is a secret in plain text" in line
    assert "hunter2" not in line


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(["a.b", "${var.X}", "*", "lake"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6) | st.sampled_from(
        ["source", "sink", "sinks", "*", "type", "name", "tables", "properties", "columns", "variables", "credentials"]
    ), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@settings(max_examples=300)
@given(st.dictionaries(st.sampled_from([*Pipeline.model_fields, "sink", "x"]), VALUES, max_size=4))
def test_anything_is_a_pipeline_or_an_input_error(data: dict[str, Any]) -> None:
    try:
        assert isinstance(made(LAKE, data), Pipeline)
    except InputError as error:
        told = error.details
    else:
        return
    assert told
