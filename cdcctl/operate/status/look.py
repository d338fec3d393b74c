"""One look at everything. What cannot be reached is said where it would stand; the rest is told all the same."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from cdcctl.aws.target import Target
from cdcctl.errors import CdcctlError
from cdcctl.operate.status.brokers import Brokers, ask_brokers
from cdcctl.operate.status.connectors import connectors
from cdcctl.operate.status.database import Binlog, ask_database
from cdcctl.operate.status.lake import lake_lines
from cdcctl.operate.status.line import Health, Line, unknown
from cdcctl.operate.status.schemas import schema_lines
from cdcctl.operate.status.sinks import sink_lines
from cdcctl.operate.status.source import SUBJECT, gtids_of, source_lines
from cdcctl.pipeline import Pipeline


@dataclass(frozen=True)
class Status:
    """What one look has found; ``at`` in UTC."""

    pipeline: str
    at: datetime
    lines: tuple[Line, ...]

    @property
    def healthy(self) -> bool:
        """Whether nothing is wrong, as far as could be seen."""
        return all(line.health is not Health.WRONG for line in self.lines)

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "pipeline": self.pipeline,
            "at": self.at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "healthy": self.healthy,
            "lines": [line.to_dict() for line in self.lines],
        }


def look(pipeline: Pipeline, target: Target, max_lag: float) -> Status:
    """Ask MSK Connect, Kafka, MySQL, the registries and the lake. Changes nothing.

    :param max_lag: seconds that something may be behind.
    """
    at = datetime.now(timezone.utc)
    target.check()
    with ThreadPoolExecutor(4) as pool:
        states = pool.submit(_section, "connectors", "state", lambda: connectors(pipeline, target))
        schemas = pool.submit(_section, "schemas", "versions", lambda: schema_lines(pipeline, target))
        brokers = _told(lambda: ask_brokers(pipeline, target))
        seen = brokers if isinstance(brokers, Brokers) else None
        lake = pool.submit(_section, "lake", "commit", lambda: lake_lines(pipeline, target, seen, max_lag))
        flow = list(_flow(pipeline, target, brokers, max_lag))
        lines = [*states.result(), *flow, *lake.result(), *schemas.result()]
    return Status(pipeline.name, at, tuple(lines))


def _flow(pipeline: Pipeline, target: Target, brokers: Brokers | str, max_lag: float) -> Iterator[Line]:
    if isinstance(brokers, str):
        for subject in (SUBJECT, *(f"sink {name}" for name in pipeline.sinks)):
            yield unknown(subject, "lag", brokers)
        return
    position = brokers.source.position if brokers.source else None

    def ask() -> Binlog:
        return ask_database(pipeline, target, position, gtids_of(brokers.source))

    binlog: Binlog | str = _told(ask) if position else ""
    yield from source_lines(pipeline, brokers, binlog, max_lag)
    yield from sink_lines(pipeline, brokers, max_lag)


def _section(subject: str, what: str, lines: Callable[[], Iterable[Line]]) -> list[Line]:
    try:
        return list(lines())
    except CdcctlError as error:
        return [unknown(subject, what, error.message)]


def _told(ask: Callable[[], Any]) -> Any:
    """What was told, or why it was not."""
    try:
        return ask()
    except CdcctlError as error:
        return error.message
