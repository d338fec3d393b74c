"""CloudWatch Logs: where the workers of MSK Connect say what is wrong."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from cdcctl.aws.errors import translated
from cdcctl.errors import ConflictError, NotFoundError


@dataclass(frozen=True)
class LogEvent:
    """One line of a log; ``id`` is unique in its log group."""

    id: str
    time: datetime
    stream: str
    message: str


@dataclass(frozen=True)
class LogGroup:
    """A log group; ``retention_days`` is None where its events are kept for ever."""

    name: str
    retention_days: int | None
    tags: Mapping[str, str]


class Logs:
    """The operations cdcctl uses; ``client`` is boto3's ``logs``."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def has_group(self, group: str) -> bool:
        """Whether the log group exists. MSK Connect refuses a connector whose group does not."""
        return self._listed(group) is not None

    def find_group(self, group: str) -> LogGroup | None:
        """The log group with its tags, or None."""
        found = self._listed(group)
        if found is None:
            return None
        # The ARN of a group ends in :* where it stands for its streams as well; tags have the one without.
        arn = found.get("logGroupArn") or found["arn"].removesuffix(":*")
        try:
            with translated(f"the tags of log group {group}"):
                tags = self._client.list_tags_for_resource(resourceArn=arn).get("tags", {})
        except NotFoundError:
            return None
        return LogGroup(group, found.get("retentionInDays"), tags)

    def create_group(self, group: str, tags: Mapping[str, str] | None = None) -> None:
        """Create a log group; one that exists is left as it is."""
        marks: dict[str, Any] = {"tags": dict(tags)} if tags else {}
        try:
            with translated(f"log group {group}"):
                self._client.create_log_group(logGroupName=group, **marks)
        except ConflictError:
            return

    def delete_group(self, group: str) -> None:
        """Delete a log group and what it holds, if it is there."""
        try:
            with translated(f"log group {group}"):
                self._client.delete_log_group(logGroupName=group)
        except NotFoundError:
            return

    def _listed(self, group: str) -> Any:
        with translated(f"log group {group}"):
            pages = self._client.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=group)
            return next((item for page in pages for item in page["logGroups"] if item["logGroupName"] == group), None)

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

    def events(self, group: str, stream_prefix: str, since: datetime) -> list[LogEvent]:
        """The events of the streams whose names start with ``stream_prefix``, oldest first.

        :raises NotFoundError: there is no such log group.
        """
        with translated(f"log group {group}"):
            pages = self._client.get_paginator("filter_log_events").paginate(
                logGroupName=group, logStreamNamePrefix=stream_prefix, startTime=int(since.timestamp() * 1000)
            )
            found = [
                LogEvent(
                    str(event["eventId"]),
                    datetime.fromtimestamp(event["timestamp"] / 1000, timezone.utc),
                    event["logStreamName"],
                    event["message"],
                )
                for page in pages
                for event in page["events"]
            ]
        return sorted(found, key=lambda event: event.time)


# MSK Connect puts the worker's name before the lines of its log.
_WORKER = re.compile(r"^\[Worker-[^\]]*\] ")
# Connect 3.7 cannot load Debezium's CloudEventsConverter, which nobody uses; it says so as an error at every start.
_HARMLESS = "(org.apache.kafka.connect.runtime.isolation."
_CAUSE = re.compile(r"Caused by:|[a-z][\w]*(\.[\w$]+)+(Exception|Error)\b")


class ErrorEntries:
    """Picks, line by line of one worker's log, ERROR entries with their causes, not the stack frames between."""

    def __init__(self) -> None:
        self._inside = False

    def wants(self, line: str) -> bool:
        """Whether the next line is one of them."""
        text = _WORKER.sub("", line)
        # Only the first line of an entry says where it comes from.
        if text.startswith("["):
            self._inside = (" ERROR " in text or " FATAL " in text) and _HARMLESS not in text
            return self._inside
        return self._inside and _CAUSE.match(text.lstrip()) is not None


def error_lines(lines: list[str], limit: int = 12) -> list[str]:
    """What matters of a worker's log: its last ERROR entries with their causes."""
    entries = ErrorEntries()
    kept = dict.fromkeys(line for line in lines if entries.wants(line))
    return list(kept)[-limit:]
