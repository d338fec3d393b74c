"""Which MySQL a stack gets, and what is said when it gets none."""

from __future__ import annotations

import stat
from dataclasses import dataclass
from pathlib import Path

import pytest

from cdcctl.errors import LocalEnvironmentError, RemoteError, UsageError
from cdcctl.local.mysql import cache, choose, versions
from cdcctl.local.mysql.accounts import Passwords, init_file, passwords, record, recorded, statements
from cdcctl.local.mysql.address import Address, address
from cdcctl.local.mysql.apt_sources import debian_mirror, entries
from cdcctl.local.mysql.base import MySQLServer, Progress, Provider, Unavailable
from cdcctl.local.mysql.choice import prepared
from cdcctl.local.mysql.debian import DebianProvider
from cdcctl.local.mysql.docker import DockerProvider
from cdcctl.local.mysql.path import PathProvider
from cdcctl.local.mysql.url import UrlProvider, grant_problems, setting_problems
from cdcctl.local.processes import ProcessTable

MYSQL = "mysqld  Ver 8.0.43 for Linux on x86_64 (MySQL Community Server - GPL)"
MARIADB = "mysqld  Ver 10.11.11-MariaDB-0+deb12u1 for debian-linux-gnu on x86_64 (Debian 12)"
OLD = "mysqld  Ver 5.7.44 for Linux on x86_64 (MySQL Community Server (GPL))"
SECRET = "s3cret-Word"


