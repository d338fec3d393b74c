"""The process that serves the AWS side of a local stack: ``python -m cdcctl.local.emulator CONFIG.json``."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from pathlib import Path

from cdcctl.local.emulator.assembly import Settings, serving, worker_classpath
from cdcctl.local.emulator.pace import parse_speed

_LOOK_SECONDS = 1.0


def main(config_file: str) -> None:
    """Serve until terminated.

    :param config_file: JSON with ``state`` (folder), ``port``, ``region``, ``speed``; ``classpath`` of a Connect
        worker, or null; ``parent``, the id of the process without which there is no point in going on, or null.
    """
    config = json.loads(Path(config_file).read_text())
    terminated = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: terminated.set())
    settings = Settings(
        state=Path(config["state"]),
        region=config["region"],
        classpath=lambda: worker_classpath(config["classpath"]),
        port=config["port"],
        pace=parse_speed(config["speed"]),
    )
    with serving(settings):
        while not terminated.wait(_LOOK_SECONDS) and config["parent"] in (None, os.getppid()):
            pass


if __name__ == "__main__":
    main(sys.argv[1])
