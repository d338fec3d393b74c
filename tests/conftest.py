"""What all tests share: the installed command, one running stack, and no silent skips in CI."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from command import Run, run_cdcctl
from hypothesis import settings

from cdcctl.local.processes import ProcessTable
from cdcctl.local.state import Stack, load_stack

STATE_VARIABLE = "CDCCTL_TEST_STATE"
# How long an example takes says how busy the machine is, and nothing of the code.
settings.register_profile("cdcctl", parent=settings.default, deadline=None)
settings.load_profile("cdcctl")


@pytest.fixture(scope="session")
def cdcctl() -> Run:
    """The installed command: ``cdcctl("local", "status")`` gives a CompletedProcess, whatever its exit code."""
    return run_cdcctl


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """One stack for the whole session: the one whose state folder CDCCTL_TEST_STATE names, else a new one."""
    given = os.environ.get(STATE_VARIABLE)
    state = Path(given).resolve() if given else Path(tempfile.mkdtemp(prefix="cdcctl-test-"))
    try:
        up = run_cdcctl("local", "up", "--state", state, timeout=900)
        assert up.returncode == 0, up.stderr
        running = load_stack(state)
        assert running is not None
        yield running
    finally:
        if not given:
            run_cdcctl("local", "down", "--state", state)
            shutil.rmtree(state, ignore_errors=True)


@pytest.fixture(autouse=True)
def _stack_is_alive(request: pytest.FixtureRequest) -> Iterator[None]:
    """A test on the shared stack fails at once, with the log's end, when a process of the stack has died."""
    if "stack" not in request.fixturenames:
        yield
        return
    table = ProcessTable(request.getfixturevalue("stack").state)
    table.check()
    yield
    table.check()


def pytest_configure() -> None:
    """A shell that runs the tests in the background has them ignore SIGINT; every command they start would, too."""
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What uses the stack is marked so, whether its author thought of it or not."""
    for item in items:
        if "stack" in getattr(item, "fixturenames", ()):
            item.add_marker("stack")


def _skip_is_failure(report: Any) -> None:
    in_ci = os.environ.get("CI", "").lower() not in {"", "0", "false"}
    if in_ci and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[-1] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"skipped, which fails in CI: {reason}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Any:
    """Fail skipped tests in CI."""
    report = yield
    _skip_is_failure(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Any:
    """Fail skipped test files in CI."""
    report = yield
    _skip_is_failure(report)
    return report
