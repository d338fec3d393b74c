"""What is asked of MySQL about the captured tables."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from cdcctl.errors import RemoteError
from cdcctl.mysql.session import Session
from cdcctl.pipeline import Source

# Debezium never captures these (MySqlConnectorConfig, BuiltInDatabases).
_SYSTEM = ("information_schema", "mysql", "performance_schema", "sys")


@dataclass(frozen=True)
class Column:
    """A column; ``type`` is the bare name in lower case, ``full_type`` with length and the like."""

    name: str
    type: str
    full_type: str


@dataclass(frozen=True)
class Unique:
    """A unique key, the primary one included; ``nullable``: rows with NULL in it are not told apart."""

    name: str
    columns: tuple[str, ...]
    nullable: bool = False


@dataclass(frozen=True)
class Table:
    """A base table as the account sees it.

    :ivar uniques: its unique keys whose parts are all columns, the primary one first.
    :ivar refused: why the account may not read it; "" where it may.
    """

    name: str
    engine: str
    uniques: tuple[Unique, ...]
    columns: tuple[Column, ...]
    refused: str = ""

    @property
    def chosen(self) -> Unique | None:
        """The key by which Debezium tells rows apart: the primary one, else the first without nullable columns.

        Source: TableSchemaBuilder.
        """
        return next((each for each in self.uniques if not each.nullable), None)


def captured(source: Source, existing: Iterable[str]) -> list[str]:
    """Those of the existing tables that Debezium captures, ``database.table``, in order."""
    patterns = [re.compile(pattern) for pattern in source.tables_matching]

    def wanted(table: str) -> bool:
        database = table.split(".", maxsplit=1)[0]
        if source.exclude_databases:
            chosen = database not in source.exclude_databases
        else:
            matched = any(pattern.fullmatch(table) for pattern in patterns)
            chosen = table in source.tables or database in source.databases or matched
        return chosen and table not in source.exclude_tables and table != source.signals

    return sorted(filter(wanted, existing))


def base_tables(session: Session) -> dict[str, str]:
    """Every table that the account sees, ``database.table`` → storage engine; views and system tables are none."""
    marks = ", ".join(["%s"] * len(_SYSTEM))
    rows = session.rows(
        "SELECT table_schema AS db, table_name AS name, engine AS engine FROM information_schema.tables "  # noqa: S608
        f"WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ({marks})",
        _SYSTEM,
    )
    return {f"{row['db']}.{row['name']}": str(row["engine"]) for row in rows}


def describe(session: Session, tables: Mapping[str, str], names: Sequence[str]) -> list[Table]:
    """The named ones of ``tables`` with their columns and keys."""
    databases = sorted({name.split(".")[0] for name in names})
    if not databases:
        return []
    columns, uniques = _columns(session, databases), _uniques(session, databases)
    return [
        Table(name, tables[name], uniques.get(name, ()), tuple(columns.get(name, ())), _refused(session, name))
        for name in names
    ]


def _columns(session: Session, databases: Sequence[str]) -> dict[str, list[Column]]:
    found: dict[str, list[Column]] = {}
    rows = session.rows(
        "SELECT table_schema AS db, table_name AS tab, column_name AS name, data_type AS type, column_type AS full "  # noqa: S608
        f"FROM information_schema.columns WHERE table_schema IN ({_marks(databases)}) ORDER BY ordinal_position",
        databases,
    )
    for row in rows:
        column = Column(str(row["name"]), str(row["type"]).lower(), str(row["full"]).lower())
        found.setdefault(f"{row['db']}.{row['tab']}", []).append(column)
    return found


def _uniques(session: Session, databases: Sequence[str]) -> dict[str, tuple[Unique, ...]]:
    """Table → its unique keys."""
    rows = session.rows(
        "SELECT table_schema AS db, table_name AS tab, index_name AS idx, column_name AS name, nullable AS nullable "  # noqa: S608
        f"FROM information_schema.statistics WHERE non_unique = 0 AND table_schema IN ({_marks(databases)}) "
        "ORDER BY index_name = 'PRIMARY' DESC, index_name, seq_in_index",
        databases,
    )
    indexes: dict[tuple[str, str], list[Mapping[str, object]]] = {}
    for row in rows:
        indexes.setdefault((f"{row['db']}.{row['tab']}", str(row["idx"])), []).append(row)
    found: dict[str, tuple[Unique, ...]] = {}
    for (table, name), parts in indexes.items():
        # A part without a name is an expression.
        if all(part["name"] is not None for part in parts):
            nullable = any(part["nullable"] == "YES" for part in parts)
            unique = Unique(name, tuple(str(part["name"]) for part in parts), nullable)
            found[table] = (*found.get(table, ()), unique)
    return found


def _refused(session: Session, table: str) -> str:
    quoted = ".".join(f"`{part.replace('`', '``')}`" for part in table.split(".", 1))
    try:
        session.rows(f"SELECT 1 FROM {quoted} LIMIT 0")  # noqa: S608 - the name is quoted
    except RemoteError as error:
        return error.message
    return ""


def _marks(values: Sequence[str]) -> str:
    return ", ".join(["%s"] * len(values))
