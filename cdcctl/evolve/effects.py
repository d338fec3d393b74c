"""From the connector's answers to effects: outcome, definitions before and after, verdicts of the modes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from cdcctl.evolve import binlog
from cdcctl.evolve.fields import changes
from cdcctl.evolve.migrations import Migration
from cdcctl.evolve.registered import Versions
from cdcctl.evolve.report import Effect, Outcome, Side
from cdcctl.evolve.rules import finding
from cdcctl.evolve.settings import Settings
from cdcctl.evolve.verdicts import Judge, reasons
from cdcctl.sql import names
from cdcctl.sql.refusal import columns_after, missing, renames

Answer = Mapping[str, Any]
SIDES = ("key", "value")


class Effects:
    """Follows the versions from statement to statement."""

    def __init__(self, settings: Settings, versions: Versions) -> None:
        self._settings = settings
        self._versions = versions
        # What may have changed tables in a way that is not known here: of one of them, or (None) of any.
        self._unseen: dict[str | None, Migration] = {}
        self._queried: dict[str, Migration] = {}

    def of(self, migration: Migration, answer: Answer | None) -> list[Effect]:
        """The effects of a statement, not yet judged.

        :param answer: the connector's; None when the statement never reaches it.
        """
        if answer is None:
            hidden = finding("hidden-statement", "statements that it runs are not checked")
            findings = (hidden,) if binlog.hides_statements(migration.sql) else ()
            if findings:
                self._unseen[None] = migration
            return [Effect(migration, None, "unchanged", findings=findings)]
        named = names.subject(migration.sql, migration.database)
        if named and (query := self._from_query(migration, named, answer)):
            return [query]
        if answer["refused"]:
            return [self._refused(migration, answer["refused"])]
        if answer["error"] and answer["error"]["stage"] == "parse":
            return [self._unparsed(migration, answer)]
        found = [self._of_table(migration, table, answer["error"]) for table in answer["tables"]]
        return _replaced(found) or [self._without_table(migration, answer)]

    def _refused(self, migration: Migration, why: str) -> Effect:
        """MySQL does not take it, if the tables are as they are known here."""
        named = names.subject(migration.sql, migration.database)
        table = named.table if named else None
        if unseen := self._unseen.get(table, self._unseen.get(None)):
            message = f"{why}, unless {unseen.place} has changed that, which cannot be seen here"
            return Effect(migration, table, "unknown", findings=(finding("table-unknown", message),))
        message = f"{why}: MySQL refuses the statement, and nobody hears of it"
        return Effect(migration, table, "unknown", findings=(finding("not-mysql", message),))

    def _from_query(self, migration: Migration, named: names.Subject, answer: Answer) -> Effect | None:
        """CREATE TABLE … SELECT, and what is about a table that was made so: its columns are not known.

        None where Debezium tells of the table as of any other one, or where it is none of these.
        """
        target = answer["target"] or {"captured": True, "known": False}
        if named.verb == "CREATE" and binlog.takes_columns_from_a_query(migration.sql):
            if target["known"]:
                return None
            self._queried[named.table] = migration
            return Effect(migration, named.table, "unknown" if target["captured"] else "not-captured")
        source = missing(migration.sql, migration.database) or named.table
        made = self._queried.get(source)
        if made is not None and named.verb == "CREATE":
            self._queried[named.table] = made
        if made is not None or not answer["refused"]:
            self._rename(migration)
        if made is None or named.verb == "TRUNCATE" or answer["tables"]:
            return None
        return self._of_queried(migration, named.table, made, target["captured"], dropped=named.verb == "DROP")

    def _of_queried(
        self, migration: Migration, table: str, made: Migration, captured: bool, *, dropped: bool
    ) -> Effect:
        """What is about a table that came from a query."""
        if dropped:
            self._queried.pop(table, None)
        if not captured:
            return Effect(migration, table, "not-captured")
        if dropped:
            return Effect(migration, table, "unchanged", findings=(finding("table-gone", f"{table} is dropped"),))
        found = finding("table-unknown", f"the columns of {table} come from the query at {made.place}")
        return Effect(migration, table, "unknown", findings=(found,))

    def _rename(self, migration: Migration) -> None:
        """Follow tables that came from queries to their new names."""
        for old, new in renames(migration.sql, migration.database):
            if made := self._queried.pop(old, None):
                self._queried[new] = made

    def _unparsed(self, migration: Migration, answer: Answer) -> Effect:
        """The parser does not take it."""
        error = answer["error"]
        named = names.subject(migration.sql, migration.database)
        table = named.table if named else None
        words = _words(error)
        if table is not None:
            self._unseen[table] = migration
        outcome: Outcome = "kills-the-connector"
        if why := binlog.refusal(migration.sql, error):
            # It never gets into a binlog.
            outcome, found = "unknown", finding("not-mysql", f"{why}; Debezium: {words}")
        elif self._settings.skips_unparseable:
            found = finding("statement-skipped", f"Debezium skips it: {words}")
            return Effect(migration, table, "unchanged", error=error, findings=(found,))
        elif answer["target"] and not answer["target"]["known"] and named and named.verb != "CREATE":
            return self._without_table(migration, answer)
        else:
            found = finding("statement-unparseable", words)
        place = answer["target"]["place"] if answer["target"] else None
        return Effect(migration, table, outcome, error=error, findings=(found,), place=place)

    def _without_table(self, migration: Migration, answer: Answer) -> Effect:
        """Debezium's model does not change."""
        named = names.subject(migration.sql, migration.database)
        target = answer["target"]
        if named is None or target is None or answer["ignored"]:
            return Effect(migration, named.table if named else None, "unchanged")
        if not target["captured"]:
            return Effect(migration, named.table, "not-captured")
        if not target["known"] and (unknown := missing(migration.sql, migration.database)):
            return _unknown(Effect(migration, named.table, "unknown"), unknown)
        return Effect(migration, named.table, "unchanged")

    def _of_table(self, migration: Migration, table: Answer, error: Mapping[str, Any] | None) -> Effect:
        if made := self._queried.get(table["id"]):
            dropped = table["change"] == "DROP"
            return self._of_queried(migration, table["id"], made, table["captured"], dropped=dropped)
        before, after = table["before"] or {}, table["after"] or {}
        effect = Effect(
            migration,
            table["id"],
            "unchanged",
            renamed_from=table["previous"],
            models=(before.get("model"), after.get("model")),
            place=table["place"],
        )
        if not table["captured"]:
            return self._left(effect, table)
        if not before and not after and missing(migration.sql, migration.database):
            return _unknown(effect)
        if error or after.get("failure"):
            return self._stopped(effect, error, after.get("failure"))
        if misplaced := _misplaced(migration.sql, effect):
            effect = replace(effect, findings=(finding(*misplaced),))
            if misplaced[0] == "model-loses-column":
                return replace(effect, outcome="kills-the-connector")
        sides = {side: self._side(side, effect, before, after) for side in SIDES}
        effect = replace(effect, key=sides["key"], value=sides["value"], outcome=self._outcome(table, sides))
        for side in SIDES:
            if sides[side].after is not None and sides[side].schema is not None:
                self._versions.add(side, str(sides[side].schema), str(sides[side].after), migration.file)
        return effect

    def _left(self, effect: Effect, table: Answer) -> Effect:
        if not table["was_captured"]:
            return replace(effect, outcome="not-captured")
        message = f"{table['previous']} becomes {table['id']}, which the pipeline does not capture"
        return replace(effect, outcome="not-captured", findings=(finding("table-gone", message),))

    def _stopped(self, effect: Effect, error: Mapping[str, Any] | None, failure: Mapping[str, Any] | None) -> Effect:
        slug = "model-broken" if error else "row-stops-task"
        told = {**(error or failure or {}), "stage": "apply" if error else "row"}
        return replace(effect, outcome="kills-the-connector", error=told, findings=(finding(slug, _words(told)),))

    def _side(self, side: str, effect: Effect, before: Answer, after: Answer) -> Side:
        topic = after.get("topic") or before.get("topic")
        if topic is None:
            return Side()
        if before.get(side) is not None and not self._versions.of(side, before["topic"]):
            self._versions.add(side, before["topic"], before[side])
        old = before.get(side) if before.get("topic") == topic else None
        versions = tuple(self._versions.of(side, topic))
        if versions and old not in versions:
            old = versions[-1]  # as registered, or as it was when a table last had this name
        new = after.get(side)
        snapshot = after.get("snapshot") or {}
        return Side(
            schema=topic,
            mode=self._versions.mode(side, topic, str(effect.table)),
            before=old,
            after=new,
            versions=versions,
            standing=tuple(self._versions.standing(side, topic, effect.migration.file)),
            snapshot=snapshot.get(side) if snapshot.get(side) != new else None,
            changes=tuple(changes(old, new)),
        )

    def _outcome(self, table: Answer, sides: Mapping[str, Side]) -> Outcome:
        if table["after"] is None:
            return "unchanged"
        if sides["value"].before is None and sides["value"].after is not None:
            return "new-schema"
        if any(side.is_new for side in sides.values()):
            return "new-version"
        return "unchanged"


