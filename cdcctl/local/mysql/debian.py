"""MySQL out of Debian's packages, unpacked privately: needs neither root nor Docker, and installs nothing.

Debian's stable suites carry only MariaDB; ``unstable`` has MySQL. Its mysqld comes with every library it needs, the C
library included, and runs through the loader of that library, so the release that runs here does not matter.
"""

from __future__ import annotations

import json
import platform
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from cdcctl.errors import LocalEnvironmentError
from cdcctl.local.mysql import cache, datadir, native
from cdcctl.local.mysql.apt_root import AptRoot
from cdcctl.local.mysql.apt_sources import debian_mirror
from cdcctl.local.mysql.base import PROCESS, MySQLServer, Progress, Unavailable
from cdcctl.local.mysql.program import Program, run_as
from cdcctl.local.processes import ProcessTable

SUITE = "unstable"
PACKAGE = "mysql-server-core"
_TOOLS = ("apt-get", "apt-cache", "apt-config", "dpkg-deb")
_KEYRINGS = ("debian-archive-keyring.gpg", "debian-archive-keyring.pgp")
_RECORD = "build.json"
_ELSEWHERE = "install MySQL 8.0 or later so that mysqld is on the PATH, or start Docker, or name a server's URL"


@dataclass(frozen=True)
class Architecture:
    """What Debian calls a kind of processor, and where its C library puts things."""

    debian: str
    triplet: str
    loader: str


_ARCHITECTURES = {
    "x86_64": Architecture("amd64", "x86_64-linux-gnu", "usr/lib64/ld-linux-x86-64.so.2"),
    "aarch64": Architecture("arm64", "aarch64-linux-gnu", "usr/lib/ld-linux-aarch64.so.1"),
}


class DebianProvider:
    """Debian's MySQL packages below the user's cache folder.

    :param etc: where the system's apt sources and os-release are.
    :param keyrings: where the system's archive keys are.
    """

    name = "debian"

    def __init__(
        self,
        cache_folder: Path | None = None,
        *,
        etc: Path = Path("/etc"),
        keyrings: Path = Path("/usr/share/keyrings"),
        machine: str = platform.machine(),
    ) -> None:
        self._cache = cache_folder or cache.folder()
        self._etc = etc
        self._keyrings = keyrings
        self._architecture = _ARCHITECTURES.get(machine)
        self._machine = machine

    def available(self) -> Unavailable | None:
        """None when the packages are unpacked already, or when this machine can fetch them."""
        if self._architecture is None:
            return Unavailable(f"there is no Debian MySQL for {self._machine} known here", _ELSEWHERE)
        if self._home(self._architecture).exists():
            return None
        missing = [tool for tool in _TOOLS if shutil.which(tool) is None]
        if missing:
            return Unavailable(f"this machine has no {', '.join(missing)}: it is not Debian", _ELSEWHERE)
        release = _os_release(self._etc)
        if debian_mirror(self._etc, release.get("VERSION_CODENAME", "")) is None:
            system = release.get("PRETTY_NAME", "this system")
            return Unavailable(f"the apt sources of {system} name no Debian archive", _ELSEWHERE)
        if self._keyring() is None:
            return Unavailable(
                "Debian's archive keys are not installed", "install the package debian-archive-keyring with apt-get"
            )
        return None

    def prepare(self, progress: Progress) -> None:
        """Download and unpack the packages and initialise the data directory that stacks copy, once per user."""
        architecture = self._supported()
        home = cache.entry(self._home(architecture), lambda partial: self._fetch(architecture, partial, progress))
        program = _program(home, architecture)
        progress(f"MySQL {program.version} from Debian's packages")
        datadir.template(program, self._cache)

    def start(self, table: ProcessTable, state: Path, port: int) -> MySQLServer:
        """Run the unpacked mysqld; ``prepare`` comes first."""
        architecture = self._supported()
        home = self._home(architecture)
        if not home.exists():
            self.prepare(lambda _: None)
        return native.start(
            _program(home, architecture), table, state, port, provider=self.name, cache_folder=self._cache
        )

    def stop(self, table: ProcessTable, state: Path) -> None:  # noqa: ARG002
        """Stop the stack's mysqld."""
        table.stop(PROCESS)

    def _home(self, architecture: Architecture) -> Path:
        return self._cache / "mysql" / f"debian-{SUITE}-{architecture.debian}"

    def _keyring(self) -> Path | None:
        return next((path for name in _KEYRINGS if (path := self._keyrings / name).is_file()), None)

    def _supported(self) -> Architecture:
        """The architecture, after making sure that nothing is in the way."""
        problem = self.available()
        if problem is not None or self._architecture is None:
            reason = problem.reason if problem else "unknown architecture"
            raise LocalEnvironmentError(f"MySQL from Debian: {reason}", hint=problem.cure if problem else None)
        return self._architecture

    def _fetch(self, architecture: Architecture, partial: Path, progress: Progress) -> None:
        """Fill ``partial`` with the unpacked packages and the record of which they are."""
        mirror = debian_mirror(self._etc, _os_release(self._etc).get("VERSION_CODENAME", ""))
        keyring = self._keyring()
        if mirror is None or keyring is None:
            raise LocalEnvironmentError("this machine's Debian mirror is no longer known", hint=_ELSEWHERE)
        apt = AptRoot(partial / "apt", architecture.debian)
        apt.configure(mirror, SUITE, keyring)
        progress(f"reading the package index of Debian {SUITE}")
        apt.update()
        package = _newest(apt.names(PACKAGE))
        progress(f"downloading {package} and the libraries it needs")
        archives = apt.download(package)
        progress(f"unpacking {len(archives)} packages")
        _unpack(archives, partial / "root")
        (partial / _RECORD).write_text(json.dumps(_describe(package, archives), indent=1))
        # The addresses in there may hold credentials of the mirror.
        shutil.rmtree(apt.folder)


