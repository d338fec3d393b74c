import json

import pytest
from maven_repository import publish, serving

from cdcctl.errors import InputError, RemoteError, UsageError
from cdcctl.plugins import catalogue
from cdcctl.plugins.cache import cache_folder
from cdcctl.plugins.catalogue import known_locks, load_lock, pin
from cdcctl.plugins.fetch import fetch
from cdcctl.plugins.lock import read_lock, save_lock
from cdcctl.plugins.recipe import Recipe
from cdcctl.plugins.repositories import Repositories, Repository, repositories
from cdcctl.plugins.resolve import published_versions, resolve

SECRET = ("acme-user", "p@ss:w/rd")
RECIPE = Recipe("toy", "a toy", "Apache-2.0", ("2",), ("com.acme:toy:{version}",), drop=("connect-*.jar",))


def silent(_text):
    pass


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("CDCCTL_CACHE_DIR", str(tmp_path / "cache"))


@pytest.fixture
def folder(tmp_path):
    """com.acme:toy in two versions; the newer one needs a library at run time and others at other times."""
    folder = tmp_path / "repository"
    publish(folder, "com.acme:toy:1", b"toy 1")
    needs = [("com.acme:library:5", "compile"), ("org.apache.kafka:connect-api:3.7.2", "compile")]
    publish(folder, "com.acme:toy:2", b"toy 2", *needs, ("com.acme:test-only:1", "test"))
    publish(folder, "com.acme:library:5", b"library", ("com.acme:deeper:1", "runtime"))
    publish(folder, "com.acme:deeper:1", b"deeper")
    publish(folder, "com.acme:test-only:1", b"not this")
    publish(folder, "org.apache.kafka:connect-api:3.7.2", b"nor this")
    return folder


@pytest.fixture
def asked(folder, tmp_path):
    with serving(folder, SECRET) as address:
        yield Repositories((Repository("acme", address, SECRET),), tmp_path / "own")


def test_a_recipe_is_resolved_as_maven_would_and_everything_is_in_the_cache(asked):
    lock = resolve(RECIPE, "2", asked, silent)
    assert [file.coordinate for file in lock.files] == ["com.acme:deeper:1", "com.acme:library:5", "com.acme:toy:2"]
    assert lock.roots == ("com.acme:toy:2",)
    assert [path.read_bytes() for path in fetch(lock, offline=True)] == [b"deeper", b"library", b"toy 2"]


def test_a_lock_that_was_resolved_is_read_back_as_it_was(asked, tmp_path):
    lock = resolve(RECIPE, "2", asked, silent)
    save_lock(lock, tmp_path / "locks" / "toy.json")
    assert read_lock(tmp_path / "locks" / "toy.json") == lock


def test_the_files_of_a_lock_come_from_a_repository_with_a_password(asked, monkeypatch):
    lock = resolve(RECIPE, "2", asked, silent)
    for file in lock.files:
        (cache_folder("artifacts") / file.path).unlink()
    monkeypatch.setattr("cdcctl.plugins.fetch.repositories", lambda further: asked)
    assert [path.read_bytes() for path in fetch(lock)] == [b"deeper", b"library", b"toy 2"]


def test_a_version_that_is_not_there_is_answered_with_those_that_are(asked):
    with pytest.raises(RemoteError, match="no repository has com") as caught:
        resolve(RECIPE, "3", asked, silent)
    assert caught.value.hint == "published: 1, 2"
    assert caught.value.details == ("acme: 404 File not found",)
    assert published_versions(RECIPE, asked) == ["1", "2"]


def test_a_dependency_that_is_nowhere_is_a_remote_error(asked, folder):
    (folder / "com/acme/deeper/1/deeper-1.pom").unlink()
    (folder / "com/acme/deeper/1/deeper-1.jar").unlink()
    with pytest.raises(RemoteError, match="deeper") as caught:
        resolve(RECIPE, "2", asked, silent)
    assert_tells_no_secret(caught.value)


def assert_tells_no_secret(error):
    said = " ".join([error.message, error.hint or "", *error.details])
    for part in ("acme-user", "p@ss", "p%40ss"):
        assert part not in said


def test_a_wrong_password_is_said_without_saying_it(asked):
    (right,) = asked.remote
    wrong = Repositories((Repository("acme", right.address, (SECRET[0], "p@ss")),), asked.own)
    with pytest.raises(RemoteError) as caught:
        resolve(RECIPE, "2", wrong, silent)
    assert caught.value.details == ("acme: 401 Unauthorized",)
    assert_tells_no_secret(caught.value)


