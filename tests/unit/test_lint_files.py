"""Raw configurations: the forms they are kept in, places in them, suppressions, and edits that keep everything else."""

from __future__ import annotations

import json
from pathlib import Path

import javaproperties
import pytest
from lint_cases import base

from cdcctl.errors import InputError
from cdcctl.lint.editing.json_text import edit_json
from cdcctl.lint.editing.properties import edit_properties
from cdcctl.lint.inputs.connector_file import ConfigurationFile
from cdcctl.lint.rule import Edit
from cdcctl.lint.run import Facts, Report, Selection, fix, lint

ARTICLE = Path(__file__).parent / "lint_inputs" / "article"


def judged(*paths: Path, cure: bool = False) -> Report:
    group = [ConfigurationFile(path) for path in paths]
    return (fix if cure else lint)([group], Facts(), Selection())


def codes(report: Report) -> list[str]:
    return [finding.code for finding in report.findings]


def test_the_article() -> None:
    """The two configurations as the article has them, with all their real problems."""
    report = judged(ARTICLE / "source.json", ARTICLE / "sink.json")
    assert {(Path(each.location.file).name, each.location.line, each.code) for each in report.findings} == {
        ("source.json", 9, "CDC002"),  # Debezium 1.x
        ("source.json", 11, "CDC229"),  # schema changes are published for nobody
        ("source.json", 38, "CDC064"),  # op and source.ts_ms do not order changes
        ("source.json", 2, "CDC044"),  # no heartbeat
        ("source.json", 2, "CDC045"),  # a restart of MySQL is noticed late
        ("source.json", 2, "CDC055"),  # no signals
        ("sink.json", 2, "CDC151"),  # the last rows are never written
        ("source.json", 2, "CDC201"),  # MySQL without TLS
        ("source.json", 2, "CDC220"),  # topics are left to the brokers
        ("source.json", 2, "CDC240"),  # restarts whenever a secret's lease ends
        ("sink.json", 3, "CDC163"),  # two tasks for one partition
        ("sink.json", 10, "CDC156"),  # flush.size 10
    }
    assert all(finding.rule.cure for finding in report.findings)


@pytest.mark.parametrize("option", ["drop.tombstones", "delete.handling.mode"])
def test_the_article_with_other_deletes(tmp_path, option) -> None:
    """Left out, deletes are dropped by default; with tombstones kept, each delete stops the sink."""
    source = json.loads((ARTICLE / "source.json").read_text())
    expected = {"drop.tombstones": "CDC062", "delete.handling.mode": "CDC061"}[option]
    if option == "drop.tombstones":
        source["transforms.unwrap.drop.tombstones"] = "false"
    else:
        del source["transforms.unwrap.delete.handling.mode"]
    (tmp_path / "source.json").write_text(json.dumps(source))
    assert expected in codes(judged(tmp_path / "source.json", ARTICLE / "sink.json"))


def test_the_article_with_its_password_in_plain_text(tmp_path) -> None:
    text = (ARTICLE / "source.json").read_text().replace("${secretsmanager:MySQLDBSecret:password}", "hunter2")
    (tmp_path / "source.json").write_text(text)
    (finding,) = [each for each in judged(tmp_path / "source.json").findings if each.code == "CDC200"]
    assert (finding.location.line, finding.location.key) == (7, "database.password")
    assert "hunter2" not in str(finding.to_dict())


def test_the_article_fixed(tmp_path) -> None:
    for name in ("source.json", "sink.json"):
        (tmp_path / name).write_bytes((ARTICLE / name).read_bytes())
    paths = [tmp_path / "source.json", tmp_path / "sink.json"]
    report = judged(*paths, cure=True)
    # CDC230 is one only once the source makes its topics itself.
    assert {each.code for each in report.fixed} == {
        *("CDC045", "CDC064", "CDC151", "CDC156", "CDC220", "CDC229", "CDC230", "CDC240"),
    }
    assert sorted(codes(report)) == ["CDC002", "CDC044", "CDC055", "CDC163", "CDC201"]
    again = judged(*paths, cure=True)
    assert (again.fixed, again.changes) == ((), ())


