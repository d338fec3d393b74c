"""The frame that the Glue serializers put around Avro: a version byte, how it is compressed, and the version's id."""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass

from aws_schema_registry.codec import COMPRESSION_ENABLED_BYTE, SCHEMA_VERSION_ID_SIZE, VERSION_BYTE, CodecException
from aws_schema_registry.codec import decode as codec_decode

_HEAD = 2 + SCHEMA_VERSION_ID_SIZE
# Confluent's serializers: a zero byte, then a schema id of four bytes.
_CONFLUENT = b"\0"
_CONFLUENT_HEAD = 5


class NotFramedError(ValueError):
    """The bytes are not what a Glue serializer writes; the message says what they look like."""


@dataclass(frozen=True)
class Frame:
    """What was framed: the id of the schema version, and Avro."""

    version_id: str
    payload: bytes
    compressed: bool = False


def unframed(content: bytes) -> Frame:
    """Take a message apart.

    :raises NotFramedError: it has no such frame, or a damaged one.
    """
    if content[:1] != VERSION_BYTE:
        raise NotFramedError(f"no frame of the Glue serializers: {_looks(content)}")
    if len(content) < _HEAD:
        raise NotFramedError(f"a Glue frame cut off after {len(content)} bytes; its head alone has {_HEAD}")
    try:
        payload, version_id = codec_decode(content)
    except CodecException:
        raise NotFramedError(f"a Glue frame whose compression is unknown: {content[1]:#04x}") from None
    except zlib.error as error:
        raise NotFramedError(f"a Glue frame whose compressed part is damaged: {error}") from None
    return Frame(str(version_id), payload, content[1:2] == COMPRESSION_ENABLED_BYTE)


def _looks(content: bytes) -> str:
    """What bytes of another origin look like."""
    if not content:
        return "there are no bytes"
    if content[:1] == _CONFLUENT and len(content) > _CONFLUENT_HEAD:
        number = int.from_bytes(content[1:_CONFLUENT_HEAD], "big")
        return f"they look like Confluent's, schema id {number}"
    try:
        json.loads(content)
    except (ValueError, RecursionError):
        pass
    else:
        return "they are JSON"
    if content.isascii() and content.decode("ascii").isprintable():
        return "they are text"
    return f"they begin with {content[:4].hex(' ')}"
