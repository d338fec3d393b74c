import io
import json
import re
import tarfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from java_classes import ABSTRACT, CONVERTER, PUBLIC, SINK, TRANSFORM, class_entry, jar_file, pom_entry, zip_file
from typer.testing import CliRunner

from cdcctl.cli.app import app
from cdcctl.errors import InputError
from cdcctl.plugins import archive
from cdcctl.plugins.doubled import Library
from cdcctl.plugins.inspection import Inspection, inspect
from cdcctl.plugins.jar import Artifact, read_jar
from cdcctl.plugins.known_bad import is_bad, known_bad
from cdcctl.plugins.words import in_words

SOURCE = "org.apache.kafka.connect.source.SourceConnector"
GLUE = "com.amazonaws.services.schemaregistry.kafkaconnect.AWSKafkaAvroConverter"
SDK = "software.amazon.awssdk.utils.Either"
PREDICATE = "org.apache.kafka.connect.transforms.predicates.Predicate"


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("CDCCTL_CACHE_DIR", str(tmp_path / "cache"))


@pytest.fixture
def look(tmp_path):
    def look(connect="3.7.x", /, **jars: bytes) -> Inspection:
        path = tmp_path / "plugin.zip"
        path.write_bytes(zip_file(**jars))
        return inspect(path, connect)

    return look


def codes(inspection: Inspection) -> list[str]:
    return [finding.code for finding in inspection.findings]


def test_plugin_classes_are_found_by_what_they_extend_whatever_jar_that_is_in(look):
    base = jar_file(
        class_entry("io.base.Binlog", SOURCE, flags=PUBLIC | ABSTRACT),
        class_entry("io.base.Smt", interfaces=["io.base.Marker"], flags=PUBLIC | ABSTRACT),
        class_entry("io.base.Marker", interfaces=[TRANSFORM], flags=0x0601),
    )
    connector = jar_file(
        pom_entry("io.acme", "connector", "2.5"),
        class_entry("io.acme.Source", "io.base.Binlog"),
        class_entry("io.acme.Mask$Value", "io.base.Smt"),
        class_entry("io.acme.ByName", interfaces=[PREDICATE, "java.io.Serializable"]),
        class_entry("io.acme.Both", interfaces=[CONVERTER, "org.apache.kafka.connect.storage.HeaderConverter"]),
        class_entry("io.acme.Stamp", "org.apache.kafka.connect.transforms.InsertField$Value"),
        class_entry("io.acme.Hidden", SOURCE, flags=0),
        class_entry("io.acme.Needy", SOURCE, constructors=[(PUBLIC, "(I)V")]),
        class_entry("io.acme.Plain"),
        class_entry("org.apache.kafka.connect.json.JsonConverter", interfaces=[CONVERTER]),
        {f"META-INF/services/{SOURCE}": b"io.acme.Source\n"},
    )
    inspection = look(**{"a/connector-2.5.jar": connector, "a/base.jar": base})
    assert [(each.kind, each.name, each.version, each.declared) for each in inspection.plugins] == [
        ("source connector", "io.acme.Source", "2.5", True),
        ("converter", "io.acme.Both", "2.5", False),
        ("header converter", "io.acme.Both", "2.5", False),
        ("transform", "io.acme.Mask$Value", "2.5", False),
        ("transform", "io.acme.Stamp", "2.5", False),
        ("predicate", "io.acme.ByName", "2.5", False),
    ]
    assert inspection.version == "2.5"
    assert inspection.find("io.acme.Source") in inspection.of_kind("source connector")
    assert inspection.find("io.acme.Nothing") is None
    assert codes(inspection) == ["PLG007"]


def test_classes_that_extend_each_other_in_a_circle_are_no_plugins(look):
    jar = jar_file(class_entry("a.A", "a.B"), class_entry("a.B", "a.A"), class_entry("a.C", "a.C"))
    assert look(**{"x.jar": jar}).plugins == ()


def fat_glue(version="1.1.9", sdk="2.17.122"):
    return jar_file(
        class_entry(GLUE, interfaces=[CONVERTER]),
        class_entry(SDK, salt=sdk),
        pom_entry("software.amazon.glue", "schema-registry-kafkaconnect-converter", version),
        pom_entry("software.amazon.awssdk", "utils", sdk),
        pom_entry("org.apache.avro", "avro", "1.10.2"),
    )


S3_SINK = {
    "kafka-connect-s3-12.1.9.jar": jar_file(
        class_entry("io.confluent.connect.s3.S3SinkConnector", SINK, java=11),
        pom_entry("io.confluent", "kafka-connect-s3", "12.1.9"),
    ),
    "utils-2.28.0.jar": jar_file(class_entry(SDK, salt="2.28"), pom_entry("software.amazon.awssdk", "utils", "2.28.0")),
}


