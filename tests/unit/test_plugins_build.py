import hashlib
import io
import os
import zipfile
from pathlib import Path

import pytest

from cdcctl.errors import InputError
from cdcctl.plugins import build as building
from cdcctl.plugins.build import build, conflicts
from cdcctl.plugins.lock import Lock, LockedFile

CONVERTER = "org.apache.kafka.connect.storage.Converter"
SINK = "org.apache.kafka.connect.sink.SinkConnector"


def jar(**entries: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in entries.items():
            archive.writestr(name, text)
    return content.getvalue()


ARTIFACTS = {
    "z-connector": jar(**{"x/Sink.class": "1", f"META-INF/services/{SINK}": "# licence\nx.Sink # the one\n\n"}),
    "b-library": jar(**{"x/Shared.class": "new"}),
    "a-fat-converter": jar(**{"y/Conv.class": "2", "x/Shared.class": "old", "x/Sink.class": "1"}),
}


def lock_of(name: str, *artifacts: str, **more) -> Lock:
    files = tuple(
        LockedFile(f"g:{a}:1", f"{a}-1.jar", len(ARTIFACTS[a]), hashlib.sha256(ARTIFACTS[a]).hexdigest())
        for a in artifacts
    )
    return Lock(name, "1", "", "Apache-2.0", (), files, **more)


LOCKS = {
    "sink": lock_of("sink", "z-connector", "b-library", services=((SINK, ("x.Sink",)),)),
    "converter": lock_of("converter", "a-fat-converter", services=((CONVERTER, ("y.Conv",)),), last=True),
}


def download(file: LockedFile, target: Path) -> None:
    target.write_bytes(ARTIFACTS[file.artifact])


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("CDCCTL_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(building, "load_lock", LOCKS.__getitem__)
    return tmp_path / "cache"


def made(**more):
    return build(["sink", "converter"], download=download, **more)


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
    assert "cdcctl-services.jar" not in build(["sink"], download=download).jars


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
        second = build(["sink", "converter"], download=later)
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
    with pytest.raises(InputError, match="cannot be written"):
        made(out=tmp_path / "no" / "such" / "my.zip")


def test_extra_jars_and_the_jars_of_extra_archives_go_in(tmp_path):
    (tmp_path / "own.jar").write_bytes(jar(own="1"))
    (tmp_path / "provider.zip").write_bytes(
        jar(**{"deep/lib/provider.jar": jar(p="1"), "deep/README": "text"})  # type: ignore[arg-type]
    )
    plugin = made(extra=[tmp_path / "own.jar", tmp_path / "provider.zip"])
    assert {"own.jar", "provider.jar"} < set(plugin.jars)
    assert plugin.sha256 != made().sha256


def test_an_extra_file_with_other_content_gives_another_zip(tmp_path):
    extra = tmp_path / "own.jar"
    extra.write_bytes(jar(own="1"))
    first = made(extra=[extra])
    extra.write_bytes(jar(own="2"))
    assert made(extra=[extra]).sha256 != first.sha256


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
        ("empty.zip", jar(readme="text"), "holds no jars"),
        ("b-library-1.jar", jar(other="1"), "two different jars"),
    ],
)
def test_an_extra_file_that_is_no_use_is_an_input_error(tmp_path, name, content, message):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=message):
        made(extra=[tmp_path / name])


def test_the_same_jar_twice_is_once(tmp_path):
    (tmp_path / "b-library-1.jar").write_bytes(ARTIFACTS["b-library"])
    assert made(extra=[tmp_path / "b-library-1.jar"]).jars == made().jars


def test_conflicts_are_classes_of_one_name_and_different_content():
    (conflict,) = conflicts(made().path)
    assert conflict.jars == ("b-library-1.jar", "zz-a-fat-converter-1.jar")
    assert conflict.classes == ("x.Shared",)
