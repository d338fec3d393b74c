"""New data directories in a blink: initialised once per build of the server, then copied.

The copied template holds no account but ``root`` (whose empty password the first start locks away) and no server uuid.
It does hold the server's own TLS key, so all local stacks of one user share that key; they listen on loopback only.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from pathlib import Path

from cdcctl.errors import LocalEnvironmentError
from cdcctl.local.mysql import cache
from cdcctl.local.mysql.program import Program
from cdcctl.local.mysql.settings import INITIALISE
from cdcctl.local.processes import mask

# Names the server (uuid); two servers with one uuid cannot be told apart in GTIDs.
_IDENTITY = "auto.cnf"


def template(program: Program, cache_folder: Path) -> Path:
    """The initialised data directory for this build of the server, made on first use."""
    key = hashlib.sha256("\0".join((program.build, *INITIALISE)).encode()).hexdigest()[:16]
    return cache.entry(cache_folder / "mysql" / f"data-{key}", lambda partial: _initialise(program, partial))


def fill(program: Program, cache_folder: Path, data: Path) -> None:
    """Make ``data`` a fresh data directory, complete or not there at all."""
    source = template(program, cache_folder)
    partial = data.with_name(data.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    shutil.copytree(source, partial)
    partial.replace(data)


def _initialise(program: Program, folder: Path) -> None:
    done = subprocess.run(
        [*program.argv, f"--datadir={folder}", *INITIALISE],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode != 0:
        raise LocalEnvironmentError(
            f"{program.name} could not initialise a data directory (exit code {done.returncode})",
            hint="where AppArmor confines mysqld to /var/lib/mysql (Ubuntu), use the docker or debian provider",
            details=[mask(line) for line in (done.stderr or done.stdout).splitlines()[-15:]],
        )
    (folder / _IDENTITY).unlink(missing_ok=True)