def test_a_repository_that_does_not_answer_is_a_remote_error(tmp_path):
    dead = Repositories((Repository("acme", "http://127.0.0.1:9", SECRET),), tmp_path)
    with pytest.raises(RemoteError, match="did not answer") as caught:
        resolve(RECIPE, "2", dead, silent)
    assert_tells_no_secret(caught.value)


def test_pinning_happens_once(asked, monkeypatch):
    monkeypatch.setattr(catalogue, "repositories", lambda further: asked)
    first = pin("com.acme:toy:2", [], silent)
    monkeypatch.setattr(catalogue, "resolve", lambda *_: pytest.fail("resolved again"))
    assert pin("com.acme:toy:2", [], silent) == first == load_lock("com.acme:toy:2")
    assert [each.lock for each in known_locks() if not each.ships] == [first]
    assert [file.artifact for file in first.files] == ["deeper", "library", "toy"]


def test_what_is_not_pinned_says_how_to_pin_it():
    with pytest.raises(InputError, match=r"debezium-mysql 2.6.2.Final is not pinned") as caught:
        load_lock("debezium-mysql@2.6.2.Final")
    assert "cdcctl plugin fetch debezium-mysql@2.6.2.Final" in caught.value.hint


def test_a_name_alone_means_the_default_version():
    assert load_lock("debezium-mysql") == load_lock("debezium-mysql@3.6.1.Final")


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("debezium-mysql@", "names no version"),
        ("debezium-mysql@../../x", "names no version"),
        ("com.acme:toy", "is not group:artifact:version"),
        ("com.acme:toy:1/../2", "is not group:artifact:version"),
        ("com.acme:toy:1-SNAPSHOT", "cannot be pinned"),
        ("nowhere.json", "no such file"),
    ],
)
def test_a_word_that_names_nothing_is_an_input_error(word, said):
    with pytest.raises(InputError, match=said):
        pin(word, [], silent)


@pytest.mark.parametrize(("wrong", "near"), [("debezium", "debezium-mysql"), ("icebreg", "iceberg"), ("q", "kafka")])
def test_an_unknown_name_is_answered_with_the_nearest(wrong, near):
    with pytest.raises(InputError) as caught:
        load_lock(wrong)
    assert wrong in caught.value.message
    assert near in (caught.value.hint or "")


def test_further_repositories_are_asked_first_and_their_credentials_are_references(monkeypatch):
    monkeypatch.setenv("NEXUS_USER", SECRET[0])
    monkeypatch.setenv("NEXUS_PASSWORD", SECRET[1])
    address = "https://${env:NEXUS_USER}:${env:NEXUS_PASSWORD}@nexus.acme.com/maven/"
    first, *rest = repositories([address]).remote
    assert first == Repository("nexus.acme.com/maven", "https://nexus.acme.com/maven", SECRET)
    assert first.address_with_credentials == "https://acme-user:p%40ss%3Aw%2Frd@nexus.acme.com/maven"
    assert [each.name for each in rest][-1] == "central"
    assert SECRET[1] not in repr(first)


@pytest.mark.parametrize(
    "address",
    [
        "https://me:hunter2@nexus.acme.com/maven",
        "https://${env:HOME}:hunter2@nexus.acme.com/maven",
        "https://hunter2@nexus.acme.com/maven",
        "http://nexus.acme.com/maven",
        "https://",
        "https://[::1/maven",
        "https://nexus.acme.com:99999/maven",
        "https://nexus.acme.com/maven?token=x",
        "ftp://nexus.acme.com/maven",
        "nexus.acme.com",
        "",
    ],
)
def test_an_address_that_cannot_be_used_is_a_usage_error(address):
    with pytest.raises(UsageError) as caught:
        repositories([address])
    assert "hunter2" not in f"{caught.value.message} {caught.value.hint}"


def test_a_variable_that_is_not_set_is_named(monkeypatch):
    monkeypatch.delenv("NEXUS_PASSWORD", raising=False)
    with pytest.raises(InputError, match="NEXUS_PASSWORD is not set"):
        repositories(["https://me:${env:NEXUS_PASSWORD}@nexus.acme.com/maven"])


def test_a_file_that_is_no_lock_is_an_input_error(tmp_path):
    (tmp_path / "x.json").write_text(json.dumps({"name": "x"}))
    with pytest.raises(InputError, match="is not a lock"):
        load_lock(str(tmp_path / "x.json"))
