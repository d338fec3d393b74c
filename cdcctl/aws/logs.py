"""CloudWatch Logs: where the workers of MSK Connect say what is wrong."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from cdcctl.aws.errors import translated
from cdcctl.errors import ConflictError, NotFoundError


class Logs:
    """The operations cdcctl uses; ``client`` is boto3's ``logs``."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def has_group(self, group: str) -> bool:
        """Whether the log group exists. MSK Connect refuses a connector whose group does not."""
        with translated(f"log group {group}"):
            found = self._client.describe_log_groups(logGroupNamePrefix=group)["logGroups"]
        return any(item["logGroupName"] == group for item in found)

    def create_group(self, group: str) -> None:
        """Create a log group; one that exists is left as it is."""
        try:
            with translated(f"log group {group}"):
                self._client.create_log_group(logGroupName=group)
        except ConflictError:
            return

    def lines(self, group: str, stream_prefix: str, limit: int = 2000, *, since: datetime | None = None) -> list[str]:
        """The newest log lines of the streams whose names start with ``stream_prefix``, oldest first."""
        start = {"startTime": int(since.timestamp() * 1000)} if since else {}
        events: list[tuple[int, str]] = []
        try:
            with translated(f"log group {group}"):
                pages = self._client.get_paginator("filter_log_events").paginate(
                    logGroupName=group, logStreamNamePrefix=stream_prefix, **start
                )
                for page in pages:
                    events.extend((event["timestamp"], event["message"]) for event in page["events"])
        except NotFoundError:
            return []
        return [message for _, message in sorted(events, key=lambda event: event[0])][-limit:]


# Connect 3.7 cannot load Debezium's CloudEventsConverter, which nobody uses; it says so as an error at every start.
_HARMLESS = "(org.apache.kafka.connect.runtime.isolation."
_CAUSE = re.compile(r"Caused by:|[a-z][\w]*(\.[\w$]+)+(Exception|Error)\b")


def error_lines(lines: list[str], limit: int = 12) -> list[str]:
    """What matters of a worker's log: its last ERROR entries with their causes, not the stack frames between."""
    kept: list[str] = []
    inside = False
    for line in lines:
        # Only the first line of an entry says where it comes from.
        if line.startswith("["):
            inside = (" ERROR " in line or " FATAL " in line) and _HARMLESS not in line
            wanted = inside
        else:
            wanted = inside and _CAUSE.match(line.lstrip()) is not None
        if wanted and line not in kept:
            kept.append(line)
    return kept[-limit:]
