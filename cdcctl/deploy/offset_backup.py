"""A copy of a pipeline's offsets: one JSON document, in a file or in S3."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from cdcctl import __version__
from cdcctl.aws.target import Target
from cdcctl.deploy.offset_state import OffsetState
from cdcctl.deploy.run import pipeline_folder
from cdcctl.errors import InputError, NotFoundError
from cdcctl.kafka.cluster import GroupOffsets
from cdcctl.kafka.records import Record
from cdcctl.pipeline import Pipeline
from cdcctl.render import names
from cdcctl.whole_file import whole_file

_FORMAT = 1


@dataclass(frozen=True)
class Backup:
    """What a backup holds.

    :ivar connector: of the source, and ``topic_prefix``: under both the source offsets are kept.
    :ivar source: the records of the offset topic that are the connector's.
    """

    pipeline: str
    connector: str
    topic_prefix: str
    made: str
    source: tuple[Record, ...]
    groups: Mapping[str, GroupOffsets]
    history: tuple[Record, ...]

    @classmethod
    def of(cls, pipeline: Pipeline, state: OffsetState) -> Backup:
        """A copy of what was read."""
        return cls(
            pipeline=pipeline.name,
            connector=names.source_connector(pipeline),
            topic_prefix=pipeline.topic_prefix,
            made=datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            source=tuple(each.record for each in state.source if each.offset),
            groups=state.groups,
            history=state.history,
        )

    def require_fit(self, pipeline: Pipeline) -> None:
        """:raises InputError: these offsets would not be found by the pipeline's source."""
        mine = (names.source_connector(pipeline), pipeline.topic_prefix)
        theirs = (self.connector, self.topic_prefix)
        if mine != theirs:
            raise InputError(
                f"the backup is of connector {theirs[0]} with topic prefix {theirs[1]}, and the pipeline has {mine[0]} "
                f"with {mine[1]}: Kafka Connect and Debezium keep offsets under these names",
                hint="restore it into a pipeline of the same name and topic_prefix",
            )

    def dumps(self) -> str:
        """As it is kept."""
        document = {
            "format": _FORMAT,
            "cdcctl": __version__,
            "pipeline": self.pipeline,
            "connector": self.connector,
            "topic_prefix": self.topic_prefix,
            "made": self.made,
            "source": [{"partition": each.partition, "key": each.key, "value": each.value} for each in self.source],
            "groups": {
                name: [{"topic": t, "partition": p, "offset": offset} for (t, p), offset in sorted(offsets.items())]
                for name, offsets in self.groups.items()
            },
            "history": [{"key": each.key, "value": each.value} for each in self.history],
        }
        return json.dumps(document, indent=1, ensure_ascii=False) + "\n"

    @classmethod
    def loads(cls, text: str, place: str) -> Backup:
        """:raises InputError: ``place`` holds no backup, or one of another version's format."""
        try:
            document = json.loads(text)
            found = cls._read(document) if document["format"] == _FORMAT else None
        except (ValueError, KeyError, TypeError, AttributeError):
            found = None
        if found is None:
            raise InputError(
                f"{place} is no backup of offsets that this version reads", hint="make one with cdcctl offsets backup"
            )
        return found

    @classmethod
    def _read(cls, document: dict[str, Any]) -> Backup:
        return cls(
            pipeline=str(document["pipeline"]),
            connector=str(document["connector"]),
            topic_prefix=str(document["topic_prefix"]),
            made=str(document["made"]),
            source=tuple(Record(int(r["partition"]), 0, r["key"], r["value"]) for r in document["source"]),
            groups={
                name: {(str(o["topic"]), int(o["partition"])): int(o["offset"]) for o in offsets}
                for name, offsets in document["groups"].items()
            },
            history=tuple(Record(0, n, r["key"], r["value"]) for n, r in enumerate(document["history"])),
        )


def default_place(pipeline: Pipeline, backup: Backup) -> str:
    """Where a backup goes unless a place is named: the pipeline's folder in its bucket."""
    moment = backup.made.replace(":", "")
    return f"s3://{pipeline.connect.plugin_bucket}/{pipeline_folder(pipeline)}offsets/{moment}.json"


def write_backup(backup: Backup, target: Target, place: str) -> None:
    """Write a backup to ``s3://bucket/key`` or a file, whole or not at all.

    :raises InputError: it cannot be written there.
    """
    if place.startswith("s3://"):
        bucket, key = _split(place)
        target.storage.write(bucket, key, backup.dumps().encode("utf-8", errors="surrogateescape"))
        return
    # Statements of a schema history are nobody else's business.
    with whole_file(Path(place).expanduser(), hint="choose another --out", mode=0o600) as file:
        file.write_bytes(backup.dumps().encode("utf-8", errors="surrogateescape"))


def read_backup(target: Target, place: str) -> Backup:
    """Read a backup from ``s3://bucket/key`` or a file.

    :raises InputError: there is none.
    """
    if place.startswith("s3://"):
        bucket, key = _split(place)
        found = target.storage.read(bucket, key)
        if found is None:
            raise NotFoundError(f"{place} does not exist", hint="cdcctl offsets backup says where it writes")
        return Backup.loads(found.content.decode("utf-8", errors="surrogateescape"), place)
    try:
        text = Path(place).expanduser().read_text(encoding="utf-8", errors="surrogateescape")
    except OSError as error:
        raise InputError(f"{place} cannot be read: {error.strerror}", hint="name a file or s3://bucket/key") from error
    return Backup.loads(text, place)


def _split(place: str) -> tuple[str, str]:
    bucket, _, key = place.removeprefix("s3://").partition("/")
    if not bucket or not key or key.endswith("/"):
        raise InputError(f"{place} names no object", hint="write s3://bucket/key")
    return bucket, key
