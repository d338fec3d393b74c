"""The pages in Chromium: whole and readable on a desktop and a phone, by day and by night, and inert.

Here with whatever hostile text can be in them; tests/stack opens those of real runs.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone

import pytest
from browser import Seen, look
from test_nightly import PARTS, STEPS
from test_nightly import page as night
from test_verify_reports import report

from cdcctl.evolve.history import History, Version, matched
from cdcctl.evolve.history_page import page as history
from cdcctl.evolve.schema_history import Statement
from cdcctl.verify.reports import written
from cdcctl.verify.reports.history import Past

HOSTILE = "<script>alert(1)</script>"
LONG = "a_name_without_a_place_to_break_" * 4
BAD = """<!doctype html><html lang="en"><head><title>bad</title><style>
body { background: #fff; color: #bbb } td { max-width: 3rem }</style></head><body><main>
<h1>bad</h1><script>alert("in"); console.error("told")</script><img src="https://example.invalid/a.png" alt="away">
<p style="width: 3000px">wide</p><a href="#nowhere">link</a><table><tr><td>withoutaplacetobreak</td></tr></table>
<svg viewBox="0 0 10 10"><text x="5" y="5">longer than its picture</text></svg></main></body></html>"""


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Seen]:
    """All of them, by one browser."""
    folder = tmp_path_factory.mktemp("pages")
    earlier = {"movies": [Past(f"2026-01-0{day}T00:00:00+00:00", day != 3, 10.0 + day) for day in range(1, 9)]}
    (folder / "bad.html").write_text(BAD)
    (folder / "verify.html").write_text(written([report(), report(ok=True, name=LONG)], "html", earlier))
    (folder / "history.html").write_text(history(versions()))
    pages = {name: folder / f"{name}.html" for name in ("bad", "verify", "history")}
    (folder / "night").mkdir()
    night(folder / "night", PARTS, STEPS)
    pages["night"] = folder / "night" / "index.html"
    return dict(zip(pages, look(*pages.values()), strict=True))


def versions() -> History:
    """Two versions of a table with names as nobody should choose them."""
    start = datetime(2024, 5, 1, 12, tzinfo=timezone.utc)
    days = [start + timedelta(days=day) for day in (0, 1)]
    fields = [{"name": name, "type": "int"} for name in ("id", HOSTILE, LONG)]
    texts = [json.dumps({"type": "record", "name": "Value", "fields": fields[:count]}) for count in (2, 3)]
    ddl = f"ALTER TABLE t ADD `{HOSTILE}` INT COMMENT '{LONG}'"
    statements = tuple(Statement(n, ddl, "shop", day, "binlog.000001", n, False, "ALTER") for n, day in enumerate(days))
    made = [
        Version("value", "values", n + 1, f"id-{n}", "AVAILABLE", day, text)
        for n, (day, text) in enumerate(zip(days, texts, strict=True))
    ]
    known = matched(made, statements, {n: (None, text) for n, text in enumerate(texts)})
    return History("shop.t", "db1.shop.t", {"value": "FORWARD"}, tuple(known), statements, (HOSTILE,))


@pytest.mark.parametrize("name", ["verify", "history", "night"])
def test_nothing_is_wrong_with_it_and_hostile_text_is_text(seen: dict[str, Seen], name: str) -> None:
    assert seen[name].problems == []
    assert HOSTILE in seen[name].text


def test_pictures_and_tables_are_seen(seen: dict[str, Seen]) -> None:
    assert (seen["verify"].tables, seen["verify"].pictures) == (7, 2)
    assert seen["history"].pictures == 1
    assert seen["night"].tables == 4


def test_what_is_wrong_is_noticed(seen: dict[str, Seen]) -> None:
    told = "\n".join(seen["bad"].problems)
    for problem in (
        "desktop: dialog: in",
        "desktop: console: told",
        "desktop: asks for https://example.invalid/a.png",
        "desktop: is 30",
        "desktop: <p> “wide” leaves the page",
        "phone: <p> “wide” leaves the page",
        "desktop: <a> “link” leads nowhere",
        "desktop: <td> “withoutaplacetobreak” is wider than its column",
        "desktop: <text> “longer than its picture” leaves its picture",
        'desktop: <script> “alert("in"); console.error("told")” is no part of a report',
        "desktop-dark: is not dark",
        "desktop: color-contrast",
    ):
        assert problem in told
