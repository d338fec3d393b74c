"""Debezium's MySQL connector without MySQL: it parses DDL, keeps its model of the tables, and builds their schemas.

The calls are those of MySqlConnectorTask.start, of BinlogStreamingChangeEventSource.handleQueryEvent and, for the
tables that are there at the start, of the snapshot. What differs between Debezium 2.7 and 3 is asked for at its place.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from os import cpu_count
from typing import Any

import jpype

from cdcctl.schema.child import snapshot_form
from cdcctl.schema.child.chain import Converter, Transformations
from cdcctl.schema.child.java import call, described, java_class, java_map
from cdcctl.schema.child.rows import row

_MYSQL = "io.debezium.connector.mysql"
_RELATIONAL = "io.debezium.relational"
# The connector's own, of BinlogStreamingChangeEventSource.
_TRUNCATE = re.compile(r"(SET STATEMENT .*)?TRUNCATE TABLE .*", re.IGNORECASE | re.DOTALL)
_SET_STATEMENT = re.compile(r"SET STATEMENT .* FOR")
_ROWS = ("INSERT ", "UPDATE ", "DELETE ", "REPLACE ")
_ONE_TABLE = re.compile(r"\s*CREATE\s+TABLE\b(?!.*\b(LIKE|SELECT)\b)", re.IGNORECASE | re.DOTALL)
_PARALLEL_FROM = 50


@dataclass
class Known:
    """A table as the connector knows it."""

    table: Any
    schema: Any
    described: dict[str, Any] | None = None


class Connector:
    """One connector with one configuration.

    :param config: the source connector's configuration.
    :param case_insensitive: the server folds table names (``lower_case_table_names`` is not 0).
    :param number: different for every connector of this process.
    """

    def __init__(self, config: Mapping[str, str], case_insensitive: bool, number: int) -> None:
        config = {
            **config,
            "schema.history.internal": f"{_RELATIONAL}.history.MemorySchemaHistory",
            # Two with the same tags would wait for each other's metrics bean.
            "custom.metric.tags": f"prediction={number}",
            # A statement that cannot be parsed must show; whether it is skipped is the caller's question.
            "schema.history.internal.skip.unparseable.ddl": "false",
        }
        self._config = config
        self._prefix = config["topic.prefix"]
        self._make_schema(config, case_insensitive)
        self._partition = java_class(f"{_MYSQL}.MySqlPartition")(self._prefix, "")
        self._offset = java_class(f"{_MYSQL}.MySqlOffsetContext").initial(self._settings)
        self._offset.setBinlogStartPoint("binlog.000001", 4)
        self._now = java_class("java.time.Instant").now()
        self._included = self._settings.getTableFilters().dataCollectionFilter()
        self._tables = call(self._schema, "tables")
        self._transformations = Transformations(config)
        self._converters = {side: Converter(config, side) for side in ("key", "value")}
        self._known: dict[str, Known] = {}
        self._serializer = java_class(f"{_RELATIONAL}.history.JsonTableChangeSerializer")()
        self._writer = java_class("io.debezium.document.DocumentWriter").defaultWriter()

    def _make_schema(self, config: Mapping[str, str], case_insensitive: bool) -> None:
        task_class = java_class(f"{_MYSQL}.MySqlConnectorTask")
        properties = java_class("io.debezium.config.Configuration").from_(java_map(config))
        config_class = java_class(f"{_MYSQL}.MySqlConnectorConfig")
        problems: list[str] = []
        # BaseSourceTask.validateAndLoadConfiguration
        if not properties.validateAndRecord(config_class.ALL_FIELDS, lambda problem: problems.append(str(problem))):
            raise ValueError("; ".join(problems))
        task = task_class()
        context = task.preStart(properties) if hasattr(task, "preStart") else None
        settings = context.getConfig() if context is not None else config_class(properties)
        self._settings = settings
        self._values = call(task, "getValueConverters", settings)
        arguments = [
            settings,
            self._values,
            settings.getTopicNamingStrategy(config_class.TOPIC_NAMING_STRATEGY),
            settings.schemaNameAdjuster(),
            case_insensitive,
        ]
        if context is not None:
            services = settings.getServiceRegistry()
            call(task, "registerServiceProviders", services)
            registry = java_class(f"{_RELATIONAL}.CustomConverterRegistry")
            arguments += [services.tryGetService(registry.class_), context]
        self._schema = java_class(f"{_MYSQL}.MySqlDatabaseSchema")(*arguments)

    def load(self, statements: Sequence[Mapping[str, str]]) -> list[dict[str, Any] | None]:
        """Take tables as they are, from CREATE TABLE statements as MySQL prints them; errors in the same order."""
        if len(statements) >= _PARALLEL_FROM and all(_ONE_TABLE.match(each["sql"]) for each in statements):
            failures = self._load_in_parallel(statements)
        else:
            failures = [self._load_one(each) for each in statements]
        self._remember_all()
        return failures

    def _load_one(self, statement: Mapping[str, str]) -> dict[str, Any] | None:
        try:
            events = self._schema.parseSnapshotDdl(
                self._partition, statement["sql"], statement["database"], self._offset, self._now
            )
            for event in events:
                if not self._schema.skipSchemaChangeEvent(event):
                    self._schema.applySchemaChange(event)
        except jpype.JException as error:
            return described(error)
        return None

    def _load_in_parallel(self, statements: Sequence[Mapping[str, str]]) -> list[dict[str, Any] | None]:
        """Parse with a parser a processor, each into tables of its own, and hand these to the connector."""
        count = cpu_count() or 1
        failures: list[dict[str, Any] | None] = [None] * len(statements)

        def parse(part: int) -> Any:
            parser = call(self._schema, "createDdlParser", self._settings, self._values)
            tables = java_class(f"{_RELATIONAL}.Tables")()
            for index in range(part, len(statements), count):
                try:
                    parser.setCurrentSchema(statements[index]["database"])
                    parser.parse(statements[index]["sql"], tables)
                except jpype.JException as error:
                    failures[index] = described(error)
            return tables

        with ThreadPoolExecutor(count) as pool:
            for tables in pool.map(parse, range(count)):
                for identifier in tables.tableIds():
                    self._take(tables.forTable(identifier), failures)
        return failures

    def _take(self, table: Any, failures: list[dict[str, Any] | None]) -> None:
        self._tables.overwriteTable(table)
        try:
            call(self._schema, "buildAndRegisterSchema", table)
        except jpype.JException as error:
            failures.append({**described(error), "table": str(table.id())})

    def _remember_all(self) -> None:
        self._known = {
            _name(identifier): Known(self._tables.forTable(identifier), self._schema_of(identifier))
            for identifier in self._tables.tableIds()
        }

    def tables(self) -> list[str]:
        """The captured tables, ``database.table``."""
        return [name for name, known in self._known.items() if known.schema is not None]

    def describe(self, names: Sequence[str]) -> dict[str, Any]:
        """Table → what :meth:`stream` says of it."""
        return {name: self._described(self._known[name]) for name in names if name in self._known}

    def stream(self, database: str, sql: str) -> dict[str, Any]:
        """Take one statement from the binlog.

        :returns: ``ignored`` when the connector passes over it unparsed; ``error`` with its ``stage``; ``tables``: one
            mapping a table with ``id``, ``previous`` (renamed from), ``change``, ``captured``, ``before``, ``after``.
        """
        sql = sql.strip()
        if self._passes_over(sql):
            return {"ignored": True, "error": None, "tables": []}
        try:
            events = self._schema.parseStreamingDdl(self._partition, sql, database, self._offset, self._now)
        except jpype.JException as error:
            return {"ignored": False, "error": {**described(error), "stage": "parse"}, "tables": []}
        failure = None
        tables: list[dict[str, Any]] = []
        for event in events:
            if self._schema.skipSchemaChangeEvent(event):
                continue
            try:
                self._schema.applySchemaChange(event)
            except jpype.JException as error:
                failure = failure or {**described(error), "stage": "apply"}
            kind = str(event.getType())
            tables += [self._changed(change, kind) for change in event.getTableChanges()]
        return {"ignored": False, "error": failure, "tables": tables}

    def _passes_over(self, sql: str) -> bool:
        """BinlogStreamingChangeEventSource.handleQueryEvent: what it does not give to the parser."""
        begin = _SET_STATEMENT.sub("", sql).strip().upper()
        if begin.startswith("XA "):
            return True
        filtered = not _TRUNCATE.fullmatch(sql) and bool(self._schema.ddlFilter().test(sql))
        return filtered or begin.startswith(_ROWS)

    def _changed(self, change: Any, kind: str) -> dict[str, Any]:
        identifier, previous = change.getId(), change.getPreviousId()
        name = _name(identifier)
        old_name = _name(previous) if previous is not None else name
        old = self._known.pop(old_name, None)
        table = None if str(change.getType()) == "DROP" else change.getTable()
        new = None
        if table is not None:
            new = self._known[name] = Known(table, self._schema_of(identifier))
        return {
            "id": name,
            "previous": old_name if old_name != name else None,
            "change": kind,
            "captured": bool(self._included.isIncluded(identifier)),
            "was_captured": previous is not None and bool(self._included.isIncluded(previous)),
            "before": self._described(old) if old else None,
            "after": self._described(new) if new else None,
        }

    def _schema_of(self, identifier: Any) -> Any:
        if not self._included.isIncluded(identifier):
            return None
        try:
            return self._schema.schemaFor(identifier)
        except jpype.JException:
            return None  # applying the change has said why

    def _described(self, known: Known) -> dict[str, Any]:
        """Model, topic, key and value of a table; ``failure`` instead of these when its first row stops the task."""
        if known.described is None:
            model = self._model(known.table)
            known.described = {"model": model, **self._forms(known, model)}
        return known.described

    def _model(self, table: Any) -> dict[str, Any]:
        change_class = java_class(f"{_RELATIONAL}.history.TableChanges$TableChange")
        kind = java_class(f"{_RELATIONAL}.history.TableChanges$TableChangeType").ALTER
        document = self._serializer.toDocument(change_class(kind, table, None))
        parsed: dict[str, Any] = json.loads(str(self._writer.write(document)))["table"]
        return parsed

    def _forms(self, known: Known, model: Mapping[str, Any]) -> dict[str, Any]:
        if known.schema is None:
            return {"failure": None, "topic": None, "key": None, "value": None, "snapshot": None}
        form = self._registered(known.table, known.schema)
        return {**form, "snapshot": self._snapshot(known.table, model, form)}

    def _registered(self, table: Any, schema: Any) -> dict[str, Any]:
        """What the first row would have the converters register."""
        try:
            record = self._transformations.apply(self._record(table, schema))
            if record is None:
                return {"failure": None, "topic": None, "key": None, "value": None}
            return {
                "failure": None,
                "topic": str(record.topic()),
                "key": self._converters["key"].definition(record.keySchema(), record.key()),
                "value": self._converters["value"].definition(record.valueSchema(), record.value()),
            }
        except jpype.JException as error:
            return {"failure": described(error), "topic": None, "key": None, "value": None}

    def _record(self, table: Any, schema: Any) -> Any:
        width = table.columns().size()
        key_schema = schema.keySchema()
        key = None if key_schema is None else row(schema.keyFromColumnData, key_schema, width)
        after = row(schema.valueFromColumnData, schema.valueSchema(), width)
        envelope = schema.getEnvelopeSchema()
        value = envelope.create(after, self._offset.getSourceInfo(), self._now)
        topics = self._settings.getTopicNamingStrategy(type(self._settings).TOPIC_NAMING_STRATEGY)
        topic = topics.dataChangeTopic(table.id())
        return java_class("org.apache.kafka.connect.source.SourceRecord")(
            None, None, topic, None, key_schema, key, envelope.schema(), value
        )

    def _snapshot(self, table: Any, model: Mapping[str, Any], streamed: Mapping[str, Any]) -> dict[str, Any] | None:
        """Key and value as they are after the next snapshot; None when that makes no difference."""
        definitions = snapshot_form.definitions(model)
        if not definitions:
            return None
        columns = ", ".join(f"`c{index}` {each.sql}" for index, each in enumerate(definitions))
        parser = call(self._schema, "createDdlParser", self._settings, self._values)
        tables = java_class(f"{_RELATIONAL}.Tables")()
        try:
            parser.setCurrentSchema("s")
            parser.parse(f"CREATE TABLE t ({columns})", tables)
        except jpype.JException as error:
            return {"failure": described(error), "key": None, "value": None, "columns": []}
        scratch = tables.forTable(java_class(f"{_RELATIONAL}.TableId")("s", None, "t"))
        editor = table.edit()
        for index, each in enumerate(definitions):
            column = scratch.columnWithName(f"c{index}").edit().name(each.column)
            position = editor.columnWithName(each.column).position()
            editor.updateColumn(column.position(position).create())
        again = editor.create()
        form = self._registered(again, self._build(again))
        if all(form[side] == streamed[side] for side in ("key", "value", "failure")):
            return None
        return {**form, "columns": [each.column for each in definitions]}

    def _build(self, table: Any) -> Any:
        """A TableSchema beside the connector's own state."""
        identifier = table.id()
        call(self._schema, "buildAndRegisterSchema", table)
        made = self._schema.schemaFor(identifier)
        call(self._schema, "buildAndRegisterSchema", self._tables.forTable(identifier))
        return made


def _name(identifier: Any) -> str:
    return f"{identifier.catalog()}.{identifier.table()}"
