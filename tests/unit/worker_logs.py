"""What stands for CloudWatch Logs where a worker's lines are delivered."""

from __future__ import annotations

from typing import Any


class Logs:
    """CloudWatch Logs, as far as delivery uses it."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def create_log_stream(self, **_: Any) -> None:
        pass

    def put_log_events(self, *, logEvents: list[dict[str, Any]], **_: Any) -> None:  # noqa: N803
        self.lines += [event["message"] for event in logEvents]
