"""The Debezium source: who it is and what it captures."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from cdcctl.lint.behaviour import debezium, literals, prefix
from cdcctl.lint.configuration import DEBEZIUM, Configuration, Setup
from cdcctl.lint.rule import Problem, put, rule

_ONLY = (DEBEZIUM,)
_CAPTURE = ("database", "table", "column", "schema", "gtid.source")


@rule(
    "CDC020",
    "error",
    _ONLY,
    title="more than one task for the MySQL connector",
    why="A binlog has one reader: the connector refuses to make tasks when it is asked for more than one.",
    source="BinlogConnector.taskConfigs of Debezium (MySqlConnector in 1.9): Only a single connector task may be "
    "started",
    cure="Set tasks.max to 1.",
)
def several_tasks(source: Configuration, _: Setup) -> Iterator[Problem]:
    if (source.number("tasks.max") or 1) > 1:
        yield Problem(f"tasks.max is {source.get('tasks.max')}", "tasks.max", put("tasks.max", "1"))


@rule(
    "CDC021",
    "warning",
    _ONLY,
    title="the server id is drawn at random",
    why="Debezium 1.9 then takes a number between 5400 and 6400. Two readers of one server with the same id throw "
    "each other out, again and again.",
    source="MySqlConnectorConfig.SERVER_ID of Debezium 1.9 (later versions require it)",
    cure="Set database.server.id to a number that no other replica or connector of the server has.",
)
def random_server_id(source: Configuration, setup: Setup) -> Iterator[Problem]:
    if debezium(source, setup) < (2, 0) and not source.get("database.server.id"):
        yield Problem("database.server.id is not set")


@rule(
    "CDC022",
    "error",
    _ONLY,
    title="two connectors read one server under the same id",
    why="MySQL ends the connection of the older reader when a second one registers with its server id; the two throw "
    "each other out for ever.",
    source="MySQL manual, replication: server_id must be unique; Debezium MySQL documentation, database.server.id",
    cure="Give each connector a database.server.id of its own.",
)
def shared_server_id(source: Configuration, setup: Setup) -> Iterator[Problem]:
    number = source.get("database.server.id")
    if number and _has_twin(source, setup, _as_replica):
        host = source.get("database.hostname")
        yield Problem(f"another source here reads {host} as server {number}, too", "database.server.id")


def _as_replica(source: Configuration) -> tuple[str, ...]:
    return tuple(source.get(f"database.{part}") for part in ("hostname", "port", "server.id"))


def _has_twin(source: Configuration, setup: Setup, identity: Callable[[Configuration], object]) -> bool:
    """Whether another source here has the same identity."""
    return any(other is not source and identity(other) == identity(source) for other in setup.of(DEBEZIUM))


@rule(
    "CDC023",
    "warning",
    _ONLY,
    title="every table of the server is captured",
    why="Without include or exclude lists each table of each database gets a snapshot, a topic and schemas in the "
    "registries, those made later included.",
    source="RelationalTableFilters of Debezium",
    cure="Name the tables in table.include.list.",
)
def captures_everything(source: Configuration, _: Setup) -> Iterator[Problem]:
    lists = ("include.list", "exclude.list", "whitelist", "blacklist")
    if not any(source.get(f"{what}.{each}") for what in ("database", "table") for each in lists):
        yield Problem("neither databases nor tables are chosen")


@rule(
    "CDC024",
    "error",
    _ONLY,
    title="an include and an exclude list of the same kind",
    why="Debezium refuses both together.",
    source="RelationalDatabaseConnectorConfig.validateExcludeList, BinlogConnectorConfig.validateGtidSetExcludes",
    cure="Keep one of the two.",
)
def include_and_exclude(source: Configuration, _: Setup) -> Iterator[Problem]:
    for what in _CAPTURE:
        names = ("includes", "excludes") if what == "gtid.source" else ("include.list", "exclude.list")
        if all(source.get(f"{what}.{name}") for name in names):
            yield Problem(f"{what}.{names[0]} is set as well", f"{what}.{names[1]}")


@rule(
    "CDC025",
    "error",
    _ONLY,
    title="an entry of the table list that can match no table",
    why="The list is matched against database.table as a whole; the name of a table alone matches nothing, and its "
    "changes are never captured.",
    source="RelationalTableFilters and Predicates.includes of Debezium",
    cure="Write database.table.",
)
def table_without_database(source: Configuration, _: Setup) -> Iterator[Problem]:
    for key in ("table.include.list", "table.exclude.list", "table.whitelist", "table.blacklist"):
        for entry in source.entries(key):
            if re.fullmatch(r"[\w$-]+", entry):
                yield Problem(f"{entry!r} has no database", key)


@rule(
    "CDC026",
    "error",
    _ONLY,
    title="tables of a database that is not captured",
    why="A table is captured only if both lists take it.",
    source="RelationalTableFilters of Debezium",
    cure="Add the database to database.include.list, or leave that list out.",
)
def table_of_other_database(source: Configuration, _: Setup) -> Iterator[Problem]:
    databases, tables = literals(source, "database.include.list"), literals(source, "table.include.list")
    # The lists are matched without regard to case.
    known = [database.lower() for database in databases or ()]
    for table in tables or () if known else ():
        if "." in table and table.partition(".")[0].lower() not in known:
            yield Problem(f"{table} is listed, its database is not in database.include.list", "table.include.list")


@rule(
    "CDC027",
    "error",
    _ONLY,
    title="a topic prefix that Debezium refuses",
    why="Names of topics may have letters, digits, dots, hyphens and underscores only.",
    source="CommonConnectorConfig.validateTopicName of Debezium",
    cure="Choose another prefix. That of a running connector cannot be changed without a new snapshot.",
)
def illegal_prefix(source: Configuration, _: Setup) -> Iterator[Problem]:
    name = source.get("topic.prefix")
    if name and "${" not in name and not re.fullmatch(r"[A-Za-z0-9._-]+", name):
        yield Problem(f"{name!r} has other characters", "topic.prefix")


@rule(
    "CDC028",
    "error",
    _ONLY,
    title="two connectors with the same topic prefix",
    why="They would write into the same topics and keep their offsets under the same key.",
    source="Debezium MySQL documentation, topic.prefix: it must be unique across all connectors",
    cure="Give each its own prefix.",
)
def shared_prefix(source: Configuration, setup: Setup) -> Iterator[Problem]:
    if prefix(source) and _has_twin(source, setup, prefix):
        key = "topic.prefix" if "topic.prefix" in source.values else "database.server.name"
        yield Problem(f"another source here has the prefix {prefix(source)}, too", key)


@rule(
    "CDC029",
    "warning",
    _ONLY,
    title="key columns for a table that is not captured",
    why="An entry of message.key.columns whose pattern matches no table does nothing, without a word: the table it was "
    "meant for keeps its primary key, or has none.",
    source="Key.CustomKeyMapper of Debezium: tables are compared with each pattern, and fall back to the primary key",
    cure="Write database.table:column,column, with the dot escaped and in the words of table.include.list.",
)
def key_for_nothing(source: Configuration, _: Setup) -> Iterator[Problem]:
    key = "message.key.columns"
    captured = literals(source, "table.include.list")
    for entry in filter(None, (each.strip() for each in source.get(key).split(";"))):
        pattern = entry.partition(":")[0].strip()
        try:
            found = any(re.fullmatch(pattern, table, re.IGNORECASE) for table in captured or ())
        except re.error:
            continue  # Java's own.
        if captured and not found:
            yield Problem(f"{pattern} matches no table of table.include.list", key)
