"""Pipelines of every kind, for hypothesis: mostly valid ones, over all sinks and versions of Debezium."""

from __future__ import annotations

from typing import Any, get_args

from hypothesis import strategies as st

from cdcctl.documents import Document
from cdcctl.errors import InputError
from cdcctl.pipeline import Pipeline, parse
from cdcctl.pipeline.source import DebeziumVersion

VERSIONS = get_args(DebeziumVersion)
TABLES = ["shop.orders", "shop.order_lines", "shop.notes", "crm.people", "crm.a-b", "crm.x$y"]
ROLE = "arn:aws:iam::111122223333:role/some"
NUMBERS = st.integers(1, 10**6)


def optional(required: dict[str, Any], **more: Any) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({key: st.just(value) for key, value in required.items()}, optional=more)


CREDENTIALS = st.one_of(
    st.just({"secret": "prod/mysql"}),
    st.just({"secret": "s", "username_key": "user", "password_key": "pass"}),
    st.just({"ssm": "/prod/mysql"}),
    st.just({"environment": "MYSQL"}),
)
COLUMNS = st.one_of(
    st.just({}),
    st.just({"exclude": ["shop.orders.note"], "truncate": {"shop.orders.text": 100}}),
    st.just({"include": ["shop.orders.id", "shop.orders.total"]}),
    st.just(
        {
            "mask": {"shop.orders.phone": 4, "shop.orders.iban": 0},
            "hash": [
                {"columns": ["shop.orders.email"], "salt": "x1"},
                {"columns": ["shop.orders.ip"], "algorithm": "SHA-512", "salt": "a.b", "version": 1},
            ],
        }
    ),
)
CAPTURED = st.one_of(
    st.lists(st.sampled_from(TABLES), min_size=1, unique=True).map(
        lambda tables: {"tables": ["shop.orders", *(t for t in tables if t != "shop.orders")]}
    ),
    st.just({"databases": ["shop"]}),
    st.just({"databases": ["shop", "crm"], "exclude_tables": ["shop.audit"]}),
    st.just({"tables": ["crm.people"], "databases": ["shop"]}),
    st.just({"tables_matching": [r"shop\.tmp_\d+"], "exclude_tables": ["shop.tmp_1"]}),
    st.just({"exclude_databases": ["other"], "exclude_tables": ["shop.audit"]}),
)
SOURCE = {
    "debezium": st.sampled_from(VERSIONS),
    "port": st.integers(1, 65535),
    "ssl_mode": st.sampled_from(["disabled", "preferred", "required"]),
    "server_id": NUMBERS,
    "columns": COLUMNS,
    "keys": st.sampled_from([{}, {"shop.orders": ["a", "b"]}]),
    "types": optional(
        {},
        decimal=st.sampled_from(["precise", "double", "string"]),
        time=st.sampled_from(["adaptive_time_microseconds", "connect", "isostring"]),
        bigint_unsigned=st.sampled_from(["long", "precise"]),
        binary=st.sampled_from(["bytes", "base64", "base64-url-safe", "hex"]),
        tinyint1=st.sampled_from(["number", "boolean"]),
    ),
    "snapshot_mode": st.sampled_from(["initial", "no_data", "recovery", "when_needed", "never", "always"]),
    "snapshot_locking": st.sampled_from(["minimal", "none", "extended"]),
    "signal_table": st.sampled_from(["shop.signals", "shop.cdcctl_signal"]),
    "signal_topic": st.just("signals"),
    "heartbeat": st.one_of(
        st.none(),
        optional({}, interval_ms=NUMBERS, query=st.just("UPDATE t SET a = NOW()"), topic_prefix=st.just("__b")),
    ),
    "schema_history": optional(
        {},
        topic=st.just("ddl"),
        only_captured_tables=st.booleans(),
        only_captured_databases=st.booleans(),
        skip_unparseable=st.booleans(),
    ),
    "topics": st.one_of(
        st.just({"create": False}),
        optional(
            {},
            partitions=st.integers(1, 9),
            replication=st.sampled_from([-1, 3]),
            retention_ms=st.sampled_from([-1, 1000]),
            cleanup=st.just("compact,delete"),
            compression=st.just("zstd"),
            properties=st.just({"segment.ms": "1000"}),
        ),
    ),
    "events": st.one_of(
        optional({"shape": "envelope"}, tombstones=st.booleans()),
        optional(
            {},
            add_fields=st.lists(st.sampled_from(["op", "source.ts_ms", "db"]), unique=True),
            add_headers=st.lists(st.sampled_from(["op", "db"]), unique=True),
            deletes=st.sampled_from(["rewrite", "rewrite-with-tombstone", "tombstone", "drop", "delete-to-tombstone"]),
        ),
    ),
    "properties": st.sampled_from(
        [
            {},
            {"incremental.snapshot.chunk.size": "4096"},
            {"max.batch.size": "1", "some.thing": "x"},
            {"transforms": "unwrap,route", "transforms.route.type": "a.Router"},
            {"key.converter": "org.apache.kafka.connect.json.JsonConverter", "key.converter.schemas.enable": "false"},
            {"schema.name.adjustment.mode": "none", "include.schema.changes": "true"},
        ]
    ),
}
REGISTRIES = optional(
    {"keys": "the-keys", "values": "the-values"},
    compatibility=st.sampled_from(["NONE", "BACKWARD", "FORWARD", "FULL_ALL"]),
    auto_register=st.booleans(),
    naming_class=st.just("com.example.Naming"),
    cache_size=NUMBERS,
    cache_ttl_ms=NUMBERS,
    compression=st.sampled_from(["NONE", "ZLIB"]),
    metadata=st.booleans(),
    role_arn=st.just(ROLE),
    region=st.sampled_from(["us-east-1", "eu-central-1"]),
    properties=st.just({"userAgentApp": "x"}),
)
EVERY_SINK = {
    "tasks": st.integers(1, 9),
    "start": st.sampled_from(["earliest", "latest"]),
    "dead_letters": optional({"topic": "dead"}, replication=st.sampled_from([-1, 3]), headers=st.booleans()),
    "tables": st.just(["shop.orders"]),
}
ICEBERG = optional(
    {"type": "iceberg", "warehouse": "s3://lake/warehouse"},
    **EVERY_SINK,
    database=st.just("raw"),
    commit_interval_ms=st.integers(100, 10**6),
    commit_timeout_ms=st.integers(100, 10**6),
    create_tables=st.booleans(),
    evolve_schema=st.booleans(),
    partition_by=st.just({"shop.orders": ["day(created)", "bucket(id, 16)"]}),
    format=st.sampled_from(["parquet", "orc", "avro"]),
    compression=st.sampled_from(["zstd", "gzip", "none"]),
    file_size_mb=st.integers(1, 999),
    properties=st.sampled_from([{}, {"iceberg.control.topic": "c"}, {"transforms": "a", "transforms.a.type": "b.C"}]),
)
CONFLUENT = optional(
    {"type": "confluent-s3", "bucket": "archive"},
    **EVERY_SINK,
    prefix=st.just("raw/cdc"),
    format=st.sampled_from(["parquet", "avro", "json", "bytes"]),
    compression=st.sampled_from(["none", "gzip", "snappy"]),
    rotation=optional({}, records=NUMBERS, schedule_ms=st.one_of(st.none(), NUMBERS), interval_ms=NUMBERS),
    partitioning=st.one_of(
        st.just({"by": "fields", "fields": ["a", "b"]}),
        optional({"by": "daily"}, timestamp=st.sampled_from(["wallclock", "record"]), locale=st.just("de-DE")),
        st.just({"by": "hourly", "timestamp": "field", "timestamp_field": "t"}),
        st.just({"by": "time", "path_format": "'y'=YYYY", "duration_ms": 1000}),
    ),
    timezone=st.sampled_from(["UTC", "Europe/Berlin"]),
    part_size_mb=st.integers(5, 2047),
    null_values=st.sampled_from(["fail", "ignore", "write"]),
    encryption=st.sampled_from([{"algorithm": "AES256"}, {"algorithm": "aws:kms", "kms_key": "alias/x"}]),
    credentials_class=st.just("com.example.Credentials"),
    properties=st.sampled_from([{}, {"s3.acl.canned": "private"}, {"topics.regex": "whole.*"}]),
)
AIVEN = optional(
    {"type": "aiven-s3", "bucket": "archive"},
    **EVERY_SINK,
    prefix=st.just("cdc/"),
    format=st.sampled_from(["parquet", "avro", "json", "jsonl", "csv"]),
    compression=st.sampled_from(["snappy", "gzip", "zstd", "none"]),
    fields=st.sampled_from([["value"], ["key", "value", "offset"]]),
    envelope=st.booleans(),
    file_name=st.just("{{topic}}/{{partition}}-{{start_offset}}"),
    max_records=NUMBERS,
    timezone=st.sampled_from(["UTC", "Europe/Berlin"]),
    timestamp=st.sampled_from(["wallclock", "event"]),
    part_size_mb=st.integers(5, 2047),
    encryption=st.sampled_from(["AES256", "aws:kms"]),
    credentials_class=st.just("com.example.Credentials"),
    role_arn=st.just(ROLE),
    properties=st.sampled_from([{}, {"aws.s3.backoff.max.retries": "5"}]),
)
KAFKA = st.one_of(
    st.just({}),
    st.just({"authentication": "NONE", "encryption": "TLS"}),
    st.just({"authentication": "NONE", "encryption": "PLAINTEXT"}),
    st.just({"authentication": "SASL_SCRAM", "credentials": {"secret": "AmazonMSK_x"}}),
    st.just({"authentication": "MTLS", "properties": {"ssl.keystore.location": "/k.jks"}}),
)


