"""The log of a pipeline's workers, as CloudWatch Logs has it."""

from __future__ import annotations

import re
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cdcctl.aws.logs import ErrorEntries, LogEvent
from cdcctl.aws.target import Target
from cdcctl.errors import InputError, NotFoundError, UnavailableError
from cdcctl.pipeline import Pipeline

# Lines may be delivered later than others that were written after them.
_LATE = timedelta(seconds=60)
# Of a stream's name, what follows the connector's: the identifier of its ARN, which begins like a UUID.
_IDENTIFIER = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-")


@dataclass(frozen=True)
class Line:
    """One line of a connector's log."""

    connector: str
    event: LogEvent

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        when = self.event.time.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return {
            "time": when,
            "connector": self.connector,
            "stream": self.event.stream,
            "message": self.event.message,
        }


class Log:
    """The log of some connectors.

    :param groups: connector → its log group.
    :param only_errors: ERROR entries with their causes alone.
    """

    def __init__(self, target: Target, groups: Mapping[str, str], *, only_errors: bool = False) -> None:
        self._target = target
        self._groups = groups
        self._only_errors = only_errors
        self._entries: defaultdict[str, ErrorEntries] = defaultdict(ErrorEntries)

    def read(self, since: datetime) -> list[Line]:
        """What there is since then, oldest first.

        :raises NotFoundError: a log group does not exist.
        """
        found = [
            Line(name, event)
            for name, group in self._groups.items()
            for event in self._target.logs.events(group, f"{name}-", since)
            if _IDENTIFIER.match(event.stream, len(name) + 1)
        ]
        return sorted(found, key=lambda line: line.event.time)

    def wanted(self, lines: Sequence[Line]) -> list[Line]:
        """Those to be shown. Each line must be handed in once, in order: what an error is takes several."""
        if not self._only_errors:
            return list(lines)
        return [line for line in lines if self._entries[line.event.stream].wants(line.event.message)]

    def follow(self, since: datetime) -> Iterator[list[Line]]:
        """What there is, and then what comes, for ever; an empty list when nothing came for a while.

        A service that does not answer is asked again.
        """
        seen: dict[str, datetime] = {}
        while True:
            self._target.check()
            try:
                lines = [line for line in self.read(since) if line.event.id not in seen]
            except UnavailableError:
                lines = []
            yield self.wanted(lines)
            seen.update((line.event.id, line.event.time) for line in lines)
            since = max([since, *(moment - _LATE for moment in seen.values())])
            seen = {key: moment for key, moment in seen.items() if moment >= since}
            time.sleep(self._target.poll_seconds)


def log_groups(pipeline: Pipeline, target: Target, names: Sequence[str]) -> dict[str, str]:
    """Connector → the log group that it writes to, or the one that the pipeline file names where it is not there.

    :raises InputError: a connector's log goes nowhere that can be read here.
    """
    groups = {}
    for name in names:
        found = target.msk_connect.find_connector(name)
        configured = pipeline.log_group if pipeline.connect.logs.cloudwatch else None
        group = found.log_group if found else configured
        if group is None:
            elsewhere = _elsewhere(found.settings if found else {})
            raise InputError(
                f"the log of connector {name} does not go to CloudWatch Logs{elsewhere}",
                hint="set connect.logs.cloudwatch to true and deploy",
            )
        groups[name] = group
    return groups


def missing_group(pipeline: Pipeline, error: NotFoundError) -> NotFoundError:
    """The error of a log group that is not there, with what it means."""
    return NotFoundError(
        error.message, hint=f"pipeline {pipeline.name} was not deployed here, or somebody deleted its log group"
    )


def _elsewhere(settings: Mapping[str, str]) -> str:
    places = [
        f"s3://{value}" if ".s3." in key else f"the delivery stream {value}"
        for key, value in settings.items()
        if key.endswith((".s3.bucket", ".firehose.deliveryStream"))
    ]
    return f" but to {' and '.join(places)}" if places else ""
