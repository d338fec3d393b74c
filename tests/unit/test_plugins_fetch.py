import hashlib
import io
import os
import tarfile
import threading
from pathlib import Path

import pytest
import tenacity

from cdcctl.errors import InputError, LocalEnvironmentError, RemoteError
from cdcctl.plugins import fetch as fetching
from cdcctl.plugins.cache import cache_folder
from cdcctl.plugins.fetch import fetch, prepare, unpacked
from cdcctl.plugins.lock import Lock, LockedFile
from cdcctl.plugins.progress import Sentences

pytestmark = pytest.mark.usefixtures("cache")


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("CDCCTL_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(fetching, "BACKOFF", tenacity.wait_none())
    return tmp_path / "cache"


class Registry:
    """Artifacts by coordinate; counts what is asked for, and can misbehave."""

    def __init__(self, **contents: bytes) -> None:
        self.contents = {f"g:{name}:1": content for name, content in contents.items()}
        self.asked: list[str] = []
        self.failures: dict[str, list[BaseException | bytes]] = {}

    def __call__(self, file: LockedFile, target: Path) -> None:
        self.asked.append(file.artifact)
        misbehaviour = self.failures.get(file.artifact)
        answer = misbehaviour.pop(0) if misbehaviour else self.contents[file.coordinate]
        if isinstance(answer, BaseException):
            target.write_bytes(self.contents[file.coordinate][:3])
            raise answer
        target.write_bytes(answer)

    def lock(self, **more) -> Lock:
        files = tuple(
            LockedFile(coordinate, f"{coordinate.split(':')[1]}-1.jar", len(c), hashlib.sha256(c).hexdigest())
            for coordinate, c in self.contents.items()
        )
        return Lock("toy", "1", "a toy", "Apache-2.0", tuple(self.contents), files, **more)


@pytest.fixture
def registry():
    return Registry(a=b"aaaa", b=b"bbbbbb", c=b"cc")


def test_files_come_in_the_order_of_the_lock(registry):
    paths = fetch(registry.lock(), download=registry)
    assert [path.read_bytes() for path in paths] == [b"aaaa", b"bbbbbb", b"cc"]


def test_what_is_complete_is_neither_fetched_nor_hashed_again(registry, monkeypatch):
    fetch(registry.lock(), download=registry)
    registry.asked.clear()
    monkeypatch.setattr("cdcctl.plugins.cache.sha256_of", lambda path: pytest.fail("hashed again"))
    fetch(registry.lock(), download=registry)
    assert registry.asked == []


def test_an_interrupted_fetch_goes_on_with_what_is_missing(registry, monkeypatch, cache):
    monkeypatch.setattr(fetching, "THREADS", 1)
    registry.failures["a"] = [KeyboardInterrupt()]
    with pytest.raises(KeyboardInterrupt):
        fetch(registry.lock(), download=registry)
    assert not [path for path in cache.rglob("a-1.jar*") if path.is_file()], "no half-written file may remain"
    registry.asked.clear()
    fetch(registry.lock(), download=registry)
    assert "b" not in registry.asked, "the largest was fetched first, and is complete"
    assert "a" in registry.asked


def test_ctrl_c_does_not_wait_for_a_connection_that_hangs(registry, monkeypatch):
    hang = threading.Event()

    def download(file, target):
        if file.artifact == "a":
            raise KeyboardInterrupt
        hang.wait(60)

    with pytest.raises(KeyboardInterrupt):
        fetch(registry.lock(), download=download)
    hang.set()


def test_a_flaky_connection_is_survived(registry):
    registry.failures["b"] = [ConnectionError("reset"), TimeoutError("slow"), b"not what was pinned", b"bbbbb!"]
    assert fetch(registry.lock(), download=registry)[1].read_bytes() == b"bbbbbb"


def test_other_bytes_than_pinned_never_get_in(registry, cache):
    registry.failures["b"] = [b"bbbbb!"] * 9
    with pytest.raises(RemoteError, match=r"g:b:1 .* is pinned"):
        fetch(registry.lock(), download=registry)
    assert not list(cache.rglob("b-1.jar"))


def test_an_artifact_that_no_registry_has_is_not_asked_for_again(registry):
    registry.failures["b"] = [RemoteError("no registry has g:b:1")] * 9
    with pytest.raises(RemoteError, match="no registry has"):
        fetch(registry.lock(), download=registry)
    assert registry.asked.count("b") == 1


@pytest.mark.parametrize("damage", [b"", b"bbb", b"bbbbbb and more"])
def test_a_truncated_file_is_fetched_again(registry, damage):
    path = fetch(registry.lock(), download=registry)[1]
    path.write_bytes(damage)
    registry.asked.clear()
    assert fetch(registry.lock(), download=registry)[1].read_bytes() == b"bbbbbb"
    assert registry.asked == ["b"]


def test_an_altered_file_of_the_same_size_is_fetched_again(registry):
    path = fetch(registry.lock(), download=registry)[1]
    path.write_bytes(b"BBBBBB")
    os.utime(path, ns=(1, 1))
    assert fetch(registry.lock(), download=registry)[1].read_bytes() == b"bbbbbb"


def test_verify_finds_damage_that_keeps_size_and_time_and_renews_what_was_unpacked(registry):
    lock = registry.lock()
    path = fetch(lock, download=registry)[1]
    folder = unpacked(lock, download=registry)
    before = path.stat()
    path.write_bytes(b"BBBBBB")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    fetch(lock, download=registry, verify=True)
    assert path.read_bytes() == b"bbbbbb"
    assert not folder.exists()
    assert (unpacked(lock, download=registry) / "b-1.jar").read_bytes() == b"bbbbbb"


def test_a_cache_that_was_copied_is_hashed_once_not_fetched(registry):
    for path in fetch(registry.lock(), download=registry):
        os.utime(path, ns=(5, 5))
    registry.asked.clear()
    fetch(registry.lock(), download=registry)
    assert registry.asked == []


def test_offline_names_the_missing_files_and_asks_nobody(registry):
    lock = registry.lock()
    fetch(lock, download=registry)[2].unlink()
    registry.asked.clear()
    with pytest.raises(LocalEnvironmentError) as caught:
        fetch(lock, offline=True, download=registry)
    assert caught.value.details == ("g:c:1",)
    assert "1 of 3 files of toy" in caught.value.message
    assert registry.asked == []


def test_offline_is_fine_when_all_is_there(registry):
    fetch(registry.lock(), download=registry)
    assert len(fetch(registry.lock(), offline=True, download=registry)) == 3


def test_progress_is_told_the_missing_bytes_only(registry):
    class Seen(list):
        def start(self, name, total):
            self.append((name, total))

        def advance(self, count):
            pass

    fetch(registry.lock(), download=registry)[0].unlink()
    seen = Seen()
    fetch(registry.lock(), download=registry, progress=seen)
    fetch(registry.lock(), download=registry, progress=seen)
    assert seen == [("toy", 4)]


def test_fetches_at_the_same_time_do_not_disturb_each_other(registry):
    results = []
    threads = [
        threading.Thread(target=lambda: results.append(unpacked(registry.lock(), download=registry))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 4
    assert len(set(results)) == 1
    assert sorted(path.name for path in results[0].iterdir()) == ["a-1.jar", "b-1.jar", "c-1.jar"]


def test_nothing_temporary_is_left(registry):
    unpacked(registry.lock(), download=registry)
    for kind in ("artifacts", "unpacked"):
        assert list((cache_folder(kind) / ".work").iterdir()) == []


def archive(**jars: bytes) -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as tar:
        for name, data in {**jars, "README.md": b"text"}.items():
            info = tarfile.TarInfo(f"top/{name}")
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return content.getvalue()


def archive_lock(content: bytes, *drop: str) -> Lock:
    file = LockedFile("g:d:1:plugin:tar.gz", "d-1-plugin.tar.gz", len(content), hashlib.sha256(content).hexdigest())
    return Lock("toy", "1", "a toy", "Apache-2.0", (file.coordinate,), (file,), drop)


def test_an_archive_gives_its_jars_but_those_to_drop():
    content = archive(**{"mysql-1.jar": b"m", "kafka-clients-4.3.0.jar": b"k", "connect-api-4.3.0.jar": b"c"})
    lock = archive_lock(content, "kafka-clients-*.jar", "connect-api-*.jar")
    folder = unpacked(lock, download=lambda _, target: target.write_bytes(content) and None)
    assert [path.name for path in folder.iterdir()] == ["mysql-1.jar"]


def test_what_is_dropped_decides_the_folder():
    content = archive(**{"a.jar": b"a", "b.jar": b"b"})

    def names(*drop):
        folder = unpacked(archive_lock(content, *drop), download=lambda _, target: target.write_bytes(content) and None)
        return sorted(path.name for path in folder.iterdir())

    assert names() == ["a.jar", "b.jar"]
    assert names("a.*") == ["b.jar"]


def test_an_archive_that_is_none_is_an_input_error():
    with pytest.raises(InputError, match="neither a ZIP nor a tar"):
        unpacked(archive_lock(b"junk"), download=lambda _, target: target.write_bytes(b"junk") and None)


def test_prepare_checks_all_names_before_it_fetches(monkeypatch):
    monkeypatch.setattr(fetching, "fetch", lambda *_, **__: pytest.fail("fetched"))
    with pytest.raises(InputError):
        prepare(["kafka", "kafak"])


def test_a_cache_that_cannot_be_written_is_a_clear_error(registry, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("CDCCTL_CACHE_DIR", str(tmp_path / "file" / "cache"))
    with pytest.raises(LocalEnvironmentError, match="cannot be written"):
        fetch(registry.lock(), download=registry)


def test_a_download_can_be_told_in_words(registry):
    said: list[str] = []
    lock = registry.lock()
    fetch(lock, download=registry, progress=Sentences(said.append))
    progress = Sentences(said.append)
    progress.start("kafka", 54_000_000)
    progress.advance(20_000_000)
    progress.advance(7_400_000)
    assert said[-2:] == ["downloading kafka: 20 of 54 MB", "downloading kafka: 27 of 54 MB"]
