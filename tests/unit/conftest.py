"""The emulated services for tests that name them; nothing heavy is imported before."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from emulated_connect import Service
    from emulated_registry import Glue
    from glue_account import Account

    from cdcctl.aws.target import Target

# What differs is shown as in a test.
pytest.register_assert_rewrite("emulated_registry")


@pytest.fixture(scope="session")
def emulator_port() -> Iterator[tuple[str, dict[str, Any]]]:
    """An endpoint, and what is behind it: each test puts an ``api`` of its own there."""
    from cdcctl.local.emulator.faults import Faults
    from cdcctl.local.emulator.glue_registry import GlueRegistryApi
    from cdcctl.local.emulator.server import make_server

    behind: dict[str, Any] = {}

    class Behind:
        def __getattr__(self, name: str) -> Any:
            return getattr(behind["api"], name)

    faults = behind["faults"] = Faults()
    registry = behind["registry"] = GlueRegistryApi(faults=faults)
    server = make_server("127.0.0.1", 0, glue_registry=registry, msk_connect=Behind(), faults=faults)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", behind
    server.shutdown()
    server.server_close()


@pytest.fixture
def service(emulator_port: tuple[str, dict[str, Any]], tmp_path: Path) -> Service:
    """An empty account with a bucket that holds one plugin."""
    from emulated_connect import new_service

    return new_service(*emulator_port, tmp_path / "store")


@pytest.fixture
def account(emulator_port: tuple[str, dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Account:
    """An empty account, and a folder of its own with a pipeline file."""
    from glue_account import Account

    class NoConnect:
        def reset(self) -> None:
            pass

    endpoint, behind = emulator_port
    behind["api"] = NoConnect()
    monkeypatch.chdir(tmp_path)
    return Account(endpoint, tmp_path, behind["faults"], behind["registry"].store)


@pytest.fixture
def start_registry() -> Iterator[Callable[..., Glue]]:
    """Starts empty registries with the options given."""
    from emulated_registry import served

    from cdcctl.local.emulator.glue_store import RegistryOptions

    with ExitStack() as stack:
        yield lambda **options: stack.enter_context(served(RegistryOptions(**options)))


@pytest.fixture
def glue(start_registry: Callable[..., Glue]) -> Glue:
    """An empty registry as it is by default."""
    return start_registry()


@pytest.fixture
def place() -> Iterator[Target]:
    """An empty account of moto's, in this process, as a place to act on."""
    import boto3
    from moto import mock_aws

    from cdcctl.aws.target import Target

    with mock_aws():
        session = boto3.Session("key", "secret", region_name="us-east-1")
        yield Target(session, "us-east-1", "the test account", poll_seconds=0.0)
