"""Trino's own engine over tables in memory: what Athena's engine version 3 is made of, without Athena.

It runs in a process of its own: no process has two JVMs, and other tests have one, too.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import subprocess
import sys
import tempfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.types as pt
import pytest

from cdcctl.jvm.runtime import library, quick_options
from cdcctl.plugins.fetch import unpacked
from cdcctl.plugins.lock import read_lock

_LOCK = Path(__file__).parent / "data" / "trino.lock"
_HEAP_MB = 1024
_AT_ONCE = 500
# Athena's types of what an Iceberg table has, where they are called otherwise.
_TYPES = {
    pa.bool_(): "boolean", pa.int32(): "integer", pa.int64(): "bigint", pa.float32(): "real", pa.float64(): "double",
    pa.string(): "varchar", pa.large_string(): "varchar", pa.binary(): "varbinary", pa.large_binary(): "varbinary",
    pa.date32(): "date", pa.time64("us"): "time(6)", pa.timestamp("us"): "timestamp(6)",
    pa.timestamp("us", "UTC"): "timestamp(6) with time zone",
}  # fmt: skip


class Trino:
    """The process; use it as a context manager. It starts in about ten seconds."""

    def __init__(self) -> None:
        jars = sorted(map(str, unpacked(read_lock(_LOCK)).glob("*.jar")))
        self._numbers = itertools.count()
        self._log = tempfile.TemporaryFile("w+")  # noqa: SIM115
        self._process = subprocess.Popen(
            [sys.executable, __file__, str(library()), os.pathsep.join(jars), *quick_options(_HEAP_MB)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log, text=True,
        )  # fmt: skip

    def __enter__(self) -> Trino:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()
        self._log.close()

    def load(self, table: pa.Table) -> str:
        """Make a table of these rows, and say what it is called."""
        name = f"t{next(self._numbers)}"
        for statement in _loading(name, table):
            self.ask(statement)
        return name

    def ask(self, statement: str) -> list[list[str | None]]:
        """The rows that a statement returns, each value as Java writes it.

        The test fails when Trino refuses it or has died, with its words.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(json.dumps(statement) + "\n")
            self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            self._log.seek(0)
            pytest.fail(f"Trino has died: {self._log.read()[-4000:]}")
        told: dict[str, Any] = json.loads(answer)
        if "error" in told:
            pytest.fail(f"{told['error']}\n{statement}")
        found: list[list[str | None]] = told["rows"]
        return found


def whole_numbers(rows: list[list[str | None]]) -> list[tuple[int, ...]]:
    """Rows of sums, all of them whole numbers."""
    return [tuple(int(Decimal(value or "")) for value in row) for row in rows]


def _loading(name: str, table: pa.Table) -> list[str]:
    """A table as a statement that its rows are selected by; the runner knows no CREATE TABLE without one."""
    names = ", ".join(map(_identifier, table.schema.names))
    kinds = [field.type for field in table.schema]
    rows = [
        "(" + ", ".join(map(_literal, row, kinds)) + ")"
        for row in zip(*(column.to_pylist() for column in table.columns), strict=True)
    ]
    first, *others = [f"VALUES {', '.join(rows[at : at + _AT_ONCE])}" for at in range(0, len(rows), _AT_ONCE)]
    return [
        f"CREATE TABLE {name} AS SELECT * FROM ({first}) AS given ({names})",
        *(f"INSERT INTO {name} {each}" for each in others),
    ]


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _type(kind: pa.DataType) -> str:
    if pt.is_decimal(kind):
        return f"decimal({kind.precision}, {kind.scale})"
    if pt.is_struct(kind):
        return f"row({', '.join(f'{_identifier(field.name)} {_type(field.type)}' for field in kind)})"
    return _TYPES[kind]


def _literal(value: Any, kind: pa.DataType) -> str:
    return f"CAST({'NULL' if value is None else _bare(value, kind)} AS {_type(kind)})"


def _bare(value: Any, kind: pa.DataType) -> str:
    if pt.is_struct(kind):
        return f"ROW({', '.join(_literal(value[field.name], field.type) for field in kind)})"
    if isinstance(value, bytes):
        return f"X'{value.hex()}'"
    if pt.is_timestamp(kind):
        return f"TIMESTAMP '{value:%Y-%m-%d %H:%M:%S.%f}{' UTC' if kind.tz else ''}'"
    # Of a double this is the shortest text that means it.
    text = repr(value) if isinstance(value, float) else str(value)
    return "'" + text.replace("'", "''") + "'"


def _main(jvm: str, jars: str, *options: str) -> None:
    import jpype

    # What is printed by others must not come between the answers.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    jpype.startJVM(*options, jvmpath=jvm, classpath=jars.split(os.pathsep), convertStrings=True)
    session = jpype.JClass("io.trino.testing.TestingSession").testSessionBuilder()
    session = session.setCatalog("memory").setSchema("default").build()
    runner = jpype.JClass("io.trino.testing.LocalQueryRunner").create(session)
    runner.installPlugin(jpype.JClass("io.trino.plugin.memory.MemoryPlugin")())
    runner.createCatalog("memory", "memory", jpype.JClass("java.util.Map").of())
    for line in sys.stdin:
        try:
            rows = runner.execute(json.loads(line)).getMaterializedRows()
            fields = [[None if field is None else str(field) for field in row.getFields()] for row in rows]
            answer: dict[str, Any] = {"rows": fields}
        except jpype.JException as error:
            answer = {"error": str(error)}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


if __name__ == "__main__":
    _main(*sys.argv[1:])
