"""One message as one line of JSON, whatever is in it."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from cdcctl.aws.glue_registry import SchemaVersion
from cdcctl.decode.decoder import Decoder, UndecodableError
from cdcctl.decode.letters import dead_letter, headers_of, others
from cdcctl.decode.readable import readable
from cdcctl.decode.values import plain

# So many bytes or characters of what cannot be decoded are shown.
_SHOWN = 2048


@dataclass(frozen=True)
class Part:
    """A key or a value: what it holds, the schema version it names, or why it cannot be decoded."""

    value: Any = None
    schema: Mapping[str, Any] | None = None
    problem: str | None = None
    content: bytes | None = None

    def to_dict(self, name: str) -> dict[str, Any]:
        """The members of a line that are about this part."""
        line = {name: self.value, f"{name}_schema": dict(self.schema) if self.schema else None}
        if self.problem is not None:
            content = self.content or b""
            line |= {f"{name}_problem": self.problem, f"{name}_bytes": len(content)}
            text = _text(content)
            if text is not None:
                line[f"{name}_text"] = text[:_SHOWN]
            else:
                line[f"{name}_base64"] = base64.b64encode(content[:_SHOWN]).decode()
        return line


@dataclass(frozen=True)
class Line:
    """A message. ``place``: where it stands; ``value`` is None where only the key is wanted."""

    place: Mapping[str, Any]
    key: Part | None
    value: Part | None
    tombstone: bool = False
    headers: Mapping[str, str | None] = field(default_factory=dict)

    @property
    def is_decoded(self) -> bool:
        """Whether nothing stood in the way."""
        return all(part is None or part.problem is None for part in (self.key, self.value))

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        line: dict[str, Any] = dict(self.place)
        line |= self.key.to_dict("key") if self.key else {}
        line |= self.value.to_dict("value") if self.value else {}
        if self.tombstone:
            line["tombstone"] = True
        if letter := dead_letter(self.headers):
            line["dead_letter"] = letter
        if rest := others(self.headers):
            line["headers"] = rest
        return line


@dataclass(frozen=True)
class Wish:
    """How messages are shown.

    :ivar keys_only: without values.
    :ivar readable: dates and times as text.
    """

    keys_only: bool = False
    readable: bool = False


def part(decoder: Decoder, content: bytes | None, wish: Wish) -> Part:
    """A key or a value decoded, or why not."""
    if content is None:
        return Part()
    try:
        found = decoder.decode(content)
    except UndecodableError as error:
        known = _schema(error.version) if error.version else {"id": error.frame.version_id} if error.frame else None
        return Part(None, known, str(error), content)
    value = readable(found.value, found.version.definition) if wish.readable else found.value
    return Part(plain(value), _schema(found.version) | ({"compressed": True} if found.compressed else {}))


def line(decoder: Decoder, message: Any, wish: Wish) -> Line:
    """A message of confluent-kafka.

    :raises RemoteError: the registry does not answer.
    """
    key = part(decoder, message.key(), wish)
    value = None if wish.keys_only else part(decoder, message.value(), wish)
    return Line(_place(message), key, value, message.value() is None, headers_of(message))


def _text(content: bytes) -> str | None:
    """Bytes as text, where they are some."""
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return None
    return text if text.isprintable() or "".join(text.split()).isprintable() else None


def _place(message: Any) -> dict[str, Any]:
    kind, milliseconds = message.timestamp()
    written = datetime.fromtimestamp(milliseconds / 1000, timezone.utc) if kind else None
    return {
        "topic": message.topic(),
        "partition": message.partition(),
        "offset": message.offset(),
        "timestamp": written.isoformat(timespec="milliseconds").replace("+00:00", "Z") if written else None,
    }


def _schema(version: SchemaVersion) -> dict[str, Any]:
    found = {"registry": version.registry, "name": version.schema, "version": version.number, "id": version.id}
    return found if version.status == "AVAILABLE" else {**found, "status": version.status}
