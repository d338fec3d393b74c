"""Delivers the lines of a worker's log file to CloudWatch Logs."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from cdcctl.local.processes import mask

_PAUSE_SECONDS = 0.3
# PutLogEvents takes 10,000 events and 1 MiB at most.
_BATCH = 1000


class LogDelivery:
    """Follows ``file`` until stopped; ``client`` is boto3's ``logs``.

    :param is_lost: whether what is delivered now never arrives.

    Only what is written after this object was made is delivered: workers of the same name append to the same file.
    """

    def __init__(
        self, client: Any, group: str, stream: str, file: Path, is_lost: Callable[[], bool] = lambda: False
    ) -> None:
        self._client = client
        self._is_lost = is_lost
        self._group = group
        self._stream = stream
        self._file = file
        self._position = file.stat().st_size if file.exists() else 0
        self._delivering = threading.Lock()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._follow, daemon=True)

    def start(self) -> None:
        """Make the stream, and begin."""
        with contextlib.suppress(ClientError, BotoCoreError):
            self._client.create_log_stream(logGroupName=self._group, logStreamName=self._stream)
        self._thread.start()

    def add(self, lines: list[str]) -> None:
        """Deliver what is in the file, then lines that are not; both are there when this returns."""
        self._deliver(lines, whole=True)

    def flush(self) -> None:
        """Deliver what is in the file; it is there when this returns."""
        self._deliver([], whole=True)

    def stop(self) -> None:
        """Deliver what is left, an unfinished last line too, then end."""
        self._stopping.set()
        if self._thread.ident is not None:  # a connector that never came to start has nothing delivered
            self._thread.join()
        self._deliver([], whole=True)

    def _follow(self) -> None:
        while not self._stopping.wait(_PAUSE_SECONDS):
            self._deliver([], whole=False)

    def _deliver(self, extra: list[str], *, whole: bool) -> None:
        with self._delivering:
            lines = self._new_lines(whole) + [mask(line) for line in extra]
            if lines and self._is_lost():
                return
            for start in range(0, len(lines), _BATCH):
                self._put(lines[start : start + _BATCH])

    def _new_lines(self, whole: bool) -> list[str]:
        """What was written since the last look; an unfinished last line waits unless ``whole``."""
        if not self._file.exists():
            return []
        with self._file.open("rb") as source:
            source.seek(self._position)
            data = source.read()
        if not whole:
            data = data[: data.rfind(b"\n") + 1]
        self._position += len(data)
        return [mask(line) for line in data.decode(errors="replace").splitlines() if line.strip()]

    def _put(self, lines: list[str]) -> None:
        now = int(time.time() * 1000)
        events = [{"timestamp": now, "message": line[:200_000]} for line in lines]
        # Delivery is best effort, as on AWS; the file stays the full record.
        with contextlib.suppress(ClientError, BotoCoreError):
            self._client.put_log_events(logGroupName=self._group, logStreamName=self._stream, logEvents=events)
