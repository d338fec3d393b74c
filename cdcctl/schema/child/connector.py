"""Debezium's MySQL connector without MySQL: it parses DDL, keeps its model of the tables, and builds their schemas.

The calls are those of BinlogStreamingChangeEventSource.handleQueryEvent and, for tables that are there at the start,
of the snapshot.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from os import cpu_count
from typing import Any

import jpype

from cdcctl.schema.child.forms import Forms
from cdcctl.schema.child.java import described, java_class
from cdcctl.schema.child.task import RELATIONAL, Task
from cdcctl.schema.child.threads import spread
from cdcctl.sql.refusal import refusal

# The connector's own, of BinlogStreamingChangeEventSource.
_TRUNCATE = re.compile(r"(SET STATEMENT .*)?TRUNCATE TABLE .*", re.IGNORECASE | re.DOTALL)
_SET_STATEMENT = re.compile(r"SET STATEMENT .* FOR")
_ROWS = ("INSERT ", "UPDATE ", "DELETE ", "REPLACE ")
_ONE_TABLE = re.compile(r"\s*CREATE\s+TABLE\b(?!.*\b(LIKE|SELECT)\b)", re.IGNORECASE | re.DOTALL)
_PARALLEL_FROM = 50
# Statements that a parser takes before the connector takes their tables.
_PARSED_AT_ONCE = 25


@dataclass
class Known:
    """A table as the connector knows it."""

    table: Any
    schema: Any
    described: dict[str, Any] | None = None


class Connector:
    """One connector with one configuration; see :class:`Task` for the arguments."""

    def __init__(self, config: Mapping[str, str], case_insensitive: bool, number: int) -> None:
        self._task = Task(config, case_insensitive, number)
        self._forms = Forms(self._task, config)
        self._known: dict[str, Known] = {}
        self._places: list[Known] = []

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
            events = self._task.schema.parseSnapshotDdl(
                self._task.partition, statement["sql"], statement["database"], self._task.offset, self._task.now
            )
            for event in events:
                if not self._task.schema.skipSchemaChangeEvent(event):
                    self._task.schema.applySchemaChange(event)
        except jpype.JException as error:
            return described(error)
        return None

    def _load_in_parallel(self, statements: Sequence[Mapping[str, str]]) -> list[dict[str, Any] | None]:
        """Parse with parsers of their own, some statements at a time, and meanwhile build the schemas of those before.

        The connector takes the tables in the order of the statements, in this thread alone.
        """
        failures: list[dict[str, Any] | None] = [None] * len(statements)

        def parse(first: int) -> Any:
            parser = self._task.parser()
            tables = java_class(f"{RELATIONAL}.Tables")()
            for index, statement in enumerate(statements[first : first + _PARSED_AT_ONCE], first):
                try:
                    parser.setCurrentSchema(statement["database"])
                    parser.parse(statement["sql"], tables)
                except jpype.JException as error:
                    failures[index] = described(error)
            return tables

        with ThreadPoolExecutor(cpu_count() or 1) as pool:
            for tables in pool.map(parse, range(0, len(statements), _PARSED_AT_ONCE)):
                for identifier in tables.tableIds():
                    self._take(tables.forTable(identifier), failures)
        return failures

    def _take(self, table: Any, failures: list[dict[str, Any] | None]) -> None:
        try:
            self._task.register(table)
        except jpype.JException as error:
            failures.append({**described(error), "table": str(table.id())})

    def _remember_all(self) -> None:
        self._known = {
            _name(identifier): Known(self._task.tables.forTable(identifier), self._task.schema_of(identifier))
            for identifier in self._task.tables.tableIds()
        }

    def tables(self) -> list[str]:
        """The captured tables, ``database.table``."""
        return [name for name, known in self._known.items() if known.schema is not None]

    def describe(self, names: Sequence[str]) -> dict[str, Any]:
        """Table → what :meth:`stream` says of it."""
        found = {name: self._known[name] for name in names if name in self._known}
        self._describe(found.values(), self._task.source(), spread)
        return {name: known.described for name, known in found.items()}

    def stream(
        self, statements: Sequence[Mapping[str, Any]], *, logged: bool = True
    ) -> Callable[[], list[dict[str, Any]]]:
        """Take statements from the binlog; a function that says what they did, which may run beside the next ones.

        :param statements: ``database``, ``sql``, and ``target``: the table that the statement seems to be about,
            ``database.table``, or None.
        :param logged: they come from there, or have been run already; others may be such as MySQL refuses, which the
            connector never sees.
        :returns: for each ``refused``: why MySQL does not take it, or None; ``ignored`` when the connector passes over
            it unparsed; ``error`` with its ``stage``;
            ``tables``: one mapping a table with ``id``, ``previous`` (renamed from), ``change``, ``captured``,
            ``before``, ``after`` and ``place``, which :meth:`attempt` takes; ``target``: whether the connector captures
            and knew that table, and its ``place``.
        """
        answers = [self._taken(each["database"], each["sql"], each.get("target"), logged) for each in statements]
        source = self._task.source()

        def finish() -> list[dict[str, Any]]:
            self._fill_in(answers, source)
            return answers

        return finish

    def _taken(self, database: str, sql: str, target: str | None = None, logged: bool = True) -> dict[str, Any]:
        """An answer in which tables stand as they are known, not yet described."""
        with self._task.changing:
            return self._changes(database, sql, target, logged)

    def _changes(self, database: str, sql: str, target: str | None, logged: bool) -> dict[str, Any]:
        sql = sql.strip()
        answer: dict[str, Any] = {
            "refused": None if logged else refusal(sql, database, self._columns),
            "ignored": False,
            "error": None,
            "tables": [],
            "target": self._looked_up(target),
        }
        if answer["refused"]:
            return answer
        if self._passes_over(sql):
            return {**answer, "ignored": True}
        try:
            events = self._task.schema.parseStreamingDdl(
                self._task.partition, sql, database, self._task.offset, self._task.now
            )
        except jpype.JException as error:
            refused = refusal(sql, database, self._columns)
            return {**answer, "refused": refused, "error": {**described(error), "stage": "parse"}}
        for event in events:
            if self._task.schema.skipSchemaChangeEvent(event):
                continue
            try:
                self._task.schema.applySchemaChange(event)
            except jpype.JException as error:
                answer["error"] = answer["error"] or {**described(error), "stage": "apply"}
            kind = str(event.getType())
            answer["tables"] += [self._changed(change, kind) for change in event.getTableChanges()]
        return answer

    def attempt(self, place: int | None, database: str, statements: Sequence[str]) -> list[dict[str, Any]]:
        """What statements would do to the table as it was at a place; afterwards all is as before.

        :param place: in an answer of :meth:`stream`; None where there was no table.
        """
        kept = dict(self._known)
        then = self._places[place] if place is not None else None
        touched = {} if then is None else {_name(then.table.id()): then.table.id()}
        if then is not None:
            self._put(then.table.id(), then)
        try:
            answers = [self._taken(database, sql) for sql in statements]
            touched |= {name: _identifier(name) for each in answers for name in _named(each)}
        finally:
            for name, identifier in touched.items():
                self._put(identifier, kept.get(name))
        self._fill_in(answers, self._task.source())
        return answers

    def _put(self, identifier: Any, known: Known | None) -> None:
        name = _name(identifier)
        if known is None:
            self._known.pop(name, None)
            self._task.forget(identifier)
        else:
            self._known[name] = known
            # Of a table without a valid schema only the model comes back.
            with contextlib.suppress(jpype.JException):
                self._task.register(known.table)

    def _columns(self, name: str) -> list[str] | None:
        table = self._task.tables.forTable(_identifier(name))
        # In one call: each costs as much as a parsed clause.
        return (
            str(java_class("java.lang.String").join("\n", table.retrieveColumnNames())).split("\n") if table else None
        )

    def _looked_up(self, target: str | None) -> dict[str, Any] | None:
        if target is None:
            return None
        identifier = _identifier(target)
        known = self._known.get(target)
        if known is not None:
            self._places.append(known)
        return {
            "captured": bool(self._task.included.isIncluded(identifier)),
            "known": self._task.tables.forTable(identifier) is not None,
            "place": len(self._places) - 1 if known else None,
        }

    def _passes_over(self, sql: str) -> bool:
        """BinlogStreamingChangeEventSource.handleQueryEvent: what it does not give to the parser."""
        begin = _SET_STATEMENT.sub("", sql).strip().upper()
        if begin.startswith("XA "):
            return True
        filtered = not _TRUNCATE.fullmatch(sql) and bool(self._task.schema.ddlFilter().test(sql))
        return filtered or begin.startswith(_ROWS)

    def _changed(self, change: Any, kind: str) -> dict[str, Any]:
        identifier = change.getId()
        name = _name(identifier)
        old_name = self._old_name(change, name, kind)
        old = self._known.pop(old_name, None)
        table = None if str(change.getType()) == "DROP" else change.getTable()
        new = None
        if table is not None:
            new = self._known[name] = Known(table, self._task.schema_of(identifier))
        if old is not None:
            self._places.append(old)
        return {
            "place": len(self._places) - 1 if old else None,
            "id": name,
            "previous": old_name if old_name != name else None,
            "change": kind,
            "captured": bool(self._task.included.isIncluded(identifier)),
            "was_captured": bool(self._task.included.isIncluded(_identifier(old_name))),
            "before": old,
            "after": new,
        }

    def _old_name(self, change: Any, name: str, kind: str) -> str:
        """The table's name before; where a RENAME does not tell, or tells a name on the way, it is what is gone."""
        previous = _name(change.getPreviousId()) if change.getPreviousId() is not None else name
        if previous in self._known or kind != "ALTER":
            return previous
        there = {_name(identifier) for identifier in self._task.tables.tableIds()}
        gone = [each for each in self._known if each not in there]
        return gone[0] if len(gone) == 1 else previous

    def _fill_in(self, answers: Sequence[Mapping[str, Any]], source: Any) -> None:
        """Describe all tables of some answers; in one thread, since another one takes the next statements."""
        sides = [(table, side) for each in answers for table in each["tables"] for side in ("before", "after")]
        self._describe((table[side] for table, side in sides if table[side] is not None), source)
        for table, side in sides:
            if table[side] is not None:
                table[side] = table[side].described

    def _describe(self, several: Iterable[Known], source: Any, each: Callable[..., Iterable[Any]] = map) -> None:
        unknown = list({id(known): known for known in several if known.described is None}.values())
        forms = each(lambda known: self._forms.described(known.table, known.schema, source), unknown)
        for known, form in zip(unknown, forms, strict=True):
            known.described = form


def _identifier(name: str) -> Any:
    database, _, table = name.partition(".")
    return java_class(f"{RELATIONAL}.TableId")(database, None, table)


def _named(answer: Mapping[str, Any]) -> list[str]:
    """The tables that an answer tells of, under their old names and new."""
    return [name for table in answer["tables"] for name in (table["id"], table["previous"]) if name]


def _name(identifier: Any) -> str:
    return f"{identifier.catalog()}.{identifier.table()}"
