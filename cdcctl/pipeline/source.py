"""The source: the MySQL server, what is captured of it, and in what form it reaches Kafka."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, field_validator, model_validator

from cdcctl.documents import as_text
from cdcctl.pipeline.base import (
    Capacity,
    Column,
    Credentials,
    Database,
    Model,
    Pattern,
    Properties,
    RawProperties,
    Table,
    Text,
    TopicName,
)

DebeziumVersion = Literal[
    "1.9", "2.0", "2.1", "2.2", "2.3", "2.4", "2.5", "2.6", "2.7", "3.0", "3.1", "3.2", "3.3", "3.4", "3.5", "3.6"
]
# Order of an event: its place in the binlog. ts_ms alone is ambiguous within a millisecond.
ADDED_FIELDS = ["op", "source.ts_ms", "source.file", "source.pos", "source.row"]


class HashedColumns(Model):
    """Columns whose values are replaced by a hash."""

    columns: list[Column] = Field(min_length=1)
    algorithm: str = Field("SHA-256", pattern=r"^[A-Za-z0-9-]+$", description="a MessageDigest of the JVM")
    salt: Text = Field(
        min_length=1,
        pattern=r"^[^\s=:]+$",
        description="Debezium takes it as part of a property's name: it cannot be a reference and is no secret",
    )
    version: Literal[1, 2] = Field(2, description="1 hashes a value's JVM form, 2 its text; equal across versions: 2")


class Columns(Model):
    """What becomes of single columns, each written database.table.column. Key columns always stay in the key."""

    include: list[Column] = Field(default_factory=list, description="only these, of the tables they belong to")
    exclude: list[Column] = Field(default_factory=list, description="all but these")
    mask: dict[Column, int] = Field(default_factory=dict, description="column: this many asterisks instead of the text")
    truncate: dict[Column, int] = Field(default_factory=dict, description="column: no more characters than this")
    hash: list[HashedColumns] = Field(default_factory=list)

    @model_validator(mode="after")
    def _consistent(self) -> Columns:
        if self.include and self.exclude:
            raise ValueError("include and exclude exclude each other")
        for name, least in (("mask", 0), ("truncate", 1)):
            for column, length in getattr(self, name).items():
                if length < least:
                    raise ValueError(f"{name}: {column} must be at least {least} (found {length})")
        return self

    @property
    def tables(self) -> list[str]:
        """The tables whose columns are named."""
        hashed = (column for each in self.hash for column in each.columns)
        every = itertools.chain(self.include, self.exclude, self.mask, self.truncate, hashed)
        return list(dict.fromkeys(column.rpartition(".")[0] for column in every))


class Types(Model):
    """How values of MySQL types are represented."""

    decimal: Literal["precise", "double", "string"] = "precise"
    time: Literal["adaptive_time_microseconds", "connect", "isostring", "microseconds", "nanoseconds"] = Field(
        "adaptive_time_microseconds",
        description="connect gives Parquet dates and times, in milliseconds; the others plain numbers or text",
    )
    bigint_unsigned: Literal["long", "precise"] = Field("long", description="long is negative above 2^63-1")
    binary: Literal["bytes", "base64", "base64-url-safe", "hex"] = "bytes"
    tinyint1: Literal["number", "boolean"] = Field(
        "number", description="boolean: TINYINT(1) is taken as BOOLEAN (TinyIntOneToBooleanConverter)"
    )


class Heartbeat(Model):
    """Events of Debezium's own that move offsets on while no captured table changes."""

    interval_ms: int = Field(60_000, ge=1)
    query: str | None = Field(None, description="statement run on MySQL at each heartbeat")
    topic_prefix: TopicName | None = Field(None, description="of the heartbeat's topic; default: __debezium-heartbeat")


class SchemaHistory(Model):
    """The topic in which Debezium keeps the DDL it has seen. It must never lose anything, nor have two partitions."""

    topic: TopicName | None = Field(None, description="default: NAME-schema-history")
    only_captured_tables: bool = Field(
        False, description="keep DDL of captured tables only: a smaller topic, but tables added later lack theirs"
    )
    only_captured_databases: bool = Field(False, description="keep DDL of captured databases only")
    skip_unparseable: bool = Field(
        False, description="go on after a statement that Debezium cannot parse, with a possibly wrong table model"
    )


class Topics(Model):
    """The topics of captured tables, which Connect creates at a table's first event."""

    create: bool = Field(True, description="false: they are there already, or the brokers create them")
    partitions: int = Field(1, ge=1)
    replication: int = Field(-1, ge=-1, description="-1: the broker's default")
    retention_ms: int | None = Field(None, ge=-1, description="-1: for ever; default: the broker's")
    cleanup: Literal["delete", "compact", "compact,delete"] | None = Field(None, description="default: the broker's")
    compression: Literal["uncompressed", "producer", "gzip", "snappy", "lz4", "zstd"] | None = None
    properties: Properties = Field(default_factory=dict, description="further topic settings, such as segment.ms")

    @field_validator("replication")
    @classmethod
    def _not_zero(cls, replication: int) -> int:
        if replication == 0:
            raise ValueError("must be -1 or at least 1 (found 0)")
        return replication


class Events(Model):
    """The shape of an event."""

    shape: Literal["row", "envelope"] = Field(
        "row",
        description="row: the row after the change, flat; envelope: before, after, source and op as Debezium has it",
    )
    add_fields: list[str] = Field(ADDED_FIELDS, description="row: what is added, each __name, from the envelope")
    add_headers: list[str] = Field(default_factory=list, description="row: the same as headers")
    deletes: Literal["rewrite", "rewrite-with-tombstone", "tombstone", "delete-to-tombstone", "drop"] = Field(
        "rewrite",
        description="row: rewrite keeps a deleted row with __deleted = 'true'; Parquet sinks cannot take nulls",
    )
    tombstones: bool = Field(False, description="envelope: a null value follows a delete")