def test_a_converter_that_shadows_the_connectors_sdk_is_told(look):
    glue = {"g/a-schema-registry-kafkaconnect-converter-1.1.9.jar": fat_glue()}
    inspection = look(**{f"g/{name}": jar for name, jar in S3_SINK.items()}, **glue)
    (doubled,) = inspection.doubled
    assert doubled.jars == ("a-schema-registry-kafkaconnect-converter-1.1.9.jar", "utils-2.28.0.jar")
    assert doubled.classes == (SDK,)
    assert doubled.libraries == (Library("utils", ("2.17.122", "2.28.0")),)
    assert "PLG004" in codes(inspection)


def test_the_glue_converter_before_the_s3_sink_is_known_bad_and_behind_it_is_not(look):
    name = "schema-registry-kafkaconnect-converter-1.1.9.jar"
    beside = {f"k/lib/{file}": jar for file, jar in S3_SINK.items()}
    before = look(**{"k/a/" + name: fat_glue(), **beside})
    assert [finding.severity for finding in before.findings if "glue-converter-before-sdk-2.28" in finding.message] == [
        "error"
    ]
    assert not before.ok
    for place in ("k/zz-" + name, "k/lib/zz-" + name):
        after = look(**{place: fat_glue(), **beside})
        assert after.ok
        assert codes(after) == ["PLG007"]
        assert {each.artifact.version for each in after.jars if each.artifact.name.startswith("schema")} == {"1.1.9"}


def test_jars_are_ordered_by_their_whole_path_as_a_worker_does(look):
    jar = jar_file(class_entry("x.S", SINK))
    inspection = look(**{"top/z.jar": jar, "top/lib/b.jar": jar, "top/lib/a.jar": jar, "top/Upper.jar": jar})
    assert [each.name for each in inspection.jars] == ["Upper.jar", "lib/a.jar", "lib/b.jar", "z.jar"]


def test_the_same_class_in_several_jars_is_no_finding_but_a_different_one_is(look):
    same = {"a.jar": jar_file(class_entry("x.S", SINK)), "b.jar": jar_file(class_entry("x.S", SINK))}
    assert look(**same).doubled == ()
    assert "PLG003" in codes(look(**same, **{"c.jar": jar_file(class_entry("x.S", SINK, salt="other"))}))


def test_what_the_worker_has_itself_is_not_doubled(look):
    inspection = look(
        **{
            "a.jar": jar_file(class_entry("org.slf4j.Logger", salt="1"), class_entry("x.S", SINK)),
            "b.jar": jar_file(class_entry("org.slf4j.Logger", salt="2")),
            "kafka-clients-4.3.0.jar": jar_file(class_entry("org.apache.kafka.clients.producer.KafkaProducer")),
        }
    )
    assert inspection.doubled == ()
    assert "PLG008" in codes(inspection)


def test_the_java_level_does_not_count_what_a_multi_release_jar_has_for_newer_ones(look):
    newer = {"META-INF/versions/21/x/S.class": class_entry("x.S", java=21)["x/S.class"]}
    plain = class_entry("x.S", SINK, java=11)
    inspection = look(**{"a.jar": jar_file(plain, newer, class_entry("module-info", java=22))})
    (jar,) = inspection.jars
    assert (jar.java, jar.multi_release, inspection.java) == (11, True, 11)


@pytest.mark.parametrize(("connect", "java", "ok"), [("2.7.1", 17, False), ("2.7.1", 11, True), ("3.7.x", 17, True)])
def test_java_is_held_against_that_of_the_worker(look, connect, java, ok):
    inspection = look(connect, **{"a.jar": jar_file(class_entry("x.S", SINK, java=java))})
    assert inspection.ok is ok
    assert ("PLG002" in codes(inspection)) is not ok


def test_parts_of_different_releases_are_told(look):
    parts = {
        f"debezium-{name}-{version}.jar": jar_file(pom_entry("io.debezium", f"debezium-{name}", version))
        for name, version in (("core", "2.7.4.Final"), ("connector-mysql", "3.0.8.Final"))
    }
    found = [finding.message for finding in look(**parts).findings if finding.code == "PLG005"]
    assert found == [
        "parts of different releases that belong together: "
        "2.7.4.Final: debezium-core; 3.0.8.Final: debezium-connector-mysql"
    ]


@pytest.mark.parametrize(
    ("artifact", "version", "ids"),
    [
        ("iceberg-kafka-connect", "1.11.0", {"iceberg-commits-twice", "iceberg-loses-commits"}),
        ("iceberg-kafka-connect", "1.12.0", set()),
        ("debezium-connector-mysql", "2.7.4.Final", {"debezium-mysql-8.4", "debezium-cloudevents-error"}),
        ("debezium-connector-mysql", "3.0.0.Final", {"debezium-cloudevents-error"}),
        ("something-else", "1", set()),
    ],
)
def test_known_bad_versions(artifact, version, ids, look):
    assert {each.id for each in is_bad(artifact, version)} == ids
    inspection = look(**{f"{artifact}-{version}.jar": jar_file(class_entry("x.S", SINK))})
    assert {each for each in ids if any(f"[{each}]" in finding.message for finding in inspection.findings)} == ids


