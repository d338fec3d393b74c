"""MySQL from Debian's packages, for real: fetched once into the user's cache, started, killed, stopped."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pymysql
import pytest

from cdcctl.errors import ChildProcessDiedError
from cdcctl.local.mysql import MySQLServer, stop
from cdcctl.local.mysql.debian import DebianProvider
from cdcctl.local.processes import ProcessTable

pytestmark = pytest.mark.stack


@pytest.fixture(scope="module")
def provider() -> DebianProvider:
    """The provider on the user's own cache, everything fetched."""
    found = DebianProvider()
    found.prepare(lambda _: None)
    return found


@pytest.fixture
def table(tmp_path: Path) -> Iterator[ProcessTable]:
    found = ProcessTable(tmp_path)
    yield found
    found.kill_all()


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number: int = probe.getsockname()[1]
        return number


def ask(server: MySQLServer, sql: str, *, debezium: bool = False) -> list[tuple[Any, ...]]:
    """Run one statement as the admin or as debezium."""
    account = (server.debezium_user, server.debezium_password) if debezium else (server.user, server.password)
    with (
        pymysql.connect(host=server.host, port=server.port, user=account[0], password=account[1]) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute(sql)
        connection.commit()
        return list(cursor.fetchall())


def mysqld(table: ProcessTable) -> psutil.Process:
    (child,) = table.children()
    return psutil.Process(child.pid)


def test_the_server_is_what_the_pipeline_needs(
    provider: DebianProvider, table: ProcessTable, tmp_path: Path, port: int
) -> None:
    server = provider.start(table, tmp_path, port)
    settings = ask(
        server,
        "SELECT @@log_bin, @@binlog_format, @@binlog_row_image, @@gtid_mode, @@enforce_gtid_consistency, "
        "@@binlog_row_metadata, @@time_zone, @@character_set_server, @@local_infile, @@bind_address",
    )
    assert settings == [(1, "ROW", "FULL", "ON", "ON", "MINIMAL", "+00:00", "utf8mb4", 0, "127.0.0.1")]
    # Debezium cannot snapshot a server without a GTID; and none of them is of an account.
    [(executed,)] = ask(server, "SELECT @@gtid_executed")
    assert executed.endswith(":1")
    assert ask(server, "SELECT VERSION(), @@GLOBAL.sql_mode") == [(server.version, server.sql_mode)]
    (grant,) = ask(server, "SHOW GRANTS", debezium=True)[0]
    assert grant.partition(" ON ")[0] == (
        "GRANT SELECT, RELOAD, SHOW DATABASES, LOCK TABLES, REPLICATION SLAVE, REPLICATION CLIENT"
    )
    ask(server, "CREATE DATABASE shop")
    ask(server, "CREATE TABLE shop.t (id INT PRIMARY KEY)")
    ask(server, "INSERT INTO shop.t VALUES (1)")
    assert ask(server, "SELECT * FROM shop.t", debezium=True) == [(1,)]
    with pytest.raises(pymysql.err.OperationalError):
        ask(server, "INSERT INTO shop.t VALUES (2)", debezium=True)


def test_no_password_is_on_a_command_line_in_a_log_or_in_a_file_of_others(
    provider: DebianProvider, table: ProcessTable, tmp_path: Path, port: int
) -> None:
    server = provider.start(table, tmp_path, port)
    log = (tmp_path / "logs/mysql.log").read_text()
    for secret in (server.password, server.debezium_password):
        assert secret not in " ".join(mysqld(table).cmdline())
        assert secret not in log
    assert not (tmp_path / "mysql/init.sql").exists()
    assert (tmp_path / "mysql").stat().st_mode & 0o077 == 0
    with pytest.raises(pymysql.err.OperationalError):
        pymysql.connect(host=server.host, port=server.port, user="root", password="")


def test_a_killed_server_is_noticed_and_comes_back_with_data_and_accounts(
    provider: DebianProvider, table: ProcessTable, tmp_path: Path, port: int
) -> None:
    server = provider.start(table, tmp_path, port)
    ask(server, "CREATE DATABASE kept")
    process = mysqld(table)
    os.kill(process.pid, signal.SIGKILL)
    psutil.wait_procs([process], timeout=10)
    with pytest.raises(ChildProcessDiedError) as caught:
        table.check()
    assert any("ready for connections" in line for line in caught.value.details)
    assert provider.start(table, tmp_path, port) == server
    assert ("kept",) in ask(server, "SHOW DATABASES")


def test_a_server_that_cannot_start_is_reported_at_once_with_its_log(
    provider: DebianProvider, table: ProcessTable, tmp_path: Path
) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        with pytest.raises(ChildProcessDiedError) as caught:
            provider.start(table, tmp_path, holder.getsockname()[1])
    assert any("port" in line for line in caught.value.details)


def test_two_stacks_are_two_servers(provider: DebianProvider, table: ProcessTable, tmp_path: Path, port: int) -> None:
    one = provider.start(table, tmp_path, port)
    other_table = ProcessTable(tmp_path / "other")
    try:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            other_port = probe.getsockname()[1]
        two = provider.start(other_table, tmp_path / "other", other_port)
        assert ask(one, "SELECT @@server_uuid") != ask(two, "SELECT @@server_uuid")
        assert one.password != two.password
    finally:
        other_table.kill_all()


def test_stop_leaves_no_process(provider: DebianProvider, table: ProcessTable, tmp_path: Path, port: int) -> None:
    provider.start(table, tmp_path, port)
    assert len(list(table.members())) == 1
    stop(table, tmp_path)
    assert list(table.members()) == []
    assert table.children() == []
