"""A pipeline is judged by what it renders to, and a finding stands where the file causes it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

import pytest
from ruamel.yaml import YAML

from cdcctl.errors import InputError
from cdcctl.lint.inputs import places
from cdcctl.lint.inputs.pipeline_files import PipelineFiles
from cdcctl.lint.run import Facts, Selection, fix, lint
from cdcctl.pipeline import AivenS3Sink, ConfluentS3Sink, IcebergSink, Pipeline
from cdcctl.plugins.definitions import debezium_versions

BASE = """\
name: shop
topic_prefix: db1
source:
  tables: [shop.orders, shop.lines]
registries: {keys: shop-keys, values: shop-values}
"""
SINKS = {
    "iceberg": "sink: {type: iceberg, warehouse: s3://lake/warehouse}\n",
    "confluent-s3": "sink: {type: confluent-s3, bucket: lake}\n",
    "aiven-s3": "sink: {type: aiven-s3, bucket: lake}\n",
}


def written(folder: Path, *texts: str) -> list[Path]:
    paths = []
    for number, text in enumerate(texts):
        paths.append(folder / f"{number}.yaml")
        paths[-1].write_text(text)
    return paths


def findings(paths: list[Path]) -> list[Any]:
    return list(lint([[PipelineFiles(paths, "us-east-1", {})]], Facts(), Selection()).findings)


@pytest.mark.parametrize("sink", SINKS)
@pytest.mark.parametrize("version", [f"{major}.{minor}" for major, minor in debezium_versions()])
def test_our_own_default_is_clean(tmp_path, sink, version) -> None:
    """For every version; 1.x is told to be old, and gets no TLS to MySQL by default."""
    text = BASE.replace("source:", f"source:\n  debezium: '{version}'") + SINKS[sink]
    found = [(finding.code, finding.message) for finding in findings(written(tmp_path, text))]
    assert [each for each in found if each[0] != "CDC002"] == []
    assert bool(found) == (version == "1.9")


def test_what_the_place_dictates_need_not_be_there(tmp_path) -> None:
    text = BASE + "sinks: {lake: {type: iceberg}, files: {type: confluent-s3}}\n"
    assert findings(written(tmp_path, text)) == []


@pytest.mark.parametrize(("mcu", "codes"), [(1, ["CDC143"]), (2, [])])
def test_what_fits_into_a_worker_depends_on_its_capacity(tmp_path, mcu: int, codes: list[str]) -> None:
    pages = "{iceberg.tables.write-props.write.parquet.page-size-bytes: 314572800}"
    sink = f"sink: {{type: iceberg, warehouse: s3://lake/warehouse, properties: {pages}}}\n"
    text = f"{BASE}{sink}connect: {{capacity: {{mcu: {mcu}}}}}\n"
    assert [finding.code for finding in findings(written(tmp_path, text))] == codes


@pytest.mark.parametrize(
    ("more", "code", "line", "column", "key"),
    [
        ("source: {snapshot_mode: always}\n", "CDC050", 1, 10, "source.snapshot_mode"),
        ("source:\n  properties:\n    errors.tolerance: all\n", "CDC242", 3, 5, "source.properties.errors.tolerance"),
        ("source:\n  properties: {max.bach.size: 1}\n", "CDC003", 2, 16, "source.properties.max.bach.size"),
        ("registries: {compatibility: NONE}\n", "CDC120", 1, 14, "registries.compatibility"),
        ("sink:\n  commit_interval_ms: 1000\n", "CDC135", 2, 3, "sink.commit_interval_ms"),
        ("worker: {properties: {log4j.x: y}}\n", "CDC194", 1, 23, "worker.properties.log4j.x"),
        ("kafka: {encryption: PLAINTEXT, authentication: NONE}\n", "CDC203", None, None, "source"),
        ("connect: {logs: {cloudwatch: false}}\n", "CDC241", 1, 11, "connect.logs"),
        ("source:\n  events:\n    deletes: drop\n", "CDC061", 3, 5, "source.events.deletes"),
        ("source:\n  topics: {retention_ms: 1000}\n", "CDC223", 2, 12, "source.topics.retention_ms"),
    ],
)
def test_a_finding_stands_where_the_file_causes_it(tmp_path, more, code, line, column, key) -> None:
    paths = written(tmp_path, BASE + SINKS["iceberg"], more)
    found = [finding.location for finding in findings(paths) if finding.code == code]
    assert found
    assert found[0].key == key
    if line is not None:
        assert (found[0].file, found[0].line, found[0].column) == (str(paths[1]), line, column)


def test_several_sinks_are_told_apart(tmp_path) -> None:
    text = BASE + (
        "sinks:\n  lake: {type: iceberg}\n  files:\n    type: confluent-s3\n    rotation:\n      records: 5\n"
    )
    (finding,) = findings(written(tmp_path, text))
    assert (finding.code, finding.location.line, finding.location.key) == ("CDC156", 11, "sinks.files.rotation.records")


def test_old_names_stand_at_the_keys_of_today(tmp_path) -> None:
    text = BASE.replace("source:", "source:\n  debezium: '1.9'\n  schema_history: {skip_unparseable: true}")
    found = findings(written(tmp_path, text + SINKS["iceberg"]))
    assert [(each.code, each.location.line) for each in found if each.code == "CDC086"] == [("CDC086", 5)]


def _annotation(model: Any, step: str) -> Any:
    annotation = model.model_fields[step].annotation
    inner = [each for each in get_args(annotation) if each is not type(None)]
    return annotation if hasattr(annotation, "model_fields") or not inner else inner[0]


@pytest.mark.parametrize("path", sorted(set(places.all_paths()["pipeline"])))
def test_places_of_the_pipeline_exist(path) -> None:
    model: Any = Pipeline
    for step in path.split("."):
        model = _annotation(model, step)


@pytest.mark.parametrize("path", sorted(set(places.all_paths()["sink"])))
def test_places_of_the_sinks_exist(path) -> None:
    def has(model: Any, step: str, *rest: str) -> bool:
        known = step in getattr(model, "model_fields", {})
        return known and (not rest or has(_annotation(model, step), *rest))

    assert any(has(sink, *path.split(".")) for sink in (IcebergSink, ConfluentS3Sink, AivenS3Sink))


def test_a_suppression_counts_and_is_judged(tmp_path) -> None:
    ignore = (
        "lint:\n  ignore:\n  - {code: CDC120, reason: schemas are checked elsewhere}\n"
        "  - {code: CDC050}\n  - {code: CDC999, reason: x}\n  - {code: CDC051, reason: y}\n"
    )
    more = "registries: {compatibility: NONE}\nsource: {snapshot_mode: always}\n"
    paths = written(tmp_path, BASE + SINKS["iceberg"] + ignore, more)
    report = lint([[PipelineFiles(paths, "us-east-1", {})]], Facts(), Selection())
    told = {finding.code: (finding.location.line, finding.message) for finding in report.findings}
    assert told == {
        "CDC290": (10, "CDC050 is ignored"),
        "CDC291": (11, "there is no CDC999; did you mean CDC292?"),
        "CDC292": (12, "CDC051 finds nothing here"),
    }
    assert {(each.code, each.reason) for each in report.suppressed} == {
        ("CDC120", "schemas are checked elsewhere"),
        ("CDC050", ""),
    }


FIXABLE = """\
# The shop.
name: shop
topic_prefix: db1
source:
  tables:          # all of them
    - shop.orders
    - "shop.lines"
  snapshot_mode: always   # for now
  properties:
    errors.tolerance: all       # never stop
    errors.deadletterqueue.topic.name: dead
