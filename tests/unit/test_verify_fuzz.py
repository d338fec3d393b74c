"""The same seed makes the same SQL, and what fails is shrunk to what it needs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from cdcctl.sql.statements import split
from cdcctl.verify.fuzz.campaign import Shown, _write
from cdcctl.verify.fuzz.generate import program
from cdcctl.verify.fuzz.shrink import smallest
from cdcctl.verify.scenario import load


def test_a_seed_is_the_whole_of_it():
    assert program(7) == program(7)
    assert program(7) != program(8)


@pytest.mark.parametrize("seed", range(50))
def test_every_seed_makes_whole_statements(seed: int):
    made = program(seed, statements=40)
    assert len(made.after) == 40
    statements = split("".join(f"{unit};\n" for unit in (*made.before, *made.after)))
    assert len(statements) >= len(made.before) + len(made.after)


@pytest.mark.parametrize("needed", [{3}, {0, 17}, {5, 6, 19}])
def test_only_what_the_failure_needs_is_left(needed: set[int]):
    tried: list[int] = []

    def fails(items: Sequence[int]) -> bool:
        tried.append(len(items))
        return needed <= set(items)

    assert set(smallest(range(20), fails, lambda: True)) == needed
    assert len(tried) < 120


def test_time_that_runs_out_leaves_the_smallest_so_far():
    left = iter([True, True, False])
    assert smallest(range(8), lambda items: 7 in items, lambda: next(left)) == [6, 7]


def test_what_is_kept_of_a_failure_is_a_scenario_that_says_why(tmp_path: Path):
    made = program(5, statements=20)
    _write(tmp_path / "seed-5", made, 5, Shown(("VER004",), ("VER004 t.c: k=1: 7 in MySQL, None in Parquet",)))
    kept = load(tmp_path / "seed-5")
    assert kept.description == ("Seed 5 of verify fuzz: VER004\nVER004 t.c: k=1: 7 in MySQL, None in Parquet")
    assert [step.kind for step in kept.steps] == ["sql", "deploy", "drain", "sql", "drain"]
    assert (tmp_path / "seed-5" / "02-after.sql").read_text().count(";\n") >= 20


def test_no_column_is_called_as_another_one_was_and_none_as_avro_refuses():
    for seed in range(60):
        made = program(seed, statements=120)
        added = [unit.split("`")[:2] for unit in made.after if " ADD COLUMN " in unit]
        assert len(added) == len({tuple(each) for each in added})
        assert "with space" not in " ".join(made.after)


def test_a_boolean_of_the_snapshot_is_spelled_as_mysql_shows_it():
    again = [
        (made.before, unit.rpartition("CREATE TABLE")[2])
        for made in map(program, range(400))
        for unit in made.after
        if "DROP TABLE" in unit
    ]
    with_boolean = [(before, unit) for before, unit in again if any("`c1` BOOLEAN" in each for each in before)]
    assert with_boolean
    for before, unit in again:
        table = unit.split()[0]
        created = next(each for each in before if each.startswith(f"CREATE TABLE {table} "))
        assert not [
            name for name in ("c0", "c1", "c2") if f"`{name}` BOOLEAN" in created and f"`{name}` BOOLEAN" in unit
        ]
