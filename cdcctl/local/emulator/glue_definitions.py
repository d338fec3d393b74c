"""What the emulated registry knows about definitions: is one valid, are two the same, may one follow the others.

Only Avro gets compatibility checks. JSON Schema and Protobuf definitions can be kept, under the modes that need no
check; any other mode is refused openly, because an answer without a real checker would be a guess.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from cdcctl.local.emulator.protocol import ApiError
from cdcctl.schema.avro_parser import InvalidSchemaError, parse
from cdcctl.schema.compatibility import Mode, check

AVRO, JSON, PROTOBUF = "AVRO", "JSON", "PROTOBUF"


def syntax_error(data_format: str, definition: str) -> str | None:
    """Why a definition is not valid in its format, or ``None``. Protobuf is not parsed."""
    try:
        if data_format == AVRO:
            parse(definition)
        elif data_format == JSON:
            json.loads(definition)
    except (InvalidSchemaError, ValueError) as error:
        return str(error)
    return None


def require_valid(data_format: str, definition: str) -> None:
    """:raises ApiError: InvalidInputException with Glue's words when the definition does not parse."""
    problem = syntax_error(data_format, definition)
    if problem is not None:
        message = f"Schema definition of {data_format} data format is invalid: {problem}"
        raise ApiError("InvalidInputException", message)


def require_checkable(data_format: str, mode: Mode) -> None:
    """Refuse modes that would need a checker we do not have."""
    if data_format != AVRO and mode.readers:
        message = f"The local registry checks compatibility of AVRO only; use NONE for {data_format}, not {mode.value}."
        raise ApiError("UnsupportedOperationException", message, 501)


def canonical(data_format: str, definition: str) -> str:
    """The form in which definitions are compared: JSON without regard to white space and order of keys.

    Glue "canonicalizes and hashes" (API GetSchemaByDefinition) without saying what it drops. Nothing is dropped here:
    if docs or defaults were, a version that only adds a default would silently be the old one.
    """
    if data_format == PROTOBUF:
        return " ".join(definition.split())
    return json.dumps(json.loads(definition), sort_keys=True, separators=(",", ":"))


def is_compatible(data_format: str, definition: str, previous: Sequence[str], mode: Mode) -> bool:
    """Whether the mode lets a definition follow the previous ones, oldest first."""
    require_checkable(data_format, mode)
    return not mode.readers or check(definition, previous, mode).compatible
