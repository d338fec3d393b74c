"""A server that exists already; it is looked at, and never started, changed or stopped."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pymysql

from cdcctl.errors import RemoteError
from cdcctl.local.mysql import versions
from cdcctl.local.mysql.accounts import DEBEZIUM_PRIVILEGES
from cdcctl.local.mysql.address import PASSWORD_VARIABLE, URL_VARIABLE, Address
from cdcctl.local.mysql.base import MySQLServer, Progress, Unavailable
from cdcctl.local.processes import ProcessTable

# Replaying a scenario makes, changes and drops tables.
REPLAY_PRIVILEGES = ("CREATE", "ALTER", "DROP", "INDEX", "INSERT", "UPDATE", "DELETE")
# Newer names for what an older privilege allows.
_INSTEAD = {"RELOAD": "FLUSH_TABLES"}
_WANTED = {"log_bin": "ON", "binlog_format": "ROW", "binlog_row_image": "FULL"}


class UrlProvider:
    """The server at ``where``, None when the user named none."""

    name = "url"

    def __init__(self, where: Address | None) -> None:
        self._where = where

    def available(self) -> Unavailable | None:
        """None when a server was named; whether it answers is for ``prepare`` to find out."""
        if self._where is None:
            return Unavailable("no server is named", f"set {URL_VARIABLE} to mysql://user@host:port/")
        return None

    def prepare(self, progress: Progress) -> None:
        """Look whether the server can feed the pipeline."""
        server = self._look()
        progress(f"MySQL {server.version} at {server.host}:{server.port}")

    def start(self, table: ProcessTable, state: Path, port: int) -> MySQLServer:  # noqa: ARG002
        """Look again and hand the server over; table, state and port play no part."""
        return self._look()

    def stop(self, table: ProcessTable, state: Path) -> None:
        """Leave the server alone."""

    def _look(self) -> MySQLServer:
        """Connect and check everything the pipeline needs.

        :raises RemoteError: it does not answer, or one or more settings or privileges are missing (all are listed).
        """
        if self._where is None:
            raise RemoteError("no MySQL server is named", hint=f"set {URL_VARIABLE}")
        at = f"MySQL at {self._where.host}:{self._where.port}"
        try:
            variables, grants = _ask(self._where)
        except (pymysql.err.Error, OSError, RuntimeError) as error:
            raise RemoteError(
                f"{at} cannot be used by {self._where.user}: {_words(error)}",
                hint=f"check the address, the user and {PASSWORD_VARIABLE}",
            ) from error
        problems = [*setting_problems(variables), *grant_problems(grants)]
        if problems:
            raise RemoteError(
                f"{at} cannot feed the pipeline", hint="change these and run this again", details=problems
            )
        return MySQLServer(
            host=self._where.host,
            port=self._where.port,
            user=self._where.user,
            password=self._where.password,
            debezium_user=self._where.user,
            debezium_password=self._where.password,
            provider=self.name,
            version=variables["version"],
            sql_mode=variables["sql_mode"],
        )


def setting_problems(variables: dict[str, str]) -> list[str]:
    """What in the server's global variables stands in the way."""
    refused = versions.refusal(f"{variables.get('version', '')} {variables.get('version_comment', '')}".strip())
    problems = [f"version: {refused}"] if refused else []
    for name, wanted in _WANTED.items():
        # A server that has dropped the setting has only the wanted behaviour left.
        value = variables.get(name, "OFF" if name == "log_bin" else wanted)
        if value.upper() != wanted:
            problems.append(f"{name} is {value}, it must be {wanted}")
    return problems


def grant_problems(grants: Sequence[str]) -> list[str]:
    """Which privileges on all databases the lines of SHOW GRANTS do not give."""
    given: set[str] = set()
    for line in grants:
        match = re.match(r"GRANT (.+?) ON \*\.\* TO ", line)
        if match:
            given.update(name.strip().upper() for name in match[1].split(","))
    if "ALL PRIVILEGES" in given:
        return []
    missing = [
        name
        for name in dict.fromkeys((*DEBEZIUM_PRIVILEGES, *REPLAY_PRIVILEGES))
        if name not in given and _INSTEAD.get(name) not in given
    ]
    return [f"privileges missing on *.*: {', '.join(missing)}"] if missing else []


def _ask(where: Address) -> tuple[dict[str, str], list[str]]:
    connection = pymysql.connect(
        host=where.host, port=where.port, user=where.user, password=where.password, connect_timeout=10
    )
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "SHOW GLOBAL VARIABLES WHERE Variable_name IN ('version', 'version_comment', 'sql_mode', "
                "'log_bin', 'binlog_format', 'binlog_row_image')"
            )
            variables = {str(name).lower(): str(value) for name, value in cursor.fetchall()}
            return variables, _grants(cursor, variables.get("version", ""))
    finally:
        connection.close()


def _grants(cursor: Any, version: str) -> list[str]:
    """The account's privileges, those of its roles included (Aurora gives its administrator only a role)."""
    if not versions.refusal(version):
        cursor.execute("SET ROLE ALL")
    cursor.execute("SHOW GRANTS")
    return [str(line) for (line,) in cursor.fetchall()]


def _words(error: Exception) -> str:
    """The sentence in a driver's error, without its number."""
    return str(error.args[-1] if error.args else error)