def judged(effects: Sequence[Effect], judge: Judge) -> list[Effect]:
    """The effects with the verdict of every mode."""
    judge.prepare(_questions(effects))
    return [replace(effect, key=_judged(effect.key, judge), value=_judged(effect.value, judge)) for effect in effects]


def _questions(effects: Sequence[Effect]) -> Iterator[tuple[str, Sequence[str]]]:
    for effect in effects:
        for side in (effect.key, effect.value):
            if side.after is not None and side.is_new:
                yield side.after, side.versions
            if side.snapshot is not None and side.after is not None:
                yield side.snapshot, (side.after,)


def _judged(side: Side, judge: Judge) -> Side:
    if side.after is None:
        return side
    compatible = judge.modes(side.after, side.versions)
    return replace(side, compatible=compatible, reasons=reasons(side.after, side.versions, compatible, judge))


def _unknown(effect: Effect, table: str | None = None) -> Effect:
    """The effect of what is about a table (its own, unless another one is named) that is not known here."""
    found = finding("table-unknown", f"{table or effect.table} is not among the tables given")
    return replace(effect, outcome="unknown", findings=(found,))


def _replaced(effects: Sequence[Effect]) -> list[Effect]:
    """Without the news that a table has gone where another one takes its name at once (gh-ost, pt-osc)."""
    there = {effect.table for effect in effects}
    return [effect for effect in effects if effect.renamed_from not in there or effect.outcome != "not-captured"]


