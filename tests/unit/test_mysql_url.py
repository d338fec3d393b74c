"""A MySQL that a user names: its address, its password, and whether it fits."""

from __future__ import annotations

import pytest

from cdcctl.errors import RemoteError, UsageError
from cdcctl.local.mysql.address import Address, address
from cdcctl.local.mysql.url import UrlProvider, grant_problems, setting_problems

SECRET = "s3cret-Word"


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
