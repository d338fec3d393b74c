"""The user's cache folder: entries that are expensive to make, made once, whole or not at all."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import platformdirs

from cdcctl.errors import LocalEnvironmentError

VARIABLE = "CDCCTL_CACHE_DIR"


def folder(environ: Mapping[str, str] = os.environ) -> Path:
    """Where the cache lives: ``CDCCTL_CACHE_DIR``, else the user's own cache folder."""
    told = environ.get(VARIABLE)
    return Path(told).expanduser().absolute() if told else platformdirs.user_cache_path("cdcctl")


def entry(final: Path, make: Callable[[Path], None]) -> Path:
    """Return ``final``, after ``make`` has filled it if it does not exist.

    ``make`` works in a folder of another name, which becomes ``final`` only when it is complete. Whoever comes second
    waits for the first; what a killed process left half-made is removed by the next one.
    """
    if final.exists():
        return final
    with _locked(final):
        if not final.exists():
            partial = final.with_name(final.name + ".partial")
            shutil.rmtree(partial, ignore_errors=True)
            try:
                partial.mkdir(mode=0o700)
                make(partial)
                partial.replace(final)
            finally:
                shutil.rmtree(partial, ignore_errors=True)
    return final


@contextlib.contextmanager
def _locked(final: Path) -> Iterator[None]:
    """Hold the entry's lock; the system releases it even when this process is killed."""
    try:
        final.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(final.with_name(final.name + ".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise LocalEnvironmentError(
            f"the cache folder {final.parent} cannot be written: {error.strerror}",
            hint=f"set {VARIABLE} to a folder that you may write",
        ) from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
