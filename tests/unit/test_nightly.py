"""The page of a night: every part is on it, whatever the others came to, and no value becomes markup."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from html import unescape
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "nightly-index"
HOSTILE = "<script>alert(1)</script>"
FOUND = {"code": "VER004", "severity": "difference", "expected": False}
TABLE = {
    "mysql_rows": 7,
    "events": 9,
    "mismatches": 1,
    "findings": [FOUND, {**FOUND, "code": "VER020", "expected": True}],
}
PARTS: dict[str, Any] = {
    "scenarios.json": [
        {"scenario": "movies", "ok": True, "tables": [TABLE, TABLE], "seconds": {"total": 12.3}},
        {"scenario": "types", "ok": False, "tables": [TABLE], "unmet": [HOSTILE], "findings": [], "seconds": {}},
    ],
    "fuzz.json": {
        "seeds": [4, 5],
        "statements": 30,
        "events": 20,
        "stopped": "MySQL is gone",
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
    {"name": "scenarios", "report": "scenarios.html scenarios.xml", "code": 0, "seconds": 60},
    {"name": "fuzz", "report": "fuzz.json fuzz.log", "code": 1, "seconds": 600},
]


def page(folder: Path, parts: dict[str, Any], steps: list[dict[str, Any]]) -> str:
    for name, content in parts.items():
        (folder / name).write_text(json.dumps(content))
    for name in ("scenarios.html", "fuzz.log"):
        (folder / name).touch()
    (folder / "steps.jsonl").write_text("".join(json.dumps(step) + "\n" for step in steps))
    subprocess.run([sys.executable, SCRIPT, folder], check=True)
    return (folder / "index.html").read_text()


def words(text: str) -> str:
    """What is to be read of a page, a blank between any two words."""
    body = text.partition("<body>")[2]
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", body)).split())


def test_everything_is_on_it(tmp_path: Path) -> None:
    text = page(tmp_path, PARTS, STEPS)
    for said in (
        "✓ movies 14 18 2 12 s",
        f"✗ types 7 9 1 0 s VER004 {HOSTILE}",
        "2 seeds from 4 on",
        "seed 5: VER004",
        "CREATE TABLE t; INSERT INTO t;",
        "✗ s3-5xx 5 90 1 VER082",
        "✓ scenarios 60 s scenarios.html",
        "✗ fuzz 10 min fuzz.json fuzz.log ended with exit code 1",
        "It ended early: MySQL is gone",
        "1.12.1",
        "VER004 a.b c 1",
        "✗ cdcctl, the night of",
    ):
        assert said in words(text)
    assert HOSTILE not in text
    assert '<a href="scenarios.html#scenario-2">types</a>' in text
    assert "scenarios.xml" not in text


@pytest.mark.parametrize("left_out", PARTS)
def test_a_part_that_was_not_written_takes_nothing_along(tmp_path: Path, left_out: str) -> None:
    text = page(tmp_path, {name: part for name, part in PARTS.items() if name != left_out}, STEPS[:1])
    assert text.count("<h2>") == len(PARTS) - 1
    assert words(text).startswith("✓ cdcctl")


def test_a_night_in_which_nothing_ran_is_no_good_one(tmp_path: Path) -> None:
    text = words(page(tmp_path, {}, []))
    assert text.startswith("✗ cdcctl")
    assert text.endswith("✗ nothing ran")
