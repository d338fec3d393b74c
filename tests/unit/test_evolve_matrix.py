"""Every row of the matrix of DDL changes: outcome, and the verdict of all eight modes, for value and key.

``value`` and ``key`` say which of BACKWARD, FORWARD and FULL take the change (``b``, ``f``, ``f``), ``=`` that nothing
is registered, ``new`` that it is a first version, ``gone`` that there is none any more. The *_ALL modes say the same as
those without, but for ``refused``. ``with`` makes the table what it is, ``before`` are versions of their own.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cdcctl.evolve.check import Question, check
from cdcctl.evolve.migrations import Migration
from cdcctl.evolve.report import Effect
from cdcctl.evolve.settings import settings
from cdcctl.evolve.tables import Tables
from cdcctl.schema.classpath import Jars
from cdcctl.schema.compatibility import Mode
from cdcctl.schema.prediction import Child

BASE = (
    "CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT NOT NULL, b VARCHAR(20), c DECIMAL(10,2) NOT NULL, "
    "e ENUM('x','y') NOT NULL, dt DATETIME NOT NULL, u INT UNSIGNED)"
)
CASES = [
    json.loads(line)
    for line in (Path(__file__).parent.parent / "data" / "ddl-matrix.jsonl").read_text(encoding="utf-8").splitlines()
]


@pytest.fixture(scope="module")
def child() -> Iterator[Child]:
    with Child(Jars()) as started:
        yield started


def effect_of(case: dict[str, Any], child: Child) -> Effect:
    statements = [*case.get("before", []), case["sql"]]
    question = Question(
        settings([], database="d").with_source(case.get("source", {})),
        Tables(tuple(Migration(sql, "d", "t.sql", 1) for sql in (case.get("table", BASE), *case.get("with", [])))),
        tuple(Migration(sql, "d", "m.sql", line) for line, sql in enumerate(statements, 1)),
    )
    return check(question, child, Jars()).effects[-1]


def expected_modes(verdict: str, refused: list[str]) -> dict[str, bool]:
    back, forward, full = (letter != "-" for letter in verdict)
    taken = {"NONE": True, "DISABLED": False, "BACKWARD": back, "FORWARD": forward, "FULL": full}
    taken |= {f"{mode}_ALL": taken[mode] for mode in ("BACKWARD", "FORWARD", "FULL")}
    return {mode.value: taken[mode.value] and mode.value not in refused for mode in Mode}


def test_the_matrix_is_whole() -> None:
    assert {case["row"] for case in CASES} == set(range(1, 63))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['row']}-{case['sql'][:60]}")
def test_matrix(case: dict[str, Any], child: Child) -> None:
    effect = effect_of(case, child)
    value, key = case.get("value"), case.get("key", "=")
    changed = value not in (None, "=") or key not in ("=", "gone")
    if case.get("again"):
        changed = False
    assert effect.outcome == case.get("outcome", "new-version" if changed else "unchanged")
    if value == "=":
        assert effect.value.before == effect.value.after
    elif value is not None:
        assert effect.value.before != effect.value.after
        if not case.get("again"):
            assert dict(effect.value.compatible) == expected_modes(value, case.get("refused", []))
    if key == "gone":
        assert effect.key.before is not None
        assert effect.key.after is None
    elif key == "new":
        assert effect.key.before is None
        assert effect.key.after is not None
    elif key != "=":
        assert dict(effect.key.compatible) == expected_modes(key, [])
    found = {finding.code for finding in effect.findings}
    assert set(case.get("codes", ())) <= found, effect.findings
    assert not set(case.get("no", ())) & found
