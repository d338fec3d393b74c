"""Whether statements have taken effect: the tables as the server shows them against what was predicted of them.

MySQL's DDL is atomic (8.0): a table is either as it was before a statement or as it is after it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

from cdcctl.evolve.check import load_what_can_be
from cdcctl.evolve.settings import Settings
from cdcctl.evolve.tables import Tables, from_server
from cdcctl.mysql.server import Server
from cdcctl.runbook.plan import Plan, TableChange
from cdcctl.runbook.world import shown
from cdcctl.schema.classpath import Jars, word_of
from cdcctl.schema.prediction import Child


class Effect(str, Enum):
    """What the migration has made of a table so far."""

    NONE = "as before"
    WHOLE = "as wanted"
    PART = "neither as before nor as wanted"


@dataclass(frozen=True)
class Seen:
    """The tables of a plan as they are now.

    :ivar created: table → CREATE TABLE.
    """

    effects: Mapping[str, Effect]
    created: Mapping[str, str]

    @property
    def all_wanted(self) -> bool:
        """Whether nothing is left to run."""
        return all(effect is Effect.WHOLE for effect in self.effects.values())

    @property
    def untouched(self) -> bool:
        """Whether nothing has run."""
        return all(effect is Effect.NONE for effect in self.effects.values())

    @property
    def words(self) -> list[str]:
        """One line a table."""
        return [f"{table} is {effect.value}" for table, effect in self.effects.items()]


class Look:
    """Looks at the tables of a plan, again and again with one JVM."""

    def __init__(self, plan: Plan, settings: Settings, server: Server, child: Child) -> None:
        self._plan = plan
        self._settings = settings
        self._server = server
        self._child = child

    def seen(self) -> Seen:
        """The tables as they are now.

        :raises RemoteError: the server does not answer.
        """
        databases = sorted({each.name.partition(".")[0] for each in self._plan.tables})
        tables = from_server(self._server, databases)
        created = shown(tables)
        described = self._described(tables)
        effects = {
            each.name: _effect(each, created.get(each.name), described) for each in self._plan.tables if each.awaited
        }
        return Seen(effects, created)

    def _described(self, tables: Tables) -> Mapping[str, Mapping[str, str | None]]:
        source = self._child.source(self._settings.source, case_insensitive=tables.case_insensitive)
        load_what_can_be(source, tables)
        return source.describe([each.name for each in self._plan.tables])


def child_of(settings: Settings) -> Child:
    """The JVM child with the pipeline's own version of Debezium."""
    return Child(Jars(word_of("debezium-mysql", settings.debezium)))


def _effect(table: TableChange, created: str | None, described: Mapping[str, Mapping[str, str | None]]) -> Effect:
    """By the definitions where these change; by the text of CREATE TABLE where only that can tell."""
    unchanged = _text(created) == _text(table.before)
    if not table.captured:
        return Effect.NONE if unchanged else Effect.WHOLE
    now = described.get(table.name, {})
    if created is not None and (now.get("key"), now.get("value")) == (table.key, table.value):
        # Where no definition changes, another text is all that shows that something has been done.
        same_before = table.same_definitions
        return Effect.NONE if unchanged and same_before else Effect.WHOLE
    return Effect.NONE if unchanged else Effect.PART


def _text(created: str | None) -> str | None:
    """CREATE TABLE without the counter, which every insert moves on."""
    if created is None:
        return None
    head, mark, tail = created.rpartition(" AUTO_INCREMENT=")
    return head + tail.lstrip("0123456789") if mark else created


def differing(seen: Seen) -> Iterable[str]:
    """The tables that are neither as before nor as wanted."""
    return (table for table, effect in seen.effects.items() if effect is Effect.PART)
