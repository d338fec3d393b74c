"""One artifact to a file: from the user's own Maven repository if it is there, else from a registry.

Which registries those are is said by :mod:`cdcctl.plugins.repositories`; no address is written here.
The bytes are streamed here rather than by jgo, which opens two connections a file: name look-ups that time out now
and then made 100 small jars take half a minute. What arrives is not trusted: the caller checks size and hash.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import requests

from cdcctl.errors import RemoteError
from cdcctl.plugins.cache import sha256_of
from cdcctl.plugins.lock import LockedFile
from cdcctl.plugins.repositories import Repositories

_TIMEOUT_SECONDS = 30
_CHUNK = 1 << 16
# Not there, or not for us: the next registry may have it.
_NOT_HERE = (401, 403, 404, 410)


class MavenDownload:
    """Download by coordinate. One instance serves all threads of a fetch, with one connection a thread.

    :param asked: the registries, in the order in which they are asked.
    :param stop: when set, downloads under way end with ``InterruptedError``.
    :param on_bytes: told how many more bytes have arrived; negative when a download failed and its bytes do not count.
    """

    def __init__(self, asked: Repositories, stop: threading.Event, on_bytes: Callable[[int], None]) -> None:
        self._asked = asked
        self._stop = stop
        self._on_bytes = on_bytes
        self._thread = threading.local()

    def __call__(self, file: LockedFile, target: Path) -> None:
        """Put the bytes of ``file`` at ``target``.

        :raises OSError: a connection failed, or a registry is not well; another attempt may succeed.
        :raises RemoteError: no registry has the artifact.
        """
        own = self._asked.own / file.path
        if own.is_file() and own.stat().st_size == file.size and sha256_of(own) == file.sha256:
            shutil.copyfile(own, target)
            self._on_bytes(file.size)
            return
        answers = []
        for registry in self._asked.remote:
            address = f"{registry.address}/{file.path.as_posix()}"
            with self._session().get(
                address, auth=registry.credentials, stream=True, timeout=_TIMEOUT_SECONDS
            ) as answer:
                if answer.status_code not in _NOT_HERE:
                    answer.raise_for_status()
                    self._save(answer, target)
                    return
                answers.append(f"{registry.name}: {answer.status_code} {answer.reason}")
        raise RemoteError(
            f"no registry has {file.coordinate}",
            hint="name further Maven repositories with --repository or in jgo's settings file",
            details=answers,
        )

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._thread, "session", None)
        if session is None:
            session = self._thread.session = requests.Session()
        return session

    def _save(self, response: requests.Response, target: Path) -> None:
        arrived = 0
        try:
            with target.open("wb") as sink:
                for chunk in response.iter_content(_CHUNK):
                    self._check_stop()
                    sink.write(chunk)
                    arrived += len(chunk)
                    self._on_bytes(len(chunk))
        except BaseException:
            self._on_bytes(-arrived)
            raise

    def _check_stop(self) -> None:
        if self._stop.is_set():
            raise InterruptedError("the fetch was given up")
