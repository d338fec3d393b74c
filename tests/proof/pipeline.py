"""The pipeline of a proof: written as a user would, deployed and asked with the installed command."""

from __future__ import annotations

import json
import struct
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from cdcctl.aws.logs import error_lines
from cdcctl.documents import Document
from cdcctl.kafka.connection import client_settings
from cdcctl.kafka.messages import messages
from cdcctl.local import stack as local_stack
from cdcctl.local.state import Stack
from cdcctl.pipeline import load
from cdcctl.render import names
from cdcctl.verify.kafka import Offsets
from cdcctl.verify.lake.iceberg import IcebergLake
from tests.command import run_cdcctl

MARKS = "proofmarks"
_SECONDS = 240.0
_LOOK = 0.2
_GLUE = struct.Struct(">BB16s")


@dataclass
class Piece:
    """A pipeline over some databases.

    :param sinks: name → tables; one that takes nothing but marks is added where there is none.
    """

    name: str
    stack: Stack
    folder: Path
    databases: Sequence[str]
    source: Mapping[str, str] = field(default_factory=dict)
    sinks: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.file = self.folder / f"{self.name}.yaml"
        mark = f"{MARKS}.{self.name}"
        sinks = {name: self._sink(tables) for name, tables in (self.sinks or {"marks": [mark]}).items()}
        tables = sorted({mark, *(table for each in sinks.values() for table in each["tables"])})
        self.file.write_text(yaml.safe_dump({
            "name": self.name,
            "topic_prefix": self.name,
            "source": {
                "server_id": 5600 + uuid.uuid4().int % 300,
                "tables": tables,
                "databases": sorted(self.databases),
                "heartbeat": None,
                "signal_table": f"{MARKS}.signals",
                "properties": {"poll.interval.ms": 50, "producer.override.linger.ms": 0, **self.source},
            },
            "registries": {
                "keys": f"{self.name}-keys", "values": f"{self.name}-values", "compatibility": "NONE",
            },
            "sinks": sinks,
            "worker": {"properties": {"offset.flush.interval.ms": 500}},
        }), encoding="utf-8")  # fmt: skip

    @staticmethod
    def _sink(tables: Sequence[str]) -> dict[str, Any]:
        return {
            "type": "iceberg",
            "tables": list(tables),
            "commit_interval_ms": 1000,
            "properties": {
                "consumer.override.fetch.max.wait.ms": 50,
                "consumer.override.metadata.max.age.ms": 1000,
                "iceberg.kafka.metadata.max.age.ms": 1000,
                "iceberg.control.commit.timeout-ms": 2000,
            },
        }

    @cached_property
    def target(self) -> Any:
        """The running stack."""
        return local_stack.target(self.stack)

    @cached_property
    def pipeline(self) -> Any:
        """As the stack runs it."""
        return load([self.file], [Document("stack", self.target.overlay)], {})

    @cached_property
    def offsets(self) -> Offsets:
        """Kafka."""
        settings = client_settings(self.pipeline.kafka, self.target.session, self.target.region)
        return Offsets(settings, self.target.check)

    def check(self, migration: Path) -> dict[str, Any]:
        """What ``cdcctl evolve check`` says of statements before they run."""
        done = run_cdcctl(
            *("evolve", "check", "-f", self.file, "--local", "--state", self.stack.state, "--json", migration),
            timeout=600,
        )
        if not done.stdout:
            raise SystemExit(done.stderr)
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    def deploy(self) -> None:
        """Bring it up."""
        done = run_cdcctl("deploy", "-f", self.file, "--local", "--state", self.stack.state, "--yes", timeout=600)
        if done.returncode:
            raise SystemExit(done.stderr)

    def remove(self) -> None:
        """Delete connectors and the lake's tables; topics and registries stay for whoever wants to look."""
        connect = self.target.msk_connect
        for name in names.connectors(self.pipeline):
            if found := connect.find_connector(name):
                connect.delete_connector(found.arn)
        self._until(lambda: not any(map(connect.find_connector, names.connectors(self.pipeline))))
        for table in self.pipeline.source.tables:
            self.lake.drop(table)

    def follow(self, mark: Any, number: int) -> str | None:
        """Write a mark and wait until the source has sent it; the last words of a source that fails instead.

        :param mark: writes the mark into MySQL.
        """
        mark(number)
        topic = self.pipeline.topic_of(f"{MARKS}.{self.name}")

        def done() -> bool:
            return sum(high for _, high in self.offsets.ends([topic]).get(topic, {}).values()) >= number

        return self._until(done, names.source_connector(self.pipeline))

    def sent(self, topic: str) -> tuple[list[str], list[str]]:
        """The definitions that the keys and values of a topic were written with, in order, each once in a row."""
        found: tuple[list[str], list[str]] = ([], [])
        for message in messages(self.offsets.settings, topic, self.offsets.ends([topic])[topic]):
            for side, content in zip(found, (message.key(), message.value()), strict=True):
                definition = self._definition(content) if content else None
                if definition is not None and side[-1:] != [definition]:
                    side.append(definition)
        return found

    def topics(self) -> list[str]:
        """Those of the captured tables."""
        return sorted(name for name in self.offsets.topic_names() if name.startswith(f"{self.name}."))

    @cached_property
    def _definitions(self) -> dict[bytes, str]:
        return {}

    def _definition(self, content: bytes) -> str:
        version = _GLUE.unpack_from(content)[2]
        if version not in self._definitions:
            glue = self.target.client("glue")
            found = glue.get_schema_version(SchemaVersionId=str(uuid.UUID(bytes=version)))
            self._definitions[version] = found["SchemaDefinition"]
        return self._definitions[version]

    @cached_property
    def lake(self) -> IcebergLake:
        """The tables of the sinks."""
        return IcebergLake(self.target, self.pipeline.sink.table_of)

    def written(self, sink: str, tables: Sequence[str]) -> str | None:
        """Wait until a sink has committed everything there is of tables; its last words if it fails instead."""
        left = {table: end for table in tables if (end := self._end(table))}

        def done() -> bool:
            for table, end in list(left.items()):
                if self.lake.progress(table)[1] >= end - 1:
                    del left[table]
            return not left

        said = self._until(done, f"{self.name}-{sink}")
        return f"{said} of {left}" if said else None

    def _end(self, table: str) -> int:
        topic = self.pipeline.topic_of(table)
        return sum(high for _, high in self.offsets.ends([topic]).get(topic, {}).values())

    def _until(self, done: Any, connector: str | None = None) -> str | None:
        deadline = time.monotonic() + _SECONDS
        while not done():
            self.target.check()
            if connector:
                found = self.target.msk_connect.find_connector(connector)
                if found is None or found.state == "FAILED":
                    return "\n".join(self._errors(connector)) or "FAILED"
            if time.monotonic() > deadline:
                return f"nothing for {_SECONDS:.0f} s"
            time.sleep(_LOOK)
        return None

    def _errors(self, connector: str) -> Iterator[str]:
        for _ in range(50):
            lines = error_lines(self.target.logs.lines(self.pipeline.log_group, f"{connector}-"), 40)
            if any("Caused by" in line or "Exception" in line for line in lines):
                break
            time.sleep(_LOOK)
        yield from lines