def test_everything_known_says_where_it_is_known_from():
    for each in known_bad():
        assert re.fullmatch(r"https://\S+|observed with .+", each.source), each.id
        assert each.versions[0] in "[("


@pytest.mark.parametrize(
    ("file", "entries", "own", "bundled"),
    [
        ("a-1.0.jar", [("g", "a", "1.0")], Artifact("g", "a", "1.0"), ()),
        ("a-1.0-jre8.jar", [("g", "a", "1.0")], Artifact("g", "a", "1.0"), ()),
        ("renamed.jar", [("g", "a", "1.0")], Artifact("g", "a", "1.0"), ()),
        ("zz-a-1.0.jar", [("g", "a", "1.0")], Artifact("g", "a", "1.0"), ()),
        ("bundle-7.jar", [("g", "a", "1.0")], Artifact("", "bundle", "7"), (Artifact("g", "a", "1.0"),)),
        (
            "fat.jar",
            [("g", "a", "1"), ("g", "b", "2")],
            Artifact("", "fat", ""),
            (Artifact("g", "a", "1"), Artifact("g", "b", "2")),
        ),
    ],
)
def test_which_artifact_a_jar_is(tmp_path, file, entries, own, bundled):
    (tmp_path / file).write_bytes(jar_file(*(pom_entry(*each) for each in entries)))
    jar = read_jar(tmp_path / file)
    assert (jar.artifact, jar.bundled) == (own, bundled)


def test_a_version_may_stand_in_the_manifest_only(tmp_path):
    text = (
        b"Manifest-Version: 1.0\r\nImplementation-Version: 4.5.\r\n 6\r\n\r\nName: x\r\nImplementation-Version: 0\r\n"
    )
    (tmp_path / "own.jar").write_bytes(jar_file({"META-INF/MANIFEST.MF": text}))
    assert read_jar(tmp_path / "own.jar").artifact == Artifact("", "own", "4.5.6")


def test_an_archive_of_the_hub_says_its_name_and_version(look):
    manifest = json.dumps({"name": "kafka-connect-s3", "version": "10.5.0"}).encode()
    inspection = look(**{"c/manifest.json": manifest, "c/lib/x.jar": jar_file(class_entry("x.S", SINK))})
    assert (inspection.name, inspection.version) == ("kafka-connect-s3", "10.5.0")


def test_a_tar_archive_a_folder_and_a_jar_can_be_inspected(tmp_path):
    jar = jar_file(class_entry("x.S", SINK))
    (tmp_path / "folder" / "deep").mkdir(parents=True)
    for path in (tmp_path / "x.jar", tmp_path / "folder" / "deep" / "x.jar"):
        path.write_bytes(jar)
    with tarfile.open(tmp_path / "x.tar.gz", "w:gz") as tar:
        tar.add(tmp_path / "folder", "top")
    for name in ("x.jar", "folder", "x.tar.gz"):
        inspection = inspect(tmp_path / name)
        assert [each.name for each in inspection.plugins] == ["x.S"], name
        assert [each.name for each in inspection.jars] == ["x.jar"], name


def test_a_damaged_class_is_named_and_the_rest_is_read(look):
    whole = class_entry("x.S", SINK)
    cut = {"y/Cut.class": whole["x/S.class"][:40], "y/Text.class": b"text"}
    inspection = look(**{"a.jar": jar_file(whole, cut)})
    assert [each.name for each in inspection.plugins] == ["x.S"]
    (finding,) = [finding for finding in inspection.findings if finding.code == "PLG006"]
    assert "y/Cut.class, y/Text.class" in finding.message


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "neither a ZIP nor a tar"),
        (b"garbage" * 99, "neither a ZIP nor a tar"),
        (zip_file(**{"a.jar": b"no jar"}), r"a\.jar is not a jar"),
        (zip_file(**{"a.jar": zip_file(x=b"1")[:-9]}), r"a\.jar is not a jar"),
    ],
)
def test_what_is_no_plugin_at_all_is_an_input_error(tmp_path, content, said):
    (tmp_path / "x.zip").write_bytes(content)
    with pytest.raises(InputError, match=said):
        inspect(tmp_path / "x.zip")


def test_a_plugin_without_jars_says_so(look):
    assert codes(look(readme=b"text")) == ["PLG001"]
    assert codes(look(**{"a.jar": jar_file(class_entry("x.Y"))})) == ["PLG001"]


