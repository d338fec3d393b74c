import json
import re
from pathlib import Path

import pytest

from cdcctl.errors import InputError
from cdcctl.plugins.lock import LockedFile, load_lock, lock_names, read_lock
from cdcctl.resources import data_folder

LOCK = {
    "name": "toy",
    "version": "1",
    "description": "a toy",
    "license": "Apache-2.0",
    "roots": ["g:a:1"],
    "files": [{"coordinate": "g:a:1", "file": "a-1.jar", "size": 1, "sha256": "0" * 64}],
}


def test_the_locks_that_ship():
    assert lock_names() == ["debezium-mysql", "glue-avro-converter", "iceberg", "kafka", "msk-iam-auth"]


@pytest.mark.parametrize("name", lock_names())
def test_a_committed_lock_is_well_formed_and_complete(name):
    lock = load_lock(name)
    assert lock.name == name
    assert list(lock.files) == sorted(lock.files, key=lambda file: file.coordinate)
    assert set(lock.roots) <= {file.coordinate for file in lock.files}
    for file in lock.files:
        classifier = f"-{file.classifier}" if file.classifier else ""
        assert file.file == f"{file.artifact}-{file.version}{classifier}.{file.type}"
    assert (data_folder("connectors") / name / "README.md").is_file()


@pytest.mark.parametrize("name", lock_names())
def test_a_committed_lock_holds_one_version_of_each_artifact(name):
    artifacts = [(file.group, file.artifact, file.classifier) for file in load_lock(name).files]
    assert len(artifacts) == len(set(artifacts))


def test_no_registry_address_is_committed():
    folder = data_folder("connectors")
    for path in [*folder.glob("*/*"), folder.parent / "scripts" / "refresh-locks"]:
        assert not re.search(r"https?://|\bmaven\d?\.\w+\.\w+", path.read_text()), path


@pytest.mark.parametrize(("wrong", "near"), [("debezium", "debezium-mysql"), ("icebreg", "iceberg"), ("q", "kafka")])
def test_an_unknown_name_is_answered_with_the_nearest(wrong, near):
    with pytest.raises(InputError) as caught:
        load_lock(wrong)
    assert wrong in caught.value.message
    assert near in (caught.value.hint or "")


def test_a_coordinate_has_up_to_five_parts():
    archive = LockedFile("io.debezium:connector:3.6:plugin:tar.gz", "connector-3.6-plugin.tar.gz", 1, "0" * 64)
    assert (archive.classifier, archive.type, archive.is_archive) == ("plugin", "tar.gz", True)
    assert archive.path == Path("io/debezium/connector/3.6/connector-3.6-plugin.tar.gz")
    plain = LockedFile("g:a:1", "a-1.jar", 1, "0" * 64)
    assert (plain.classifier, plain.type, plain.is_archive) == ("", "jar", False)


def test_all_problems_of_a_lock_are_told_at_once(tmp_path):
    bad = {"coordinate": "g:a", "file": "../a.jar", "size": 0, "sha256": "xyz"}
    path = tmp_path / "lock.json"
    path.write_text(json.dumps({**LOCK, "files": [bad, bad]}))
    with pytest.raises(InputError) as caught:
        read_lock(path)
    text = "\n".join(caught.value.details)
    for part in ("group:artifact:version", "plain file name", "SHA-256", "listed twice"):
        assert part in text


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"files": 1}'])
def test_what_is_no_lock_is_an_input_error(tmp_path, text):
    path = tmp_path / "lock.json"
    path.write_text(text)
    with pytest.raises(InputError, match="is not a lock"):
        read_lock(path)
