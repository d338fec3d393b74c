"""Deploys and destructions in processes of their own, killed where a test wants; see ``deploy_child``."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

EVERY_CALL = os.environ.get("CDCCTL_TEST_EVERY_CALL", "") not in ("", "0")


class Deploys:
    """Deploys in processes of their own."""

    def __init__(self, endpoint: str, folder: Path) -> None:
        self._child = subprocess.Popen(
            [sys.executable, Path(__file__).parent / "deploy_child.py", endpoint, str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, job: dict[str, Any], kill_after: int | None = None) -> dict[str, Any]:
        assert self._child.stdin
        assert self._child.stdout
        how = {"kill_after": kill_after, "every_call": EVERY_CALL}
        self._child.stdin.write(json.dumps({**job, **how}) + "\n")
        self._child.stdin.flush()
        answer: dict[str, Any] = json.loads(self._child.stdout.readline())
        assert answer["error"] is None, answer["error"]
        return answer

    def end(self) -> None:
        assert self._child.stdin
        self._child.stdin.close()
        self._child.wait()
