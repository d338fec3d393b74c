"""The tables as they are now: from a schema dump, from files with CREATE TABLE, or from a server."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cdcctl.errors import InputError, RemoteError
from cdcctl.evolve import migrations
from cdcctl.sql import names

if TYPE_CHECKING:
    from cdcctl.mysql.server import Server

_TABLE = re.compile(r"\s*CREATE\s+TABLE\b", re.IGNORECASE)
_SYSTEM = ("information_schema", "mysql", "performance_schema", "sys")


@dataclass(frozen=True)
class Tables:
    """CREATE TABLE statements, each with its database and where it comes from.

    :param case_insensitive: the server folds table names (``lower_case_table_names`` is not 0).
    """

    statements: tuple[migrations.Migration, ...] = ()
    case_insensitive: bool = False


def from_files(sources: Sequence[str], database: str | None) -> Tables:
    """Every CREATE TABLE of some files or folders, such as ``mysqldump --no-data`` writes; the rest is passed over.

    :raises InputError: a file cannot be read, or has no CREATE TABLE.
    """
    found = tuple(each for each in migrations.read(sources, database) if _TABLE.match(names.without_comments(each.sql)))
    if not found:
        raise InputError(f"there is no CREATE TABLE in {', '.join(sources)}", hint="give a dump or CREATE TABLE files")
    return Tables(found)


def from_server(server: Server, databases: Iterable[str] | None) -> Tables:
    """What SHOW CREATE TABLE says of every table.

    :param databases: only of these; None for all but MySQL's own.
    :raises RemoteError: the server does not answer, or not to this user.
    """
    import pymysql  # with all of its cryptography

    from cdcctl.mysql.session import words

    at = f"{server.host}:{server.port}"
    wanted = set(databases) if databases is not None else None
    with server.connected() as connection, connection.cursor() as cursor:
        try:
            cursor.execute("SELECT @@lower_case_table_names")
            row = cursor.fetchone()
            return Tables(tuple(_shown(cursor, at, wanted)), case_insensitive=bool(row and row[0]))
        except pymysql.MySQLError as error:
            raise RemoteError(
                f"MySQL at {at} does not show its tables: {words(error)}", hint="the user needs SELECT on them"
            ) from error


def _shown(cursor: Any, at: str, wanted: set[str] | None) -> Iterable[migrations.Migration]:
    from pymysql.constants import ER
    from pymysql.err import ProgrammingError

    cursor.execute(
        "SELECT TABLE_SCHEMA, TABLE_NAME FROM information_schema.TABLES WHERE TABLE_TYPE = 'BASE TABLE' "
        "ORDER BY TABLE_SCHEMA, TABLE_NAME"
    )
    for database, table in cursor.fetchall():
        if database in _SYSTEM if wanted is None else database not in wanted:
            continue
        try:
            cursor.execute(f"SHOW CREATE TABLE {names.quoted(database)}.{names.quoted(table)}")
        except ProgrammingError as error:
            if error.args[0] in (ER.NO_SUCH_TABLE, ER.BAD_DB_ERROR):
                continue  # it has gone since it was listed
            raise
        yield migrations.Migration(str(cursor.fetchone()[1]), str(database), f"{at} {database}.{table}", 1)
