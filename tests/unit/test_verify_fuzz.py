"""The same seed makes the same SQL, and what fails is shrunk to what it needs."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from cdcctl.sql.statements import split
from cdcctl.verify.fuzz.generate import program
from cdcctl.verify.fuzz.shrink import smallest


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
