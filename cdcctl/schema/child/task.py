"""The parts of a Debezium source task that a prediction needs, put together as MySqlConnectorTask.start does.

What differs between Debezium 2.7 and 3 is asked for here and nowhere else.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

import jpype

from cdcctl.schema.child.java import call, java_class, java_map
from cdcctl.schema.child.rows import row

MYSQL = "io.debezium.connector.mysql"
RELATIONAL = "io.debezium.relational"


class Task:
    """Configuration, model and schemas of one connector, without a connection.

    :param config: the source connector's configuration.
    :param case_insensitive: the server folds table names (``lower_case_table_names`` is not 0).
    :param number: different for every connector of this process.
    :raises ValueError: Debezium refuses the configuration.
    """

    def __init__(self, config: Mapping[str, str], case_insensitive: bool, number: int) -> None:
        changed = {
            **config,
            "schema.history.internal": f"{RELATIONAL}.history.MemorySchemaHistory",
            # Two with the same tags would wait for each other's metrics bean.
            "custom.metric.tags": f"prediction={number}",
            # A statement that cannot be parsed must show; whether it is skipped is the caller's question.
            "schema.history.internal.skip.unparseable.ddl": "false",
        }
        self.schema = self._made(changed, case_insensitive)
        self.tables = call(self.schema, "tables")
        self.included = self._settings.getTableFilters().dataCollectionFilter()
        self.partition = java_class(f"{MYSQL}.MySqlPartition")(config["topic.prefix"], "")
        self.offset = java_class(f"{MYSQL}.MySqlOffsetContext").initial(self._settings)
        self.offset.setBinlogStartPoint("binlog.000001", 4)
        self.now = java_class("java.time.Instant").now()
        # Held while the model changes: tables are described beside.
        self.changing = threading.Lock()

    def _made(self, config: Mapping[str, str], case_insensitive: bool) -> Any:
        config_class = java_class(f"{MYSQL}.MySqlConnectorConfig")
        properties = java_class("io.debezium.config.Configuration").from_(java_map(config))
        problems: list[str] = []
        # BaseSourceTask.validateAndLoadConfiguration
        if not properties.validateAndRecord(config_class.ALL_FIELDS, lambda problem: problems.append(str(problem))):
            raise ValueError("; ".join(problems))
        task = java_class(f"{MYSQL}.MySqlConnectorTask")()
        context = task.preStart(properties) if hasattr(task, "preStart") else None
        self._settings = context.getConfig() if context is not None else config_class(properties)
        self._values = call(task, "getValueConverters", self._settings)
        self._topics = self._settings.getTopicNamingStrategy(config_class.TOPIC_NAMING_STRATEGY)
        adjuster = self._settings.schemaNameAdjuster()
        arguments = [self._settings, self._values, self._topics, adjuster, case_insensitive]
        if context is not None:
            services = self._settings.getServiceRegistry()
            call(task, "registerServiceProviders", services)
            registry = java_class(f"{RELATIONAL}.CustomConverterRegistry")
            arguments += [services.tryGetService(registry.class_), context]
        return java_class(f"{MYSQL}.MySqlDatabaseSchema")(*arguments)

    def parser(self) -> Any:
        """A parser of its own, for another thread or for tables beside the connector's."""
        return call(self.schema, "createDdlParser", self._settings, self._values)

    def register(self, table: Any) -> None:
        """Take a table into the model and build its schema.

        :raises jpype.JException: no schema can be built.
        """
        self.tables.overwriteTable(table)
        call(self.schema, "buildAndRegisterSchema", table)

    def forget(self, identifier: Any) -> None:
        """Remove a table from the model."""
        self.tables.removeTable(identifier)
        call(self.schema, "removeSchema", identifier)

    def schema_of(self, identifier: Any) -> Any:
        """The TableSchema of a captured table; None for another one, or when none could be built."""
        if not self.included.isIncluded(identifier):
            return None
        try:
            return self.schema.schemaFor(identifier)
        except jpype.JException:
            return None  # applying the change has said why

    def source(self) -> Any:
        """Where the connector is, as its records tell it."""
        return self.offset.getSourceInfo()

    def record(self, table: Any, schema: Any, source: Any) -> Any:
        """The source record of an insert into the table.

        :param source: of :meth:`source`.
        """
        width = table.columns().size()
        key_schema = schema.keySchema()
        key = None if key_schema is None else row(schema.keyFromColumnData, key_schema, width)
        after = row(schema.valueFromColumnData, schema.valueSchema(), width)
        envelope = schema.getEnvelopeSchema()
        value = envelope.create(after, source, self.now)
        topic = self._topics.dataChangeTopic(table.id())
        return java_class("org.apache.kafka.connect.source.SourceRecord")(
            None, None, topic, None, key_schema, key, envelope.schema(), value
        )
