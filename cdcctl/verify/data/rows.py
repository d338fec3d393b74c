"""MySQL's rows as keys and hashes, beside the lake's in DuckDB: which keys differ."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from cdcctl.verify.data import canonical
from cdcctl.verify.data.canonical import quoted
from cdcctl.verify.data.keys import Key
from cdcctl.verify.data.snapshot import Snapshot
from cdcctl.verify.data.staging import Staging
from cdcctl.verify.registered import with_registered_defaults
from cdcctl.verify.table import Column, Row, TableDefinition, selected

_KEYS_AT_ONCE = 1000


@dataclass(frozen=True)
class Side:
    """MySQL's side of one table: its statements, run in the snapshot.

    :ivar hashed: the columns that a row's hash is of; default: all.
    :ivar schemas: asks for the registered definitions of the table's rows.
    """

    source: Snapshot
    staging: Staging
    hashed: tuple[Column, ...] = ()
    schemas: Callable[[], Sequence[str]] = tuple

    @cached_property
    def known(self) -> TableDefinition:
        """The table with what the registry knows of its columns; it is asked only where rows differ."""
        return with_registered_defaults(self.staging.definition, self.schemas())

    @property
    def key(self) -> Key:
        """The table's key."""
        return self.staging.key

    @property
    def table(self) -> str:
        """The table as MySQL takes it."""
        definition = self.staging.definition
        return f"{quoted(definition.database)}.{quoted(definition.name)}"

    @property
    def hash(self) -> str:
        """MySQL's expression of a row's hash."""
        return canonical.mysql_row(list(self.hashed or self.staging.definition.columns), self.key.handling)

    def keyed(self, condition: str) -> str:
        """The statement that reads key, key as it is put into statements, and hash of rows."""
        pieces = [
            *(
                f"CAST({each} AS CHAR) AS {name}"
                for each, name in zip(self.key.in_mysql(), self.key.names, strict=True)
            ),
            *(f"{each} AS r{at}" for at, each in enumerate(self.key.raw())),
            f"{self.hash} AS h",
        ]
        return f"SELECT {', '.join(pieces)} FROM {self.table} WHERE {condition}"

    def begin(self) -> None:
        """Empty the tables ``theirs`` (MySQL's keys and hashes), ``differing``, and ``healed`` (what it once held)."""
        kinds = [f"{n} {self.key.kind(c)}" for n, c in zip(self.key.names, self.key.columns, strict=True)]
        raws = [f"r{at} VARCHAR" for at in range(len(self.key.columns))]
        self._run(f"CREATE OR REPLACE TABLE theirs ({', '.join([*kinds, *raws])}, h BIGINT)")
        for name in ("differing", "healed"):
            columns = ", ".join([*kinds, *raws, "in_mysql BOOLEAN", "in_lake BOOLEAN"])
            self._run(f"CREATE OR REPLACE TABLE {name} ({columns})")

    def forget_differing(self) -> None:
        """Move all of ``differing`` to ``healed``."""
        self._run("INSERT INTO healed SELECT * FROM differing")
        self._run("DELETE FROM differing")

    def read(self, statement: str) -> int:
        """Read rows of :meth:`keyed` into ``theirs``."""
        import pyarrow as pa

        names = [*self.key.names, *(f"r{at}" for at in range(len(self.key.columns))), "h"]
        count = 0
        for batch in self.source.batches(statement):
            texts = [pa.array([_text(value) for value in column], pa.string()) for column in zip(*batch, strict=True)]
            table = pa.table(texts, names=names)
            self.staging.database.register("batch", table)
            self._run(f"INSERT INTO theirs SELECT {', '.join(names)} FROM batch")
            self.staging.database.unregister("batch")
            count += len(batch)
        return count

    def read_keys(self, relation: str) -> int:
        """Read the rows into ``theirs`` whose keys a relation of DuckDB lists."""
        self._run("DELETE FROM theirs")
        keys = self.staging.database.execute(f"SELECT DISTINCT {self.key.joined} FROM {relation}").fetchall()
        columns = ", ".join(quoted(column.name) for column in self.key.columns)
        count = 0
        for at in range(0, len(keys), _KEYS_AT_ONCE):
            some = keys[at : at + _KEYS_AT_ONCE]
            listed = ", ".join("(" + ", ".join(self.key.literals_of_lake(each)) + ")" for each in some)
            count += self.read(self.keyed(f"({columns}) IN ({listed})"))
        return count

    def differ(self, condition: str = "TRUE", rows: str = "rows") -> int:
        """Add to ``differing`` what is not the same in ``theirs`` and the current rows of a condition; how many."""
        self._run(f"INSERT INTO differing {self._differences(condition, rows)}")
        return self.staging.count("SELECT count(*) FROM differing")

    def count_differences(self, condition: str, rows: str) -> int:
        """How many keys are not the same."""
        return self.staging.count(f"SELECT count(*) FROM ({self._differences(condition, rows)})")

    def _differences(self, condition: str, rows: str) -> str:
        keys = ", ".join(f"COALESCE(t.{name}, l.{name}) AS {name}" for name in self.key.names)
        raws = ", ".join(f"t.r{at}" for at in range(len(self.key.columns)))
        equal = " AND ".join(f"t.{name} = l.{name}" for name in self.key.names)
        return (
            f"SELECT {keys}, {raws}, t.h IS NOT NULL AS in_mysql, l.h IS NOT NULL AS in_lake FROM theirs AS t "
            f"FULL JOIN (SELECT * FROM {rows} WHERE {condition}) AS l ON {equal} WHERE t.h IS DISTINCT FROM l.h"
        )

    def whole(self, raws: Sequence[Sequence[str]]) -> list[Row]:
        """The rows of these keys, all columns, as the exact comparison takes them."""
        columns = ", ".join(map(selected, self.staging.definition.columns))
        found: list[Row] = []
        for at in range(0, len(raws), _KEYS_AT_ONCE):
            condition = self.key.among(raws[at : at + _KEYS_AT_ONCE])
            for batch in self.source.batches(f"SELECT {columns} FROM {self.table} WHERE {condition}"):
                found += batch
        return found

    def _run(self, statement: str) -> None:
        self.staging.database.execute(statement)


def _text(value: Any) -> str | None:
    if value is None:
        return None
    return value.decode() if isinstance(value, bytes) else str(value)
