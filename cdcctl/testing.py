"""MSK Connect and the Glue Schema Registry for other people's tests; needs ``cdcctl[local]`` and pytest.

In a ``conftest.py``: ``pytest_plugins = ["cdcctl.testing"]``. Then a test that names ``aws_emulator`` gets an emulator,
one for the whole session, empty at the beginning of the test.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest

from cdcctl.local import fault_client
from cdcctl.local.account import CREDENTIALS, session
from cdcctl.local.emulator.pace import parse_speed
from cdcctl.local.emulator_process import serves, spawn_emulator
from cdcctl.local.ports import LOOPBACK, free_ports, wait_until
from cdcctl.local.processes import ProcessTable

SPEED_VARIABLE = "CDCCTL_EMULATOR_SPEED"
_START_SECONDS = 60


@dataclass(frozen=True)
class Emulator:
    """A running emulator.

    :ivar endpoint: its address, for ``endpoint_url``, ``--endpoint-url`` or ``AWS_ENDPOINT_URL``.
    """

    endpoint: str
    region: str

    @property
    def environment(self) -> dict[str, str]:
        """Variables that lead any AWS SDK or the AWS CLI to the emulator, and away from the user's own account."""
        return {
            **CREDENTIALS,
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }

    def session(self) -> boto3.Session:
        """A boto3 session of the emulated account, whatever AWS settings the user has."""
        return session()

    def client(self, service: str, **options: Any) -> Any:
        """A boto3 client."""
        return self.session().client(service, region_name=self.region, endpoint_url=self.endpoint, **options)

    @contextmanager
    def fault(self, kind: str, **scope: Any) -> Iterator[dict[str, Any]]:
        """Have something go wrong inside a ``with`` block.

        :param kind: as ``cdcctl local fault set`` has it.
        :param scope: ``service``, ``operation``, ``resource``, ``count``, ``probability``, ``seconds``, ``delay``,
            ``code``.
        :raises InputError: there is no such fault.
        """
        fault = fault_client.set_fault(self.endpoint, {"kind": kind, **scope})
        try:
            yield fault
        finally:
            fault_client.clear_faults(self.endpoint, [fault["id"]])

    def reset(self) -> None:
        """End all faults, stop all connectors and forget all resources of all services."""
        fault_client.reset(self.endpoint)


@contextmanager
def emulator(region: str = "us-east-1", speed: str = "instant") -> Iterator[Emulator]:
    """An emulator in a process of its own, which does not outlive this one.

    :param speed: ``instant``, ``aws``, or a number of times as fast as AWS.
    :raises UsageError: there is no such speed.
    :raises LocalEnvironmentError: it does not start.
    """
    parse_speed(speed)
    state = Path(tempfile.mkdtemp(prefix="cdcctl-emulator-"))
    table = ProcessTable(state)
    (port,) = free_ports(1)
    try:
        spawn_emulator(table, port, region, speed, None, ends_with_this_process=True)
        wait_until(lambda: serves(port), "the AWS endpoint", table.check, _START_SECONDS)
        yield Emulator(f"http://{LOOPBACK}:{port}", region)
    finally:
        table.kill_all()
        shutil.rmtree(state, ignore_errors=True)


@pytest.fixture(scope="session")
def aws_emulator_process() -> Iterator[Emulator]:
    """The emulator of the session. ``CDCCTL_EMULATOR_SPEED`` sets its speed."""
    with emulator(speed=os.environ.get(SPEED_VARIABLE, "instant")) as running:
        yield running


@pytest.fixture
def aws_emulator(aws_emulator_process: Emulator) -> Emulator:
    """The emulator of the session, empty."""
    aws_emulator_process.reset()
    return aws_emulator_process