def _misplaced(sql: str, effect: Effect) -> tuple[str, str] | None:
    """Slug and words for a model of Debezium's that has other columns than MySQL's table, or has them in another order.

    MySQL renames and drops first and places what is new or moved then; Debezium goes from clause to clause.
    """
    if None in effect.models or effect.renamed_from is not None:
        return None
    before, after = ([str(column["name"]) for column in (model or {})["columns"]] for model in effect.models)
    expected = columns_after(sql, before)
    if expected is None or [each.lower() for each in expected] == [each.lower() for each in after]:
        return None
    if lost := [each for each in expected if each.lower() not in map(str.lower, after)]:
        return "model-loses-column", f"MySQL's {effect.table} has {', '.join(lost)}, Debezium's model has not"
    if len(after) == len(expected):
        return "model-misorders", f"MySQL has {', '.join(expected)}; Debezium has {', '.join(after)}"
    return None


def _words(error: Mapping[str, Any]) -> str:
    """The exception in one line; a parser's list of what it would have taken is cut."""
    several = error["class"].endswith("MultipleParsingExceptions")
    told = error["causes"][0] if several and error["causes"] else error
    message = " ".join(str(told["message"]).split(" expecting {")[0].split())
    if told["class"] == "java.lang.StackOverflowError":
        return f"{told['class']}: a literal too long, or brackets too deep, for a parser that recurses"
    return f"{told['class']}: {message}"
