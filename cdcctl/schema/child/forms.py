"""A table described: Debezium's model of it, and the key and value that its first row would have registered."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Mapping
from typing import Any

import jpype

from cdcctl.schema.child.chain import Converter, Transformations
from cdcctl.schema.child.java import call, described, java_class
from cdcctl.schema.child.task import RELATIONAL, Task
from cdcctl.schema.columns import shown_otherwise

_NOTHING = {"failure": None, "topic": None, "key": None, "value": None}


class _Chain:
    """What a record goes through."""

    def __init__(self, config: Mapping[str, str]) -> None:
        self.transformations = Transformations(config)
        self.converters = {side: Converter(config, side) for side in ("key", "value")}


class Forms:
    """Describes the tables of one task."""

    def __init__(self, task: Task, config: Mapping[str, str]) -> None:
        self._task = task
        self._config = config
        # Neither transformations nor converters are made for several threads.
        self._own = threading.local()
        self._own.chain = _Chain(config)
        self._serializer = java_class(f"{RELATIONAL}.history.JsonTableChangeSerializer")()
        self._writer = java_class("io.debezium.document.DocumentWriter").defaultWriter()
        self._change = java_class(f"{RELATIONAL}.history.TableChanges$TableChange")
        self._alter = java_class(f"{RELATIONAL}.history.TableChanges$TableChangeType").ALTER

    def described(self, table: Any, schema: Any, source: Any) -> dict[str, Any]:
        """``model``; ``topic``, ``key`` and ``value``, or the ``failure`` that the first row brings; ``snapshot``: key
        and value after the next snapshot, None when that makes no difference.

        :param source: of :meth:`Task.source`.
        """
        model = json.loads(str(self._writer.write(self._serializer.toDocument(self._change(self._alter, table, None)))))
        if schema is None:
            return {"model": model["table"], **_NOTHING, "snapshot": None}
        form = self._registered(table, schema, source)
        return {"model": model["table"], **form, "snapshot": self._snapshot(table, model["table"], form, source)}

    def _registered(self, table: Any, schema: Any, source: Any) -> dict[str, Any]:
        try:
            chain = self._chain()
            record = chain.transformations.apply(self._task.record(table, schema, source))
            if record is None:
                return dict(_NOTHING)
            return {
                "failure": None,
                "topic": str(record.topic()),
                "key": chain.converters["key"].definition(record.keySchema(), record.key()),
                "value": chain.converters["value"].definition(record.valueSchema(), record.value()),
            }
        except jpype.JException as error:
            return {**_NOTHING, "failure": described(error)}

    def _snapshot(
        self, table: Any, model: Mapping[str, Any], streamed: Mapping[str, Any], source: Any
    ) -> dict[str, Any] | None:
        definitions = shown_otherwise(model)
        if not definitions:
            return None
        columns = ", ".join(f"`c{index}` {each.sql}" for index, each in enumerate(definitions))
        try:
            shown = self._parsed(f"CREATE TABLE t ({columns})")
            editor = table.edit()
            for index, each in enumerate(definitions):
                column = shown.columnWithName(f"c{index}").edit().name(each.column)
                editor.updateColumn(column.position(editor.columnWithName(each.column).position()).create())
            form = self._registered_beside(editor.create(), source)
        except jpype.JException as error:
            form = {**_NOTHING, "failure": described(error)}
        return None if all(form[side] == streamed[side] for side in ("key", "value", "failure")) else form

    def _parsed(self, sql: str) -> Any:
        """The one table of a statement, beside the connector's own."""
        tables = java_class(f"{RELATIONAL}.Tables")()
        parser = self._task.parser()
        parser.setCurrentSchema("s")
        parser.parse(sql, tables)
        return tables.forTable(java_class(f"{RELATIONAL}.TableId")("s", None, "t"))

    def _registered_beside(self, table: Any, source: Any) -> dict[str, Any]:
        """The form of another version of a table, which leaves no trace."""
        identifier = table.id()
        with self._task.changing:
            kept = self._task.tables.forTable(identifier)
            call(self._task.schema, "buildAndRegisterSchema", table)
            schema = self._task.schema.schemaFor(identifier)
            if kept is None:
                self._task.forget(identifier)
            else:
                # Of a table without a valid schema there was none.
                with contextlib.suppress(jpype.JException):
                    call(self._task.schema, "buildAndRegisterSchema", kept)
        return self._registered(table, schema, source)

    def _chain(self) -> _Chain:
        if not hasattr(self._own, "chain"):
            self._own.chain = _Chain(self._config)
        chain: _Chain = self._own.chain
        return chain
