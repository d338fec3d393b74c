"""MySQL's side of a proof: statements one at a time, and rows for every table that one has changed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pymysql

from cdcctl.local.mysql.base import MySQLServer
from cdcctl.sql.names import quoted, without_comments

# A value that any type takes that a column of this one may become, and one that needs this very type.
_VALUES = {
    **dict.fromkeys(("tinyint", "smallint", "mediumint", "int"), ("7", "7")),
    "bigint": ("7", "5000000000"),
    **dict.fromkeys(("float", "double"), ("7", "7.25")),
    **dict.fromkeys(("char", "varchar", "tinytext", "text", "mediumtext", "longtext"), ("'7'", "'x'")),
    **dict.fromkeys(("binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob"), ("x'0102'", "x'0102'")),
    "date": ("'1999-01-02'", "'1999-01-02'"),
    **dict.fromkeys(("datetime", "timestamp"), ("'1999-01-02 03:04:05.789012'",) * 2),
    "time": ("'01:02:03'", "'01:02:03'"),
    "year": ("1999", "1999"),
    "bit": ("b'1'", "b'1'"),
    **dict.fromkeys(("enum", "set"), ("1", "1")),
    "json": ("'{}'", "'{}'"),
    "vector": ("x'0000803f'", "x'0000803f'"),
}
_SHAPES = {
    "geometry": "POINT(1 2)",
    "point": "POINT(1 2)",
    "linestring": "LINESTRING(0 0,1 1)",
    "polygon": "POLYGON((0 0,1 0,1 1,0 0))",
    "multipoint": "MULTIPOINT((1 2))",
    "multilinestring": "MULTILINESTRING((0 0,1 1))",
    "multipolygon": "MULTIPOLYGON(((0 0,1 0,1 1,0 0)))",
    "geomcollection": "GEOMETRYCOLLECTION(POINT(1 2))",
    "geometrycollection": "GEOMETRYCOLLECTION(POINT(1 2))",
}

# What later statements of the session depend on.
_SETS = re.compile(r"\s*(?:/\*!\d*\s*)?(SET|PREPARE|CREATE\s+TEMPORARY)\b", re.IGNORECASE)


class Database:
    """A database with a session for statements as people run them, and one for rows, which takes anything."""

    def __init__(self, server: MySQLServer, name: str) -> None:
        self.name = name
        self._server = server
        self._session: pymysql.Connection[Any] | None = None
        self._is_set = False
        self._writer: pymysql.Connection[Any] | None = None
        with self._rows() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS {quoted(name)}")
            cursor.execute(f"CREATE DATABASE {quoted(name)}")
        self.rest()

    def drop(self) -> None:
        """Remove it, and end both sessions."""
        self._is_set = False
        self.rest()
        with self._rows() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS {quoted(self.name)}")
        self.rest()

    def rest(self) -> None:
        """End both sessions, since a server has only so many; one in which something is set has to stay."""
        for each in (None if self._is_set else self._session, self._writer):
            if each is not None:
                each.close()
        self._session, self._writer = self._session if self._is_set else None, None

    def run(self, sql: str) -> str | None:
        """Run a statement; what MySQL says against it."""
        if self._session is None:
            self._session = self._connect(self.name)
        try:
            with self._session.cursor() as cursor:
                cursor.execute(sql)
                while cursor.nextset():
                    pass
        except pymysql.MySQLError as error:
            return str(error.args[-1])
        self._is_set |= bool(_SETS.match(without_comments(sql)))
        return None

    def definitions(self, mentioned: str | None = None) -> dict[str, str]:
        """Table → SHOW CREATE TABLE.

        :param mentioned: of the tables that a statement names only.
        """
        with self._rows() as cursor:
            found = {}
            for table in self._tables(cursor):
                if mentioned is None or table.lower() in mentioned.lower():
                    cursor.execute(f"SHOW CREATE TABLE {quoted(table)}")
                    found[table] = str(cursor.fetchone()[1])
        return found

    def _tables(self, cursor: Any) -> list[str]:
        cursor.execute("SHOW FULL TABLES WHERE Table_type = 'BASE TABLE'")
        return [str(table) for table, _ in cursor.fetchall()]

    def write(self, table: str, *, keep: bool) -> str | None:
        """Insert two rows, one after the other is gone; why that is not possible.

        :param keep: leave the second one.
        """
        try:
            with self._rows() as cursor:
                names, mild, telling = self._columns(cursor, table)
                into = f"INSERT IGNORE INTO {quoted(table)} ({', '.join(map(quoted, names))}) VALUES"
                for last, values in ((False, mild), (True, telling)):
                    written = cursor.execute(f"{into} ({', '.join(values)})")
                    if not written:
                        cursor.execute("SHOW WARNINGS")
                        return str(cursor.fetchall())
                    if not (last and keep):
                        cursor.execute(f"DELETE FROM {quoted(table)}")
        except pymysql.MySQLError as error:
            return str(error.args[-1])
        return None

    def empty(self) -> None:
        """Delete all rows of all tables."""
        with self._rows() as cursor:
            for table in self._tables(cursor):
                cursor.execute(f"DELETE FROM {quoted(table)}")

    def _columns(self, cursor: Any, table: str) -> tuple[list[str], list[str], list[str]]:
        cursor.execute(
            "SELECT COLUMN_NAME, DATA_TYPE, EXTRA, NUMERIC_SCALE, SRS_ID FROM information_schema.COLUMNS "
            "WHERE TABLE_SCHEMA = %s AND TABLE_NAME = %s ORDER BY ORDINAL_POSITION",
            (self.name, table),
        )
        names, mild, telling = [], [], []
        for name, kind, extra, scale, system in cursor.fetchall():
            if "GENERATED" in extra.replace("DEFAULT_GENERATED", ""):
                continue
            first, second = _value(kind.lower(), scale, system)
            names.append(name)
            mild.append(first)
            telling.append(second)
        return names, mild, telling

    def _connect(self, database: str | None) -> pymysql.Connection[Any]:
        server = self._server
        return pymysql.connect(
            host=server.host,
            port=server.port,
            user=server.user,
            password=server.password,
            database=database,
            autocommit=True,
            charset="utf8mb4",
            read_timeout=60,
        )

    @contextmanager
    def _rows(self) -> Iterator[Any]:
        if self._writer is None:
            self._writer = self._connect(None)
            with self._writer.cursor() as cursor:
                cursor.execute("SET sql_mode='', foreign_key_checks=0")
                cursor.execute("SET show_gipk_in_create_table_and_information_schema=0")
                cursor.execute("SHOW DATABASES LIKE %s", (self.name,))
                if cursor.fetchone():
                    cursor.execute(f"USE {quoted(self.name)}")
        with self._writer.cursor() as cursor:
            yield cursor


def _value(kind: str, scale: int | None, system: int | None) -> tuple[str, str]:
    if kind == "decimal":
        return "7", f"7.{'5'.rjust(scale, '0')}" if scale else "7"
    if kind in _SHAPES:
        shape = f"ST_GeomFromText('{_SHAPES[kind]}', {system or 0})"
        return shape, shape
    return _VALUES.get(kind, ("DEFAULT", "DEFAULT"))