FORMS = {
    "flat": lambda config: config,
    "connect": lambda config: {"name": "shop", "config": config},
    "msk": lambda config: {"connectorName": "shop", "connectorConfiguration": config},
    "info": lambda config: {"shop": {"info": {"name": "shop", "config": config}}},
    "list": lambda config: [{"name": "shop", "config": config}],
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("indent", [None, 2])
def test_every_form_is_judged_and_edited(tmp_path, form, indent) -> None:
    config = {**base()["source"], "tasks.max": "2", "errors.deadletterqueue.topic.name": "dead"}
    path = tmp_path / "source.json"
    path.write_text(json.dumps(FORMS[form](config), indent=indent))
    assert set(codes(judged(path))) == {"CDC020", "CDC243"}
    report = judged(path, cure=True)
    assert report.findings == ()
    assert json.loads(path.read_text()) == FORMS[form]({**base()["source"], "tasks.max": "1"})


def test_a_file_of_several_is_judged_and_not_edited(tmp_path) -> None:
    configs = [{"name": name, "config": {**base()["confluent"], "flush.size": "1"}} for name in "ab"]
    path = tmp_path / "both.json"
    path.write_text(json.dumps(configs))
    before = path.read_bytes()
    report = judged(path, cure=True)
    assert codes(report) == ["CDC156", "CDC156"]
    assert [each.configuration.name for each in report.findings if each.configuration] == ["a", "b"]
    assert path.read_bytes() == before


def test_what_a_request_says_beside_the_configuration(tmp_path) -> None:
    request = {
        "connectorName": "shop",
        "connectorConfiguration": base()["source"],
        "kafkaConnectVersion": "2.7.1",
        "capacity": {"autoScaling": {"mcuCount": 1, "minWorkerCount": 1, "maxWorkerCount": 2}},
        "kafkaClusterEncryptionInTransit": {"encryptionType": "PLAINTEXT"},
    }
    path = tmp_path / "create-connector.json"
    path.write_text(json.dumps(request))
    report = lint([[ConfigurationFile(path)]], Facts({"debezium": (3, 6)}), Selection())
    # No log delivery, no worker configuration, autoscaled, Java 11, plain text.
    assert set(codes(report)) == {"CDC241", "CDC192", "CDC248", "CDC247", "CDC203"}
    request["logDelivery"] = {"workerLogDelivery": {"cloudWatchLogs": {"enabled": True, "logGroup": "g"}}}
    request["workerConfiguration"] = {"workerConfigurationArn": "arn", "revision": 1}
    request["capacity"] = {"provisionedCapacity": {"mcuCount": 1, "workerCount": 1}}
    request |= {"kafkaConnectVersion": "3.7.x", "kafkaClusterEncryptionInTransit": {"encryptionType": "TLS"}}
    path.write_text(json.dumps(request))
    assert codes(lint([[ConfigurationFile(path)]], Facts({"debezium": (3, 6)}), Selection())) == []


@pytest.mark.parametrize(
    ("capacity", "mcu"),
    [
        ({"provisionedCapacity": {"mcuCount": 2, "workerCount": 1}}, 2),
        ({"autoScaling": {"mcuCount": 8, "minWorkerCount": 1, "maxWorkerCount": 2}}, 8),
        ({"provisionedCapacity": {"mcuCount": 3, "workerCount": 1}}, None),
        ({}, None),
    ],
)
def test_a_request_tells_the_size_of_its_workers(tmp_path, capacity, mcu) -> None:
    path = tmp_path / "create-connector.json"
    path.write_text(json.dumps({"connectorConfiguration": base()["iceberg"], "capacity": capacity}))
    [configuration] = ConfigurationFile(path).configurations
    assert configuration.deployment.mcu == mcu


PROPERTIES = """\
# Offsets are kept here.
offset.storage.topic = offsets

! cdcctl: ignore CDC194 because the local worker reads it
log4j.rootLogger : DEBUG
key.converter=org.apache.kafka.connect.storage.StringConverter
value.converter   org.apache.kafka.connect.storage.StringConverter
group.id=\\
    workers
# cdcctl: ignore CDC114
# cdcctl: ignore CDC001
"""


def test_properties(tmp_path) -> None:
    path = tmp_path / "worker.properties"
    path.write_text(PROPERTIES)
    report = judged(path)
    assert {(each.code, each.location.line) for each in report.findings} == {
        ("CDC190", 8),
        ("CDC292", 10),
        ("CDC292", 11),
    }
    assert [(each.code, each.reason) for each in report.suppressed] == [("CDC194", "the local worker reads it")]


def test_a_suppression_without_a_reason(tmp_path) -> None:
    path = tmp_path / "worker.properties"
    path.write_text(PROPERTIES.replace(" because the local worker reads it", ""))
    assert ("CDC290", 4) in {(each.code, each.location.line) for each in judged(path).findings}


def test_fixing_properties_keeps_every_other_line(tmp_path) -> None:
    path = tmp_path / "worker.properties"
    path.write_text(PROPERTIES)
    judged(path, cure=True)
    assert path.read_text() == PROPERTIES.replace("group.id=\\\n    workers\n", "")


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_edits_of_properties(end) -> None:
    text = end.join(["# top", "a = 1", "b:2", "c 3", "  d=\\", "  4", "!end"])
    edits = [Edit("a", "x y"), Edit("b", rename="e f"), Edit("c"), Edit("d", "5"), Edit("new", " ü")]
    after = edit_properties(text, edits)
    assert after == end.join(["# top", "a = x y", "e\\ f:2", "  d=5", "!end", "new=\\ \\u00fc", ""])
    assert javaproperties.loads(after) == {"a": "x y", "e f": "2", "d": "5", "new": " ü"}


def test_edits_of_json_keep_what_is_around() -> None:
    text = '{ "a":1,\n\t"b" : "2" ,\n\t"c":[ ]\n}\n'
    assert edit_json(text, [Edit("a", "x"), Edit("b", rename="e")]) == '{ "a":"x",\n\t"e" : "2" ,\n\t"c":[ ]\n}\n'
    assert json.loads(edit_json(text, [Edit("c")])) == {"a": 1, "b": "2"}
    assert json.loads(edit_json(text, [Edit("a")])) == {"b": "2", "c": []}
    assert edit_json(text, [Edit("d", "ü")]) == '{ "a":1,\n\t"b" : "2" ,\n\t"c":[ ],\n\t"d": "ü"\n}\n'
    assert edit_json("{}", [Edit("a", "1")]) == '{"a": "1"}'
    assert edit_json('{"a": "1"}', [Edit("a")]) == "{}"


def test_a_latin_1_file_stays_one(tmp_path) -> None:
    path = tmp_path / "worker.properties"
    path.write_bytes(
        "# größe\ngroup.id=x\nkey.converter=a\nvalue.converter=b\noffset.storage.topic=o\n".encode("latin-1")
    )
    judged(path, cure=True)
    assert path.read_bytes() == "# größe\nkey.converter=a\nvalue.converter=b\noffset.storage.topic=o\n".encode(
        "latin-1"
    )


def test_a_link_stays_one_and_permissions_stay(tmp_path) -> None:
    real = tmp_path / "real.properties"
    real.write_text(PROPERTIES)
    real.chmod(0o604)
    link = tmp_path / "link.properties"
    link.symlink_to(real)
    judged(link, cure=True)
    assert link.is_symlink()
    assert real.stat().st_mode & 0o777 == 0o604
    assert "group.id" not in real.read_text()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link.properties", "real.properties"]


@pytest.mark.parametrize("text", ["a=1\n", "{}", '{"a": "b"}', "[{}]"])
def test_what_it_configures_must_be_clear(tmp_path, text) -> None:
    path = tmp_path / "x.json"
    path.write_text(text)
    with pytest.raises(InputError, match="no configuration"):
        judged(path)


def test_a_connector_of_someone_else_is_judged_by_what_holds_for_all(tmp_path) -> None:
    path = tmp_path / "other.json"
    path.write_text(
        json.dumps({"connector.class": "com.example.Sink", "topics": "a", "errors.tolerance": "all", "x": "y"})
    )
    assert codes(judged(path)) == ["CDC244"]


@pytest.mark.parametrize("name", ["MySqlConnector", "MySql", "io.debezium.connector.mysql.MySqlConnector"])
def test_a_class_by_any_of_its_names(tmp_path, name) -> None:
    path = tmp_path / "source.json"
    path.write_text(json.dumps({**base()["source"], "connector.class": name, "tasks.max": "3"}))
    assert codes(judged(path)) == ["CDC020"]
