"""A pipeline in which an import left something open is refused before anything is looked at or built."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from operated import Account, new_account


@pytest.fixture
def account(emulator_port: tuple[str, dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Account:
    return new_account(emulator_port, tmp_path, monkeypatch)


@pytest.mark.parametrize("command", [["plan"], ["deploy", "--yes"]], ids=" ".join)
def test_it_is_refused(account: Account, command: list[str]) -> None:
    left = {
        "source": {"properties": {"database.ssl.keystore.password": "${secretsmanager:fill-in:password}"}},
        "connect": {"role_arn": "arn:aws:iam::000000000000:role/fill-in"},
    }
    name, *more = command
    done = account.run(name, "-f", account.file(**left), *more, code=3)
    assert "still to be filled in" in done.stderr
    assert "connect.role_arn" in done.stderr
    assert "source.properties.database.ssl.keystore.password" in done.stderr
    assert not account.target.msk_connect.list_plugins()
