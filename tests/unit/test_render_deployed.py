"""``render --diff deployed``: what the file says by now against what deploy brought about, through the AWS APIs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from operated import Account, new_account


@pytest.fixture
def account(emulator_port: tuple[str, dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Account:
    return new_account(emulator_port, tmp_path, monkeypatch)


def compared(account: Account, code: int, **overlay: Any) -> dict[str, Any]:
    return account.json("render", "-f", account.file(**overlay), "--diff", "deployed", code=code)


def keys(found: dict[str, Any]) -> set[tuple[str, str, str | None, str | None]]:
    return {(each["file"], each["key"], each["old"], each["new"]) for each in found["differences"]}


def test_before_a_deploy_everything_differs_and_after_it_nothing(account: Account) -> None:
    before = compared(account, 1)
    assert {each["file"] for each in before["differences"]} == {"source.json", "sink.json"}
    assert {each["old"] for each in before["differences"]} == {None}
    account.deploy()
    assert compared(account, 0) == {"equal": True, "differences": []}
    assert account.run("render", "-f", account.file(), "--diff", "deployed").stdout == ""


def test_what_the_file_says_since(account: Account) -> None:
    account.deploy()
    changed = {
        "source": {"heartbeat": {"interval_ms": 5000}},
        "sink": {"commit_interval_ms": 100},
        "worker": {"properties": {"offset.flush.interval.ms": 500}},
    }
    assert keys(compared(account, 1, **changed)) == {
        ("source.json", "heartbeat.interval.ms", "60000", "5000"),
        ("sink.json", "iceberg.control.commit.interval-ms", "60000", "100"),
        ("worker.properties", "offset.flush.interval.ms", "10000", "500"),
    }
    text = account.run("render", "-f", account.file(**changed), "--diff", "deployed", code=1).stdout
    assert "--- connector m-source" in text
    assert "-heartbeat.interval.ms = 60000\n+heartbeat.interval.ms = 5000" in text
    account.deploy(**changed)
    assert compared(account, 0, **changed)["equal"]