class Source(Model):
    """The MySQL server and what is captured of it."""

    debezium: Annotated[DebeziumVersion, BeforeValidator(as_text)] = Field(
        "3.6", description="version of the Debezium MySQL connector"
    )
    plugin: Path | None = Field(None, description="ZIP of the connector to use instead of the one that cdcctl fetches")
    host: str = Field(min_length=1, description="host name of the writer (Aurora: the cluster endpoint)")
    port: int = Field(3306, ge=1, le=65535)
    ssl_mode: Literal["disabled", "preferred", "required", "verify_ca", "verify_identity"] = Field(
        "preferred", description="TLS to MySQL"
    )
    credentials: Credentials
    server_id: int = Field(5400, ge=1, le=2**32 - 1, description="unique among all replicas of the server")
    tables: list[Table] = Field(default_factory=list, description="database.table, each spelled out")
    databases: list[Database] = Field(
        default_factory=list, description="databases of which every table is captured, those of the future included"
    )
    tables_matching: list[Pattern] = Field(
        default_factory=list, description="regular expressions (Java's), matched against the whole database.table"
    )
    exclude_tables: list[Table] = Field(default_factory=list, description="not these of databases or tables_matching")
    exclude_databases: list[Database] = Field(
        default_factory=list, description="everything on the server but these; excludes the other lists"
    )
    columns: Columns = Columns()
    keys: dict[Table, list[str]] = Field(
        default_factory=dict, description="database.table: the columns that make its key, for a table without one"
    )
    types: Types = Types()
    snapshot_mode: Literal[
        "initial",
        "initial_only",
        "no_data",
        "when_needed",
        "always",
        "never",
        "recovery",
        "configuration_based",
        "custom",
    ] = Field("initial", description="whether existing rows are read first; in the words of Debezium 2.6 and newer")
    snapshot_locking: Literal["minimal", "minimal_percona", "minimal_percona_no_table_locks", "extended", "none"] = (
        Field("minimal", description="none: only when no DDL can happen meanwhile")
    )
    signal_table: Table | None = Field(
        None, description="database.table that takes Debezium's signals; default: cdcctl_signal in the first database"
    )
    signal_topic: TopicName | None = Field(None, description="topic that takes signals as well (Debezium 2.3)")
    heartbeat: Heartbeat | None = Field(
        Heartbeat(), description="null: none; a position that stands still is lost once MySQL purges its binlog"
    )
    schema_history: SchemaHistory = SchemaHistory()
    topics: Topics = Topics()
    events: Events = Events()
    capacity: Capacity | None = Field(None, description="of the source connector; default: connect.capacity")
    properties: RawProperties = Field(
        default_factory=dict, description="raw Debezium properties, laid over what is rendered; null: not that one"
    )

    @field_validator("tables", "exclude_tables", "databases", "exclude_databases")
    @classmethod
    def _once(cls, names: list[str]) -> list[str]:
        problems = [f"{name} is listed twice" for name, times in Counter(names).items() if times > 1]
        problems += _clashes(names)
        if problems:
            raise ValueError("; ".join(problems))
        return names

    @model_validator(mode="after")
    def _something(self) -> Source:
        chosen = bool(self.tables or self.databases or self.tables_matching)
        if self.exclude_databases and chosen:
            raise ValueError("exclude_databases excludes tables, databases and tables_matching")
        if not chosen and not self.exclude_databases:
            raise ValueError("nothing is captured: list tables, databases, tables_matching or exclude_databases")
        if self.exclude_tables and not (self.databases or self.tables_matching or self.exclude_databases):
            raise ValueError("exclude_tables takes from databases, tables_matching or exclude_databases: name one")
        return self

    @property
    def is_spelled_out(self) -> bool:
        """Whether ``tables`` are all that is captured."""
        return not (self.databases or self.tables_matching or self.exclude_databases)

    @property
    def captured_databases(self) -> list[str]:
        """The databases of which something is captured, as far as they are named, in order of first appearance."""
        return list(dict.fromkeys([*(table.split(".")[0] for table in self.tables), *self.databases]))

    @property
    def signals(self) -> str | None:
        """The signal table, ``database.table``; None where no captured database is named to put it in."""
        databases = self.captured_databases
        return self.signal_table or (f"{databases[0]}.cdcctl_signal" if databases else None)


def topic_of(prefix: str, table: str) -> str:
    """The topic of a table: illegal characters become underscores (AbstractTopicNamingStrategy.sanitizedTopicName)."""
    return re.sub(r"[^A-Za-z0-9._-]", "_", f"{prefix}.{table}")


def _clashes(tables: list[str]) -> list[str]:
    """Tables that cannot be told apart further on."""
    names = list(dict.fromkeys(tables))
    topics = {name: topic_of("", name) for name in names}
    shared = _pairs(names, topics.__getitem__)
    found = [f"{first} and {second} would share the topic …{topics[first]}" for first, second in shared]
    for first, second in _pairs(names, str.lower):
        if topics[first] != topics[second]:
            found.append(f"{first} and {second} would share the table {first.lower()} of the Glue Data Catalog")
    return found


def _pairs(names: list[str], told_by: Callable[[str], str]) -> Iterator[tuple[str, str]]:
    """Every two names of which the function says the same. There may be thousands: not each is held against each."""
    groups: dict[str, list[str]] = {}
    for name in names:
        groups.setdefault(told_by(name), []).append(name)
    for group in groups.values():
        yield from itertools.combinations(group, 2)
