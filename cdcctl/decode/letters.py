"""Dead letters: where a record stood and why a sink set it aside, as its headers say.

Source: DeadLetterQueueReporter of Kafka Connect.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_PREFIX = "__connect.errors."
_NAMES = {
    "topic": "topic",
    "partition": "partition",
    "offset": "offset",
    "connector.name": "connector",
    "task.id": "task",
    "stage": "stage",
    "class.name": "class",
    "exception.class.name": "exception",
    "exception.message": "message",
}


def headers_of(message: Any) -> dict[str, str | None]:
    """Headers as text; of several of one name the last."""
    return {str(name): _text(value) for name, value in message.headers() or ()}


def dead_letter(headers: Mapping[str, str | None]) -> dict[str, Any] | None:
    """What the headers of a dead letter say, without the stack trace; None for another message."""
    told = {ours: headers[_PREFIX + name] for name, ours in _NAMES.items() if headers.get(_PREFIX + name) is not None}
    numbers = {key: int(each) if each and each.isdecimal() else each for key, each in told.items()}
    return {**told, **{key: numbers[key] for key in ("partition", "offset") if key in told}} or None


def others(headers: Mapping[str, str | None]) -> dict[str, str | None]:
    """The headers that are not Kafka Connect's words on an error."""
    return {name: value for name, value in headers.items() if not name.startswith(_PREFIX)}


def _text(value: Any) -> str | None:
    return value.decode("utf-8", errors="backslashreplace") if isinstance(value, bytes) else value
