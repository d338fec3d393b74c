"""The child process and the connection to it: one of our own that ends with the command, or one that is kept warm.

A warm one listens on a socket in the user's cache, by the class path and the Java that it runs; the next command that
needs the same finds its classes loaded. It ends by itself when nobody has come for a while.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from cdcctl import __version__
from cdcctl.plugins.cache import cache_folder

log = logging.getLogger(__name__)

_MODULE = [sys.executable, "-m", "cdcctl.schema.child"]
# A warm process says so at once; one that does not is busy with another command.
_GREETING = b"ready\n"
_GREETING_SECONDS = 0.5
# A socket's address holds no more (sun_path of unix(7)).
_LONGEST_PATH = 107


@dataclass
class Connection:
    """A connected process.

    :param process: of our own; None for a warm one.
    """

    socket: socket.socket
    process: subprocess.Popen[bytes] | None


def own(log_file: IO[str]) -> Connection:
    """A process that ends with this command."""
    ours, theirs = socket.socketpair()
    with theirs:
        process = subprocess.Popen(
            _MODULE,
            stdin=theirs.fileno(),
            stdout=theirs.fileno(),
            stderr=log_file,
            # Ctrl-C is for the parent, which then closes the connection.
            start_new_session=True,
        )
    return Connection(ours, process)


def warm(key: Sequence[str], seconds: float) -> Connection | None:
    """The process that is kept for ``key``, started if need be; None when it is busy or cannot be had.

    :param seconds: how long it waits for the next command.
    """
    digest = hashlib.sha256("\n".join([__version__, sys.executable, *key]).encode()).hexdigest()[:16]
    path = cache_folder("warm") / digest
    if len(os.fsencode(path)) > _LONGEST_PATH:
        log.warning("nothing is kept warm: %s is too long a path for a socket", path)
        return None
    try:
        return _connected(path) or _started(path, seconds)
    except OSError as error:
        log.warning("nothing is kept warm: %s", error)
        return None


def _connected(path: Path) -> Connection | None:
    client = socket.socket(socket.AF_UNIX)
    client.settimeout(_GREETING_SECONDS)
    with contextlib.suppress(FileNotFoundError, ConnectionRefusedError):
        client.connect(os.fspath(path))
        with contextlib.suppress(TimeoutError, ConnectionResetError):
            if client.recv(len(_GREETING)) == _GREETING:
                return Connection(client, None)
        client.close()
        # It is there and busy; another one must not take its place.
        raise OSError("it is busy with another command")
    client.close()
    return None


def _started(path: Path, seconds: float) -> Connection | None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.fspath(path))
        listener.listen(1)
        with path.with_suffix(".log").open("w", encoding="utf-8") as errors:
            subprocess.Popen(
                [*_MODULE, "--listen", os.fspath(path), str(seconds)],
                stdin=listener.fileno(),
                stdout=errors,
                stderr=errors,
                start_new_session=True,
                cwd="/",
            )
        client = socket.socket(socket.AF_UNIX)
        client.settimeout(10)
        client.connect(os.fspath(path))
        started = time.monotonic()
        if client.recv(len(_GREETING)) != _GREETING:
            return None
        log.debug("a warm process answered after %.2f s", time.monotonic() - started)
        return Connection(client, None)