def fake_mysqld(folder: Path, says: str) -> str:
    """A folder for PATH with a mysqld that only knows its version."""
    folder.mkdir()
    program = folder / "mysqld"
    program.write_text(f"#!/bin/sh\necho '{says}'\n")
    program.chmod(0o755)
    return str(folder)


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Provider]:
    """All providers on a machine that has nothing any of them needs."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/no-engine.sock")
    return [
        UrlProvider(None),
        PathProvider(tmp_path / "cache", search=str(tmp_path / "bin")),
        DockerProvider(),
        DebianProvider(tmp_path / "cache", etc=tmp_path / "etc", keyrings=tmp_path, machine="x86_64"),
    ]


class TestChoice:
    def test_a_named_server_comes_before_everything(self, tmp_path: Path, nowhere: list[Provider]) -> None:
        fake_mysqld(tmp_path / "bin", MYSQL)
        nowhere[0] = UrlProvider(Address("db.example", 3306, "app", ""))
        assert choose(None, None, providers=nowhere).name == "url"

    def test_the_variable_names_a_server(self) -> None:
        chosen = choose(None, None, environ={"CDCCTL_MYSQL_URL": "mysql://app@db.example"})
        assert chosen.name == "url"

    def test_mysqld_on_the_path_comes_next(self, tmp_path: Path, nowhere: list[Provider]) -> None:
        fake_mysqld(tmp_path / "bin", MYSQL)
        assert choose(None, None, providers=nowhere).name == "path"

    def test_debians_packages_come_last(self, tmp_path: Path, nowhere: list[Provider]) -> None:
        (tmp_path / "cache/mysql/debian-unstable-amd64").mkdir(parents=True)
        assert choose(None, None, providers=nowhere).name == "debian"

    def test_a_request_overrides_the_order(self, tmp_path: Path, nowhere: list[Provider]) -> None:
        fake_mysqld(tmp_path / "bin", MYSQL)
        (tmp_path / "cache/mysql/debian-unstable-amd64").mkdir(parents=True)
        assert choose("debian", None, providers=nowhere).name == "debian"

    def test_when_none_works_each_is_listed_with_its_cure(self, nowhere: list[Provider]) -> None:
        with pytest.raises(LocalEnvironmentError) as caught:
            choose(None, None, providers=nowhere)
        assert caught.value.exit_code == 5
        assert [line.split(":")[0] for line in caught.value.details] == ["url", "path", "docker", "debian"]
        assert all("; to use it, " in line for line in caught.value.details)

    def test_a_request_that_cannot_be_met_is_the_only_one_listed(self, nowhere: list[Provider]) -> None:
        with pytest.raises(LocalEnvironmentError) as caught:
            choose("docker", None, providers=nowhere)
        assert [line.split(":")[0] for line in caught.value.details] == ["docker"]

    @pytest.mark.parametrize(("requested", "url"), [("oracle", None), ("docker", "mysql://app@db.example")])
    def test_a_request_that_makes_no_sense(self, requested: str, url: str | None) -> None:
        with pytest.raises(UsageError):
            choose(requested, url)


@dataclass
class Scripted:
    """A provider that is there, and whose things can be had or not."""

    name: str
    problem: str | None = None
    prepared: int = 0

    def available(self) -> Unavailable | None:
        return None

    def prepare(self, progress: Progress) -> None:
        self.prepared += 1
        if self.problem:
            raise LocalEnvironmentError(self.problem, hint="mend it")

    def start(self, table: ProcessTable, state: Path, port: int) -> MySQLServer:
        raise AssertionError("nothing is started here")

    def stop(self, table: ProcessTable, state: Path) -> None:
        raise AssertionError("nothing is stopped here")


class TestPrepared:
    def test_one_whose_things_cannot_be_had_gives_way_to_the_next(self) -> None:
        said: list[str] = []
        docker, debian = Scripted("docker", "the image cannot be pulled"), Scripted("debian")
        assert prepared(None, None, said.append, providers=[docker, debian]) is debian
        assert (docker.prepared, debian.prepared) == (1, 1)
        assert said == ["docker: the image cannot be pulled; trying what is next"]

    @pytest.mark.parametrize(("name", "requested"), [("docker", "docker"), ("url", None)])
    def test_one_that_was_named_does_not(self, name: str, requested: str | None) -> None:
        debian = Scripted("debian")
        with pytest.raises(LocalEnvironmentError, match="cannot be had"):
            prepared(requested, None, str, providers=[Scripted(name, "it cannot be had"), debian])
        assert debian.prepared == 0

    def test_when_all_fail_each_is_told(self) -> None:
        providers = [Scripted("docker", "no image"), Scripted("debian", "no mirror")]
        with pytest.raises(LocalEnvironmentError) as caught:
            prepared(None, None, str, providers=providers)
        assert caught.value.details == ("docker: no image; to use it, mend it", "debian: no mirror; to use it, mend it")


class TestPath:
    @pytest.mark.parametrize(
        ("says", "words"),
        [(MARIADB, "MariaDB"), (OLD, "older than 8.0"), ("", "does not say which MySQL"), ("hello", "does not say")],
    )
    def test_what_is_not_mysql_8_is_refused_with_words(self, tmp_path: Path, says: str, words: str) -> None:
        provider = PathProvider(tmp_path, search=fake_mysqld(tmp_path / "bin", says))
        problem = provider.available()
        assert problem is not None
        assert words in problem.reason
        assert str(tmp_path / "bin" / "mysqld") in problem.reason

    @pytest.mark.parametrize("says", [MYSQL, "mysqld  Ver 8.4.6", "/x/mysqld  Ver 9.7.4-2 for Linux ((Debian))"])
    def test_mysql_8_and_later_is_taken(self, tmp_path: Path, says: str) -> None:
        assert PathProvider(tmp_path, search=fake_mysqld(tmp_path / "bin", says)).available() is None

    def test_a_program_that_cannot_run_is_refused(self, tmp_path: Path) -> None:
        search = fake_mysqld(tmp_path / "bin", MYSQL)
        (tmp_path / "bin/mysqld").write_text("#!/no/such/interpreter\n")
        assert isinstance(PathProvider(tmp_path, search=search).available(), Unavailable)

    def test_the_version_is_taken_out_of_the_line(self) -> None:
        assert versions.number(MYSQL) == "8.0.43"

    def test_a_data_directory_that_cannot_be_made_leaves_nothing(self, tmp_path: Path) -> None:
        search = fake_mysqld(tmp_path / "bin", MYSQL)
        with (tmp_path / "bin/mysqld").open("a") as script:
            script.write("case $* in *--initialize*) echo 'permission denied' >&2; exit 1;; esac\n")
        provider = PathProvider(tmp_path / "cache", search=search)
        with pytest.raises(LocalEnvironmentError) as caught:
            provider.prepare(lambda _: None)
        assert caught.value.details == ("permission denied",)
        assert [path.suffix for path in (tmp_path / "cache/mysql").iterdir()] == [".lock"]


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


class TestAddress:
    def test_a_full_one(self) -> None:
        found = address("mysql://app%40x@db.example:3307/", {"CDCCTL_MYSQL_PASSWORD": SECRET})
        assert found == Address("db.example", 3307, "app@x", SECRET)

    def test_only_the_variable_may_hold_the_password(self) -> None:
        text = f"mysql://app:{SECRET}@db.example/"
        assert address(None, {"CDCCTL_MYSQL_URL": text}) == Address("db.example", 3306, "app", SECRET)
        with pytest.raises(UsageError, match="holds a password"):
            address(text, {})

    def test_none_is_given(self) -> None:
        assert address(None, {}) is None

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("db.example", "does not start with mysql://"),
            (f"postgres://app:{SECRET}@db.example/", "does not start with mysql://"),
            ("mysql:///", "names no host"),
            ("mysql://db.example", "names no user"),
            ("mysql://app@", "names no host"),
            (f"mysql://app:{SECRET}@db.example:abc/", "no usable host and port"),
            (f"mysql://app:{SECRET}@db.example:99999/", "no usable host and port"),
            ("mysql://app@db.example:0/", "no usable host and port"),
            (f"mysql://app:{SECRET}@[::1/", "no usable host and port"),
            (f"mysql://app:{SECRET}@db.example/shop", "a server is wanted"),
            ("mysql://app@db.example/?ssl=1", "a server is wanted"),
        ],
    )
    def test_a_bad_one_is_one_clear_error_without_the_password(self, text: str, words: str) -> None:
        with pytest.raises(UsageError) as caught:
            address(None, {"CDCCTL_MYSQL_URL": text})
        assert words in caught.value.message
        assert caught.value.hint == "write it as mysql://user@host:port/"
        assert SECRET not in f"{caught.value.message} {caught.value.hint} {caught.value.__cause__!r}"


GOOD = {
    "version": "8.0.39",
    "version_comment": "Source distribution",
    "log_bin": "ON",
    "binlog_format": "ROW",
    "binlog_row_image": "FULL",
}
GRANTS = (
    "GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, RELOAD, INDEX, ALTER, SHOW DATABASES, LOCK TABLES, "
    "REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO `app`@`%`"
)


class TestUrl:
    def test_a_server_that_fits(self) -> None:
        assert setting_problems(GOOD) == []
        assert grant_problems([GRANTS, "GRANT ALL PRIVILEGES ON `x`.* TO `app`@`%`"]) == []
        assert grant_problems(["GRANT ALL PRIVILEGES ON *.* TO `app`@`%` WITH GRANT OPTION"]) == []

    def test_all_problems_are_found_together(self) -> None:
        bad = {**GOOD, "log_bin": "OFF", "binlog_format": "MIXED", "binlog_row_image": "MINIMAL", "version": "5.7.44"}
        assert [line.split()[0] for line in setting_problems(bad)] == [
            "version:",
            "log_bin",
            "binlog_format",
            "binlog_row_image",
        ]

    def test_mariadb_is_refused(self) -> None:
        assert "MariaDB" in setting_problems({**GOOD, "version": "10.11.11-MariaDB-log"})[0]

    def test_missing_privileges_are_named(self) -> None:
        (problem,) = grant_problems([GRANTS.replace("RELOAD, ", "").replace("REPLICATION SLAVE, ", "")])
        assert problem.endswith("RELOAD, REPLICATION SLAVE")
        assert grant_problems([GRANTS.replace("RELOAD, ", "FLUSH_TABLES, ")]) == []

    def test_a_server_that_does_not_answer_is_a_remote_failure(self, unused_port: int) -> None:
        provider = UrlProvider(Address("127.0.0.1", unused_port, "app", SECRET))
        with pytest.raises(RemoteError) as caught:
            provider.prepare(lambda _: None)
        assert caught.value.exit_code == 4
        assert f"127.0.0.1:{unused_port}" in caught.value.message
        assert SECRET not in f"{caught.value} {caught.value.hint} {provider!r} {caught.value.__cause__!r}"


@pytest.fixture
def unused_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class TestSecrets:
    def test_no_repr_shows_a_password(self, tmp_path: Path) -> None:
        words = Passwords("admin-" + SECRET, "debezium-" + SECRET)
        server = record(tmp_path, words, port=1, provider="path", version="8.0.43", sql_mode="")
        for thing in (words, server, Address("h", 1, "u", SECRET)):
            assert SECRET not in repr(thing)

    def test_what_is_written_only_the_owner_can_read(self, tmp_path: Path) -> None:
        words = passwords(tmp_path)
        with init_file(tmp_path, words) as path:
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert not path.exists()
        server = record(tmp_path, words, port=1, provider="path", version="8.0.43", sql_mode="")
        assert [stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()] == [0o600]
        assert recorded(tmp_path) == server
        assert passwords(tmp_path) == words

    def test_the_accounts_stay_out_of_the_binlog(self) -> None:
        lines = statements(Passwords("a", "d")).splitlines()
        assert lines[0] == "SET SESSION sql_log_bin = 0;"
        logged = lines.index("SET SESSION sql_log_bin = 1;")
        assert lines[logged - 1].startswith("GRANT SELECT, RELOAD, SHOW DATABASES, REPLICATION SLAVE, ")
        # One statement for the first GTID, without an account in it.
        assert lines[logged + 1 :] == ["FLUSH PRIVILEGES;"]


class TestCache:
    def test_made_once(self, tmp_path: Path) -> None:
        made: list[Path] = []

        def make(partial: Path) -> None:
            made.append(partial)
            (partial / "x").touch()

        for _ in range(2):
            entry = cache.entry(tmp_path / "kind" / "one", make)
        assert len(made) == 1
        assert (entry / "x").exists()

    def test_an_interruption_leaves_nothing_under_the_final_name(self, tmp_path: Path) -> None:
        def interrupted(partial: Path) -> None:
            (partial / "half").touch()
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            cache.entry(tmp_path / "one", interrupted)
        assert [path.name for path in tmp_path.iterdir()] == ["one.lock"]

    def test_what_a_killed_process_left_is_not_built_upon(self, tmp_path: Path) -> None:
        (tmp_path / "one.partial").mkdir()
        (tmp_path / "one.partial/half").touch()
        assert list(cache.entry(tmp_path / "one", lambda partial: None).iterdir()) == []

    def test_a_cache_that_cannot_be_written_is_said_with_the_cure(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        with pytest.raises(LocalEnvironmentError, match="cannot be written") as caught:
            cache.entry(tmp_path / "file" / "one", lambda partial: None)
        assert "CDCCTL_CACHE_DIR" in (caught.value.hint or "")

    def test_the_variable_moves_it(self, tmp_path: Path) -> None:
        assert cache.folder({"CDCCTL_CACHE_DIR": str(tmp_path)}) == tmp_path
