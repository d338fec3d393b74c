"""A migration's runbook as data: what is going to be done in which order, and all that going on later needs to know.

It is kept in the pipeline's bucket, so it holds neither a password nor the command line of anyone's tool.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import Enum
from typing import Any


class Kind(str, Enum):
    """What a step does."""

    SIGNAL_TABLE = "signal-table"
    DRAIN = "drain"
    CLEAR = "clear"
    PAUSE = "pause"
    RELAX = "relax"
    REGISTER = "register"
    DDL = "ddl"
    CONFIRM = "confirm"
    RESUME = "resume"
    BACKFILL = "backfill"
    TIGHTEN = "tighten"
    VERIFY = "verify"


class How(str, Enum):
    """Who runs the statements."""

    BUILT_IN = "built-in"
    COMMAND = "command"
    WAIT = "wait"


@dataclass(frozen=True)
class Statement:
    """A statement of the migration.

    :ivar table: the table it is about, ``database.table``; None when it is about none.
    :ivar already: the table is as the statement wants it: it has been run before.
    """

    sql: str
    database: str
    place: str
    table: str | None
    already: bool = False


@dataclass(frozen=True)
class TableChange:
    """A table that the migration is about.

    :ivar before: its CREATE TABLE as it was; None when there was none.
    :ivar key: the Avro definitions that a snapshot of the wanted table gives, and ``value``; both None where the
        pipeline does not capture it, or where it is gone afterwards.
    :ivar captured: whether the pipeline captures it afterwards.
    :ivar awaited: whether a statement about it is still to be run.
    :ivar same_definitions: the table gives the same definitions before and after.
    :ivar rows: whether it has any.
    :ivar keyed: whether it has a primary key, which incremental snapshots need.
    """

    name: str
    before: str | None
    key: str | None
    value: str | None
    captured: bool
    awaited: bool
    same_definitions: bool
    rows: bool
    keyed: bool


@dataclass(frozen=True)
class SchemaChange:
    """A schema that gets a new version.

    :ivar mode: its compatibility mode as it is, to be put back exactly.
    :ivar checkpoint: its checkpoint as it is.
    :ivar relaxed: the mode for the time being; None when ``mode`` takes the new versions.
    :ivar latest: id of its last version; None when there is none.
    :ivar definitions: predicted, in the order in which they may be registered; the last is what must be there.
    """

    registry: str
    name: str
    table: str
    mode: str
    checkpoint: int | None
    relaxed: str | None
    latest: str | None
    definitions: tuple[str, ...]

    @property
    def id(self) -> str:
        """As people write it."""
        return f"{self.registry}/{self.name}"


@dataclass(frozen=True)
class Step:
    """One step.

    :ivar subject: the table, schema (``registry/name``), connector or statement (its number) that it is about.
    """

    kind: Kind
    subject: str
    what: str
    why: str = ""


@dataclass(frozen=True)
class Plan:
    """Steps in the order in which they are taken.

    :ivar verdict: of ``evolve check``, as text.
    :ivar offers: SQL that avoids what a finding warns of, predicted to pass.
    :ivar refusals: why the migration is not carried out; then there are no steps.
    """

    pipeline: str
    how: How
    statements: tuple[Statement, ...]
    tables: tuple[TableChange, ...] = ()
    schemas: tuple[SchemaChange, ...] = ()
    steps: tuple[Step, ...] = ()
    notes: tuple[str, ...] = ()
    offers: tuple[str, ...] = ()
    refusals: tuple[str, ...] = ()
    verdict: tuple[str, ...] = ()

    def table(self, name: str) -> TableChange:
        """The table of a name."""
        return next(each for each in self.tables if each.name == name)

    def schema(self, identifier: str) -> SchemaChange:
        """The schema of an id."""
        return next(each for each in self.schemas if each.id == identifier)

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        found: dict[str, Any] = asdict(self)
        found["how"] = self.how.value
        found["steps"] = [{**asdict(step), "kind": step.kind.value} for step in self.steps]
        return found

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Plan:
        """:raises KeyError, TypeError, ValueError: it is no such document."""
        return cls(
            pipeline=str(data["pipeline"]),
            how=How(data["how"]),
            statements=tuple(Statement(**each) for each in data["statements"]),
            tables=tuple(TableChange(**each) for each in data["tables"]),
            schemas=tuple(
                SchemaChange(**{**each, "definitions": tuple(each["definitions"])}) for each in data["schemas"]
            ),
            steps=tuple(Step(**{**each, "kind": Kind(each["kind"])}) for each in data["steps"]),
            notes=tuple(data["notes"]),
            offers=tuple(data["offers"]),
            refusals=tuple(data["refusals"]),
            verdict=tuple(data["verdict"]),
        )