registries: {keys: shop-keys, values: 'shop-values'}
sinks:
  files:
    type: confluent-s3
    rotation: {records: 10}  # small

    dead_letters:
      topic: dead
      headers: false
    properties:
      errors.tolerance: all
      s3.compression.type: gzip
      schema.compatibility: BACKWARD
worker:
  properties:
    log4j.root: x
"""


def test_fix_changes_only_what_it_means_to(tmp_path) -> None:
    paths = written(tmp_path, FIXABLE)
    paths[0].chmod(0o640)
    report = fix([[PipelineFiles(paths, "us-east-1", {})]], Facts(), Selection())
    text = paths[0].read_text()
    assert paths[0].stat().st_mode & 0o777 == 0o640
    expected = (
        FIXABLE.replace("snapshot_mode: always ", "snapshot_mode: initial ")
        .replace("errors.tolerance: all       # never stop", "errors.tolerance: none      # never stop")
        .replace("    errors.deadletterqueue.topic.name: dead\n", "")
        .replace("records: 10", "records: 50000")
        .replace("headers: false", "headers: true")
        .replace("      s3.compression.type: gzip\n", "")
        .replace("compatibility: BACKWARD", "compatibility: NONE")
        .replace("worker:\n  properties:\n    log4j.root: x\n", "worker: {}\n")
    )
    squeezed = [" ".join(line.split()) for line in text.splitlines()]
    assert squeezed == [" ".join(line.split()) for line in expected.splitlines()]
    assert {finding.code for finding in report.fixed} == {
        *("CDC050", "CDC242", "CDC243", "CDC156", "CDC246", "CDC159", "CDC150", "CDC194"),
    }
    assert report.findings == ()


PIPELINES = Path(__file__).parents[1] / "pipelines"
VERSIONS = {
    **{f"source: {{debezium: '{major}.{minor}'}}": (major, minor) for major, minor in debezium_versions()},
    **{f"sinks: {{archive: {{version: '{version}'}}}}": (9, 9) for version in ("10.5", "10.6", "11.0", "12.0", "12.1")},
    **{f"sinks: {{copy: {{version: '{version}'}}}}": (9, 9) for version in ("3.0", "3.1", "3.2", "3.3", "3.4")},
    "sinks: {copy: {version: '2.15', encryption: null, credentials_class: null}}": (9, 9),
}


@pytest.mark.parametrize("version", VERSIONS)
def test_every_version_defines_what_is_rendered_for_it(tmp_path, version) -> None:
    """Of the pipeline with nearly every key there is."""
    debezium = VERSIONS[version]
    older = ["for-1.9"] if debezium < (2, 6) else ["for-2.7"] if debezium < (3, 1) else []
    own = written(tmp_path, f"{version}\n")
    files = [*(PIPELINES / f"{name}.yaml" for name in ("whole", *older)), *own]
    names = ("CDC001", "CDC003", "CDC004", "CDC005", "CDC006", "CDC007", "CDC008")
    assert [(each.code, each.message) for each in findings(files) if each.code in names] == []


def test_a_property_that_came_later(tmp_path) -> None:
    more = "sink: {version: '10.5', properties: {enable.conditional.writes: true}}\n"
    (found,) = findings(written(tmp_path, BASE + SINKS["confluent-s3"], more))
    assert (found.code, found.message) == (
        "CDC003",
        "enable.conditional.writes is known to this connector from 10.6 on",
    )
    newer = more.replace("10.5", "10.6")
    assert findings(written(tmp_path, BASE + SINKS["confluent-s3"], newer)) == []


def test_fix_is_idempotent(tmp_path) -> None:
    paths = written(tmp_path, FIXABLE)
    fix([[PipelineFiles(paths, "us-east-1", {})]], Facts(), Selection())
    once = paths[0].read_text()
    report = fix([[PipelineFiles(paths, "us-east-1", {})]], Facts(), Selection())
    assert (paths[0].read_text(), report.changes, report.fixed) == (once, (), ())


def test_fix_edits_the_file_that_causes_it(tmp_path) -> None:
    first, second = written(tmp_path, BASE + SINKS["iceberg"], "source: {snapshot_mode: always}\n")
    fix([[PipelineFiles([first, second], "us-east-1", {})]], Facts(), Selection())
    assert first.read_text() == BASE + SINKS["iceberg"]
    assert YAML(typ="safe").load(second) == {"source": {"snapshot_mode": "initial"}}


def test_fix_leaves_a_pipeline_that_can_be_read(tmp_path) -> None:
    """A cure that the model would refuse is not carried out."""
    more = "source: {properties: {database.server.name: db9}}\n"
    paths = written(tmp_path, BASE + SINKS["iceberg"], more)
    fix([[PipelineFiles(paths, "us-east-1", {})]], Facts(), Selection())
    PipelineFiles(paths, "us-east-1", {})


def test_an_invalid_pipeline_is_refused(tmp_path) -> None:
    with pytest.raises(InputError):
        PipelineFiles(written(tmp_path, "name: 7\n"), "us-east-1", {})


UNFILLED = """\
name: shop
topic_prefix: db1
source:
  host: fill-in.invalid
  tables: [shop.orders]
  credentials: {secret: fill-in}
