"""MySQL from Debian's packages: where apt's own files say that Debian comes from."""

from __future__ import annotations

from pathlib import Path

import pytest

from cdcctl.local.mysql.apt_sources import debian_mirror, entries
from cdcctl.local.mysql.debian import DebianProvider

DEB822 = """\
# Written by the installer.
Types: deb deb-src
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main
 contrib
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
"""
VENDORS = """\
deb [arch=amd64 signed-by=/usr/share/keyrings/vendor.gpg] https://apt.vendor.example bookworm main
deb [arch=amd64 signed-by=/etc/apt/keyrings/engine.asc] https://download.engine.example/linux/debian bookworm stable
deb http://db.vendor.example/repos/apt bookworm-pgdg main
deb-src http://src.example/debian bookworm main
# deb http://off.example/debian bookworm main
"""
UBUNTU = """\
Types: deb
URIs: http://mirror.example/ubuntu/
Suites: noble noble-updates noble-backports
Components: main restricted universe multiverse
Signed-By: /usr/share/keyrings/ubuntu-archive-keyring.gpg
"""
EMBEDDED_KEY = """\
Types: deb
URIs: https://apt.vendor.example/debian
Suites: bookworm
Components: main
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 mQINBGRS
 -----END PGP PUBLIC KEY BLOCK-----
"""


def apt_etc(tmp_path: Path, **files: str) -> Path:
    """An /etc with the given files of apt; ``main`` is sources.list, ``x_sources`` is x.sources."""
    folder = tmp_path / "etc/apt/sources.list.d"
    folder.mkdir(parents=True)
    for name, text in files.items():
        target = folder.parent / "sources.list" if name == "main" else folder / name.replace("_", ".")
        target.write_text(text)
    return tmp_path / "etc"


class TestAptSources:
    @pytest.mark.parametrize(
        ("files", "mirror"),
        [
            ({"debian_sources": DEB822}, "http://mirror.example/debian"),
            (
                {"main": "deb http://mirror.example/debian/ trixie main non-free-firmware\n"},
                "http://mirror.example/debian/",
            ),
            (
                {"main": "deb [ arch=amd64 trusted=no ] https://mirror.example/pub/debian stable main # ours\n"},
                "https://mirror.example/pub/debian",
            ),
            ({"main": VENDORS, "debian_sources": DEB822}, "http://mirror.example/debian"),
            ({"main": "deb mirror+file:/etc/apt/mirrors.txt bookworm main\n"}, "mirror+file:/etc/apt/mirrors.txt"),
            (
                {
                    "main": "deb http://o.example/x bookworm main\n",
                    "z_list": "deb http://m.example/debian sid main\n",
                },
                "http://m.example/debian",
            ),
            ({"main": "deb http://mirror.example/debian younger main\n"}, "http://mirror.example/debian"),
            ({"main": VENDORS}, None),
            ({"ubuntu_sources": UBUNTU}, None),
            ({"vendor_sources": EMBEDDED_KEY}, None),
            ({"debian_sources": DEB822.replace("URIs", "Enabled: no\nURIs", 1)}, None),
            ({"debian_sources.disabled": DEB822}, None),
            ({"main": "deb cdrom:[Debian GNU/Linux 12]/ bookworm main\n"}, None),
            ({"main": "deb http://mirror.example/debian-security bookworm-security main\n"}, None),
            ({"main": "garbage\ndeb\ndeb http://half.example\n"}, None),
            ({}, None),
        ],
    )
    def test_where_debian_comes_from(self, tmp_path: Path, files: dict[str, str], mirror: str | None) -> None:
        assert debian_mirror(apt_etc(tmp_path, **files), "younger") == mirror

    def test_fields_of_both_forms(self, tmp_path: Path) -> None:
        found = list(entries(apt_etc(tmp_path, main=VENDORS, debian_sources=DEB822)))
        assert found[0].signed_by == "/usr/share/keyrings/vendor.gpg"
        assert found[-2].suites == ("bookworm", "bookworm-updates")
        assert found[-2].components == ("main", "contrib")

    def test_ubuntu_is_told_what_to_do_instead(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        etc = apt_etc(tmp_path, ubuntu_sources=UBUNTU)
        (etc / "os-release").write_text('PRETTY_NAME="Ubuntu 24.04.1 LTS"\nVERSION_CODENAME=noble\n')
        monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}")
        problem = DebianProvider(tmp_path, etc=etc, keyrings=tmp_path, machine="x86_64").available()
        assert problem is not None
        assert "Ubuntu 24.04.1 LTS name no Debian archive" in problem.reason
        assert "mysqld is on the PATH" in problem.cure

    def test_an_unknown_processor_is_said(self, tmp_path: Path) -> None:
        problem = DebianProvider(tmp_path, machine="riscv64").available()
        assert problem is not None
        assert "riscv64" in problem.reason
