"""Bring the files of a lock into the user's cache, whole and verified, and unpack them into one folder of jars.

A file that is complete is never fetched again; a missing, truncated or altered one is. Nothing touches the network
when everything is there.
"""

from __future__ import annotations

import queue
import shutil
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import tenacity

from cdcctl.errors import LocalEnvironmentError, RemoteError
from cdcctl.plugins.archive import unpack_jars
from cdcctl.plugins.cache import cache_folder, is_intact, link_or_copy, put_folder, sha256_of, workspace, write_stamp
from cdcctl.plugins.catalogue import load_lock, pin
from cdcctl.plugins.lock import Lock, LockedFile
from cdcctl.plugins.recipe import recipe_names
from cdcctl.plugins.repositories import repositories

if TYPE_CHECKING:
    from cdcctl.plugins.progress import Progress

THREADS = 8
ATTEMPTS = 5
BACKOFF: tenacity.wait.wait_base = tenacity.wait_random_exponential(multiplier=0.5, max=8)

# Puts one artifact at a path.
Download = Callable[[LockedFile, Path], None]


def fetch(
    lock: Lock,
    *,
    offline: bool = False,
    verify: bool = False,
    progress: Progress | None = None,
    download: Download | None = None,
    further: Sequence[str] = (),
) -> list[Path]:
    """Make sure that all files of ``lock`` are in the cache; return their paths in the order of the lock.

    :param offline: do not use the network.
    :param verify: hash the cached files again instead of trusting the stamps.
    :param download: puts one artifact at a path; by default from the user's registries.
    :param further: addresses of further Maven repositories to get it from.
    :raises LocalEnvironmentError: files are missing and ``offline`` forbids to get them.
    :raises RemoteError: a registry did not deliver, or delivered other bytes than the lock pins.
    """
    folder = cache_folder("artifacts")
    missing = [f for f in lock.files if not is_intact(folder / f.path, f.size, f.sha256, verify=verify)]
    if missing and offline:
        raise _missing_offline(lock, missing)
    if missing:
        if progress is not None:
            progress.start(lock.name, sum(file.size for file in missing))
        stop = threading.Event()
        _fetch_all(missing, folder, download or _from_registries(further, stop, progress), stop)
        # What was unpacked from the files that had to be replaced is no better than they were.
        shutil.rmtree(_unpacked_path(lock), ignore_errors=True)
    return [folder / file.path for file in lock.files]


@dataclass(frozen=True)
class Prepared:
    """A lock whose jars are ready to be used: ``folder`` holds them and nothing else."""

    lock: Lock
    folder: Path

    def to_dict(self) -> dict[str, Any]:
        """The same facts for ``--json``."""
        files = len(self.lock.files)
        facts = {"name": self.lock.name, "version": self.lock.version, "files": files, "size": self.lock.size}
        return {**facts, "folder": str(self.folder)}

    def __str__(self) -> str:
        lock = self.lock
        return f"{lock.name} {lock.version}: {len(lock.files)} files, {lock.size / 1e6:.1f} MB, {self.folder}"


def prepare(
    words: Sequence[str],
    *,
    further: Sequence[str] = (),
    offline: bool = False,
    verify: bool = False,
    progress: Progress | None = None,
) -> list[Prepared]:
    """Fetch and unpack the locks that ``words`` name, the default version of every connector if there is none.

    A version that is not pinned yet is resolved and pinned first.

    :raises InputError: a word names nothing; nothing is fetched then.
    :raises LocalEnvironmentError: as :func:`fetch`.
    :raises RemoteError: as :func:`fetch` and :func:`cdcctl.plugins.catalogue.pin`.
    """
    prepared = []
    say = progress.say if progress is not None else lambda _text: None
    for lock in [load_lock(word) if offline else pin(word, further, say) for word in words or recipe_names()]:
        fetch(lock, offline=offline, verify=verify, progress=progress, further=further)
        prepared.append(Prepared(lock, unpacked(lock, offline=offline)))
    return prepared


def unpacked(
    lock: Lock,
    *,
    offline: bool = False,
    progress: Progress | None = None,
    download: Download | None = None,
    further: Sequence[str] = (),
) -> Path:
    """A folder with exactly the jars of ``lock``: archives unpacked, ``drop`` applied, nothing else in it.

    It is named by content, so it never changes once it exists and may be used as a class path or a plugin folder.
    :raises LocalEnvironmentError: as :func:`fetch`.
    :raises RemoteError: as :func:`fetch`.
    """
    folder = cache_folder("unpacked")
    final = _unpacked_path(lock)
    if final.is_dir():
        return final
    paths = fetch(lock, offline=offline, progress=progress, download=download, further=further)
    with workspace(folder) as work:
        made = work / lock.name
        made.mkdir()
        for number, (file, path) in enumerate(zip(lock.files, paths, strict=True)):
            if file.is_archive:
                for jar in unpack_jars(path, work / str(number), lock.drop).jars:
                    jar.file.rename(made / jar.name)
            else:
                link_or_copy(path, made / file.file)
        put_folder(made, final)
    return final


