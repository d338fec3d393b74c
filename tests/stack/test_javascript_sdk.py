"""The AWS SDK for JavaScript against the emulator of ``cdcctl.testing``: clients that others have written."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import npm
import pytest

from cdcctl.local.state import Stack
from cdcctl.testing import Emulator, emulator

FOLDER = Path(__file__).parent / "javascript"


@pytest.fixture(scope="module")
def running() -> Iterator[Emulator]:
    with emulator() as made:
        yield made


def test_connector_and_schema_by_the_javascript_sdk(running: Emulator, stack: Stack, cdcctl: Any) -> None:
    npm.install(FOLDER)
    name = f"javascript-{os.getpid()}"
    built = json.loads(cdcctl("plugin", "build", "iceberg", "--json").stdout)
    s3 = running.client("s3")
    s3.create_bucket(Bucket=name)
    s3.upload_file(built["path"], name, "plugin.zip")
    running.client("logs").create_log_group(logGroupName=f"/{name}")
    given = {"name": name, "bucket": name, "key": "plugin.zip", "brokers": stack.bootstrap_servers}
    done = subprocess.run(
        [npm.NODE, "lifecycle.mjs"],
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
