"""``cdcctl init`` from the stack's MySQL: what it writes is ready to be deployed."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pymysql
import pytest

from cdcctl.local.state import Stack

DATABASE = f"init_test_{os.getpid()}"
STATEMENTS = (
    f"CREATE DATABASE {DATABASE}",
    f"CREATE TABLE {DATABASE}.orders (id BIGINT UNSIGNED PRIMARY KEY, paid BOOLEAN, at DATETIME(6), seen DATETIME)",
    f"CREATE TABLE {DATABASE}.stock (sku VARCHAR(20) NOT NULL, n INT DEFAULT 1, UNIQUE KEY by_sku (sku))",
    f"CREATE TABLE {DATABASE}.log (at TIMESTAMP NULL, sku VARCHAR(20) UNIQUE)",
    f"CREATE USER '{DATABASE}'@'%' IDENTIFIED BY 'pla-nted'",
    f"GRANT SELECT ON {DATABASE}.orders TO '{DATABASE}'@'%'",
)


@pytest.fixture
def database(stack: Stack) -> Iterator[str]:
    server = stack.mysql
    with closing(
        pymysql.connect(host=server.host, port=server.port, user=server.user, password=server.password)
    ) as connection:
        try:
            for statement in STATEMENTS:
                connection.cursor().execute(statement)
            yield DATABASE
        finally:
            connection.cursor().execute(f"DROP DATABASE IF EXISTS {DATABASE}")
            connection.cursor().execute(f"DROP USER IF EXISTS '{DATABASE}'@'%'")


def test_a_file_that_can_be_deployed(stack: Stack, database: str, cdcctl: Callable[..., Any], tmp_path: Path) -> None:
    file, place = tmp_path / "p.yaml", ["--local", "--state", stack.state]
    done = cdcctl("init", *place, "--database", database, "--out", file, "--json")
    assert done.returncode == 0, done.stderr
    begun = json.loads(done.stdout)
    source = begun["pipeline"]["source"]
    assert source["tables"] == [f"{database}.{table}" for table in ("log", "orders", "stock")]
    assert source["keys"] == {f"{database}.stock": ["sku"]}
    assert source["types"] == {"bigint_unsigned": "precise", "time": "microseconds", "tinyint1": "number"}
    assert begun["missing"] == {}
    worse = {each["code"] for each in begun["lint"]["findings"] if each["severity"] != "note"}
    assert worse == {"CDC270", "CDC273"}
    # Without the columns, which only the server can change, nothing is left.
    assert cdcctl("lint", file).returncode == 0
    planned = cdcctl("plan", "-f", file, *place)
    assert planned.returncode == 1, planned.stderr
    assert "create           connector" in planned.stdout
    examined = cdcctl("doctor", "-f", file, *place, "--only", "mysql", "--json")
    assert json.loads(examined.stdout)["fine"], examined.stdout
    before = file.read_text()
    assert cdcctl("init", *place, "--out", file).returncode == 2
    assert file.read_text() == before


def test_by_address_and_for_another_account(
    stack: Stack, database: str, cdcctl: Callable[..., Any], tmp_path: Path
) -> None:
    server, file = stack.mysql, tmp_path / "p.yaml"
    done = cdcctl(
        *("init", "--mysql-url", f"mysql://{server.user}@{server.host}:{server.port}/"),
        *("--table", f"{database}.[os]*", "--capture-user", database, "--host", "db.example", "--out", file, "--json"),
        env={"CDCCTL_MYSQL_PASSWORD": server.password},
    )
    assert done.returncode == 1, done.stderr
    begun = json.loads(done.stdout)
    assert begun["pipeline"]["source"]["host"] == "db.example"
    failed = {each["message"] for each in begun["checks"] if each["status"] == "fail"}
    assert failed == {
        f"account {database}@% lacks REPLICATION SLAVE, REPLICATION CLIENT: it cannot read the binlog",
        f"account {database}@% lacks RELOAD: it cannot take a snapshot",
        f"table {database}.stock cannot be read: {database}@% has no SELECT on it",
    }
    assert server.password not in done.stdout + done.stderr + file.read_text()
