"""From a seed to SQL: tables, rows and changes of both, the same for the same seed."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from random import Random

from cdcctl.verify.fuzz.kinds import KEYS, KINDS, Kind

DATABASE = "cdcctl_fuzz"
# How often each kind of statement comes, relative to the others.
_WEIGHTS = {
    "insert": 30, "update": 22, "delete": 8, "replace": 6, "move_key": 4, "transaction": 6, "add_column": 8,
    "drop_column": 3, "widen": 4, "rename_column": 2, "index": 3, "comment": 2, "recreate": 1, "default": 2,
}  # fmt: skip
# Names that Avro does not take, such as one with a space, stop the source (CDC274).
_NAMES = ("a", "B", "größe", "select", "x_1", "Y", "long_" * 10 + "name")


@dataclass
class Column:
    """A column of a generated table; ``default`` is a literal.

    :param snapshotted: whether it was there before the pipeline, so that Debezium knows it as MySQL shows it.
    """

    name: str
    kind: Kind
    nullable: bool
    default: str | None = None
    snapshotted: bool = False

    def sql(self) -> str:
        """As in CREATE TABLE."""
        null = "" if self.nullable else " NOT NULL"
        default = "" if self.default is None else f" DEFAULT {self.default}"
        return f"`{self.name}` {self.kind.sql}{null}{default}"

    def as_known(self) -> Column:
        """Spelled so that Debezium takes it for the type that it takes it for already.

        A BOOLEAN of the snapshot is TINYINT(1) to it; called BOOLEAN in the binlog, it would stop the sink (VER087).
        """
        spelled = self.snapshotted and self.kind.sql == "BOOLEAN"
        return replace(self, kind=replace(self.kind, sql="TINYINT(1)")) if spelled else self


@dataclass
class Table:
    """A generated table; the first ``keys`` columns are its primary key."""

    name: str
    columns: list[Column]
    keys: int
    made: int = 0
    used: set[str] = field(default_factory=set)

    def create(self) -> str:
        """CREATE TABLE."""
        parts = [column.as_known().sql() for column in self.columns]
        if self.keys:
            parts.append(f"PRIMARY KEY ({', '.join(f'`{c.name}`' for c in self.columns[: self.keys])})")
        return f"CREATE TABLE {self.name} ({', '.join(parts)})"


@dataclass(frozen=True)
class Program:
    """What a seed stands for: the tables, the statements before the pipeline starts, and those after."""

    tables: tuple[str, ...]
    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass
class _Writer:
    rng: Random
    tables: list[Table] = field(default_factory=list)

    def table(self, number: int) -> Table:
        rng = self.rng
        keys = rng.choice([1, 1, 1, 2, 3])
        columns = [Column(f"k{n}", rng.choice(KEYS), nullable=False) for n in range(keys)]
        columns += [self.column(f"c{n}") for n in range(rng.randint(1, 8))]
        return Table(f"t{number}", columns, keys)

    def column(self, name: str) -> Column:
        rng = self.rng
        kind = rng.choice(KINDS)
        default = kind.value(rng) if rng.random() < 0.3 and _may_default(kind) else None
        return Column(name, kind, rng.random() < 0.6, default)

    def row(self, table: Table) -> str:
        return f"({', '.join(self.value(column) for column in table.columns)})"

    def value(self, column: Column) -> str:
        roll = self.rng.random()
        if column.nullable and roll < 0.2:
            return "NULL"
        return "DEFAULT" if column.default is not None and roll < 0.3 else column.kind.value(self.rng)

    def insert(self, table: Table) -> str:
        rows = ", ".join(self.row(table) for _ in range(self.rng.choice([1, 1, 2, 5])))
        return f"INSERT IGNORE INTO {table.name} VALUES {rows}"

    def replace(self, table: Table) -> str:
        return f"REPLACE INTO {table.name} VALUES {self.row(table)}"

    def update(self, table: Table) -> str:
        chosen = self.rng.sample(table.columns[table.keys :], k=min(2, len(table.columns) - table.keys))
        if not chosen:
            return self.insert(table)
        sets = ", ".join(f"`{column.name}` = {self.value(column)}" for column in chosen)
        return f"UPDATE {table.name} SET {sets} {self.some(table)}"

    def delete(self, table: Table) -> str:
        return f"DELETE FROM {table.name} {self.some(table)}"

    def move_key(self, table: Table) -> str:
        column = self.rng.choice(table.columns[: table.keys])
        return f"UPDATE IGNORE {table.name} SET `{column.name}` = {column.kind.value(self.rng)} {self.some(table)}"

    def some(self, table: Table) -> str:
        """The first or last few rows in the order of the key: the same rows whenever it is run."""
        order = ", ".join(f"`{c.name}`{self.rng.choice(['', ' DESC'])}" for c in table.columns[: table.keys])
        return f"ORDER BY {order} LIMIT {self.rng.choice([1, 1, 2, 4])}"

    def transaction(self, table: Table) -> str:
        writes = [self.rng.choice([self.insert, self.update, self.delete]) for _ in range(self.rng.randint(2, 4))]
        body = [write(self.rng.choice([table, self.rng.choice(self.tables)])) for write in writes]
        return ";\n".join(["START TRANSACTION", *body, self.rng.choice(["COMMIT", "COMMIT", "ROLLBACK"])])

    def add_column(self, table: Table) -> str:
        table.made += 1
        # A name comes once: the sink keeps a dropped column, and with it a type that a new one may not have (VER087).
        free = [name for name in _NAMES if name not in table.used]
        name = self.rng.choice(free) if free and self.rng.random() < 0.4 else f"n{table.made}"
        table.used.add(name)
        column = self.column(name)
        place = self.rng.randint(table.keys, len(table.columns))
        table.columns.insert(place, column)
        return f"ALTER TABLE {table.name} ADD COLUMN {column.sql()} AFTER `{table.columns[place - 1].name}`"

    def drop_column(self, table: Table) -> str:
        if len(table.columns) - table.keys < 2:
            return self.insert(table)
        column = table.columns.pop(self.rng.randrange(table.keys, len(table.columns)))
        return f"ALTER TABLE {table.name} DROP COLUMN `{column.name}`"

    def widen(self, table: Table) -> str:
        fit = [column for column in table.columns[table.keys :] if column.kind.wider]
        if not fit:
            return self.update(table)
        column = self.rng.choice(fit)
        column.kind = Kind(self.rng.choice(column.kind.wider), column.kind.value)
        if column.kind.sql.endswith("TEXT"):
            column.default = None
        return f"ALTER TABLE {table.name} MODIFY COLUMN {column.sql()}"

    def rename_column(self, table: Table) -> str:
        if len(table.columns) == table.keys:
            return self.insert(table)
        table.made += 1
        column = self.rng.choice(table.columns[table.keys :])
        old, column.name = column.name, f"r{table.made}"
        return f"ALTER TABLE {table.name} RENAME COLUMN `{old}` TO `{column.name}`"

    def index(self, table: Table) -> str:
        table.made += 1
        return f"CREATE INDEX i{table.made} ON {table.name} (`{self.rng.choice(table.columns[: table.keys]).name}`)"

    def comment(self, table: Table) -> str:
        words = self.rng.choice(["it''s", "ALTER TABLE x ADD y INT", "größe 🎬"])
        return self.rng.choice([f"ALTER TABLE {table.name} COMMENT = '{words}'", f"ANALYZE TABLE {table.name}"])

    def recreate(self, table: Table) -> str:
        """Deleted row by row first: what DROP takes along writes no events."""
        return f"DELETE FROM {table.name};\nDROP TABLE {table.name};\n{table.create()}"

    def default(self, table: Table) -> str:
        fit = [column for column in table.columns[table.keys :] if _may_default(column.kind)]
        if not fit:
            return self.update(table)
        column = self.rng.choice(fit)
        column.default = column.kind.value(self.rng)
        return f"ALTER TABLE {table.name} ALTER COLUMN `{column.name}` SET DEFAULT {column.default}"


def program(seed: int, *, tables: int = 4, statements: int = 60) -> Program:
    """The SQL of a seed.

    :param statements: how many follow after the pipeline was started.
    """
    # Reproducible, not secret.
    rng = Random(seed)  # noqa: S311
    writer = _Writer(rng)
    writer.tables = [writer.table(number) for number in range(tables)]
    before = [table.create() for table in writer.tables]
    for column in (each for table in writer.tables for each in table.columns):
        column.snapshotted = True
    before += [writer.insert(table) for table in writer.tables for _ in range(rng.randint(0, 3))]
    kinds, weights = list(_WEIGHTS), list(_WEIGHTS.values())
    after = []
    for kind in rng.choices(kinds, weights, k=statements):
        after.append(getattr(writer, kind)(rng.choice(writer.tables)))
    return Program(tuple(f"{DATABASE}.{table.name}" for table in writer.tables), tuple(before), tuple(after))


def _may_default(kind: Kind) -> bool:
    """BLOB, TEXT, JSON and geometry take no literal as DEFAULT."""
    return not any(word in kind.sql for word in ("TEXT", "BLOB", "JSON", "POINT"))
