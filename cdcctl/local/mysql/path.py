"""The mysqld that this machine has installed."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from cdcctl.errors import LocalEnvironmentError
from cdcctl.local.mysql import cache, datadir, native, versions
from cdcctl.local.mysql.base import PROCESS, MySQLServer, Progress, Unavailable
from cdcctl.local.mysql.program import Program, run_as
from cdcctl.local.processes import ProcessTable

# Packages install mysqld where an ordinary user's PATH does not reach.
_SYSTEM = ("/usr/sbin", "/usr/local/sbin", "/usr/local/mysql/bin")
_CURE = "install MySQL 8.0 or later and put its mysqld on the PATH"


class PathProvider:
    """A ``mysqld`` found on the PATH or where packages put it.

    :param search: the folders to look in, in the form of PATH.
    """

    name = "path"

    def __init__(self, cache_folder: Path | None = None, *, search: str | None = None) -> None:
        self._cache = cache_folder or cache.folder()
        self._search = search if search is not None else os.pathsep.join((os.environ.get("PATH", ""), *_SYSTEM))

    def available(self) -> Unavailable | None:
        """None when the mysqld that is found is one the pipeline can be proven with."""
        found = self._find()
        return found if isinstance(found, Unavailable) else None

    def prepare(self, progress: Progress) -> None:
        """Initialise the data directory that stacks copy, once per user and build."""
        program = self._program()
        progress(f"MySQL {program.version} ({program.argv[0]})")
        datadir.template(program, self._cache)

    def start(self, table: ProcessTable, state: Path, port: int) -> MySQLServer:
        """Run the mysqld that was found."""
        return native.start(self._program(), table, state, port, provider=self.name, cache_folder=self._cache)

    def stop(self, table: ProcessTable, state: Path) -> None:  # noqa: ARG002
        """Stop the stack's mysqld."""
        table.stop(PROCESS)

    def _program(self) -> Program:
        found = self._find()
        if isinstance(found, Unavailable):
            raise LocalEnvironmentError(f"mysqld on the PATH: {found.reason}", hint=found.cure)
        return found

    def _find(self) -> Program | Unavailable:
        place = shutil.which("mysqld", path=self._search)
        if place is None:
            return Unavailable("there is no mysqld on the PATH", _CURE)
        path = Path(place).resolve()
        said = _version_line(path)
        problem = versions.refusal(said)
        if problem:
            return Unavailable(f"{place} cannot be used: {problem}", _CURE)
        return Program(
            name=str(path),
            argv=(str(path), "--no-defaults", *run_as()),
            version=versions.number(said),
            build=f"{said}\n{path}\n{path.stat().st_size}\n{path.stat().st_mtime_ns}",
        )


def _version_line(path: Path) -> str:
    """What the program says about itself; empty when it cannot even do that."""
    try:
        done = subprocess.run(
            [path, "--version"], capture_output=True, text=True, errors="replace", timeout=20, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip()
