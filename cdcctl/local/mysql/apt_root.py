"""A private apt: resolves and downloads packages as any user, and neither reads nor changes what is installed here.

It keeps the system's network settings (proxies, timeouts, credentials) but not its hooks, pins or sources.
"""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from cdcctl.errors import LocalEnvironmentError

# Settings of the system's apt that name what to fetch rather than how.
_NOT_TAKEN_OVER = ("Acquire::IndexTargets", "Acquire::Languages")
_USER_INFO = re.compile(r"(://)[^/@\s]+@")


@dataclass(frozen=True)
class AptRoot:
    """An apt configured below ``folder`` alone."""

    folder: Path
    architecture: str

    def configure(self, mirror: str, suite: str, keyring: Path) -> None:
        """Write the configuration: one source, no installed packages."""
        for name in ("empty", "state/lists/partial", "cache/archives/partial"):
            (self.folder / name).mkdir(parents=True)
        (self.folder / "status").touch()
        (self.folder / "debian.sources").write_text(
            f"Types: deb\nURIs: {mirror}\nSuites: {suite}\nComponents: main\nTargets: Packages\n"
            f"Architectures: {self.architecture}\nSigned-By: {keyring}\n"
        )
        (self.folder / "apt.conf").write_text(self._configuration())

    def update(self) -> None:
        """Fetch the package index."""
        self._apt_get("update")

    def names(self, prefix: str) -> list[str]:
        """The packages whose name starts with ``prefix``."""
        return self._run("apt-cache", "pkgnames", prefix).split()

    def download(self, package: str) -> list[Path]:
        """Fetch a package and everything it depends on."""
        self._apt_get("install", "--download-only", "--yes", "--no-install-recommends", package)
        return sorted((self.folder / "cache/archives").glob("*.deb"))

    def _apt_get(self, *arguments: str) -> None:
        self._run("apt-get", "--quiet=2", *arguments)

    def _run(self, *argv: str) -> str:
        done = subprocess.run(
            argv,
            env={**_environment(), "APT_CONFIG": str(self.folder / "apt.conf")},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
        if done.returncode != 0:
            raise LocalEnvironmentError(
                f"{argv[0]} failed while fetching MySQL from Debian's archive (exit code {done.returncode})",
                hint="check that the Debian mirror of this machine's apt sources can be reached, then run this again",
                details=[_USER_INFO.sub(r"\1", line) for line in done.stderr.splitlines()[-10:]],
            )
        return done.stdout

    def _configuration(self) -> str:
        own = {
            "APT::Architecture": self.architecture,
            "APT::Architectures": self.architecture,
            "APT::Sandbox::User": "root",
            "APT::Update::Error-Mode": "any",
            "Acquire::Languages": "none",
            "Dir::State": f"{self.folder}/state",
            "Dir::State::status": f"{self.folder}/status",
            "Dir::Cache": f"{self.folder}/cache",
            "Dir::Etc::sourcelist": f"{self.folder}/debian.sources",
            "Dir::Etc::sourceparts": f"{self.folder}/empty",
            "Dir::Etc::main": f"{self.folder}/empty.conf",
            "Dir::Etc::parts": f"{self.folder}/empty",
            "Dir::Etc::preferences": f"{self.folder}/empty.pref",
            "Dir::Etc::preferencesparts": f"{self.folder}/empty",
        }
        return "".join([*_network_settings(), *(f'{name} "{value}";\n' for name, value in own.items())])


def _network_settings() -> list[str]:
    """The lines of the system's apt configuration that say how to reach a mirror."""
    dump = subprocess.run(
        ["apt-config", "dump"], env=_environment(), capture_output=True, text=True, errors="replace", check=False
    )
    return [
        line + "\n"
        for line in dump.stdout.splitlines()
        if line.startswith("Acquire::") and not line.startswith(_NOT_TAKEN_OVER)
    ]


def _environment() -> dict[str, str]:
    return {**os.environ, "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"}