registries: {keys: shop-keys, values: shop-values}
sink:
  type: confluent-s3
  bucket: fill-in
  properties: {s3.bucket.name: "${var.bucket}"}
kafka: {bootstrap_servers: "b:9098", subnets: [subnet-fill-in]}
connect: {role_arn: "arn:aws:iam::000000000000:role/fill-in", plugin_bucket: plugins}
variables: {bucket: fill-in}
"""


def test_what_an_import_left_open_is_told_where_it_stands(tmp_path) -> None:
    paths = written(tmp_path, UNFILLED)
    found = [each for each in findings(paths) if each.code == "CDC010"]
    # The bucket only stands there: a property says it.
    assert [(each.location.line, each.location.key) for each in found] == [
        (4, "source.host"),
        (6, "source.credentials.secret"),
        (12, "kafka.subnets"),
        (13, "connect.role_arn"),
        (14, "variables.bucket"),
    ]
    assert {each.rule.severity for each in found} == {"error"}
    filled = (
        UNFILLED.replace("fill-in.invalid", "mysql").replace("subnet-fill-in", "subnet-1").replace("fill-in", "lake")
    )
    assert "CDC010" not in {each.code for each in findings(written(tmp_path, filled))}


def test_an_overlay_and_a_variable_of_the_command_line_fill_in(tmp_path) -> None:
    paths = written(tmp_path, UNFILLED, "source: {host: mysql}\n")
    group = [PipelineFiles(paths, "us-east-1", {"bucket": "lake"})]
    report = lint([group], Facts(), Selection(("CDC010",)))
    assert [each.location.key for each in report.findings] == [
        "source.credentials.secret",
        "kafka.subnets",
        "connect.role_arn",
    ]
