"""The emulator as a process of its own."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import urllib3

from cdcctl.local.account import CREDENTIALS
from cdcctl.local.ports import LOOPBACK
from cdcctl.local.processes import ProcessTable

AWS_PROCESS = "aws"
EMULATOR_CONFIG = "aws.json"
# Whatever uses an AWS SDK would otherwise look into the user's own files.
_NO_FILES = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}


def spawn_emulator(
    table: ProcessTable,
    port: int,
    region: str,
    speed: str,
    classpath: Sequence[Path] | None,
    *,
    ends_with_this_process: bool = False,
) -> None:
    """Start it; it takes requests once :func:`serves` says so.

    :param classpath: of a Connect worker; None: fetched when the first worker is started.
    """
    config = table.folder / EMULATOR_CONFIG
    config.write_text(
        json.dumps(
            {
                "state": str(table.folder),
                "port": port,
                "region": region,
                "speed": speed,
                "classpath": None if classpath is None else [str(entry) for entry in classpath],
                "parent": os.getpid() if ends_with_this_process else None,
            }
        )
    )
    argv = [sys.executable, "-m", "cdcctl.local.emulator", str(config)]
    table.spawn(AWS_PROCESS, argv, env={**CREDENTIALS, **_NO_FILES})


def serves(port: int) -> bool:
    """Whether the emulator on a port takes requests."""
    try:
        answer = urllib3.request("GET", f"http://{LOOPBACK}:{port}/_cdcctl/health", timeout=2.0, retries=False)
    except urllib3.exceptions.HTTPError:
        return False
    return answer.status == 200
