"""Which MySQL a stack gets, and what is said when it gets none."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from mysql_program import MYSQL, fake_mysqld

from cdcctl.errors import LocalEnvironmentError, UsageError
from cdcctl.local.mysql import choose
from cdcctl.local.mysql.address import Address
from cdcctl.local.mysql.base import MySQLServer, Progress, Provider, Unavailable
from cdcctl.local.mysql.choice import prepared
from cdcctl.local.mysql.debian import DebianProvider
from cdcctl.local.mysql.docker import DockerProvider
from cdcctl.local.mysql.path import PathProvider
from cdcctl.local.mysql.url import UrlProvider
from cdcctl.local.processes import ProcessTable


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
