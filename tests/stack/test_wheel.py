"""The built wheel, installed with its extras into an empty environment, does the same as the checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.stack

ROOT = Path(__file__).resolve().parents[2]
Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The command of a fresh environment that knows nothing of the checkout, run in an empty folder."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--quiet", "--wheel", "--outdir", folder, ROOT]
    subprocess.run(build, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    environment = folder / "environment"
    venv.create(environment, with_pip=False, symlinks=True)
    # This environment's pip: a new one would have to be installed first.
    pip = [sys.executable, "-m", "pip", "--python", environment / "bin" / "python", "install", "--quiet"]
    subprocess.run([*pip, f"{wheel}[evolve,local,verify]"], check=True)
    (folder / "empty").mkdir()

    def run(*arguments: str, timeout: float = 120) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [environment / "bin" / "cdcctl", *arguments],
            cwd=folder / "empty",
            env={**os.environ, "CDCCTL_STATE_DIR": str(folder / "state")},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    return run


def test_version(installed):
    from cdcctl import __version__

    assert installed("--version").stdout.strip() == __version__


def test_the_locks_are_in_it(installed, cdcctl):
    cdcctl("plugin", "fetch", timeout=600)
    here = installed("plugin", "fetch", "--offline", "--json")
    assert here.returncode == 0, here.stderr
    assert here.stdout == cdcctl("plugin", "fetch", "--offline", "--json").stdout


def test_the_scenarios_are_in_it(installed, cdcctl):
    there = installed("verify", "--list", "--json")
    assert there.returncode == 0, there.stderr
    assert there.stdout == cdcctl("verify", "--list", "--json").stdout


def test_the_template_is_in_it(installed):
    # It is read before anything is asked of the place.
    assert "no local stack is running" in installed("bootstrap", "deploy", "movies", "--local").stderr


def test_it_verifies_movies(installed):
    done = installed("verify", "movies", "--json", timeout=600)
    assert done.returncode == 0, done.stderr
    assert '"ok": true' in done.stdout
