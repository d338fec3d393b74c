"""Files that are written whole or not at all."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from cdcctl.errors import InputError


@contextlib.contextmanager
def whole_file(path: Path, *, hint: str = "name another place", mode: int | None = None) -> Iterator[Path]:
    """Where to write what ``path`` is to hold; it takes its place at the end. Folders on the way are made.

    Symbolic links stay. A device or a pipe is written to as it is: /dev/null as a file would serve nobody any more.

    :param mode: its permissions from the beginning; None: those of the file that was there.
    :raises InputError: it cannot be written.
    """
    target = path.resolve()
    partial = target.with_name(f".{target.name}.new")
    try:
        if path.exists() and not (path.is_file() or path.is_dir()):
            yield path
            return
        if not target.parent.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
        if mode is not None:
            partial.unlink(missing_ok=True)
            os.close(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode))
        yield partial
        if mode is None and target.exists():
            partial.chmod(stat.S_IMODE(target.stat().st_mode))
        partial.replace(target)
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}", hint=hint) from error
    finally:
        with contextlib.suppress(OSError):
            partial.unlink()


def require_place(path: Path, *, hint: str = "name another place") -> None:
    """Find out, before long work and without touching anything, that its result will have no place.

    :raises InputError: the file cannot be written.
    """
    try:
        target = path.resolve()
        folder = next(each for each in target.parents if each.exists())
        # A device or a pipe is written to; anything else is replaced by what lies beside it.
        written = target if target.exists() and not target.is_file() else folder
        if target.is_dir():
            problem = "it is a folder"
        elif not folder.is_dir():
            problem = f"{folder} is no folder"
        elif not os.access(written, os.W_OK):
            problem = f"{written} is not to be written to"
        else:
            return
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}", hint=hint) from error
    raise InputError(f"{path} cannot be written: {problem}", hint=hint)


def write_whole(path: Path, text: str, encoding: str = "utf-8", *, hint: str = "name another place") -> None:
    """Write a text as :func:`whole_file` does.

    :raises InputError: it cannot be written.
    """
    with whole_file(path, hint=hint) as place:
        place.write_bytes(text.encode(encoding))