@st.composite
def pipelines(draw: st.DrawFn) -> Pipeline:
    """A pipeline; choices that contradict each other are left out one by one."""
    data: dict[str, Any] = {
        "name": "whole",
        "topic_prefix": draw(st.sampled_from(["db1", "a.b-c"])),
        "source": {
            "host": "h.example",
            "credentials": draw(CREDENTIALS),
            **draw(CAPTURED),
            **draw(st.fixed_dictionaries({}, optional=SOURCE)),
        },
        "registries": draw(REGISTRIES),
        "sinks": draw(
            st.fixed_dictionaries({}, optional={"lake": ICEBERG, "archive": CONFLUENT, "copy": AIVEN}).filter(bool)
        ),
        "kafka": {"bootstrap_servers": "b-1.x:9098,b-2.x:9098", "subnets": ["subnet-1"], **draw(KAFKA)},
        "connect": {"role_arn": ROLE, "plugin_bucket": "plugins"},
    }
    while True:
        try:
            return parse([Document("drawn", data)])
        except InputError as refused:
            _leave_out(data, [line.partition(": ")[0] for line in refused.details])


def _leave_out(data: dict[str, Any], keys: list[str]) -> None:
    for key in keys:
        path = key.split(".")
        if path[0] == "sinks" and len(path) <= 2:
            # Several of its keys together: the sink without any of them.
            kept = ("type", "bucket", "warehouse", "tables")
            data["sinks"][path[1]] = {name: value for name, value in data["sinks"][path[1]].items() if name in kept}
            if "tables" in key or data["sinks"][path[1]]["type"] == "iceberg":
                data["sinks"][path[1]].setdefault("tables", ["shop.orders"])
            continue
        where: Any = data
        for step in path[:-1]:
            where = where.get(step, {})
        if path[-1] == "tables" and path[0] == "sinks":
            where["tables"] = ["shop.orders"]
        elif path[-1] in where:
            del where[path[-1]]
