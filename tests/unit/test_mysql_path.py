"""MySQL from the PATH: which mysqld is taken, and what is said of one that is not."""

from __future__ import annotations

from pathlib import Path

import pytest
from mysql_program import MYSQL, fake_mysqld

from cdcctl.errors import LocalEnvironmentError
from cdcctl.local.mysql import versions
from cdcctl.local.mysql.base import Unavailable
from cdcctl.local.mysql.path import PathProvider

MARIADB = "mysqld  Ver 10.11.11-MariaDB-0+deb12u1 for debian-linux-gnu on x86_64 (Debian 12)"
OLD = "mysqld  Ver 5.7.44 for Linux on x86_64 (MySQL Community Server (GPL))"


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
