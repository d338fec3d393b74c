import json
import re
from pathlib import Path

import pytest

from cdcctl.errors import InputError
from cdcctl.plugins.catalogue import load_lock
from cdcctl.plugins.lock import LockedFile, read_lock, to_text
from cdcctl.plugins.recipe import connector_folder, load_recipe, recipe_names
from cdcctl.resources import data_folder

LOCK = {
    "name": "toy",
    "version": "1",
    "description": "a toy",
    "license": "Apache-2.0",
    "roots": ["g:a:1"],
    "files": [{"coordinate": "g:a:1", "file": "a-1.jar", "size": 1, "sha256": "0" * 64}],
}


SHIPPED = [path for name in recipe_names() for path in sorted((connector_folder(name) / "locks").glob("*.json"))]


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: f"{path.parents[1].name}@{path.stem}")
def test_a_committed_lock_is_well_formed_and_complete(path):
    lock = read_lock(path)
    assert (lock.name, lock.version) == (path.parents[1].name, path.stem)
    assert path.read_text() == to_text(lock)
    assert list(lock.files) == sorted(lock.files, key=lambda file: file.coordinate)
    assert set(lock.roots) <= {file.coordinate for file in lock.files}
    for file in lock.files:
        classifier = f"-{file.classifier}" if file.classifier else ""
        assert file.file == f"{file.artifact}-{file.version}{classifier}.{file.type}"


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: f"{path.parents[1].name}@{path.stem}")
def test_a_committed_lock_holds_one_version_of_each_artifact(path):
    artifacts = [(file.group, file.artifact, file.classifier) for file in read_lock(path).files]
    assert len(artifacts) == len(set(artifacts))


@pytest.mark.parametrize("name", recipe_names())
def test_a_recipe_and_its_locks_agree(name):
    recipe = load_recipe(name)
    folder = connector_folder(name)
    assert (folder / "README.md").is_file()
    assert {path.stem for path in (folder / "locks").glob("*.json")} == set(recipe.versions)
    for version in recipe.versions:
        lock = load_lock(f"{name}@{version}")
        assert lock.roots == recipe.roots_at(version)
        assert (lock.drop, lock.last, lock.description) == (recipe.drop, recipe.last, recipe.description)


def test_no_registry_address_is_committed():
    folder = data_folder("connectors")
    for path in [*folder.glob("*/*.*"), *folder.glob("*/locks/*"), folder.parent / "scripts" / "refresh-locks"]:
        assert not re.search(r"https?://|\bmaven\d?\.\w+\.\w+", path.read_text()), path


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
