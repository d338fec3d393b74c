"""What is in a dead letter, as far as the registry still knows the version it was written with."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from aws_schema_registry.avro import AvroSchema
from aws_schema_registry.codec import CodecException, decode

from cdcctl.aws.target import Target
from cdcctl.errors import CdcctlError


def payload(key: bytes) -> bytes:
    """A key without the frame of the Glue serializers, for one key may be written with several schema versions."""
    try:
        found: bytes = decode(key)[0]
    except (CodecException, ValueError):
        return key
    return found


def shown(target: Target, data: bytes | None) -> dict[str, Any] | None:
    """A key or a value for people: its fields, or its bytes and why they cannot be read."""
    if data is None:
        return None
    try:
        body, version = decode(data)
        definition = target.registry.definition(str(version))
        fields = AvroSchema(definition).read(body)
    except (CodecException, CdcctlError, ValueError, TypeError, LookupError, EOFError, ArithmeticError) as error:
        why = error.message if isinstance(error, CdcctlError) else str(error)
        return {"bytes": base64.b64encode(data).decode(), "undecodable": why or type(error).__name__}
    return {"version": str(version), "fields": _plain(fields)}


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value
