import hashlib
import json
import os
import threading
import zipfile
from pathlib import Path

import pytest
from java_classes import CONVERTER, SINK, TRANSFORM, class_entry, jar_file, zip_file

from cdcctl.errors import InputError
from cdcctl.plugins import build as building
from cdcctl.plugins.build import Ingredients, build
from cdcctl.plugins.lock import Lock, LockedFile

ARTIFACTS = {
    "z-connector": jar_file(
        class_entry("x.Sink", SINK), {f"META-INF/services/{SINK}": b"# licence\nx.Sink # the one\n\n"}
    ),
    "b-library": jar_file(class_entry("x.Shared", salt="new")),
    "a-fat-converter": jar_file(
        class_entry("y.Conv", interfaces=[CONVERTER]), class_entry("x.Shared", salt="old"), class_entry("x.Sink", SINK)
    ),
}


def lock_of(name: str, *artifacts: str, **more) -> Lock:
    files = tuple(
        LockedFile(f"g:{a}:1", f"{a}-1.jar", len(ARTIFACTS[a]), hashlib.sha256(ARTIFACTS[a]).hexdigest())
        for a in artifacts
    )
    return Lock(name, "1", "", "Apache-2.0", (), files, **more)


LOCKS = {
    "sink": lock_of("sink", "z-connector", "b-library"),
    "converter": lock_of("converter", "a-fat-converter", last=True),
}