def _newest(names: list[str]) -> str:
    """The package to take: the plain name follows Debian's choice, else the highest version in a name."""
    if not names:
        raise LocalEnvironmentError(f"Debian {SUITE} has no package {PACKAGE} at the moment", hint=_ELSEWHERE)
    if PACKAGE in names:
        return PACKAGE
    return max(names, key=lambda name: [int(part) for part in name.rpartition("-")[2].split(".") if part.isdigit()])


def _unpack(archives: list[Path], root: Path) -> None:
    root.mkdir()
    for archive in archives:
        done = subprocess.run(["dpkg-deb", "-x", archive, root], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise LocalEnvironmentError(
                f"{archive.name} could not be unpacked",
                hint="is there room for 500 MB in the cache folder?",
                details=done.stderr.splitlines()[-5:],
            )


def _describe(package: str, archives: list[Path]) -> dict[str, object]:
    """What was unpacked: file names of Debian packages say name, version and architecture."""
    versions = [path.name.split("_")[1] for path in archives if path.name.split("_")[0] == package]
    return {"package": package, "version": versions[0], "archives": [path.name for path in archives]}


def _program(home: Path, architecture: Architecture) -> Program:
    """How to run the mysqld below ``home`` with its own loader and libraries."""
    usr = home / "root" / "usr"
    libraries = f"{usr}/lib/{architecture.triplet}:{usr}/lib/mysql/private"
    record = json.loads((home / _RECORD).read_text())
    return Program(
        name="mysqld from Debian's packages",
        argv=(
            str(home / "root" / architecture.loader),
            "--library-path",
            libraries,
            f"{usr}/sbin/mysqld",
            "--no-defaults",
            f"--basedir={usr}",
            f"--lc-messages-dir={usr}/share/mysql",
            f"--plugin-dir={usr}/lib/mysql/plugin",
            *run_as(),
        ),
        version=str(record["version"]),
        build="\n".join(record["archives"]),
    )


def _os_release(etc: Path) -> dict[str, str]:
    try:
        text = (etc / "os-release").read_text()
    except OSError:
        return {}
    return {key: value.strip('"') for key, _, value in (line.partition("=") for line in text.splitlines())}
