"""Whether the captured tables are there, readable, have keys, and hold nothing that cannot be carried over."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from cdcctl.doctor.findings import Finding, fail, ok, warn
from cdcctl.doctor.tables import Table
from cdcctl.pipeline import Pipeline

# The types that Debezium's MySqlValueConverters know; VECTOR since 3.0.
_NUMBERS = ("bit", "tinyint", "smallint", "mediumint", "int", "bigint", "float", "double", "decimal")
_TEXTS = ("char", "varchar", "tinytext", "text", "mediumtext", "longtext", "json", "enum", "set")
_BYTES = ("binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob")
_TIMES = ("date", "time", "datetime", "timestamp", "year")
_SHAPES = ("geometry", "point", "linestring", "polygon", "multipoint", "multilinestring", "multipolygon")
_COLLECTIONS = ("geomcollection", "geometrycollection")
_KNOWN = frozenset({*_NUMBERS, *_TEXTS, *_BYTES, *_TIMES, *_SHAPES, *_COLLECTIONS, "vector"})


@dataclass(frozen=True)
class Tables:
    """The tables of a server: every one that the account sees, with its engine, and the captured ones in detail."""

    existing: Mapping[str, str]
    captured: Sequence[Table]


Check = Callable[[Pipeline, Tables], list[Finding]]


def existence(pipeline: Pipeline, tables: Tables) -> list[Finding]:
    """A table that is not there yet is captured once it is; one that is misspelled never is."""
    by_case = {name.lower(): name for name in tables.existing}
    found = []
    for name in pipeline.source.tables:
        if name in tables.existing:
            continue
        near = by_case.get(name.lower())
        cure = f"write it as {near}" if near else "create it, grant SELECT on it, or take it out of source.tables"
        found.append(fail(f"table {name} does not exist, or the account may not see it", cure))
    if not tables.captured and not pipeline.source.tables:
        found.append(fail("no table is captured", "check source.databases and source.tables_matching"))
    return found + ([ok(f"{_count(tables.captured)} captured")] if tables.captured else [])


def signals(pipeline: Pipeline, tables: Tables) -> list[Finding]:
    """Debezium reads its signals from a table, and writes the watermarks of incremental snapshots into it."""
    name = pipeline.source.signals
    if name is None or name in tables.existing:
        return []
    told = f"the signal table {name} does not exist: a table cannot be sent again while the source runs"
    columns = "id VARCHAR(64) PRIMARY KEY, type VARCHAR(32) NOT NULL, data VARCHAR(2048)"
    return [warn(told, f"CREATE TABLE {name} ({columns})")]


def readable(_pipeline: Pipeline, tables: Tables) -> list[Finding]:
    """A snapshot reads every row."""
    found = [
        fail(f"table {each.name} cannot be read: {each.refused}", f"GRANT SELECT ON {each.name} TO the account")
        for each in tables.captured
        if each.refused
    ]
    return found or _all_well(tables, "the account may read every one")


def keys(pipeline: Pipeline, tables: Tables) -> list[Finding]:
    """Without a key nobody downstream can tell which row an update or a delete is about."""
    found = []
    for table in tables.captured:
        named = pipeline.source.keys.get(table.name)
        missing = [column for column in named or () if column not in {each.name for each in table.columns}]
        if missing:
            told = f"source.keys names {', '.join(missing)} for {table.name}, which has no such column"
            found.append(fail(told, "correct source.keys"))
        elif not table.chosen and not named:
            told = f"table {table.name} has no primary key, and no unique key of columns that are NOT NULL"
            found.append(warn(told, f"add one, or name columns that tell its rows apart: source.keys.{table.name}"))
    return found or _all_well(tables, "every one has a key")


def types(pipeline: Pipeline, tables: Tables) -> list[Finding]:
    """A type that Debezium does not know is left out of the events, or stops the source."""
    known = _KNOWN if pipeline.source.debezium >= "3" else _KNOWN - {"vector"}
    found = [
        fail(
            f"column {table.name}.{column.name} is {column.full_type}, which Debezium "
            f"{pipeline.source.debezium} does not know",
            f"leave it out: source.columns.exclude: [{table.name}.{column.name}]",
        )
        for table in tables.captured
        for column in table.columns
        if column.type not in known and f"{table.name}.{column.name}" not in pipeline.source.columns.exclude
    ]
    return found or _all_well(tables, "every column has a type that Debezium knows")


def large_numbers(pipeline: Pipeline, tables: Tables) -> list[Finding]:
    """BIGINT UNSIGNED does not fit into a signed number of 64 bits."""
    if pipeline.source.types.bigint_unsigned != "long":
        return []
    columns = [
        f"{table.name}.{column.name}"
        for table in tables.captured
        for column in table.columns
        if column.type == "bigint" and "unsigned" in column.full_type
    ]
    if not columns:
        return []
    told = f"BIGINT UNSIGNED turns negative above 9223372036854775807: {_some(columns)}"
    return [warn(told, "set source.types.bigint_unsigned: precise")]


def engines(_pipeline: Pipeline, tables: Tables) -> list[Finding]:
    """A snapshot is consistent only where reads are."""
    columns = [f"{table.name} ({table.engine})" for table in tables.captured if table.engine != "InnoDB"]
    if not columns:
        return []
    told = f"not in InnoDB, so a snapshot may mix rows of different moments: {_some(columns)}"
    return [warn(told, "ALTER TABLE … ENGINE = InnoDB")]


def _all_well(tables: Tables, text: str) -> list[Finding]:
    return [ok(text)] if tables.captured else []


def _count(tables: Sequence[Table]) -> str:
    return "1 table is" if len(tables) == 1 else f"{len(tables)} tables are"


def _some(names: Sequence[str], most: int = 5) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


CHECKS: dict[str, Check] = {
    "tables": existence,
    "signal table": signals,
    "table grants": readable,
    "keys": keys,
    "types": types,
    "large numbers": large_numbers,
    "engines": engines,
}
