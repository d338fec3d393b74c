"""What a connector runs with, and what is asked of that which runs it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from cdcctl.local.emulator.plugin_store import UnpackedPlugin


@dataclass(frozen=True)
class ConnectorSpec:
    """What a connector is to run with: CreateConnector's request, its references resolved.

    :ivar log_group: where the worker's log goes, or None.
    :ivar capacity: a worker of another size is another worker.
    :ivar mcu: how many MCUs the worker has.
    """

    name: str
    identifier: str
    configuration: Mapping[str, str]
    worker_properties: Mapping[str, str]
    plugin: UnpackedPlugin
    log_group: str | None
    bootstrap_servers: str
    capacity: str = ""
    mcu: int = 1

    def runs_in_the_worker_of(self, other: ConnectorSpec) -> bool:
        """Whether the two differ in the connector's configuration at most."""
        return replace(self, configuration=other.configuration) == other


class RefusedChangeError(Exception):
    """The worker does not take a configuration; what ran before still runs."""


class Runtime(Protocol):
    """What runs a connector. One thread asks it to do things; ``stop`` and ``close`` may come from another."""

    def start(self, spec: ConnectorSpec) -> bool:
        """Whether the connector and all of its tasks came to run."""

    def change(self, spec: ConnectorSpec, *, paused: bool) -> bool:
        """Whether they run with the new specification, or are paused with it.

        :raises RefusedChangeError: they go on as before.
        """

    def pause(self) -> bool:
        """Whether they are paused now."""

    def resume(self) -> bool:
        """Whether they run again."""

    def restart(self, *, only_failed: bool) -> bool:
        """Whether they run again, in a new worker if theirs is gone."""

    def is_healthy(self) -> bool:
        """Whether the worker is there and nothing in it has failed."""

    def say(self, line: str) -> None:
        """Put a line of the service's own into the connector's log."""

    def stop(self) -> None:
        """Stop the worker and whatever waits for it."""

    def close(self) -> None:
        """Deliver the rest of the log; nothing else is asked afterwards."""
