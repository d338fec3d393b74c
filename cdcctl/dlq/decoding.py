"""What is in a dead letter, as far as the registry still knows the version it was written with."""

from __future__ import annotations

import base64
from typing import Any

from cdcctl.decode.decoder import Decoder, UndecodableError
from cdcctl.decode.framing import NotFramedError, unframed
from cdcctl.decode.values import plain


def payload(key: bytes) -> bytes:
    """A key without the frame of the Glue serializers, for one key may be written with several schema versions."""
    try:
        return unframed(key).payload
    except NotFramedError:
        return key


def shown(decoder: Decoder, data: bytes | None) -> dict[str, Any] | None:
    """A key or a value for people: its fields, or its bytes and why they cannot be read.

    :raises RemoteError: the registry does not answer.
    """
    if data is None:
        return None
    try:
        found = decoder.decode(data)
    except UndecodableError as error:
        return {"bytes": base64.b64encode(data).decode(), "undecodable": str(error)}
    return {"version": found.version.id, "number": found.version.number, "fields": plain(found.value)}
