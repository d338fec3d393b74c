"""The user's cache of artifacts, unpacked plugins and built ZIPs: where it is, and how files get into it safely.

Nothing half-written ever carries its final name: whatever is made is made under a name of its own and renamed into
place. So processes may share the cache, and an interruption at any moment costs only what was under way.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import platformdirs

from cdcctl.errors import LocalEnvironmentError

CACHE_VARIABLE = "CDCCTL_CACHE_DIR"
_CHUNK = 1 << 20
_ABANDONED_AFTER_SECONDS = 24 * 3600


def cache_folder(kind: str) -> Path:
    """The folder of the cache for ``kind``: artifacts, unpacked or plugins. ``CDCCTL_CACHE_DIR`` moves them all."""
    override = os.environ.get(CACHE_VARIABLE)
    root = Path(override).expanduser().resolve() if override else platformdirs.user_cache_path("cdcctl")
    return root / kind


@contextlib.contextmanager
def workspace(folder: Path) -> Iterator[Path]:
    """A temporary folder on the file system of ``folder``, for what is to be renamed into it; gone afterwards.

    :raises LocalEnvironmentError: the cache cannot be written.
    """
    work = folder / ".work"
    try:
        work.mkdir(parents=True, exist_ok=True)
        _remove_abandoned(work)
        path = Path(tempfile.mkdtemp(dir=work))
    except OSError as error:
        raise LocalEnvironmentError(
            f"the cache folder {folder} cannot be written: {error.strerror}",
            hint=f"set {CACHE_VARIABLE} to a folder that can",
        ) from error
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def _remove_abandoned(work: Path) -> None:
    """Remove what killed processes left; a day is longer than any download that still goes on."""
    for path in work.iterdir():
        with contextlib.suppress(FileNotFoundError):
            if time.time() - path.stat().st_mtime > _ABANDONED_AFTER_SECONDS:
                shutil.rmtree(path, ignore_errors=True)


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, in hex."""
    digest = hashlib.sha256()
    with path.open("rb") as source:
        while chunk := source.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def is_intact(path: Path, size: int, sha256: str, *, verify: bool = False) -> bool:
    """Whether ``path`` holds the bytes it should.

    Hashing is done once: a stamp beside the file records for which size and modification time the hash was right.
    ``verify`` hashes again whatever the stamp says.
    """
    try:
        found = path.stat()
    except OSError:
        return False
    if found.st_size != size:
        return False
    if not verify and _stamp_of(path) == {"sha256": sha256, "size": found.st_size, "mtime_ns": found.st_mtime_ns}:
        return True
    if sha256_of(path) != sha256:
        return False
    write_stamp(path, sha256)
    return True


def write_stamp(path: Path, sha256: str) -> None:
    """Record that ``path``, as it is now, has this hash."""
    found = path.stat()
    stamp = {"sha256": sha256, "size": found.st_size, "mtime_ns": found.st_mtime_ns}
    # A stamp is only a short cut: a cache that cannot be written to is still a good cache.
    with contextlib.suppress(OSError):
        write_atomically(_stamp_path(path), json.dumps(stamp))


def write_atomically(path: Path, text: str) -> None:
    """Write a small text file such that a reader sees the old text or the new, never a part."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as sink:
            sink.write(text)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def put_folder(made: Path, final: Path) -> None:
    """Rename the complete folder ``made`` to ``final``; if another process was faster, its folder stays."""
    final.parent.mkdir(parents=True, exist_ok=True)
    try:
        made.rename(final)
    except OSError:
        if not final.is_dir():
            raise


def link_or_copy(source: Path, target: Path) -> None:
    """Give ``source`` a second name; a copy where the file system has no hard links."""
    try:
        target.hardlink_to(source)
    except OSError:
        shutil.copyfile(source, target)


def _stamp_path(path: Path) -> Path:
    return path.with_name(path.name + ".stamp")


def _stamp_of(path: Path) -> object:
    try:
        return json.loads(_stamp_path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