def download(file: LockedFile, target: Path) -> None:
    target.write_bytes(ARTIFACTS[file.artifact])


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("CDCCTL_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(building, "load_lock", LOCKS.__getitem__)
    return tmp_path / "cache"


def made(*, added=(), drop=(), **more):
    return build(Ingredients(["sink", "converter"], added=added, drop=drop), download=download, **more)


def test_one_folder_holds_all_jars_and_the_fat_one_comes_last():
    plugin = made()
    with zipfile.ZipFile(plugin.path) as archive:
        names = archive.namelist()
    assert names == [
        "sink/b-library-1.jar",
        "sink/cdcctl-services.jar",
        "sink/z-connector-1.jar",
        "sink/zz-a-fat-converter-1.jar",
    ]
    assert list(plugin.jars) == [name.removeprefix("sink/") for name in names]


def test_jars_are_whole_and_stored():
    with zipfile.ZipFile(made().path) as archive:
        assert archive.read("sink/z-connector-1.jar") == ARTIFACTS["z-connector"]
        assert {entry.compress_type for entry in archive.infolist()} == {zipfile.ZIP_STORED}


def test_only_the_manifests_that_are_missing_are_added():
    plugin = made()
    assert plugin.services == {CONVERTER: ["y.Conv"], SINK: ["x.Sink"]}
    with zipfile.ZipFile(plugin.path) as archive, archive.open("sink/cdcctl-services.jar") as content:
        services = zipfile.ZipFile(content)
        assert services.namelist() == ["META-INF/MANIFEST.MF", f"META-INF/services/{CONVERTER}"]
        assert services.read(f"META-INF/services/{CONVERTER}") == b"y.Conv\n"


def test_no_services_jar_when_nothing_is_missing():
    assert "cdcctl-services.jar" not in build(Ingredients(["sink"]), download=download).jars


def test_two_machines_build_the_same_bytes(tmp_path, monkeypatch):
    first = made()
    other = tmp_path / "other"
    monkeypatch.setenv("CDCCTL_CACHE_DIR", str(other))

    def later(file, target):
        download(file, target)
        target.chmod(0o755)
        os.utime(target, (1e9, 1e9))

    monkeypatch.setenv("TZ", "Pacific/Auckland")
    before = os.umask(0o077)
    try:
        second = build(Ingredients(["sink", "converter"]), download=later)
    finally:
        os.umask(before)
    assert second.path != first.path
    assert second.path.read_bytes() == first.path.read_bytes()
    assert second.sha256 == first.sha256 == hashlib.sha256(first.path.read_bytes()).hexdigest()
    assert second.size == first.path.stat().st_size


def test_a_second_build_is_the_first_one(monkeypatch):
    first = made()
    monkeypatch.setattr(building, "unpacked", lambda *_, **__: pytest.fail("built again"))
    assert made() == first


def test_a_damaged_zip_in_the_cache_is_built_again():
    first = made()
    content = first.path.read_bytes()
    first.path.write_bytes(content[:-1])
    assert made() == first
    assert first.path.read_bytes() == content


def test_out_gets_a_copy(tmp_path):
    plugin = made(out=tmp_path / "my.zip")
    assert plugin.path == tmp_path / "my.zip"
    assert hashlib.sha256(plugin.path.read_bytes()).hexdigest() == plugin.sha256 == made().sha256
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["my.zip"]


def test_out_that_cannot_be_written_is_an_input_error(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot be written: Not a directory"):
        made(out=tmp_path / "file" / "my.zip")


def test_out_that_is_a_device_is_not_replaced(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()), daemon=True)
    reader.start()
    plugin = made(out=pipe)
    reader.join(10)
    assert pipe.is_fifo()
    assert [hashlib.sha256(each).hexdigest() for each in read] == [plugin.sha256]


def test_what_is_added_is_loaded_after_the_connector_and_before_the_converter(tmp_path):
    (tmp_path / "a-transform.jar").write_bytes(jar_file(class_entry("my.Mask", interfaces=[TRANSFORM])))
    provider = jar_file(class_entry("z.Lib"))
    (tmp_path / "provider.zip").write_bytes(zip_file(**{"deep/lib/provider.jar": provider, "deep/README": b"text"}))
    plugin = made(added=[tmp_path / "a-transform.jar", str(tmp_path / "provider.zip")])
    assert list(plugin.jars) == [
        "b-library-1.jar",
        "cdcctl-services.jar",
        "z-connector-1.jar",
        "zy-a-transform.jar",
        "zy-provider.jar",
        "zz-a-fat-converter-1.jar",
    ]
    assert plugin.services[TRANSFORM] == ["my.Mask"]


def test_a_maven_coordinate_is_added_with_all_it_needs(tmp_path, monkeypatch):
    lock = lock_of("smt", "b-library")
    monkeypatch.setattr(building, "pin", lambda word, further, say: lock if word == "com.acme:smt:1" else None)
    plugin = build(Ingredients(["converter"], added=["com.acme:smt:1"]), download=download)
    assert "zy-b-library-1.jar" in plugin.jars


def hub(tmp_path, **jars):
    """An archive as Confluent's hub publishes it."""
    manifest = json.dumps({"name": "kafka-connect-s3", "version": "10.5.0", "owner": {"username": "confluentinc"}})
    path = tmp_path / "confluentinc-kafka-connect-s3-10.5.0.zip"
    top = path.stem
    entries = {f"{top}/lib/{name}": content for name, content in jars.items()}
    path.write_bytes(zip_file(**{f"{top}/manifest.json": manifest.encode(), f"{top}/doc/README": b"", **entries}))
    return path


def test_a_users_own_archive_is_laid_out_like_a_connector_that_ships(tmp_path):
    s3 = jar_file(class_entry("io.confluent.connect.s3.S3SinkConnector", SINK), class_entry("x.Shared", salt="newest"))
    path = hub(tmp_path, **{"kafka-connect-s3-10.5.0.jar": s3, "connect-api-3.5.0.jar": jar_file(class_entry("k.K"))})
    plugin = build(Ingredients(["converter"], [path]), download=download)
    assert plugin.name == "kafka-connect-s3"
    assert list(plugin.jars) == ["cdcctl-services.jar", "kafka-connect-s3-10.5.0.jar", "zz-a-fat-converter-1.jar"]
    assert plugin.services == {
        SINK: ["io.confluent.connect.s3.S3SinkConnector", "x.Sink"],
        CONVERTER: ["y.Conv"],
    }


def test_a_plugin_that_was_built_is_laid_out_anew(tmp_path):
    (tmp_path / "smt.jar").write_bytes(jar_file(class_entry("my.Mask", interfaces=[TRANSFORM])))
    first = made(added=[tmp_path / "smt.jar"], out=tmp_path / "first.zip")
    again = build(Ingredients(["converter"], [first.path]), name="sink", download=download)
    # What was added is one of the archive's own jars now; the converter is still there once, and last.
    assert sorted(again.jars) == sorted(name.removeprefix("zy-") for name in first.jars)
    assert again.jars[-1] == first.jars[-1] == "zz-a-fat-converter-1.jar"
    assert again.services == first.services


def test_a_converter_in_a_users_archive_is_used_and_comes_last(tmp_path):
    fat = jar_file(class_entry("y.Conv", interfaces=[CONVERTER], salt="newer"))
    path = hub(tmp_path, **{"a-fat-converter-7.jar": fat, "sink-1.jar": jar_file(class_entry("s.Sink", SINK))})
    plugin = build(Ingredients(["converter"], [path]), download=download)
    assert list(plugin.jars) == ["cdcctl-services.jar", "sink-1.jar", "zz-a-fat-converter-7.jar"]


def test_jars_can_be_left_out(tmp_path):
    assert "b-library-1.jar" not in made(drop=["b-lib*.jar"]).jars
    assert made(drop=["b-lib*.jar"]).sha256 != made().sha256


def test_what_is_to_be_known_of_a_plugin_comes_with_it(tmp_path):
    (tmp_path / "own.jar").write_bytes(jar_file(class_entry("x.Sink", SINK, salt="another")))
    findings = made(added=[tmp_path / "own.jar"]).findings
    assert [finding.code for finding in findings if finding.severity == "error"] == ["PLG003"]


def test_an_added_file_with_other_content_gives_another_zip(tmp_path):
    own = tmp_path / "own.jar"
    own.write_bytes(jar_file({"own": b"1"}))
    first = made(added=[own])
    own.write_bytes(jar_file({"own": b"2"}))
    assert made(added=[own]).sha256 != first.sha256


def test_a_folder_of_jars_can_be_added(tmp_path):
    folder = tmp_path / "jars" / "deep"
    folder.mkdir(parents=True)
    (folder / "own.jar").write_bytes(jar_file({"own": b"1"}))
    first = made(added=[tmp_path / "jars"])
    assert "zy-own.jar" in first.jars
    (folder / "more.jar").write_bytes(jar_file({"own": b"2"}))
    assert "zy-more.jar" in made(added=[tmp_path / "jars"]).jars


def test_the_folder_can_have_another_name():
    plugin = made(name="my-sink")
    assert plugin.path.name == "my-sink.zip"
    with zipfile.ZipFile(plugin.path) as archive:
        assert all(name.startswith("my-sink/") for name in archive.namelist())


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("missing.jar", None, "there is no file"),
        ("junk.jar", b"junk", "is not a jar"),
        ("junk.zip", b"junk", "neither a ZIP nor a tar"),
        ("empty.zip", zip_file(readme=b"text"), "holds no jars"),
        ("cut.zip", zip_file(**{"a.jar": b"x" * 500})[:-30], "neither a ZIP nor a tar"),
    ],
    ids=["missing", "junk jar", "junk zip", "empty zip", "cut zip"],
)
def test_an_added_file_that_is_no_use_is_an_input_error(tmp_path, name, content, message):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=message):
        made(added=[tmp_path / name])


def test_the_same_jar_twice_is_once(tmp_path):
    (tmp_path / "b-library-1.jar").write_bytes(ARTIFACTS["b-library"])
    assert made(added=[tmp_path / "b-library-1.jar"]).jars == made().jars


def test_two_different_jars_of_one_name_are_an_input_error(tmp_path):
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "own.jar").write_bytes(jar_file({"from": folder.encode()}))
    with pytest.raises(InputError, match="two different jars are called own"):
        made(added=[tmp_path / "one" / "own.jar", tmp_path / "two" / "own.jar"])
