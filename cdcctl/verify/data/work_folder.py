"""The folder that takes a table's files while it is compared: gone afterwards, also after a kill -9, by the next run.

A run holds a lock on a file in its folder. The kernel lets go of it when the process is gone, however that ended; so
no process number that somebody else has by now can be taken for the owner's.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from cdcctl.errors import InputError

_PREFIX = "cdcctl-data-"
_LOCK = "in-use"


@contextmanager
def work_folder(parent: Path | None) -> Iterator[Path]:
    """A folder of one's own; those of runs that are dead are removed first.

    :param parent: default: the system's folder for temporary files.
    :raises InputError: none can be made there.
    """
    parent = parent or Path(tempfile.gettempdir())
    _sweep(parent)
    try:
        made, held = _made(parent)
    except OSError as error:
        raise InputError(f"no folder can be made in {parent}: {error.strerror}", hint="name another with --work") from (
            error
        )
    with held:
        try:
            yield made
        finally:
            shutil.rmtree(made, ignore_errors=True)


def _made(parent: Path) -> tuple[Path, IO[bytes]]:
    while True:
        made = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent))
        held = _locked(made, "xb")
        if held:
            return made, held
        # Another run took it for a dead one's, in the moment before it was locked.


def _locked(folder: Path, mode: str) -> IO[bytes] | None:
    """The file in a folder that shows that it is in use, locked; None when somebody else has it, or it is gone."""
    import fcntl

    with suppress(FileNotFoundError, BlockingIOError):
        file: IO[bytes] = (folder / _LOCK).open(mode)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.path.samestat(os.fstat(file.fileno()), os.stat(folder / _LOCK)):
                return file
        except BaseException:
            file.close()
            raise
        file.close()
    return None


def _sweep(parent: Path) -> None:
    """Remove what runs of this account that are dead have left."""
    with suppress(OSError):
        for folder in parent.glob(f"{_PREFIX}*"):
            # What cannot be looked at, such as a folder of another account, stays.
            with suppress(OSError):
                if folder.is_symlink() or folder.stat().st_uid != os.geteuid():
                    continue
                if held := _locked(folder, "rb+"):
                    with held:
                        shutil.rmtree(folder, ignore_errors=True)