def test_archives_in_archives_in_archives_are_left_alone(tmp_path):
    content = jar_file(class_entry("x.S", SINK))
    for _ in range(20):
        content = zip_file(**{"inner.zip": content, "inner.jar": content})
    (tmp_path / "x.zip").write_bytes(content)
    assert codes(inspect(tmp_path / "x.zip")) == ["PLG001"]


def test_what_would_unpack_to_more_than_a_plugin_can_be_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "MOST_BYTES", 1 << 20)
    (tmp_path / "x.zip").write_bytes(zip_file(**{"bomb.jar": bytes(4 << 20)}))
    with pytest.raises(InputError, match="it is no plugin"):
        inspect(tmp_path / "x.zip")
    monkeypatch.setattr(archive, "MOST_JARS", 3)
    (tmp_path / "x.zip").write_bytes(zip_file(**{f"{n}.jar": jar_file() for n in range(5)}))
    with pytest.raises(InputError, match="more than 3 jars"):
        inspect(tmp_path / "x.zip")


def test_a_class_larger_than_any_is_not_unpacked(look):
    inspection = look(**{"a.jar": jar_file(class_entry("x.S", SINK), {"x/Bomb.class": bytes(20 << 20)})})
    assert "PLG006" in codes(inspection)


def test_an_encrypted_or_oddly_compressed_entry_is_told(tmp_path):
    plain = bytearray(zip_file(**{"a.jar": jar_file(class_entry("x.S", SINK))}))
    for place, value in ((6, 1), (8, 99)):
        content = bytearray(plain)
        content[place] = value
        central = content.index(b"PK\x01\x02")
        content[central + place + 2] = value
        (tmp_path / "x.zip").write_bytes(bytes(content))
        with pytest.raises(InputError, match="cannot be unpacked"):
            inspect(tmp_path / "x.zip")


def whole() -> bytes:
    connector = jar_file(
        class_entry("x.S", SINK),
        class_entry("x.T$Value", interfaces=[TRANSFORM]),
        pom_entry("g", "a", "1"),
        {"META-INF/MANIFEST.MF": b"Manifest-Version: 1.0\r\n\r\n", f"META-INF/services/{SINK}": b"x.S\n"},
    )
    stored = io.BytesIO()
    with zipfile.ZipFile(stored, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("p/manifest.json", b'{"name": "p", "version": "1"}')
        archive.writestr("p/a-1.jar", connector)
    return stored.getvalue()


WHOLE = whole()


def told_or_read(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    try:
        inspection = inspect(path)
    except InputError:
        return
    assert list(in_words(inspection))
    json.dumps(inspection.to_dict())


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.lists(st.tuples(st.integers(0, len(WHOLE) - 1), st.integers(0, 255)), min_size=1, max_size=8))
def test_a_plugin_with_wrong_bytes_is_read_or_told(tmp_path, changes):
    content = bytearray(WHOLE)
    for place, value in changes:
        content[place] = value
    told_or_read(tmp_path / "x.zip", bytes(content))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(begin=st.integers(0, len(WHOLE)), length=st.integers(0, 400))
def test_a_plugin_with_a_piece_missing_is_read_or_told(tmp_path, begin, length):
    told_or_read(tmp_path / "x.zip", WHOLE[:begin] + WHOLE[begin + length :])


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=2000))
def test_any_bytes_are_told(tmp_path, content):
    for head in (b"", b"PK\x03\x04", b"\x1f\x8b\x08", b"PK\x05\x06"):
        told_or_read(tmp_path / "x.zip", head + content)
        told_or_read(tmp_path / "x.jar", head + content)


def test_the_command_prints_what_is_there_and_fails_on_what_is_known_to_fail(tmp_path):
    path = tmp_path / "confluent.zip"
    path.write_bytes(zip_file(**S3_SINK))
    done = CliRunner().invoke(app, ["plugin", "inspect", str(path)])
    assert done.exit_code == 0, done.output
    assert "sink connector:\n  io.confluent.connect.s3.S3SinkConnector 12.1.9\n" in done.stdout
    document = json.loads(CliRunner().invoke(app, ["plugin", "inspect", str(path), "--json"]).stdout)
    assert document["plugins"][0]["class"] == "io.confluent.connect.s3.S3SinkConnector"
    assert document["java"] == 11
    path.write_bytes(zip_file(**{**S3_SINK, "a.jar": fat_glue()}))
    done = CliRunner().invoke(app, ["plugin", "inspect", str(path)])
    assert done.exit_code == 1
    assert "error PLG010" in done.stdout
    path.write_bytes(b"junk")
    done = CliRunner().invoke(app, ["plugin", "inspect", str(path)])
    assert done.exit_code == 3
    assert "Traceback" not in done.output
