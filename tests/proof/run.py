"""Run cases through a live pipeline and hold against it what ``cdcctl evolve check`` said before.

A statement that is predicted to stop the connector ends a piece of its case; such pieces run by themselves, one after
the other, since every connector reads every database's statements.
"""

from __future__ import annotations

import re
import sys
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pymysql

from cdcctl.evolve import binlog
from cdcctl.local.state import Stack
from cdcctl.verify.prediction import statements_since
from tests.proof import judgement
from tests.proof.cases import Case
from tests.proof.judgement import Outcome
from tests.proof.mysql import Database
from tests.proof.pipeline import MARKS, Piece

_BEHIND = "different column size with internal schema size"


@dataclass
class Proof:
    """One run.

    :param sinks: hold the Iceberg sink's ways and the registry's verdicts against the prediction, too.
    """

    stack: Stack
    folder: Path
    sinks: bool
    outcome: Outcome = field(default_factory=Outcome)
    _count: int = 0
    _run: str = field(default_factory=lambda: uuid.uuid4().hex[:6])
    # Tables of which any row stops a connector, one of its snapshot as well.
    _unreadable: set[str] = field(default_factory=set)

    def run(self, cases: Sequence[Case]) -> Outcome:
        """All cases."""
        self._marks("CREATE DATABASE IF NOT EXISTS {0}", "CREATE TABLE IF NOT EXISTS {0}.signals (id VARCHAR(64) "
                    "PRIMARY KEY, type VARCHAR(32) NOT NULL, data VARCHAR(2048))")  # fmt: skip
        for case in cases:
            self._rehearse(case)
        for source in list({tuple(sorted(case.source.items())): case.source for case in cases}.values()):
            self._group([case for case in cases if case.source == source], source)
        return self.outcome

    def _rehearse(self, case: Case) -> None:
        """Leave out what MySQL refuses: it never reaches anybody."""
        database = Database(self.stack.mysql, case.database)
        for sql in case.setup:
            if why := database.run(sql):
                raise SystemExit(f"{case.label}: {why}: {sql}")
        taken = []
        for sql in case.statements:
            is_hidden = binlog.hides_statements(sql) or binlog.takes_columns_from_a_query(sql)
            begun = self.stack.mysql.admin.position() if is_hidden else None
            if why := database.run(sql):
                self.outcome.refused += 1
                _say(f"{case.label}: MySQL refuses {' '.join(sql.split())[:120]}: {why}")
            elif begun is not None:
                # What a stored program ran, and columns that come from a query, are to be seen in the binlog only.
                logged = [each["sql"] for each in statements_since(self.stack.mysql.admin, begun)]
                taken += [sql.removesuffix(" START TRANSACTION") for sql in logged]
            else:
                taken.append(sql)
        case.statements = taken
        database.drop()

    def _group(self, cases: Sequence[Case], source: Mapping[str, str]) -> None:
        databases = {case.database: Database(self.stack.mysql, case.database) for case in cases}
        for case in cases:
            for sql in case.setup:
                databases[case.database].run(sql)
            databases[case.database].rest()
        rest = {case.database: list(case.statements) for case in cases if case.statements}
        labels = {case.database: case.label for case in cases}
        while rest:
            now, deadly, later = self._split(labels, rest, source)
            rest = {database: several for database, several in later.items() if several}
            _say(f"{sum(map(len, now.values()))} statements in {len(now)} databases")
            self._piece(labels, databases, now, source)
            for database, sql in deadly.items():
                _say(f"{labels[database]}: is to stop the connector: {' '.join(sql.split())[:100]}")
                self._piece({database: labels[database]}, databases, {database: [sql]}, source)
                if database not in rest:
                    # What no connector can read stops every later one's snapshot.
                    databases[database].drop()
        for each in databases.values():
            each.drop()

    def _split(
        self, labels: Mapping[str, str], rest: Mapping[str, list[str]], source: Mapping[str, str]
    ) -> tuple[dict[str, list[str]], dict[str, str], dict[str, list[str]]]:
        """Statements up to the first one that is to stop the connector, those, and what follows them."""
        piece = self._new(list(rest), source)
        report = piece.check(self._migration(piece, rest))
        stops = {(each["database"], each["line"]) for each in report["statements"] if _kills(each)}
        now, deadly, later = {}, {}, {}
        for database, places in self._lines.items():
            first = next((n for n, line in enumerate(places) if (database, line) in stops), len(places))
            now[database] = rest[database][:first]
            if first < len(places):
                deadly[database] = rest[database][first]
                later[database] = rest[database][first + 1 :]
        return now, deadly, later

    def _new(self, databases: Sequence[str], source: Mapping[str, str], **more: Any) -> Piece:
        self._count += 1
        return Piece(f"proof{self._run}n{self._count}", self.stack, self.folder, databases, source, **more)

    def _migration(self, piece: Piece, statements: Mapping[str, Sequence[str]]) -> Path:
        """A file with all statements; a delimiter of its own keeps stored programs whole."""
        text = "DELIMITER %%next%%\n"
        self._lines: dict[str, list[int]] = {}
        for database, each in statements.items():
            # A database has a session of its own; in the file they come one after the other.
            text += f"USE `{database}` %%next%%\nSET SESSION sql_generate_invisible_primary_key = OFF %%next%%\n"
            self._lines[database] = []
            for sql in each:
                self._lines[database].append(text.count("\n") + 1)
                text += f"{sql}\n%%next%%\n"
        path = self.folder / f"{piece.name}.sql"
        path.write_text(text, encoding="utf-8")
        return path

    def _piece(
        self,
        labels: Mapping[str, str],
        databases: Mapping[str, Database],
        statements: Mapping[str, list[str]],
        source: Mapping[str, str],
    ) -> None:
        if not any(statements.values()):
            return
        for name in statements:
            for table in databases[name].definitions():
                if f"{name}.{table}" not in self._unreadable:
                    databases[name].write(table, keep=True)
        piece, sinks = self._planned(statements, source)
        self._marks(f"CREATE TABLE {{0}}.{piece.name} (id INT PRIMARY KEY)")
        try:
            piece.deploy()
            self._held(piece, databases, statements, labels, sinks)
        finally:
            piece.remove()

    def _held(
        self,
        piece: Piece,
        databases: Mapping[str, Database],
        statements: Mapping[str, list[str]],
        labels: Mapping[str, str],
        sinks: Mapping[str, Sequence[str]],
    ) -> None:
        """Ask, run, and compare."""
        if error := piece.follow(self._mark(piece), 1):
            self.outcome.differ(f"{piece.name}: does not begin: {error}")
            return
        _say(f"{piece.name}: asked")
        report = piece.check(self._migration(piece, statements))
        standing = frozenset(piece.topics())
        untouched = self._execute(piece, databases, statements)
        _say(f"{piece.name}: statements run")
        for effect in report["statements"]:
            (self._unreadable.add if _of_rows(effect) else self._unreadable.discard)(str(effect["table"]))
        error = piece.follow(self._mark(piece), 2)
        self._stopped(report, error, labels)
        moved = {database: label for database, label in labels.items() if statements.get(database)}
        judgement.texts(piece, report, self.outcome, moved, untouched, standing)
        if self.sinks:
            _say(f"{piece.name}: verdicts")
            judgement.verdicts(piece, report, self.outcome, labels)
            _say(f"{piece.name}: sinks")
            self._sinks(piece, sinks, report, labels)

    def _planned(
        self, statements: Mapping[str, list[str]], source: Mapping[str, str]
    ) -> tuple[Piece, dict[str, list[str]]]:
        """One sink for all tables that it takes, and one for each that is to stop it."""
        piece = self._new(list(statements), source)
        if not self.sinks:
            return piece, {}
        report = piece.check(self._migration(piece, statements))
        if any(map(_kills, report["statements"])):
            return piece, {}
        failing = judgement.failing(report)
        tables = dict.fromkeys(each["table"] for each in report["statements"] if each["value"]["schema"])
        good = [table for table in tables if table not in failing]
        sinks = {"sink": good} if good else {}
        sinks |= {f"fail{number}": [table] for number, table in enumerate(failing, 1)}
        return self._new(list(statements), source, sinks=sinks), sinks

    def _execute(
        self, piece: Piece, databases: Mapping[str, Database], statements: Mapping[str, list[str]]
    ) -> frozenset[str]:
        """Run the statements, and write rows to every table that one has changed; topics of those that take none."""
        untouched = set()
        for name, several in statements.items():
            database = databases[name]
            database.empty()
            known = database.definitions()
            for sql in several:
                self.outcome.statements += 1
                if why := database.run(sql):
                    self.outcome.differ(f"{name}: MySQL refuses now what it took before: {why}: {sql}")
                words = sql.replace("``", "`")  # names as they are, not as they are quoted
                after = database.definitions(mentioned=words)
                for table in (name for name, text in after.items() if known.get(name) != text or _names(words, name)):
                    if why := database.write(table, keep=False):
                        _say(f"no rows for {name}.{table}: {why}")
                        self.outcome.untouched += 1
                        untouched.add(piece.pipeline.topic_of(f"{name}.{table}"))
                known |= after
            database.rest()
        return frozenset(untouched)

    def _stopped(self, report: Mapping[str, Any], error: str | None, labels: Mapping[str, str]) -> None:
        """Whether the connector stopped where it was to, and of what."""
        deadly = next(filter(_kills, report["statements"]), None)
        where = ", ".join(labels.values())[:80]
        if deadly is None and error is None:
            return
        self.outcome.killed += error is not None
        if error is None or deadly is None:
            foreseen = deadly and {key: deadly[key] for key in ("line", "error")} | {"sql": deadly["sql"][:300]}
            self.outcome.differ(f"{where}: predicted {foreseen}; the connector: {error or 'runs'}")
            return
        expected = deadly["error"]
        if expected is None:
            return  # of a row that has more columns than the model; the words are the driver's
        told = [expected, *expected["causes"]][-1]
        words = "".join(str(told["message"]).splitlines()[:1])[:60]
        # Debezium handles exceptions only: an error ends the thread that reads, the next one begins behind the
        # statement, and a row that has more columns than the model is what stops the task.
        if words not in error or (not words and not any(each in error for each in (told["class"], _BEHIND))):
            self.outcome.differ(f"{where}: stopped, predicted {told}; the connector: {error}")

    def _sinks(
        self,
        piece: Piece,
        sinks: Mapping[str, Sequence[str]],
        report: Mapping[str, Any],
        labels: Mapping[str, str],
    ) -> None:
        failing = judgement.failing(report)
        for sink, tables in sinks.items():
            error = piece.written(sink, tables)
            where = labels[tables[0].split(".")[0]] if len(tables) == 1 else sink
            expected = failing.get(tables[0]) if sink.startswith("fail") else None
            if expected is None and error is None:
                for table in tables:
                    judgement.columns(piece, table, report, self.outcome, labels[table.split(".")[0]])
            elif expected is None or error is None:
                self.outcome.differ(f"{where}: {tables}: predicted {expected}, the sink: {error or 'runs'}")
            else:
                self.outcome.sinks += 1
                if expected.split(":")[0] not in error:
                    self.outcome.differ(f"{where}: the sink is to fail with {expected}: {error}")

    def _mark(self, piece: Piece) -> Any:
        return lambda number: self._marks(f"INSERT INTO {{0}}.{piece.name} VALUES ({number})")

    def _marks(self, *statements: str) -> None:
        server = self.stack.mysql
        with pymysql.connect(
            host=server.host, port=server.port, user=server.user, password=server.password, autocommit=True
        ) as connection:
            for sql in statements:
                connection.cursor().execute(sql.format(MARKS))


def _names(sql: str, table: str) -> bool:
    """Whether a statement may change a table: MySQL does nothing at some that Debezium takes for a change."""
    return bool(re.search(rf"(^|\W){re.escape(table)}(\W|$)", sql, re.IGNORECASE))


def _kills(effect: Mapping[str, Any]) -> bool:
    return bool(effect["outcome"] == "kills-the-connector")


def _of_rows(effect: Mapping[str, Any]) -> bool:
    """Whether the statement leaves a table of which each row stops the connector."""
    return _kills(effect) and effect["error"] is not None and effect["error"]["stage"] == "row"


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
