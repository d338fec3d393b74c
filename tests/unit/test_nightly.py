"""The page of a night: every part is on it, whatever the others came to, and no value becomes markup."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "nightly-index"
HOSTILE = "<script>alert(1)</script>"
TABLE = {"mysql_rows": 7, "events": 9, "mismatches": 0}
PARTS: dict[str, Any] = {
    "scenarios.json": {"scenario": "movies", "ok": True, "tables": [TABLE, TABLE], "seconds": {"total": 12.3}},
    "fuzz.json": {
        "seeds": [4, 5],
        "statements": 30,
        "events": 20,
        "failures": [{"seed": 5, "codes": ["VER004"], "found": [HOSTILE], "sql": ["CREATE TABLE t", "INSERT INTO t"]}],
    },
    "faults.json": {
        "facts": {},
        "faults": {"s3-5xx": {"fault": "s3-5xx", "rounds": 5, "events": 90, "lost": 1, "gave_up": ["VER082"]}},
    },
    "newest.json": [
        {
            "artifact": "iceberg",
            "pinned": "1.12.0",
            "newest": "1.12.1",
            "said": "finds other things",
            "differences": [{"scenario": "types", "newest_only": ["VER004 a.b c 1"]}],
        }
    ],
}
STEPS = [
    {"name": "scenarios", "report": "scenarios.html", "code": 0, "seconds": 60},
    {"name": "fuzz", "report": "fuzz.json", "code": 1, "seconds": 600},
]


def page(folder: Path, parts: dict[str, Any], steps: list[dict[str, Any]]) -> str:
    for name, content in parts.items():
        (folder / name).write_text(json.dumps(content))
    (folder / "steps.jsonl").write_text("".join(json.dumps(step) + "\n" for step in steps))
    subprocess.run([sys.executable, SCRIPT, folder], check=True)
    return (folder / "index.html").read_text()


def test_everything_is_on_it(tmp_path: Path) -> None:
    text = page(tmp_path, PARTS, STEPS)
    for said in (
        '<td class="good">✓</td><td>movies</td><td>14</td><td>18</td><td>0</td><td>12</td>',
        "2 seeds from 4 on",
        "seed 5: VER004",
        "INSERT INTO t",
        '<td class="bad">✗</td><td>s3-5xx</td><td>5</td><td>90</td><td>1</td><td>VER082</td>',
        "1.12.1",
        "VER004 a.b c 1",
        '<a href="scenarios.html">',
        '<span class="bad">✗</span> cdcctl',
    ):
        assert said in text
    assert HOSTILE not in text


@pytest.mark.parametrize("left_out", PARTS)
def test_a_part_that_was_not_written_takes_nothing_along(tmp_path: Path, left_out: str) -> None:
    text = page(tmp_path, {name: part for name, part in PARTS.items() if name != left_out}, STEPS[:1])
    assert text.count("<h2>") == len(PARTS) - 1
    assert '<span class="good">✓</span> cdcctl' in text


def test_a_night_in_which_nothing_ran_is_no_good_one(tmp_path: Path) -> None:
    assert '<span class="bad">✗</span>' in page(tmp_path, {}, [])
