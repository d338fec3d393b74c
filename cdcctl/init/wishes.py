"""What the user says of the pipeline, and names that follow from it."""

from __future__ import annotations

import re
import zlib
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cdcctl.errors import UsageError
from cdcctl.pipeline.sinks import ICEBERG

# Server ids of a pipeline's own range: away from Debezium's default draw (5400 to 6400) and from small numbers, which
# people give to replicas.
_FIRST_ID, _IDS = 100_000, 900_000


@dataclass(frozen=True)
class Wishes:
    """What the command line says; None and "" leave a thing out or to its default.

    :ivar tables: ``database.table`` each, with * and ? where a server is asked.
    :ivar keys: ``database.table`` → the columns that tell its rows apart.
    :ivar credentials: one entry, ``secret``, ``ssm`` or ``environment`` → the reference.
    :ivar capture_user: account of the connector, ``user@host``; None: the one that connects here.
    :ivar kafka: entries of ``kafka`` in the file, those that were given.
    :ivar connect: entries of ``connect`` in the file, those that were given.
    """

    name: str | None = None
    prefix: str | None = None
    databases: Sequence[str] = ()
    tables: Sequence[str] = ()
    excluded: Sequence[str] = ()
    keys: Mapping[str, Sequence[str]] = field(default_factory=dict)
    host: str | None = None
    port: int | None = None
    server_id: int | None = None
    debezium: str | None = None
    credentials: Mapping[str, str] = field(default_factory=dict)
    capture_user: str | None = None
    sink: str = ICEBERG
    warehouse: str | None = None
    bucket: str | None = None
    plugin: str | None = None
    key_registry: str | None = None
    value_registry: str | None = None
    compatibility: str | None = None
    kafka: Mapping[str, Any] = field(default_factory=dict)
    connect: Mapping[str, Any] = field(default_factory=dict)

    def named(self, tables: Sequence[str]) -> str:
        """The pipeline's name: the one that was given, else that of the first table's database."""
        return self.name or name_of(tables[0].split(".")[0])

    @property
    def patterns(self) -> list[str]:
        """Everything that is to be captured, as patterns of ``database.table``."""
        return [*(f"{database}.*" for database in self.databases), *self.tables]


def name_of(word: str) -> str:
    """A pipeline's name like ``word``: small letters, digits and hyphens, a letter first."""
    plain = re.sub(r"[^a-z0-9]+", "-", word.lower()).strip("-")[:63]
    return plain if re.match(r"[a-z]", plain) else f"p-{plain}"[:63].rstrip("-")


def free_server_id(name: str, taken: Container[int]) -> int:
    """A server id that follows from the pipeline's name, so that two pipelines hardly ever have the same."""
    start = zlib.crc32(name.encode())
    return next(number for step in range(_IDS) if (number := _FIRST_ID + (start + step) % _IDS) not in taken)


def keys_of(assignments: Sequence[str]) -> dict[str, list[str]]:
    """``database.table=column,column`` → table and its columns.

    :raises UsageError: something else.
    """
    found: dict[str, list[str]] = {}
    for assignment in assignments:
        table, _, columns = assignment.partition("=")
        names = [column.strip() for column in columns.split(",")]
        if not all((table, *names)):
            raise UsageError("--key takes database.table=column,column", hint=f"it was {assignment!r}")
        found[table] = names
    return found
