"""The AWS side alone, in the foreground, as a service for other people's tests."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

from cdcctl.local.emulator.assembly import Settings, serving, worker_classpath
from cdcctl.local.emulator.pace import parse_speed
from cdcctl.local.processes import ProcessTable


def serve_alone(host: str, port: int, region: str, speed: str, ready: Callable[[str], None]) -> None:
    """Serve until interrupted; then nothing is left running and nothing is kept.

    :param port: 0 takes a free one.
    :param ready: is given the endpoint's address once it takes requests.
    :raises UsageError: there is no such speed.
    :raises LocalEnvironmentError: the address cannot be listened on.
    """
    pace = parse_speed(speed)
    state = Path(tempfile.mkdtemp(prefix="cdcctl-serve-"))
    try:
        with (
            contextlib.suppress(KeyboardInterrupt),
            serving(Settings(state, region, worker_classpath, host, port, pace)) as server,
        ):
            ready(f"http://{host}:{server.server_port}")
            # An event that nobody sets: a wait that a signal ends.
            threading.Event().wait()
    finally:
        ProcessTable(state).kill_all()
        shutil.rmtree(state, ignore_errors=True)