def _unpacked_path(lock: Lock) -> Path:
    return cache_folder("unpacked") / f"{lock.name}-{lock.version}-{lock.content_hash[:12]}"


def _from_registries(further: Sequence[str], stop: threading.Event, progress: Progress | None) -> Download:
    # Imported when something is missing: requests and jgo cost 0.2 s, a fetch that finds all it needs 3 ms.
    from cdcctl.plugins.download import MavenDownload

    return MavenDownload(repositories(further), stop, progress.advance if progress is not None else lambda _count: None)


def _missing_offline(lock: Lock, missing: Sequence[LockedFile]) -> LocalEnvironmentError:
    size = sum(file.size for file in missing)
    return LocalEnvironmentError(
        f"{len(missing)} of {len(lock.files)} files of {lock.name} ({size / 1e6:.1f} MB) are not in the cache, "
        "and offline mode forbids to download them",
        hint=f"run 'cdcctl plugin fetch {lock.name}' once with a network",
        details=[file.coordinate for file in missing],
    )


def _fetch_all(files: Sequence[LockedFile], folder: Path, download: Download, stop: threading.Event) -> None:
    """Download ``files`` in parallel; end at once on Ctrl-C and on the first one that is not to be had."""
    waiting: queue.SimpleQueue[LockedFile] = queue.SimpleQueue()
    done: queue.SimpleQueue[BaseException | None] = queue.SimpleQueue()
    # The large ones first: a large one that starts last would be waited for alone.
    for file in sorted(files, key=lambda file: (-file.size, file.coordinate)):
        waiting.put(file)

    with workspace(folder) as work:

        def run() -> None:
            while not stop.is_set():
                try:
                    file = waiting.get_nowait()
                except queue.Empty:
                    return
                done.put(_outcome(file, folder, work, download, stop))

        # Daemons: a thread that hangs in a dead connection must not keep the process from ending.
        threads = [threading.Thread(target=run, daemon=True) for _ in range(min(THREADS, len(files)))]
        for thread in threads:
            thread.start()
        try:
            for _ in files:
                if failure := done.get():
                    raise failure
        finally:
            stop.set()


def _outcome(
    file: LockedFile, folder: Path, work: Path, download: Download, stop: threading.Event
) -> BaseException | None:
    """Download one file; what went wrong, or nothing."""
    try:
        _fetch_one(file, folder, work, download, stop)
    except BaseException as error:  # handed to the main thread, which raises it
        return error
    return None


def _fetch_one(file: LockedFile, folder: Path, work: Path, download: Download, stop: threading.Event) -> None:
    """Download one file, trying again when the connection fails or other bytes arrive, and put it into the cache."""
    part = work / f"{file.sha256[:16]}-{file.file}"
    attempts = tenacity.Retrying(
        stop=tenacity.stop_after_attempt(ATTEMPTS) | tenacity.stop_when_event_set(stop),
        wait=BACKOFF,
        retry=tenacity.retry_if_exception_type((OSError, _OtherBytesError)),
        sleep=tenacity.sleep_using_event(stop),
    )
    try:
        attempts(_download_checked, file, part, download)
    except tenacity.RetryError as error:
        raise _not_delivered(file, error.last_attempt.exception()) from error
    final = folder / file.path
    final.parent.mkdir(parents=True, exist_ok=True)
    part.replace(final)
    write_stamp(final, file.sha256)


def _download_checked(file: LockedFile, part: Path, download: Download) -> None:
    part.unlink(missing_ok=True)
    download(file, part)
    size = part.stat().st_size
    if size != file.size:
        raise _OtherBytesError(f"{size} bytes arrived, {file.size} were expected")
    found = sha256_of(part)
    if found != file.sha256:
        raise _OtherBytesError(f"the SHA-256 of what arrived is {found}, {file.sha256} is pinned")


class _OtherBytesError(Exception):
    """What arrived is not what the lock pins."""


def _not_delivered(file: LockedFile, cause: BaseException | None) -> RemoteError:
    return RemoteError(
        f"{file.coordinate} could not be downloaded: {cause}",
        hint="run the command again: what has arrived is kept; jgo's settings name the registries that are asked",
    )
