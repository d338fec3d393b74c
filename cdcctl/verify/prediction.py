"""Which schema versions a run's statements must have led to, predicted by the connectors' own classes.

The tables as they were when the connector was deployed, and every statement that the binlog has since then, go through
the same Debezium, transformations and converter as in the pipeline. What a registry holds beyond that is a mistake of
the prediction or of the pipeline, and is reported as such.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Any

from cdcctl.mysql.position import Position
from cdcctl.mysql.server import Server
from cdcctl.pipeline import Pipeline
from cdcctl.render.source import source_config
from cdcctl.schema.classpath import Jars, word_of
from cdcctl.schema.prediction import Child
from cdcctl.sql import names
from cdcctl.verify.counts import unreadable
from cdcctl.verify.findings import Finding, code_of
from cdcctl.verify.schemas import SchemaResult

_SERVER_ID = 5398
_SYSTEM = frozenset({"information_schema", "mysql", "performance_schema", "sys"})
# MySQL has no name that ends in a blank.
_NO_DATABASE = "none "
_TRANSACTIONS = frozenset({"BEGIN", "COMMIT", "ROLLBACK"})


@dataclass(frozen=True)
class Start:
    """The tables when the connector was deployed: CREATE TABLE statements with their databases, as the server shows."""

    position: Position
    tables: Sequence[Mapping[str, str]]
    case_insensitive: bool


@dataclass
class Predicted:
    """Registry and schema name → every definition that could be registered, in the order in which they came to be."""

    definitions: dict[tuple[str, str], list[str]] = field(default_factory=dict)

    def add(self, registry: str, name: str, definition: str | None) -> None:
        """Take a definition in, unless it is the one before it."""
        known = self.definitions.setdefault((registry, name), [])
        if definition is not None and known[-1:] != [definition]:
            known.append(definition)

    def compared(self, schema: SchemaResult) -> SchemaResult:
        """The schema with what was predicted for each of its versions."""
        known = self.definitions.get((schema.registry, schema.name), [])
        versions = []
        for index, version in enumerate(schema.versions):
            equal = version.definition in known
            nearest = known[min(index, len(known) - 1)] if known else None
            predicted = version.definition if equal else nearest
            versions.append(replace(version, predicted=predicted, equal=equal))
        return replace(schema, versions=tuple(versions))


class Predictor:
    """Predicts for one run after the other; the JVM is started when it is needed and stays until the end."""

    def __init__(self) -> None:
        self._children: dict[Jars, Child] = {}

    def __enter__(self) -> Predictor:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for child in self._children.values():
            child.__exit__(kind, error, trace)

    def predict(
        self, pipeline: Pipeline, region: str, start: Start, statements: Sequence[Mapping[str, str]]
    ) -> Predicted:
        """Everything that could have been registered since the start."""
        source = self._child(pipeline.source.debezium).source(
            source_config(pipeline, region), case_insensitive=start.case_insensitive
        )
        source.load(start.tables)
        predicted = Predicted()
        for state in source.describe(source.tables()).values():
            _take(predicted, pipeline, state)
        for answer in source.stream(statements):
            for table in answer["tables"]:
                _take(predicted, pipeline, table["after"])
        return predicted

    def _child(self, version: str) -> Child:
        jars = Jars(word_of("debezium-mysql", version))
        if jars not in self._children:
            self._children[jars] = Child(jars)
        return self._children[jars]


def _take(predicted: Predicted, pipeline: Pipeline, state: Mapping[str, Any] | None) -> None:
    if state is None or state["topic"] is None:
        return
    name = pipeline.registries.schema_name or state["topic"]
    predicted.add(pipeline.registries.keys, name, state["key"])
    predicted.add(pipeline.registries.values, name, state["value"])


def look(server: Server) -> Start:
    """The server's tables as they are now.

    :raises RemoteError: MySQL does not answer.
    """
    with server.connected() as connection, connection.cursor() as cursor:
        cursor.execute("SELECT @@lower_case_table_names")
        row = cursor.fetchone()
        cursor.execute("SELECT TABLE_SCHEMA, TABLE_NAME FROM information_schema.TABLES WHERE TABLE_TYPE = 'BASE TABLE'")
        tables = []
        for database, table in cursor.fetchall():
            if database not in _SYSTEM:
                cursor.execute(f"SHOW CREATE TABLE {names.quoted(database)}.{names.quoted(table)}")
                shown = cursor.fetchone()
                tables.append({"database": str(database), "sql": str(shown[1] if shown else "")})
    return Start(server.position(), tables, bool(row and row[0]))


def statements_since(server: Server, start: Position) -> list[dict[str, str]]:
    """Every statement of the binlog since a position, as MySQL has written it there.

    :raises RemoteError: the binlog cannot be read.
    """
    from pymysql import MySQLError
    from pymysqlreplication import BinLogStreamReader
    from pymysqlreplication.event import QueryEvent

    logging.getLogger("pymysqlreplication").setLevel(logging.ERROR)
    try:
        reader = BinLogStreamReader(
            connection_settings={
                "host": server.host,
                "port": server.port,
                "user": server.user,
                "passwd": server.password,
            },
            server_id=_SERVER_ID,
            log_file=start.file,
            log_pos=start.offset,
            resume_stream=True,
            blocking=False,
            enable_logging=False,
            only_events=[QueryEvent],
            # Rows are of no interest, and of some tables the reader cannot even read the columns.
            only_schemas=[_NO_DATABASE],
        )
        found = [(event.schema, event.query) for event in reader]
        reader.close()
    except MySQLError as error:
        raise unreadable(start, error) from error
    return [
        {"database": _text(schema), "sql": _text(query)}
        for schema, query in found
        if _text(query).strip().upper() not in _TRANSACTIONS
    ]


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode("utf-8", "replace")


def unpredicted(pipeline: Pipeline, schemas: Sequence[SchemaResult]) -> list[Finding]:
    """A finding for every registered version that no prediction led to."""
    tables = {topic: table for table, topic in pipeline.topics.items()}
    return [
        Finding(
            code_of("schema-unpredicted"),
            tables.get(schema.name),
            detail=f"registry {schema.registry}, schema {schema.name}, version {version.number}\n"
            f"registered {version.definition}\npredicted  {version.predicted}",
        )
        for schema in schemas
        for version in schema.versions
        if version.equal is False
    ]
