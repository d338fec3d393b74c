"""``cdcctl doctor``: what is said of a MySQL server's variables, replicas and grants."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from doctor_pipeline import pipeline

from cdcctl.doctor import server_checks
from cdcctl.doctor.findings import Finding, Status
from cdcctl.doctor.grants import Grants
from cdcctl.doctor.server import Server

SERVER = Server(
    account="debezium@%",
    variables={
        "version": "8.0.36",
        "version_comment": "MySQL Community Server - GPL",
        "log_bin": "ON",
        "binlog_format": "ROW",
        "binlog_row_image": "FULL",
        "binlog_row_metadata": "FULL",
        "binlog_row_value_options": "",
        "binlog_expire_logs_seconds": "2592000",
        "gtid_mode": "ON",
        "enforce_gtid_consistency": "ON",
        "gtid_executed": "0a1b:1-9",
        "server_id": "1",
        "time_zone": "SYSTEM",
        "system_time_zone": "UTC",
        "sql_mode": "STRICT_TRANS_TABLES",
    },
    grants=Grants.parse(
        ["GRANT SELECT, INSERT, DELETE, RELOAD, LOCK TABLES, REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO `d`@`%`"]
    ),
    replicas={},
    managed=False,
)


def with_variables(**changed: str) -> Server:
    return replace(SERVER, variables={**SERVER.variables, **changed})


def said(check: str, server: Server, **more: Any) -> Finding:
    return server_checks.CHECKS[check](pipeline(**more), server)


def test_a_server_as_it_should_be():
    assert {said(check, SERVER).status for check in server_checks.CHECKS} == {Status.OK}


@pytest.mark.parametrize(
    ("check", "changed", "status", "word"),
    [
        ("version", {"version": "5.7.44-log"}, Status.FAIL, "upgrade"),
        ("version", {"version": "10.11.6-MariaDB"}, Status.FAIL, "use a MySQL server"),
        ("binlog", {"log_bin": "OFF"}, Status.FAIL, "--log-bin"),
        ("binlog format", {"binlog_format": "MIXED"}, Status.FAIL, "SET PERSIST binlog_format = ROW"),
        ("row image", {"binlog_row_image": "MINIMAL"}, Status.FAIL, "FULL"),
        ("row image", {"binlog_row_image": "NOBLOB"}, Status.WARN, "FULL"),
        ("row metadata", {"binlog_row_metadata": "MINIMAL"}, Status.OK, ""),
        ("partial JSON", {"binlog_row_value_options": "PARTIAL_JSON"}, Status.FAIL, "= ''"),
        ("binlog retention", {"binlog_expire_logs_seconds": "3600"}, Status.WARN, "259200"),
        ("binlog retention", {"binlog_expire_logs_seconds": "0"}, Status.OK, ""),
        ("GTID", {"gtid_mode": "OFF"}, Status.WARN, "gtid-mode"),
        ("GTID", {"enforce_gtid_consistency": "WARN"}, Status.WARN, "enforce_gtid_consistency = ON"),
        ("GTID", {"gtid_executed": ""}, Status.FAIL, "write anything"),
        ("server id", {"server_id": "5400"}, Status.FAIL, "source.server_id"),
        ("time zone", {"system_time_zone": "CEST"}, Status.WARN, "UTC"),
        ("time zone", {"time_zone": "+02:00"}, Status.WARN, "UTC"),
        ("SQL mode", {"sql_mode": "ANSI_QUOTES,STRICT_ALL_TABLES"}, Status.WARN, "skip_unparseable"),
        ("SQL mode", {"sql_mode": ""}, Status.WARN, "STRICT_TRANS_TABLES"),
    ],
)
def test_a_variable_that_is_not_as_it_should_be(check, changed, status, word):
    found = said(check, with_variables(**changed))
    assert found.status is status
    assert word in found.cure
    assert (found.cure == "") is (status is Status.OK)


@pytest.mark.parametrize(
    ("kept", "status"),
    [(None, Status.UNCHECKED), ("", Status.FAIL), ("0", Status.FAIL), ("6", Status.WARN), ("72", Status.OK)],
)
def test_how_long_aurora_keeps_the_binlog(kept, status):
    assert said("binlog retention", replace(SERVER, managed=True, kept_hours=kept)).status is status


def test_aurora_is_cured_by_its_parameter_group():
    aurora = replace(with_variables(binlog_format="STATEMENT", log_bin="OFF"), managed=True)
    assert "parameter group" in said("binlog format", aurora).cure
    assert "binlog_format to ROW" in said("binlog", aurora).cure


def test_replicas():
    assert said("server id", replace(SERVER, replicas={5400: "10.0.0.9"})).status is Status.FAIL
    assert said("server id", replace(SERVER, replicas=None)).status is Status.UNCHECKED


@pytest.mark.parametrize(
    ("lines", "privilege", "table", "has"),
    [
        (["GRANT ALL PRIVILEGES ON *.* TO `a`@`%` WITH GRANT OPTION"], "RELOAD", None, True),
        (["GRANT SELECT, REPLICATION SLAVE ON *.* TO `a`@`%`"], "REPLICATION SLAVE", None, True),
        (["GRANT SELECT, REPLICATION SLAVE ON *.* TO `a`@`%`"], "REPLICATION CLIENT", None, False),
        (["GRANT USAGE ON *.* TO `a`@`%`", "GRANT INSERT ON `b`.`c` TO `a`@`%`"], "INSERT", "b.c", True),
        (["GRANT INSERT ON `b`.* TO `a`@`%`"], "INSERT", "b.c", True),
        (["GRANT INSERT ON `b`.* TO `a`@`%`"], "INSERT", "d.c", False),
        (["GRANT INSERT ON `b`.* TO `a`@`%`"], "INSERT", None, False),
        (["GRANT SELECT (`x`, `y`), INSERT ON `b`.`c` TO `a`@`%`"], "SELECT", "b.c", False),
        (["GRANT SELECT (`x`, `y`), INSERT ON `b`.`c` TO `a`@`%`"], "INSERT", "b.c", True),
        (["GRANT FLUSH_TABLES,BACKUP_ADMIN ON *.* TO `a`@`%`"], "FLUSH_TABLES", None, True),
        (["GRANT `role`@`%` TO `a`@`%`"], "SELECT", None, False),
        (["GRANT DELETE ON `we``ird`.`c` TO `a`@`%`"], "DELETE", "we`ird.c", True),
    ],
)
def test_grants(lines, privilege, table, has):
    assert Grants.parse(lines).has(privilege, table) is has


@pytest.mark.parametrize(
    ("scope", "table", "has"),
    [
        (r"`web\_shop`.*", "web_shop.orders", True),
        (r"`web\_shop`.*", "webXshop.orders", False),
        ("`web_shop`.*", "webXshop.orders", True),
        ("`shop%`.*", "shop_archive.orders", True),
        ("`shop%`.*", "web_shop.orders", False),
        ("`shop.eu`.*", "shop.eu", False),
        ("`web_shop`.`orders`", "webXshop.orders", False),
    ],
)
def test_a_database_in_a_grant_is_a_pattern(scope, table, has):
    assert Grants.parse([f"GRANT SELECT ON {scope} TO `d`@`%`"]).has("SELECT", table) is has


def test_missing_grants_and_their_cure():
    bare = replace(SERVER, grants=Grants.parse(["GRANT REPLICATION SLAVE ON *.* TO `d`@`%`"]))
    found = said("replication grants", bare)
    assert (found.status, found.cure) == (Status.FAIL, "GRANT REPLICATION CLIENT ON *.* TO 'debezium'@'%'")
    assert said("snapshot grants", bare).cure == "GRANT RELOAD ON *.* TO 'debezium'@'%'"
    assert said("snapshot grants", bare, source={"snapshot_mode": "no_data"}).status is Status.OK
    assert said("snapshot grants", replace(bare, managed=True)).cure.startswith("GRANT RELOAD, LOCK TABLES")
    assert said("signal grants", bare).status is Status.WARN
