"""How the S3 sinks of Confluent and Aiven name their objects: topic, partition and the offset of the first record.

Confluent's (TopicPartitionWriter.fileKeyToCommit): ``topics/<topic>/<partitioner's folders>/<topic>+<partition>+<start
offset>`` and an extension; keys and headers have objects of their own (``.keys``, ``.headers``). Aiven's: a template
with ``{{topic}}``, ``{{partition}}`` and ``{{start_offset}}`` (TopicPartitionRecordGrouper).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from cdcctl.errors import InputError
from cdcctl.render import aiven_s3, confluent_s3

_VARIABLE = re.compile(r"\{\{\s*(?P<name>[^:}\s]+)[^}]*\}\}")
# What a variable of a name may stand for; of any other, anything.
_VALUES = {"partition": r"\d+", "start_offset": r"\d+", "timestamp": r"\d+", "folders": r".+"}
_NEEDED = ("topic", "partition", "start_offset")
_SIDE_FILES = (".keys", ".headers")
_PARQUET = {
    confluent_s3.CONNECTOR_CLASS: ("format.class", "io.confluent.connect.s3.format.parquet.ParquetFormat"),
    aiven_s3.CONNECTOR_CLASS: ("format.output.type", "parquet"),
}
_DEFAULT_PARTITIONER = "io.confluent.connect.storage.partitioner.DefaultPartitioner"
_AIVEN_NAME = "{{topic}}-{{partition}}-{{start_offset}}"


@dataclass(frozen=True)
class Place:
    """Where the first record of an object stood in Kafka."""

    partition: int
    start: int


@dataclass(frozen=True)
class Layout:
    """The names of one sink's objects.

    :ivar template: of a name, without an extension that the sink adds.
    :ivar consecutive: each object holds records that follow on each other in their partition.
    :ivar envelope: a row is a record with the members value, offset and so on, not the value itself.
    """

    bucket: str
    template: str
    consecutive: bool
    envelope: bool = False

    def prefix(self, topic: str) -> str:
        """What the names of all objects of a topic begin with, as far as it is known."""
        known = _VARIABLE.sub(lambda match: topic if match["name"] == "topic" else match[0], self.template)
        return known.partition("{{")[0]

    def place(self, key: str, topic: str) -> Place | None:
        """Where the records of an object come from; None of an object that holds no records of this topic."""
        match = self._pattern(topic).fullmatch(key)
        if match is None or match["suffix"].startswith(_SIDE_FILES):
            return None
        return Place(int(match["partition"]), int(match["start_offset"]))

    def owns(self, key: str, topic: str) -> bool:
        """Whether the sink has written this object for this topic, be it records, keys or headers."""
        return self._pattern(topic).fullmatch(key) is not None

    def _pattern(self, topic: str) -> re.Pattern[str]:
        parts, end, seen = [], 0, set()
        for match in _VARIABLE.finditer(self.template):
            name = match["name"]
            value = re.escape(topic) if name == "topic" else _VALUES.get(name, ".*")
            parts += [re.escape(self.template[end : match.start()])]
            parts += [value if name in seen or name not in _NEEDED else f"(?P<{name}>{value})"]
            seen.add(name)
            end = match.end()
        return re.compile("".join(parts) + re.escape(self.template[end:]) + r"(?P<suffix>(\.[\w.]+)?)")


def layout_of(config: Mapping[str, str]) -> Layout:
    """The layout that a sink's configuration makes.

    :raises InputError: its objects cannot be read back: they are no Parquet, or their names do not tell the offsets.
    """
    connector = config["connector.class"]
    key, parquet = _PARQUET[connector]
    if config.get(key) != parquet:
        raise InputError(f"verify reads Parquet, and {key} is {config.get(key)!r}", hint="set format: parquet")
    layout = _confluent(config) if connector == confluent_s3.CONNECTOR_CLASS else _aiven(config)
    named = {match["name"] for match in _VARIABLE.finditer(layout.template)}
    if missing := [name for name in _NEEDED if name not in named]:
        raise InputError(
            f"the names of the sink's objects do not tell {' and '.join(missing)}",
            hint="put {{topic}}, {{partition}} and {{start_offset}} into file_name",
        )
    return layout


def _confluent(config: Mapping[str, str]) -> Layout:
    folder, name = config.get("directory.delim", "/"), config.get("file.delim", "+")
    base = config.get("topics.dir", "topics")
    return Layout(
        bucket=config["s3.bucket.name"],
        template=folder.join(
            [base, "{{topic}}", "{{folders}}", name.join(["{{topic}}", "{{partition}}", "{{start_offset}}"])]
        ),
        consecutive=config.get("partitioner.class", _DEFAULT_PARTITIONER) == _DEFAULT_PARTITIONER,
    )


def _aiven(config: Mapping[str, str]) -> Layout:
    template = config.get("file.name.template", _AIVEN_NAME)
    if prefix := config.get("aws.s3.prefix"):
        # With a prefix the sink does not look at the template.
        template = prefix + _AIVEN_NAME
    # A file of records by time or by key carries the offset of another file's first record.
    varying = {match["name"] for match in _VARIABLE.finditer(template)} - {*_NEEDED}
    return Layout(
        bucket=config["aws.s3.bucket.name"],
        template=template,
        consecutive=not varying,
        envelope=config.get("format.output.envelope", "true") == "true",
    )
