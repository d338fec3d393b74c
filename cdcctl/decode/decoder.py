"""From bytes to values: with the very schema version that a message names, as the registry has it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aws_schema_registry.avro import AvroSchema

from cdcctl.aws.glue_registry import SchemaVersion
from cdcctl.decode.framing import Frame, NotFramedError, unframed
from cdcctl.errors import InputError, NotFoundError


class UndecodableError(ValueError):
    """A message cannot be decoded; the message says why.

    :ivar version: of the schema, where that is known.
    """

    def __init__(self, message: str, version: SchemaVersion | None = None, frame: Frame | None = None) -> None:
        super().__init__(message)
        self.version = version
        self.frame = frame


@dataclass(frozen=True)
class Decoded:
    """A value and the version it was written with."""

    value: Any
    version: SchemaVersion
    compressed: bool


class Decoder:
    """Decodes, asking for each version once.

    :param look_up: version id → version; see :meth:`cdcctl.aws.glue_registry.GlueRegistry.version`.
    """

    def __init__(self, look_up: Callable[[str], SchemaVersion]) -> None:
        self._look_up = look_up
        self._versions: dict[str, tuple[SchemaVersion, AvroSchema | None] | None] = {}

    def decode(self, content: bytes) -> Decoded:
        """Decode one key or value.

        :raises UndecodableError: it is not framed, names a version that there is not, or is not what that says.
        :raises RemoteError: the registry does not answer.
        """
        try:
            frame = unframed(content)
        except NotFramedError as error:
            raise UndecodableError(str(error)) from None
        found = self._version(frame)
        if found is None:
            told = f"the registry has no schema version {frame.version_id}: deleted, or of another account or region"
            raise UndecodableError(told, frame=frame)
        version, schema = found
        if schema is None:
            raise UndecodableError(f"schema version {version.id} is no Avro schema", version, frame)
        try:
            value = schema.read(frame.payload)
        except Exception as error:
            # fastavro raises whatever the bytes lead it to: EOFError, IndexError, UnicodeDecodeError, OverflowError …
            told = f"the bytes are not what version {version.number} of {version.registry}/{version.schema} says"
            raise UndecodableError(f"{told}: {type(error).__name__} {error}".strip(), version, frame) from None
        return Decoded(value, version, frame.compressed)

    def _version(self, frame: Frame) -> tuple[SchemaVersion, AvroSchema | None] | None:
        if frame.version_id not in self._versions:
            self._versions[frame.version_id] = self._asked(frame.version_id)
        return self._versions[frame.version_id]

    def _asked(self, version_id: str) -> tuple[SchemaVersion, AvroSchema | None] | None:
        try:
            version = self._look_up(version_id)
        except (NotFoundError, InputError):
            return None
        try:
            return version, AvroSchema(version.definition)
        except Exception:
            # Not JSON, or JSON Schema or Protobuf, which Glue keeps as well; fastavro has no common error.
            return version, None
